import type { Usage } from '../../realtime/usage.ts'
import type { LatencyParts } from '../../session/report.ts'
import type { JournalLine } from './journal-lines.ts'

/** Figures of one conversation or of many. */
export interface Figures {
  readonly conversations: number
  readonly turns: number
  /** Answers that the caller interrupted. */
  readonly interrupted: number
  /** Waits from the end of the caller's turn to the first sound that reached them, in ms, with their parts. */
  readonly waits: readonly Wait[]
  readonly tools: ReadonlyMap<string, ToolFigures>
  readonly usage: ReadonlyMap<string, Usage>
}

/** One wait of a caller, in total and in parts, in ms. */
export type Wait = { readonly ms: number } & LatencyParts

interface ToolFigures {
  readonly failed: number
  /** How long each call took, in ms. */
  readonly times: readonly number[]
}

/** The figures of no conversation. */
export const NO_FIGURES: Figures = {
  conversations: 0,
  turns: 0,
  interrupted: 0,
  waits: [],
  tools: new Map(),
  usage: new Map(),
}

/** Adds one line of a journal to the figures. */
export function withLine(figures: Figures, line: JournalLine): Figures {
  switch (line.type) {
    case 'caller.transcript':
      return line.final ? { ...figures, turns: figures.turns + 1 } : figures
    case 'agent.transcript':
      return line.interrupted ? { ...figures, interrupted: figures.interrupted + 1 } : figures
    case 'turn.latency':
      return { ...figures, waits: [...figures.waits, { ms: line.ms, ...line.parts }] }
    case 'tool.finished': {
      const tool = { failed: line.status === 'ok' ? 0 : 1, times: [line.ms] }
      return { ...figures, tools: merged(figures.tools, new Map([[line.name, tool]]), bothTools) }
    }
    case 'response.finished':
    case 'transcription.finished':
      return line.usage === null
        ? figures
        : { ...figures, usage: merged(figures.usage, new Map([[line.model, line.usage]]), bothUsages) }
    default:
      return figures
  }
}

/** Adds up the figures of two sets of conversations. */
export function bothFigures(one: Figures, other: Figures): Figures {
  return {
    conversations: one.conversations + other.conversations,
    turns: one.turns + other.turns,
    interrupted: one.interrupted + other.interrupted,
    waits: [...one.waits, ...other.waits],
    tools: merged(one.tools, other.tools, bothTools),
    usage: merged(one.usage, other.usage, bothUsages),
  }
}

/** Merges two maps; `both` combines the values of keys in both. */
export function merged<Value>(
  one: ReadonlyMap<string, Value>,
  other: ReadonlyMap<string, Value>,
  both: (one: Value, other: Value) => Value,
): ReadonlyMap<string, Value> {
  const result = new Map(one)
  for (const [key, value] of other) {
    const known = result.get(key)
    result.set(key, known === undefined ? value : both(known, value))
  }
  return result
}

/** The value that a `share` (0 to 1) of the values do not exceed; null if there are none. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null
}

function bothTools(one: ToolFigures, other: ToolFigures): ToolFigures {
  return { failed: one.failed + other.failed, times: [...one.times, ...other.times] }
}

function bothUsages(one: Usage, other: Usage): Usage {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])] as (keyof Usage)[]
  return Object.fromEntries(names.map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]))
}
