import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isStillRunning, pidNamespace } from '../processes/processes.ts'
import { makeFolder } from '../storage/make-folder.ts'
import { isOwnedByUser, makeStateFolder, statusOf } from '../storage/state-folder.ts'
import { writeWhole } from '../storage/write-whole.ts'

/** How to find a process: one file each in `run/` of the state folder. */
export interface RunRecord {
  readonly pid: number
  /** Where that pid is one; empty if unknown. */
  readonly namespace: string
  /** When the process started, in ticks since boot, since its number may be reused; 0 if unknown. */
  readonly start: number
  readonly socket: string
  readonly agents: readonly string[]
  /** Each agent's file, absolute. */
  readonly files: readonly string[]
  /** When it began, in ms since the epoch. */
  readonly since: number
}

/** How many records of other containers are kept: nobody here can tell which of them are of live processes. Those write theirs again. */
const FOREIGN_MAX = 64

/**
 * The processes named in a state folder, except those in other containers that share it. Removes what dead processes left, where that is
 * possible.
 */
export function liveRecords(state: string): readonly RunRecord[] {
  const folder = join(state, 'run')
  if (!hasRecords(state)) return []
  const here = pidNamespace()
  const found = readdirSync(folder).map((name) => ({
    path: join(folder, name),
    record: readRecord(join(folder, name)),
  }))
  const isForeign = ({ record }: FoundRecord) => record !== null && record.namespace !== here
  const foreign = found.filter(isForeign).toSorted((one, other) => sinceOf(other) - sinceOf(one))
  for (const { path } of foreign.slice(FOREIGN_MAX)) tryRemove(path)
  return found
    .filter((each) => !isForeign(each))
    .flatMap(({ path, record }) => {
      if (record !== null && isStillRunning(record.pid, record.start)) return [record]
      tryRemove(path)
      if (record !== null && isOwnSocket(record.socket)) tryRemove(record.socket)
      return []
    })
}

interface FoundRecord {
  readonly path: string
  readonly record: RunRecord | null
}

function sinceOf({ record }: FoundRecord): number {
  return record?.since ?? 0
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
  const name = `${record.pid}-${record.namespace}.json`
  const folder = join(state, 'run')
  makeStateFolder(state)
  makeFolder(folder, 0o700)
  writeWhole(join(folder, name), JSON.stringify(record), { temporary: join(state, `run-${name}`) })
  return join(folder, name)
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
      ? {
          ...(value as RunRecord),
          namespace: value.namespace ?? pidNamespace(),
          start: value.start ?? 0,
          files: value.files ?? [],
        }
      : null
  } catch {
    return null
  }
}
