import { lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { removeFolder } from '../storage/remove-folder.ts'
import { killProcessesOf } from './orphans.ts'
import { isStillRunning, startTicksOf } from './processes.ts'

/** Names of runners' folders: pid, its start in ticks since boot, its pid namespace, purpose. */
const FOLDER = /^runner-(\d+)-(\d+)-(\d+)-\w+$/

/** The name of this process's own folder for what tools write, for one purpose; unique to this process. */
export function runnerFolderName(purpose: string): string {
  return `runner-${process.pid}-${startTicksOf(process.pid)}-${pidNamespace()}-${purpose}`
}

/**
 * Kills the orphans of killed runners, removes their folders, and returns the folders' names. Runners that are alive, another user's, or
 * in another container with the same folder are left alone.
 */
export async function cleanUpKilledRunners(parent: string): Promise<readonly string[]> {
  const names = readdirSync(parent).filter((name) => isOfKilledRunner(join(parent, name), name))
  for (const name of names) await killProcessesOf(join(parent, name))
  for (const name of names) await removeFolder(join(parent, name))
  return names
}

function isOfKilledRunner(path: string, name: string): boolean {
  const [, pid, start, folderNamespace] = FOLDER.exec(name) ?? []
  if (pid === undefined || folderNamespace !== pidNamespace()) return false
  return isOwnFolder(path) && !isStillRunning(Number(pid), Number(start))
}

function isOwnFolder(path: string): boolean {
  try {
    const status = lstatSync(path)
    return status.isDirectory() && status.uid === process.getuid?.()
  } catch {
    return false
  }
}

function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
  } catch {
    return '0'
  }
}
