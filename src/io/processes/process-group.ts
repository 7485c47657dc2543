import { setTimeout as delay } from 'node:timers/promises'
import { processIds, signalProcess, statOf } from './processes.ts'

/** How often a group that was asked to end is checked, in ms. */
const CHECK_EVERY_MS = 20

/** Sends a signal to a process group; false if nothing is left of it (or nothing we may signal). */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal)
  } catch {
    return false
  }
}

/** A process group, by its leader. */
interface Group {
  readonly pid: number
  /** Its leader is bwrap, which would take the whole sandbox with it at once, so only the others get SIGTERM. */
  readonly isSandboxed: boolean
}

/** Asks a group to end, and kills what is left of it after `killAfterMs`. Calls `onSignal` for each signal. */
export async function endGroup(
  { pid, isSandboxed }: Group,
  killAfterMs: number,
  onSignal: (signal: 'SIGTERM' | 'SIGKILL') => void,
): Promise<void> {
  onSignal('SIGTERM')
  if (isSandboxed) for (const member of membersOf(pid)) signalProcess(member, 'SIGTERM')
  else signalGroup(pid, 'SIGTERM')
  for (let waitedMs = 0; waitedMs < killAfterMs; waitedMs += CHECK_EVERY_MS) {
    if (!signalGroup(pid, 0)) return
    await delay(CHECK_EVERY_MS)
  }
  onSignal('SIGKILL')
  signalGroup(pid, 'SIGKILL')
}

/** The processes of a group without its leader. */
function membersOf(group: number): readonly number[] {
  return processIds().filter((pid) => pid !== group && Number(statOf(pid)?.[GROUP_FIELD]) === group)
}

/** Field 5 of a process's stat, the third after its name. */
const GROUP_FIELD = 2
