import { stat } from 'node:fs/promises'
import { plural } from '../agent/plural.ts'
import { complain } from '../runner/complain.ts'
import { bothFigures, type Figures, NO_FIGURES, percentile, withLine } from '../runner/figures.ts'
import { figuresLines } from '../runner/figures-lines.ts'
import type { GenerationLine, JournalLine } from '../runner/journal-lines.ts'
import { type Journal, listJournals, openJournal } from '../runner/journal-reader.ts'
import { dateTime, logLine } from '../runner/transcript.ts'
import { tellBadLines } from './transcript.ts'

/** Prints what was written down: of a folder a line a conversation, of a file a line an event, and the figures of either. 0 done, 3 something could not be read. */
export async function logs(path: string): Promise<number> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  return isFolder ? logFolder(path) : logFile(path)
}

async function logFile(path: string): Promise<number> {
  const read = await summarise(path, (line) => process.stdout.write(`${logLine(line)}\n`))
  if (typeof read === 'string') return complain(read, 3)
  printFigures(read.figures)
  return 0
}

async function logFolder(folder: string): Promise<number> {
  const paths = await listJournals(folder)
  if (typeof paths === 'string') return complain(paths, 3)
  if (paths.length === 0) return complain(`${folder} holds no journal; runner start --journal ${folder} writes them`, 3)
  let all: ReadonlyMap<string, Figures> = new Map()
  let code = 0
  for (const path of paths) {
    const read = await summarise(path, () => {})
    if (typeof read === 'string') code = complain(read, 3)
    else {
      process.stdout.write(`${conversationLine(read)}\n`)
      all = addAll(all, read.figures)
    }
  }
  printFigures(all)
  return code
}

interface Summary {
  readonly journal: Journal
  /** By agent and generation, in words. */
  readonly figures: ReadonlyMap<string, Figures>
  /** How it ended; null while it goes on, and where it was cut off. */
  readonly ending: string | null
  readonly endedAt: number
}

async function summarise(path: string, onLine: (line: JournalLine) => void): Promise<Summary | string> {
  const journal = await openJournal(path)
  if (typeof journal === 'string') return journal
  const figures = new Map<string, Figures>()
  const names = new Map<number, string>()
  let ending: string | null = null
  let endedAt = journal.header.t
  for await (const line of journal.lines) {
    onLine(line)
    endedAt = line.t
    if (line.type === 'generation') names.set(line.generation, generationName(journal, line))
    if (line.type === 'session.closed') ending = line.reason
    if (!('generation' in line)) continue
    const name = names.get(line.generation) ?? `${journal.header.agent}, generation ${line.generation}`
    figures.set(name, withLine(figures.get(name) ?? { ...NO_FIGURES, conversations: 1 }, line))
  }
  tellBadLines(path, journal.bad)
  return { journal, figures, ending, endedAt }
}

/** Numbers begin again with every run; equal content is the same generation whatever its number. */
function generationName({ header }: Journal, { hash }: GenerationLine): string {
  return `${header.agent}, generation ${hash.slice(0, 8)}`
}

function addAll(all: ReadonlyMap<string, Figures>, more: ReadonlyMap<string, Figures>): ReadonlyMap<string, Figures> {
  const sum = new Map(all)
  for (const [name, figures] of more) sum.set(name, bothFigures(sum.get(name) ?? NO_FIGURES, figures))
  return sum
}

function conversationLine({ journal, figures, ending, endedAt }: Summary): string {
  const { path, header } = journal
  const all = [...figures.values()].reduce(bothFigures, NO_FIGURES)
  const wait = percentile(
    all.waits.map(({ ms }) => ms),
    0.5,
  )
  const calls = [...all.tools.values()].reduce((sum, { times }) => sum + times.length, 0)
  const words = [
    dateTime(header.t),
    header.agent,
    duration(endedAt - header.t),
    plural(all.turns, 'turn'),
    plural(calls, 'call'),
    wait === null ? 'no wait measured' : `first sound p50 ${wait} ms`,
    ending ?? 'not ended',
  ]
  return `${words.join(' · ')}\n  ${path}`
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

function printFigures(figures: ReadonlyMap<string, Figures>): void {
  for (const [name, each] of figures) {
    process.stdout.write(`\n${name}\n`)
    for (const line of figuresLines(each)) process.stdout.write(`  ${line}\n`)
  }
}
