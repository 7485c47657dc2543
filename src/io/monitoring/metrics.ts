import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Buckets for a caller's wait, in seconds: finest where a wait begins to be noticed. */
const WAIT_BUCKETS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 2, 3, 5, 10]
/** Buckets for tools, in seconds: from a worker's fraction of a millisecond to the longest timeout. */
const TOOL_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const RELOAD_BUCKETS = [0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30]

/** The metrics, documented in docs/metrics.md. Times are in seconds, as is usual for Prometheus. */
export interface Metrics {
  readonly conversations: Gauge<'agent'>
  readonly ended: Counter<'agent' | 'outcome'>
  readonly wait: Histogram<'agent' | 'generation' | 'after'>
  readonly waitPart: Histogram<'agent' | 'part'>
  readonly interruptions: Counter<'agent'>
  readonly falseInterruptions: Counter<'agent'>
  readonly tool: Histogram<'agent' | 'tool' | 'status'>
  readonly responses: Counter<'agent' | 'model' | 'status'>
  readonly tokens: Counter<'agent' | 'model' | 'direction' | 'kind'>
  readonly cached: Counter<'agent' | 'model'>
  readonly transcribed: Counter<'agent' | 'model'>
  readonly reloads: Counter<'agent' | 'outcome'>
  readonly reload: Histogram<'agent'>
  readonly troubles: Counter<'agent' | 'kind'>
  /** All metrics in the Prometheus text format. */
  text(): Promise<string>
  readonly contentType: string
}

/** Creates metrics in a registry of their own, so that two runners in one process do not mix theirs. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter<Label>({ name, help, labelNames: [...labelNames], registers })
  const histogram = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: number[],
  ) => new Histogram<Label>({ name, help, labelNames: [...labelNames], buckets, registers })

  return {
    conversations: new Gauge({
      name: 'runner_conversations',
      help: 'Conversations that are held now.',
      labelNames: ['agent'],
      registers,
    }),
    ended: counter('runner_conversations_ended_total', 'Conversations that are over, by how they ended.', [
      'agent',
      'outcome',
    ]),
    wait: histogram(
      'runner_turn_wait_seconds',
      "From the end of the caller's turn to the first sound that reached him.",
      ['agent', 'generation', 'after'],
      WAIT_BUCKETS,
    ),
    waitPart: histogram(
      'runner_turn_wait_part_seconds',
      'The parts of that wait, one after the other.',
      ['agent', 'part'],
      WAIT_BUCKETS,
    ),
    interruptions: counter('runner_interruptions_total', 'Answers that were cut off.', ['agent']),
    falseInterruptions: counter(
      'runner_false_interruptions_total',
      'Sounds of the caller that the agent stood still for and then spoke on after.',
      ['agent'],
    ),
    tool: histogram(
      'runner_tool_seconds',
      'How long function calls took, by how they ended.',
      ['agent', 'tool', 'status'],
      TOOL_BUCKETS,
    ),
    responses: counter('runner_responses_total', 'Responses, by how they ended.', ['agent', 'model', 'status']),
    tokens: counter('runner_tokens_total', 'Tokens that the service says were used, of text and of sound.', [
      'agent',
      'model',
      'direction',
      'kind',
    ]),
    cached: counter('runner_cached_tokens_total', 'Tokens of the input that the service had cached.', [
      'agent',
      'model',
    ]),
    transcribed: counter('runner_transcription_seconds_total', 'Seconds of speech that were transcribed.', [
      'agent',
      'model',
    ]),
    reloads: counter('runner_reloads_total', 'Edits of agent files, by what became of them in each conversation.', [
      'agent',
      'outcome',
    ]),
    reload: histogram('runner_reload_seconds', 'From a save to its confirmation.', ['agent'], RELOAD_BUCKETS),
    troubles: counter('runner_troubles_total', 'Warnings and errors of conversations.', ['agent', 'kind']),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
