import { stat } from 'node:fs/promises'
import { complain } from '../runner/complain.ts'
import { EXIT } from '../runner/exit-code.ts'
import { bothFigures, type Figures, merged } from '../runner/journals/figures.ts'
import { figuresLines } from '../runner/journals/figures-lines.ts'
import type { JournalLine } from '../runner/journals/journal-lines.ts'
import { listJournals, openJournal } from '../runner/journals/journal-reader.ts'
import { type Summary, summarise, summaryLine } from '../runner/journals/journal-summary.ts'
import { logLine } from '../runner/journals/transcript.ts'
import { tellBadLines } from './transcript.ts'

/**
 * Prints journals: for a folder one line per conversation, for a file one line per event, and statistics for both. 0 done, 3 something
 * could not be read.
 */
export async function logs(path: string): Promise<number> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  return isFolder ? logFolder(path) : logFile(path)
}

async function logFile(path: string): Promise<number> {
  const read = await readSummary(path, (line) => process.stdout.write(`${logLine(line)}\n`))
  if (typeof read === 'string') return complain(read, EXIT.notDone)
  printFigures(read.figures)
  return EXIT.done
}

async function logFolder(folder: string): Promise<number> {
  const paths = await listJournals(folder)
  if (typeof paths === 'string') return complain(paths, EXIT.notDone)
  if (paths.length === 0)
    return complain(`${folder} holds no journal; runner start --journal ${folder} writes them`, EXIT.notDone)
  let all: ReadonlyMap<string, Figures> = new Map()
  let code = 0
  for (const path of paths) {
    const read = await readSummary(path, () => {})
    if (typeof read === 'string') code = complain(read, EXIT.notDone)
    else {
      process.stdout.write(`${summaryLine(read)}\n`)
      all = merged(all, read.figures, bothFigures)
    }
  }
  printFigures(all)
  return code
}

async function readSummary(path: string, onLine: (line: JournalLine) => void): Promise<Summary | string> {
  const journal = await openJournal(path)
  if (typeof journal === 'string') return journal
  const summary = await summarise(journal, onLine)
  tellBadLines(path, journal.bad)
  return summary
}

function printFigures(figures: ReadonlyMap<string, Figures>): void {
  for (const [name, each] of figures) {
    process.stdout.write(`\n${name}\n`)
    for (const line of figuresLines(each)) process.stdout.write(`  ${line}\n`)
  }
}
