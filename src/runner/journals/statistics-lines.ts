import { plural } from '../../agent/plural.ts'
import { toPrintableLine } from '../../channels/printable.ts'
import type { Usage } from '../../realtime/usage.ts'
import { type Latency, percentile, type Statistics } from './statistics.ts'

/** The parts of a wait, in order, in words. */
const PARTS = [
  ['detection', 'end of turn found'],
  ['commit', 'committed'],
  ['response', 'response begun'],
  ['tools', 'tools'],
  ['generation', 'first sound made'],
  ['playback', 'played'],
] as const satisfies readonly (readonly [keyof Latency, string])[]

/** Figures as readable text, one line each. */
export function statisticsLines(statistics: Statistics): readonly string[] {
  const { conversations, turns, interrupted, latencies, tools, usage } = statistics
  const counts = `${plural(conversations, 'conversation')}, ${plural(turns, 'turn')}, ${interrupted} cut off`
  return [
    counts,
    ...(latencies.length === 0
      ? []
      : [`end of turn → first sound: ${percentiles(latencies.map(({ ms }) => ms))} (${latencyParts(latencies)})`]),
    ...[...tools].map(
      ([name, { calls, failed, times }]) =>
        `tool ${toPrintableLine(name)}: ${plural(calls, 'call')}, ${failed} failed${times.length === 0 ? '' : `, ${percentiles(times)}`}`,
    ),
    ...[...usage].map(([model, used]) => `usage of ${toPrintableLine(model)}: ${usageText(used)}`),
  ]
}

function latencyParts(waits: readonly Latency[]): string {
  const medians = PARTS.flatMap(([part, words]) => {
    const median = percentile(
      waits.flatMap((latency) => latency[part] ?? []),
      0.5,
    )
    return median === null ? [] : [`${words} ${median}`]
  })
  return medians.join(' + ')
}

function percentiles(values: readonly number[]): string {
  return `p50 ${percentile(values, 0.5)} ms, p95 ${percentile(values, 0.95)} ms`
}

function usageText(usage: Usage): string {
  const named: readonly (readonly [keyof Usage, string])[] = [
    ['input_tokens', 'in'],
    ['cached_tokens', 'of it cached'],
    ['input_audio_tokens', 'of it sound'],
    ['output_tokens', 'out'],
    ['output_audio_tokens', 'of it sound'],
    ['seconds', 's of speech'],
  ]
  return named.flatMap(([name, words]) => (usage[name] === undefined ? [] : [`${usage[name]} ${words}`])).join(', ')
}
