import {
  accessSync,
  closeSync,
  constants,
  createReadStream,
  fdatasync,
  lstatSync,
  openSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseExactly } from '../../agent/requests/exact-json.ts'
import { createLineWriter } from './line-writer.ts'
import { makeFolder } from './make-folder.ts'

/** One conversation's file while it is written. */
export interface JournalFile {
  readonly path: string
  /** Hands one line to the system before it returns, so that a killed process loses nothing already written. Throws if it cannot. */
  write(line: object): void
  /** Resolves when everything written is on disk, safe from a power failure. Rejects if that fails. */
  sync(): Promise<void>
  close(): void
}

/** Why journals cannot be written to a folder, or to one that is made there, or null. */
export function journalFolderFault(folder: string): string | null {
  if (folder === '') return 'an empty name'
  try {
    const existing = nearestExisting(resolve(folder))
    if (!statSync(existing, { throwIfNoEntry: false })?.isDirectory()) return `${folder} is not a folder`
    accessSync(existing, constants.W_OK | constants.X_OK)
    return null
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOTDIR') return `${folder} is not a folder`
    if (code === 'EACCES' || code === 'EROFS') return `${folder} may not be written to`
    return `${folder}: ${message}`
  }
}

/** The path itself, or the nearest one above it that is there. */
function nearestExisting(path: string): string {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined ? nearestExisting(dirname(path)) : path
}

/**
 * Creates a file in `folder` that only its owner can read, with its first line. Throws if it cannot, and leaves no file. A missing folder
 * is made, at the first conversation or again, as in the next release of a project.
 */
export function createJournalFile(folder: string, name: string, first: object): JournalFile {
  makeFolder(folder, 0o700)
  const path = join(folder, `${name}.jsonl`)
  const journal = openJournalFile(path, openSync(path, 'ax', 0o600))
  try {
    journal.write(first)
    return journal
  } catch (error) {
    journal.close()
    rmSync(path, { force: true })
    throw error
  }
}

function openJournalFile(path: string, file: number): JournalFile {
  return {
    path,
    write: createLineWriter(file),
    sync: () => new Promise((done, failed) => fdatasync(file, (error) => (error === null ? done() : failed(error)))),
    close: () => closeSync(file),
  }
}

/** One line of a file: its value, or that it is not JSON. */
type ReadLine = { readonly number: number; readonly value: unknown } | { readonly number: number; readonly bad: true }

/** The most characters read of a line: many times what a prompt or a tool's answer may have. */
export const LINE_CHARACTERS_MAX = 16_777_216

/**
 * Reads a file of any length line by line, with long numbers as they were written. A line that is cut off, or too long, comes as bad.
 * Rejects if the file cannot be read.
 */
export async function* readJsonLines(path: string): AsyncGenerator<ReadLine> {
  let number = 0
  for await (const text of linesOf(createReadStream(path, 'utf8'))) {
    number += 1
    if (text.trim() !== '') yield readLine(number, text)
  }
}

/**
 * Splits at line feeds only: JSON leaves the Unicode separators (U+2028, U+2029) unescaped, and `node:readline` splits there. A line that
 * is too long comes once, cut.
 */
async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let line: string | null = ''
  for await (const piece of pieces) {
    for (const [index, part] of piece.split('\n').entries()) {
      if (index > 0 && line !== null) yield line
      if (index > 0) line = ''
      if (line === null) continue
      line += part
      if (line.length <= LINE_CHARACTERS_MAX) continue
      yield line.slice(0, LINE_CHARACTERS_MAX)
      line = null
    }
  }
  if (line !== null) yield line
}

function readLine(number: number, text: string): ReadLine {
  try {
    return { number, value: parseExactly(text) }
  } catch {
    return { number, bad: true }
  }
}
