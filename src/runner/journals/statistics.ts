import type { Usage } from '../../realtime/usage.ts'
import type { LatencyParts } from '../../session/report.ts'
import type { JournalLine } from './journal-lines.ts'

/** Figures of one conversation or of many. */
export interface Statistics {
  readonly conversations: number
  /** Turns of the caller, each counted once however often its words came. */
  readonly turns: number
  /** Answers that were cut off: of several lines about one, the first counts. */
  readonly interrupted: number
  /** Waits from the end of the caller's turn to the first sound that reached them, in ms, with their parts. */
  readonly latencies: readonly Latency[]
  readonly tools: ReadonlyMap<string, ToolStatistics>
  readonly usage: ReadonlyMap<string, Usage>
}

/** One wait of a caller, in total and in parts, in ms. */
export type Latency = { readonly ms: number } & LatencyParts

interface ToolStatistics {
  readonly calls: number
  readonly failed: number
  /** How long each call that was begun took, in ms. */
  readonly times: readonly number[]
}

/** The figures of no conversation. */
export const EMPTY_STATISTICS: Statistics = {
  conversations: 0,
  turns: 0,
  interrupted: 0,
  latencies: [],
  tools: new Map(),
  usage: new Map(),
}

/** Adds one line of a journal to the figures, but for those that depend on earlier lines: turns, and answers that were cut off. */
export function addLine(statistics: Statistics, line: JournalLine): Statistics {
  switch (line.type) {
    case 'turn.latency':
      return { ...statistics, latencies: [...statistics.latencies, { ms: line.ms, ...line.parts }] }
    case 'tool.finished': {
      // The caller is asked first: the call itself is still to come.
      if (line.status === 'unconfirmed') return statistics
      const times = line.arguments === undefined ? [line.ms] : []
      const tool = { calls: 1, failed: line.status === 'ok' ? 0 : 1, times }
      return { ...statistics, tools: mergeMaps(statistics.tools, new Map([[line.name, tool]]), addToolStatistics) }
    }
    case 'response.finished':
    case 'transcription.finished':
      return line.usage === null
        ? statistics
        : { ...statistics, usage: mergeMaps(statistics.usage, new Map([[line.model, line.usage]]), addUsages) }
    default:
      return statistics
  }
}

/** Adds up the figures of two sets of conversations. */
export function addStatistics(one: Statistics, other: Statistics): Statistics {
  return {
    conversations: one.conversations + other.conversations,
    turns: one.turns + other.turns,
    interrupted: one.interrupted + other.interrupted,
    latencies: [...one.latencies, ...other.latencies],
    tools: mergeMaps(one.tools, other.tools, addToolStatistics),
    usage: mergeMaps(one.usage, other.usage, addUsages),
  }
}

/** Merges two maps; `both` combines the values of keys in both. */
export function mergeMaps<Value>(
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

function addToolStatistics(one: ToolStatistics, other: ToolStatistics): ToolStatistics {
  return {
    calls: one.calls + other.calls,
    failed: one.failed + other.failed,
    times: [...one.times, ...other.times],
  }
}

function addUsages(one: Usage, other: Usage): Usage {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])] as (keyof Usage)[]
  return Object.fromEntries(names.map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]))
}
