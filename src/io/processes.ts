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
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
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
