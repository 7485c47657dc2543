import { plural } from '../../agent/plural.ts'
import { toPrintableLine } from '../../channels/printable.ts'
import type { Usage } from '../../realtime/usage.ts'
import { type Figures, percentile, type Wait } from './figures.ts'

/** The parts of a wait, in order, in words. */
const PARTS = [
  ['detection', 'end of turn found'],
  ['commit', 'committed'],
  ['response', 'response begun'],
  ['tools', 'tools'],
  ['generation', 'first sound made'],
  ['playback', 'played'],
] as const satisfies readonly (readonly [keyof Wait, string])[]

/** Figures as readable text, one line each. */
export function figuresLines(figures: Figures): readonly string[] {
  const { conversations, turns, interrupted, waits, tools, usage } = figures
  const talked = `${plural(conversations, 'conversation')}, ${plural(turns, 'turn')}, ${interrupted} cut off`
  return [
    talked,
    ...(waits.length === 0
      ? []
      : [`end of turn → first sound: ${spread(waits.map(({ ms }) => ms))} (${waitParts(waits)})`]),
    ...[...tools].map(
      ([name, { times, failed }]) =>
        `tool ${toPrintableLine(name)}: ${plural(times.length, 'call')}, ${failed} failed, ${spread(times)}`,
    ),
    ...[...usage].map(([model, used]) => `usage of ${toPrintableLine(model)}: ${usageWords(used)}`),
  ]
}

function waitParts(waits: readonly Wait[]): string {
  const medians = PARTS.flatMap(([part, words]) => {
    const median = percentile(
      waits.flatMap((wait) => wait[part] ?? []),
      0.5,
    )
    return median === null ? [] : [`${words} ${median}`]
  })
  return medians.join(' + ')
}

function spread(values: readonly number[]): string {
  return `p50 ${percentile(values, 0.5)} ms, p95 ${percentile(values, 0.95)} ms`
}

function usageWords(usage: Usage): string {
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
