import { readdirSync, readFileSync } from 'node:fs'

/** Sends a signal to one process; false where it is gone, or not ours to signal. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/** Whether a process has that number, whoever owns it. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** When a process started, in ticks since boot (field 22 of its stat, the 20th behind the name); 0 where that is not known. */
export function startOf(pid: number): number {
  return Number(statOf(pid)?.[19] ?? 0)
}

/** Whether the process that has begun then lives. Its number may be another one's by now: that one has started later. */
export function isSameAlive(pid: number, start: number): boolean {
  const found = startOf(pid)
  return found !== 0 && start !== 0 ? found === start : isAlive(pid)
}

/** Whether a process stands still until it is told to go on; false where that is not known. */
export function isStopped(pid: number): boolean {
  return statOf(pid)?.[0] === 'T'
}

/** All processes but this one; none where there is no Linux /proc. */
export function processIds(): readonly number[] {
  if (process.platform !== 'linux') return []
  try {
    const ids = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))
    return ids.map(Number).filter((pid) => pid !== process.pid)
  } catch {
    return []
  }
}

/** What the system says of a process (proc_pid_stat(5)), from the field behind its name on, which may hold anything; null where it is gone, or there is no /proc. */
export function statOf(pid: number): readonly string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
  } catch {
    return null
  }
}
