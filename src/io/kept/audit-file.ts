import { closeSync, fstatSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { makeStateFolder } from './state-folder.ts'

/** A file to which lines are added and from which none is taken. */
export interface AuditFile {
  /** Hands one line to the system before it returns. What cannot be written is told once, and writing goes on as soon as it can. */
  write(line: object): void
  close(): void
}

/** Bytes after which the next start begins another file; the old one is kept under the time of that start. */
const BYTES_MAX = 16 * 1024 * 1024

/** Opens `audit.ndjson` of a state folder. Where it cannot be opened, that is told and nothing is written. */
export function openAuditFile(folder: string, onTrouble: (message: string) => void): AuditFile {
  const path = join(folder, 'audit.ndjson')
  let file: number | null = null
  let isTold = false
  /** A line was cut by a full disk: the next one begins on a line of its own. */
  let isCut = false
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > BYTES_MAX)
      renameSync(path, join(folder, `audit-${Date.now()}.ndjson`))
    file = openSync(path, 'a', 0o600)
  } catch (error) {
    fail(error)
  }

  /** A file that was removed, as by `git clean`, takes lines that nobody can read: another one is begun. */
  function standing(opened: number): number {
    if (fstatSync(opened).nlink > 0) return opened
    makeStateFolder(folder)
    const anew = openSync(path, 'a', 0o600)
    closeSync(opened)
    isCut = false
    return anew
  }

  function fail(error: unknown): void {
    if (isTold) return
    isTold = true
    onTrouble(`the audit cannot be written: ${error instanceof Error ? error.message : String(error)}`)
  }

  return {
    write(line) {
      if (file === null) return
      let written = 0
      try {
        file = standing(file)
        const bytes = Buffer.from(`${isCut ? '\n' : ''}${JSON.stringify(line)}\n`)
        while (written < bytes.byteLength) written += writeSync(file, bytes, written)
        isCut = false
      } catch (error) {
        isCut ||= written > 0
        fail(error)
      }
    },
    close() {
      if (file !== null) closeSync(file)
      file = null
    },
  }
}
