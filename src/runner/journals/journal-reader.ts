import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileErrorMessage } from '../../agent/file-error-message.ts'
import { journalLine } from '../../generated/journal.js'
import { readJsonLines } from '../../io/storage/journal.ts'
import type { JournalHeader, JournalLine } from './journal-lines.ts'

/** A journal being read. */
export interface Journal {
  readonly path: string
  readonly header: JournalHeader
  /** The lines after the header, one at a time, in the order of the file. */
  readonly lines: AsyncIterable<JournalLine>
  /** Numbers of invalid lines, such as one cut off by a crash or written by hand. Complete once `lines` has ended. */
  readonly invalid: readonly number[]
}

/** The most invalid lines remembered. */
const INVALID_MAX = 100

/** Opens a journal; a string says why it is none. */
export async function openJournal(path: string): Promise<Journal | string> {
  const lines = readJsonLines(path)
  try {
    const first = await lines.next()
    const header = first.done || 'bad' in first.value ? null : asHeader(first.value.value)
    if (header === null) {
      await lines.return(undefined)
      return `${path} is not a journal: its first line does not say which conversation it is of`
    }
    const invalid: number[] = []
    return { path, header, invalid, lines: validLines(lines, invalid) }
  } catch (error) {
    return readFailure(path, error)
  }
}

/** Lists the journals of a folder, oldest first; a string says why it cannot be read. */
export async function listJournals(folder: string): Promise<readonly string[] | string> {
  try {
    const names = await readdir(folder)
    return names
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
      .map((name) => join(folder, name))
  } catch (error) {
    return readFailure(folder, error)
  }
}

async function* validLines(lines: ReturnType<typeof readJsonLines>, invalid: number[]): AsyncGenerator<JournalLine> {
  for await (const line of lines) {
    if (!('bad' in line) && journalLine(line.value)) yield line.value as JournalLine
    else if (invalid.length < INVALID_MAX) invalid.push(line.number)
  }
}

function asHeader(value: unknown): JournalHeader | null {
  return journalLine(value) && (value as JournalLine).type === 'journal' ? (value as JournalHeader) : null
}

function readFailure(path: string, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT')
    return `${path} does not exist; name a file that --journal wrote (for runner logs, also its folder)`
  if (code === 'EISDIR') return `${path} is a folder; name one of the files that runner logs ${path} lists`
  return `${path} cannot be read: ${fileErrorMessage(error)}`
}
