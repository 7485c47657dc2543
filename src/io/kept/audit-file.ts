import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A file to which lines are added and from which none is taken. */
export interface AuditFile {
  /** Hands one line to the system before it returns. What cannot be written is told once, and writing goes on as soon as it can. */
  write(line: object): void
  close(): void
}

/** Bytes after which the next start begins another file; the old one is kept under the time of that start. */
const BYTES_MAX = 16 * 1024 * 1024

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

  function fail(error: unknown): void {
    if (isTold) return
    isTold = true
    onTrouble(`the audit cannot be written: ${error instanceof Error ? error.message : String(error)}`)
  }

  return {
    write(line) {
      if (file === null) return
      const bytes = Buffer.from(`${isCut ? '\n' : ''}${JSON.stringify(line)}\n`)
      let written = 0
      try {
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
