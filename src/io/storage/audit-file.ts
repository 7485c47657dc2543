import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createLineWriter } from './line-writer.ts'
import { makeStateFolder } from './state-folder.ts'

/** An append-only file of lines. */
export interface AuditFile {
  /** Hands one line to the system before it returns. Only the first failure is reported, and later lines are still tried. */
  write(line: object): void
  close(): void
}

/** Size in bytes at which the next start begins another file; the old one is renamed with the time of that start. */
const BYTES_MAX = 16 * 1024 * 1024

/** Opens `audit.ndjson` of a state folder. If that fails, it is reported and nothing is written. */
export function openAuditFile(folder: string, onFailure: (message: string) => void): AuditFile {
  const path = join(folder, 'audit.ndjson')
  let opened: OpenFile | null = null
  let isReported = false
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > BYTES_MAX)
      renameSync(path, join(folder, `audit-${Date.now()}.ndjson`))
    opened = open(path)
  } catch (error) {
    fail(error)
  }

  /** Opens the file again if it was removed, as by `git clean`, or replaced: lines written to the old one would be lost. */
  function reopenIfReplaced(current: OpenFile): OpenFile {
    const { dev, ino } = fstatSync(current.file)
    const atPath = statSync(path, { throwIfNoEntry: false })
    if (atPath?.dev === dev && atPath.ino === ino) return current
    makeStateFolder(folder)
    const reopened = open(path)
    closeSync(current.file)
    return reopened
  }

  function fail(error: unknown): void {
    if (isReported) return
    isReported = true
    onFailure(`the audit cannot be written: ${error instanceof Error ? error.message : String(error)}`)
  }

  return {
    write(line) {
      if (opened === null) return
      try {
        opened = reopenIfReplaced(opened)
        opened.add(line)
      } catch (error) {
        fail(error)
      }
    },
    close() {
      if (opened !== null) closeSync(opened.file)
      opened = null
    },
  }
}

interface OpenFile {
  readonly file: number
  readonly add: (line: object) => void
}

function open(path: string): OpenFile {
  const file = openSync(path, 'a+', 0o600)
  return { file, add: createLineWriter(file, endsMidLine(file)) }
}

/** Whether the last line is incomplete, as after a power failure. */
function endsMidLine(file: number): boolean {
  const { size } = fstatSync(file)
  const last = Buffer.alloc(1)
  return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last.toString() !== '\n'
}
