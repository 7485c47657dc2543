import { readFileSync } from 'node:fs'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { processIds, signalProcess } from './processes.ts'

/** The environment that marks a process as part of a call. */
export interface CallMark {
  readonly callId: string
  readonly stateDir: string
}

/** How long calls that end together are collected for one scan of /proc, in ms. */
const BATCH_MS = 100
/**
 * The most scans of /proc for one batch of calls: each further one finds what was forked, or had not died yet, during the one before.
 */
const SCANS_MAX = 50
/** Processes checked before the event loop gets its turn: about 0.3 ms. */
const PROCESSES_A_TURN = 16

/** Wait between two scans, in ms. */
const SCAN_EVERY_MS = 20

/**
 * Kills processes that left their group but still carry their call's environment; resolves when a scan finds none. Needs a Linux /proc;
 * elsewhere it finds nothing.
 */
export function createOrphanKiller(): (mark: CallMark) => Promise<void> {
  let batch: { readonly marks: CallMark[]; readonly done: Promise<void> } | null = null
  return (mark) => {
    batch ??= openBatch()
    batch.marks.push(mark)
    return batch.done
  }

  function openBatch(): { readonly marks: CallMark[]; readonly done: Promise<void> } {
    const marks: CallMark[] = []
    const done = delay(BATCH_MS).then(() => {
      batch = null
      return killOfCalls(marks)
    })
    return { marks, done }
  }
}

/** Kills every process whose state directory is inside a folder; resolves when a scan finds none. */
export function killProcessesOf(folder: string): Promise<void> {
  return killUntilNone(({ stateDir }) => stateDir?.startsWith(`${folder}/`) ?? false)
}

function killOfCalls(marks: readonly CallMark[]): Promise<void> {
  return killUntilNone((found) => marks.some((mark) => isSameCall(mark, found)))
}

async function killUntilNone(isMatch: (found: Partial<CallMark>) => boolean): Promise<void> {
  for (let scan = 0; scan < SCANS_MAX; scan += 1) {
    if ((await killMatching(isMatch)) === 0) return
    await delay(SCAN_EVERY_MS)
  }
}

async function killMatching(isMatch: (found: Partial<CallMark>) => boolean): Promise<number> {
  let killed = 0
  for (const [index, pid] of processIds().entries()) {
    const found = readMark(pid)
    if (found !== null && isMatch(found) && signalProcess(pid, 'SIGKILL')) killed += 1
    if (index % PROCESSES_A_TURN === PROCESSES_A_TURN - 1) await nextTurn()
  }
  return killed
}

/** Two runners may have calls with the same id. A process without the second variable matches by the id alone. */
function isSameCall(mark: CallMark, found: Partial<CallMark>): boolean {
  return mark.callId === found.callId && (found.stateDir ?? mark.stateDir) === mark.stateDir
}

/** The mark in a process's environment; null if it has none, is another user's, or has ended. */
function readMark(pid: number): Partial<CallMark> | null {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`)
    if (!environment.includes('RUNNER_CALL_ID=')) return null
    const entries = environment.toString('utf8').split('\0')
    const callId = findValue(entries, 'RUNNER_CALL_ID=')
    const stateDir = findValue(entries, 'RUNNER_STATE_DIR=')
    return { ...(callId === undefined ? {} : { callId }), ...(stateDir === undefined ? {} : { stateDir }) }
  } catch {
    return null
  }
}

function findValue(entries: readonly string[], prefix: string): string | undefined {
  return entries.find((entry) => entry.startsWith(prefix))?.slice(prefix.length)
}
