import { accessSync, closeSync, constants, createReadStream, existsSync, fdatasync, openSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createLineWriter } from './line-writer.ts'
import { makeFolder } from './make-folder.ts'

/** One conversation's file while it is written. */
export interface JournalFile {
  readonly path: string
  /** Hands one line to the system before it returns, so that a process which is killed loses nothing written before. Throws when it cannot. */
  write(line: object): void
  /** Resolves when the disk has what was written: a machine that loses its power keeps it. Rejects when that fails. */
  sync(): Promise<void>
  close(): void
}

/** Creates the folder of journals; says what is in the way of writing there, or null. */
export function journalFolderFault(folder: string): string | null {
  if (folder === '') return 'an empty name'
  try {
    makeFolder(folder, 0o700)
    accessSync(folder, constants.W_OK | constants.X_OK)
    return null
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' || code === 'ENOTDIR') return `${folder} is not a folder`
    if (code === 'EACCES' || code === 'EROFS') return `${folder} may not be written to`
    return `${folder}: ${message}`
  }
}

/**
 * Creates a file in `folder` that nobody else may read, with its first line. Throws, and leaves none, when it cannot be made. A folder that is gone is
 * made anew where the one above it is there, as in the next release of a project.
 */
export function createJournalFile(folder: string, name: string, first: object): JournalFile {
  if (!existsSync(folder) && existsSync(dirname(folder))) makeFolder(folder, 0o700)
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

/** One line of a file as it was read: its value, or that it is no JSON. */
type ReadLine = { readonly number: number; readonly value: unknown } | { readonly number: number; readonly bad: true }

/** Characters of a line that are read: many times what a prompt, or the answer of a tool, may have. */
export const LINE_CHARACTERS_MAX = 16_777_216

/** Reads a file line by line, however long it is. A line cut off by a crash, or without end, comes as bad. Rejects when the file cannot be read. */
export async function* readJsonLines(path: string): AsyncGenerator<ReadLine> {
  let number = 0
  for await (const text of linesOf(createReadStream(path, 'utf8'))) {
    number += 1
    if (text.trim() !== '') yield readLine(number, text)
  }
}

/** A line ends at a line feed alone: JSON leaves the separators of Unicode (U+2028, U+2029) in what people say, and `node:readline` cuts there. What is too long is given once, cut. */
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
    return { number, value: JSON.parse(text) as unknown }
  } catch {
    return { number, bad: true }
  }
}
