import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isStillRunning } from '../processes/processes.ts'
import { makeFolder } from '../storage/make-folder.ts'
import { isOwnedByUser, makeStateFolder, statusOf } from '../storage/state-folder.ts'
import { writeWhole } from '../storage/write-whole.ts'

/** How to find a process: one file each in `run/` of the state folder. */
export interface RunRecord {
  readonly pid: number
  /** When the process started, in ticks since boot, since its number may be reused; 0 if unknown. */
  readonly start: number
  readonly socket: string
  readonly agents: readonly string[]
  /** Each agent's file, absolute. */
  readonly files: readonly string[]
  /** When it began, in ms since the epoch. */
  readonly since: number
}

/** The processes named in a state folder. Removes what dead processes left, where that is possible. */
export function liveRecords(state: string): readonly RunRecord[] {
  const folder = join(state, 'run')
  if (!hasRecords(state)) return []
  return readdirSync(folder).flatMap((name) => {
    const record = readRecord(join(folder, name))
    if (record !== null && isStillRunning(record.pid, record.start)) return [record]
    tryRemove(join(folder, name))
    if (record !== null && isOwnSocket(record.socket)) tryRemove(record.socket)
    return []
  })
}

/** A disk may be read-only; what stays is passed over again the next time. */
function tryRemove(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    return
  }
}

/** Whether a state folder can name processes; a folder that another user made does not count. */
export function hasRecords(state: string): boolean {
  const folder = join(state, 'run')
  return isOwnedByUser(folder) && (statusOf(folder)?.isDirectory() ?? false)
}

/**
 * Names a process. The file is renamed into place, since one read half-written would be removed as left by a dead process. Throws if it
 * cannot.
 */
export function writeRecord(state: string, record: RunRecord): string {
  const name = join(state, 'run', `${record.pid}.json`)
  makeStateFolder(state)
  makeFolder(dirname(name), 0o700)
  writeWhole(name, JSON.stringify(record), { temporary: join(state, `run-${record.pid}.json`) })
  return name
}

/** The record alone is no reason to remove a file: it must be a socket, and ours. */
function isOwnSocket(path: string): boolean {
  return isOwnedByUser(path) && (statusOf(path)?.isSocket() ?? false)
}

function readRecord(path: string): RunRecord | null {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<RunRecord> | null
    return typeof value?.pid === 'number' &&
      typeof value.socket === 'string' &&
      Array.isArray(value.agents) &&
      typeof value.since === 'number'
      ? { ...(value as RunRecord), start: value.start ?? 0, files: value.files ?? [] }
      : null
  } catch {
    return null
  }
}
