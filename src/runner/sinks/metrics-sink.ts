import type { Metrics } from '../../io/monitoring/metrics.ts'
import type { Usage } from '../../realtime/usage.ts'
import type { Generation } from '../../session/generation.ts'
import type { LatencyParts, Report } from '../../session/report.ts'
import { addCutOff, type CutOffAnswers } from '../journals/cut-off-answers.ts'
import type { Sink } from './fan-out.ts'

/** Contents of agents whose waits have their own series; older ones are dropped, so that a day of editing does not fill the memory. */
const GENERATIONS_MAX = 20
/** Characters of a content's hash in its label. */
const HASH_CHARACTERS = 8

/**
 * Metrics over many conversations with the agents of these names. The library is loaded with the first report, so that no start waits for
 * it.
 */
export function metricsSink(
  agents: readonly string[],
): Sink & { read(): Promise<{ readonly type: string; readonly body: string }> } {
  let loading: Promise<Metrics> | null = null
  const load = () => {
    loading ??= import('../../io/monitoring/metrics.ts').then(({ createMetrics }) => {
      const metrics = createMetrics()
      for (const agent of agents) initialiseSeries(metrics, agent)
      return metrics
    })
    return loading
  }
  /** The conversations that are open, each with its answers that were cut off. */
  const open = new Map<string, CutOffAnswers>()
  const generations: { readonly agent: string; readonly generation: string }[] = []

  return {
    name: 'metrics',
    accepts: (type) => type in COUNTED || type.startsWith('reload.'),
    async take(report, generation) {
      const metrics = await load()
      const agent = generation.agent.name
      countReport(metrics, report, agent)
      if (report.type === 'turn.latency') observeLatency(metrics, report, generation)
      if (!open.has(report.conversation)) metrics.conversations.inc({ agent })
      const known = open.get(report.conversation) ?? []
      const cutOff = addCutOff(known, report)
      if (cutOff !== known) metrics.interruptions.inc({ agent })
      open.set(report.conversation, cutOff)
      if (report.type !== 'session.closed') return
      open.delete(report.conversation)
      metrics.conversations.dec({ agent })
    },
    close: () => {},
    async read() {
      const metrics = await load()
      return { type: metrics.contentType, body: await metrics.text() }
    },
  }

  function observeLatency(metrics: Metrics, { after, ms }: TurnLatency, { agent }: Generation): void {
    const labels = { agent: agent.name, generation: agent.hash.slice(0, HASH_CHARACTERS) }
    if (!generations.some(({ agent, generation }) => agent === labels.agent && generation === labels.generation)) {
      generations.push(labels)
      const oldest = generations.length > GENERATIONS_MAX ? generations.shift() : undefined
      if (oldest) for (const each of ['speech', 'text']) metrics.wait.remove({ ...oldest, after: each })
    }
    metrics.wait.observe({ ...labels, after }, ms / 1000)
  }
}

/** Creates the series without further labels before anything happens: one that starts at 1 has no rise that an alert could see. */
function initialiseSeries(metrics: Metrics, agent: string): void {
  metrics.conversations.set({ agent }, 0)
  for (const outcome of ['asked for', 'failed']) metrics.ended.inc({ agent, outcome }, 0)
  metrics.interruptions.inc({ agent }, 0)
  metrics.falseInterruptions.inc({ agent }, 0)
  for (const kind of ['warning', 'error']) metrics.troubles.inc({ agent, kind }, 0)
}

type TurnLatency = Extract<Report, { type: 'turn.latency' }>

const COUNTED = {
  'session.ready': 1,
  'session.closed': 1,
  'agent.transcript': 1,
  'agent.heard': 1,
  'agent.playback': 1,
  'turn.latency': 1,
  'tool.finished': 1,
  'response.finished': 1,
  'transcription.finished': 1,
  warning: 1,
  error: 1,
}

function countReport(metrics: Metrics, report: Report, agent: string): void {
  switch (report.type) {
    case 'session.closed':
      return metrics.ended.inc({ agent, outcome: report.failed ? 'failed' : 'asked for' })
    case 'agent.playback':
      return report.state === 'resumed' ? metrics.falseInterruptions.inc({ agent }) : undefined
    case 'turn.latency':
      for (const [part, ms] of Object.entries(report.parts) as [keyof LatencyParts, number | null][])
        if (ms !== null) metrics.waitPart.observe({ agent, part }, ms / 1000)
      return
    case 'tool.finished': {
      // A name the model made up is no label: there is no limit to those.
      const tool = report.status === 'unknown_tool' ? 'unknown' : report.name
      return metrics.tool.observe({ agent, tool, status: report.status }, report.ms / 1000)
    }
    case 'response.finished': {
      const { model, status } = report
      metrics.responses.inc({ agent, model, status })
      return countTokens(metrics, { agent, model }, report.usage ?? {})
    }
    case 'transcription.finished': {
      const { model } = report
      if (report.usage.seconds !== undefined) metrics.transcribed.inc({ agent, model }, report.usage.seconds)
      return countTokens(metrics, { agent, model }, report.usage)
    }
    case 'reload.applied':
      metrics.reload.observe({ agent }, report.ms / 1000)
      return metrics.reloads.inc({ agent, outcome: 'applied' })
    case 'warning':
    case 'error':
      return metrics.troubles.inc({ agent, kind: report.type })
    default:
      if (report.type.startsWith('reload.'))
        metrics.reloads.inc({ agent, outcome: report.type.slice('reload.'.length) })
  }
}

/** Text and audio tokens add up to the total; cached ones are counted separately, as part of the input. */
function countTokens(metrics: Metrics, labels: { readonly agent: string; readonly model: string }, usage: Usage): void {
  const add = (direction: 'input' | 'output', all = 0, audio = 0) => {
    metrics.tokens.inc({ ...labels, direction, kind: 'audio' }, audio)
    metrics.tokens.inc({ ...labels, direction, kind: 'text' }, Math.max(0, all - audio))
  }
  add('input', usage.input_tokens, usage.input_audio_tokens)
  add('output', usage.output_tokens, usage.output_audio_tokens)
  metrics.cached.inc(labels, usage.cached_tokens ?? 0)
}
