import { plural } from '../../agent/plural.ts'
import { addCutOff, type CutOffAnswers } from './cut-off-answers.ts'
import type { GenerationLine, JournalLine } from './journal-lines.ts'
import type { Journal } from './journal-reader.ts'
import { addLine, addStatistics, EMPTY_STATISTICS, percentile, type Statistics } from './statistics.ts'
import { dateTime, turnWithWords } from './transcript.ts'

/** One conversation as its journal shows it. */
export interface Summary {
  readonly journal: Journal
  /** By agent and generation, in words. */
  readonly statistics: ReadonlyMap<string, Statistics>
  /** How it ended; null while it goes on, or if it was cut off. */
  readonly ending: string | null
  readonly endedAt: number
}

/** Reads a journal to its end, passing each line to `onLine`. */
export async function summarise(journal: Journal, onLine: (line: JournalLine) => void): Promise<Summary> {
  const statistics = new Map<string, Statistics>()
  const names = new Map<number, string>()
  const turns = new Set<string>()
  let cutOff: CutOffAnswers = []
  let ending: string | null = null
  let endedAt = journal.header.t
  for await (const line of journal.lines) {
    onLine(line)
    endedAt = line.t
    if (line.type === 'generation') names.set(line.generation, generationName(journal, line))
    if (line.type === 'session.closed') ending = line.reason
    if (!('generation' in line)) continue
    const name = names.get(line.generation) ?? `${journal.header.agent}, generation ${line.generation}`
    const known = addLine(statistics.get(name) ?? { ...EMPTY_STATISTICS, conversations: 1 }, line)
    const turn = turnWithWords(line)
    const isNewTurn = turn !== null && !turns.has(turn)
    if (isNewTurn) turns.add(turn)
    const cutOffNow = addCutOff(cutOff, line)
    const isCutOff = cutOffNow !== cutOff
    cutOff = cutOffNow
    statistics.set(name, {
      ...known,
      turns: known.turns + (isNewTurn ? 1 : 0),
      interrupted: known.interrupted + (isCutOff ? 1 : 0),
    })
  }
  return { journal, statistics, ending, endedAt }
}

/** Numbers may start again with another run; the same content is the same generation whatever its number. */
function generationName({ header }: Journal, { hash }: GenerationLine): string {
  return `${header.agent}, generation ${hash.slice(0, 8)}`
}

/** One conversation in one line: when, how long, how it went, where its journal is. */
export function summaryLine({ journal, statistics, ending, endedAt }: Summary): string {
  const { path, header } = journal
  const all = [...statistics.values()].reduce(addStatistics, EMPTY_STATISTICS)
  const latency = percentile(
    all.latencies.map(({ ms }) => ms),
    0.5,
  )
  const calls = [...all.tools.values()].reduce((sum, tool) => sum + tool.calls, 0)
  const words = [
    dateTime(header.t),
    header.agent,
    duration(endedAt - header.t),
    plural(all.turns, 'turn'),
    plural(calls, 'call'),
    latency === null ? 'no wait measured' : `first sound p50 ${latency} ms`,
    ending ?? 'not ended',
  ]
  return `${words.join(' · ')}\n  ${path}`
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
