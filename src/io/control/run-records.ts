import { lstatSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isStillRunning } from '../processes/processes.ts'
import { makeFolder } from '../storage/make-folder.ts'
import { isOwnedByUser, makeStateFolder } from '../storage/state-folder.ts'

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

/** The processes named in a state folder. Removes what dead processes left. */
export function liveRecords(state: string): readonly RunRecord[] {
  const folder = join(state, 'run')
  if (!hasRecords(state)) return []
  return readdirSync(folder).flatMap((name) => {
    const record = readRecord(join(folder, name))
    if (record !== null && isStillRunning(record.pid, record.start)) return [record]
    rmSync(join(folder, name), { force: true })
    if (record !== null && isOwnSocket(record.socket)) rmSync(record.socket, { force: true })
    return []
  })
}

/** Whether a state folder can name processes; a folder that another user made does not count. */
export function hasRecords(state: string): boolean {
  const folder = join(state, 'run')
  return isOwnedByUser(folder) && (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false)
}

/**
 * Names a process. The file is renamed into place, since one read half-written would be removed as left by a dead process. Throws if it
 * cannot.
 */
export function writeRecord(state: string, record: RunRecord): string {
  const name = join(state, 'run', `${record.pid}.json`)
  makeStateFolder(state)
  makeFolder(dirname(name), 0o700)
  const temporary = join(state, `run-${record.pid}.json`)
  try {
    writeFileSync(temporary, JSON.stringify(record), { mode: 0o600 })
    renameSync(temporary, name)
    return name
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** The record alone is no reason to remove a file: it must be a socket, and ours. */
function isOwnSocket(path: string): boolean {
  return isOwnedByUser(path) && (lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false)
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
