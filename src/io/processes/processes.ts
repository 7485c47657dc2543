import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Sends a signal to one process; false if it has ended, or is not ours to signal. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/** Whether a process with that pid exists, whoever owns it. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** When a process started, in ticks since boot (field 22 of its stat, the 20th after the name); 0 if unknown. */
export function startTicksOf(pid: number): number {
  return Number(statOf(pid)?.[19] ?? 0)
}

/** The namespace that the pids of this process belong to: a container has its own, and its pid 1 is none of another. Empty if unknown. */
export function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')
  } catch {
    return ''
  }
}

/** Whether the process that started then is alive. Its pid may have been reused: that process has a later start. */
export function isStillRunning(pid: number, start: number): boolean {
  const startNow = startTicksOf(pid)
  return startNow !== 0 && start !== 0 ? startNow === start : isAlive(pid)
}

/** Whether a process is stopped until it is continued; false if unknown. */
export function isStopped(pid: number): boolean {
  return statOf(pid)?.[0] === 'T'
}

/** All processes but this one; none without a Linux /proc. */
export function processIds(): readonly number[] {
  if (process.platform !== 'linux') return []
  try {
    const ids = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))
    return ids.map(Number).filter((pid) => pid !== process.pid)
  } catch {
    return []
  }
}

/** A process's stat (proc_pid_stat(5)) from the field after its name, which may contain anything; null if it has ended, or without /proc. */
export function statOf(pid: number): readonly string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
  } catch {
    return null
  }
}
