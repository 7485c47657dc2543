import { lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive, statOf } from './processes.ts'
import { killCarriers } from './stray-hunt.ts'

/** Names of the folders of runners: process, its start in ticks since boot, the namespace that its number is of, purpose. */
const FOLDER = /^runner-(\d+)-(\d+)-(\d+)-\w+$/

/** The name of this process's own folder for what tools write, for one purpose. No other process has had it, or will. */
export function runnerFolderName(purpose: string): string {
  return `runner-${process.pid}-${startOf(process.pid) ?? 0}-${namespace()}-${purpose}`
}

/**
 * Ends what runners left running that were killed themselves, and removes their folders; gives the names of those. A runner that lives, another
 * user's, and one of another container that shares the folder are left alone.
 */
export async function sweepLeftBehind(parent: string): Promise<readonly string[]> {
  const names = readdirSync(parent).filter((name) => isLeftBehind(join(parent, name), name))
  for (const name of names) {
    await killCarriers(join(parent, name))
    await rm(join(parent, name), { recursive: true, force: true })
  }
  return names
}

function isLeftBehind(path: string, name: string): boolean {
  const [, pid, start, space] = FOLDER.exec(name) ?? []
  if (pid === undefined || space !== namespace()) return false
  return isOurs(path) && !stillRuns(Number(pid), Number(start))
}

function isOurs(path: string): boolean {
  try {
    const status = lstatSync(path)
    return status.isDirectory() && status.uid === process.getuid?.()
  } catch {
    return false
  }
}

/** The number of a process that is gone may be another one's by now: that one started later. */
function stillRuns(pid: number, start: number): boolean {
  const found = startOf(pid)
  return found !== null && start !== 0 ? found === start : isAlive(pid)
}

/** When a process started, in ticks since boot; null where there is no /proc. */
function startOf(pid: number): number | null {
  const stat = statOf(pid)
  return stat === null ? null : Number(stat[START_FIELD])
}

/** Field 22 of a process's stat, the 20th behind its name. */
const START_FIELD = 19

function namespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
  } catch {
    return '0'
  }
}
