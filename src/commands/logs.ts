import { stat } from 'node:fs/promises'
import { EXIT } from '../runner/exit-code.ts'
import type { JournalLine } from '../runner/journals/journal-lines.ts'
import { listJournals, openJournal } from '../runner/journals/journal-reader.ts'
import { type Summary, summarise, summaryLine } from '../runner/journals/journal-summary.ts'
import { addStatistics, mergeMaps, type Statistics } from '../runner/journals/statistics.ts'
import { statisticsLines } from '../runner/journals/statistics-lines.ts'
import { logLine } from '../runner/journals/transcript.ts'
import { printError } from '../runner/printing/print-error.ts'
import { reportInvalidLines } from './transcript.ts'

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
  if (typeof read === 'string') return printError(read, EXIT.failed)
  printFigures(read.statistics)
  return EXIT.done
}

async function logFolder(folder: string): Promise<number> {
  const paths = await listJournals(folder)
  if (typeof paths === 'string') return printError(paths, EXIT.failed)
  if (paths.length === 0)
    return printError(`${folder} holds no journal; runner start --journal ${folder} writes them`, EXIT.failed)
  let all: ReadonlyMap<string, Statistics> = new Map()
  let code = 0
  for (const path of paths) {
    const read = await readSummary(path, () => {})
    if (typeof read === 'string') code = printError(read, EXIT.failed)
    else {
      process.stdout.write(`${summaryLine(read)}\n`)
      all = mergeMaps(all, read.statistics, addStatistics)
    }
  }
  printFigures(all)
  return code
}

async function readSummary(path: string, onLine: (line: JournalLine) => void): Promise<Summary | string> {
  const journal = await openJournal(path)
  if (typeof journal === 'string') return journal
  const summary = await summarise(journal, onLine)
  reportInvalidLines(path, journal.invalid)
  return summary
}

function printFigures(figures: ReadonlyMap<string, Statistics>): void {
  for (const [name, statistics] of figures) {
    process.stdout.write(`\n${name}\n`)
    for (const line of statisticsLines(statistics)) process.stdout.write(`  ${line}\n`)
  }
}
