import { setTimeout as delay } from 'node:timers/promises'
import type { ScriptTool } from '../../agent/tool.ts'
import type { ToolPorts } from '../tools/gated-call.ts'
import { fileStamp, findScript } from '../tools/script-file.ts'
import { failure, misconfiguration, type Verdict } from '../tools/tool-contract.ts'
import type { WorkerLoss, WorkerProcess } from './worker-process.ts'

/** The window for counting crashes, in ms, and how many in it make a tool unavailable until its file or script changes. */
const CRASH_WINDOW_MS = 60_000
const CRASHES_MAX = 5
/** Wait before a crashed worker is started again, in ms: it doubles with each crash in the window. */
const RESTART_MIN_MS = 100
const RESTART_MAX_MS = 5_000
/** How often a worker's script is checked between calls, in ms. Each call checks it too, at most once per turn of the event loop. */
const CHECK_EVERY_MS = 500

interface SupervisorPorts {
  /** Starts a process. Throws if it cannot; `onLost` is called when it no longer answers. */
  readonly start: (onLost: (loss: WorkerLoss) => void) => WorkerProcess
  readonly log: ToolPorts['log']
}

/** Keeps one process of a worker tool warm, and replaces it if it crashed, is stuck, was given a key, or its script changed. */
export interface WorkerSupervisor {
  /** A process that is ready; a promise of one if it still has to start; a verdict if there will be none. */
  obtain(): WorkerProcess | Verdict | Promise<WorkerProcess | Verdict>
  /** Forgets earlier crashes, since the agent file was saved. */
  resetCrashes(): void
  /** Ends all its processes; resolves when nothing is left of them. */
  stop(): Promise<void>
}

export function createWorkerSupervisor(tool: ScriptTool, { start, log }: SupervisorPorts): WorkerSupervisor {
  const workers = new Set<WorkerProcess>()
  let current: WorkerProcess | null = null
  let starting: Promise<WorkerProcess | Verdict> | null = null
  let crashes: readonly number[] = []
  /** The stamp of the files behind the last start. */
  let startedStamp = ''
  /** The stamp for which a failed start was reported. */
  let reportedStamp: string | null = null
  let turnStamp: string | null = null
  const stopped = new AbortController()
  const checkTimer = setInterval(() => {
    if (starting !== null || startedStamp === '') return
    if (current?.launch.holdsHiddenVariable()) void replaceExposed(current)
    else if (!hasChanged()) return
    else if (current === null) void restart()
    else void replace()
  }, CHECK_EVERY_MS)
  checkTimer.unref()

  return {
    obtain() {
      if (stopped.signal.aborted) return { outcome: failure('cancelled', 'the runner is stopping') }
      if (starting !== null) return starting
      if (current === null) return restart()
      if (current.launch.holdsHiddenVariable()) return replaceExposed(current)
      return hasChanged() ? replace() : current
    },
    resetCrashes() {
      crashes = []
    },
    async stop() {
      stopped.abort()
      clearInterval(checkTimer)
      current = null
      for (const worker of workers) worker.stop()
      await starting
      await Promise.all([...workers].map((worker) => worker.cleanedUp))
    },
  }

  /** Starts a process if there is none and none is starting, after the wait due to its crashes. */
  function restart(): Verdict | Promise<WorkerProcess | Verdict> {
    if (starting !== null) return starting
    if (hasChanged()) crashes = []
    const recent = recentCrashes()
    if (recent.length >= CRASHES_MAX) {
      const detail = `the worker ended ${CRASHES_MAX} times within a minute; save its script or the agent file to start it again`
      return { outcome: failure('unavailable', 'not available right now'), detail }
    }
    const last = recent.at(-1)
    const waitMs = last === undefined ? 0 : Math.min(RESTART_MAX_MS, RESTART_MIN_MS * 2 ** (recent.length - 1))
    const leftMs = last === undefined ? 0 : last + waitMs - performance.now()
    return trackStart(
      leftMs <= 0
        ? startWorker()
        : delay(leftMs, undefined, { ref: false, signal: stopped.signal })
            .catch(() => {})
            .then(startWorker),
    )
  }

  /** Starts another process beside the current one, which goes on until the other is ready and its own calls are done. */
  function replace(): Promise<WorkerProcess | Verdict> {
    const before = current
    crashes = []
    log('worker is replaced', { reason: 'its script changed' })
    return trackStart(
      startWorker().then((next) => {
        if (!('outcome' in next)) before?.retire()
        return 'outcome' in next ? (current ?? next) : next
      }),
    )
  }

  /** Retires a worker that was given a variable tools must not get any more; the next one starts without it, if it can. */
  function replaceExposed(worker: WorkerProcess): Verdict | Promise<WorkerProcess | Verdict> {
    log('worker is replaced', { reason: 'a variable that it was given holds a key by now' })
    worker.retire()
    current = null
    return restart()
  }

  function trackStart(promise: Promise<WorkerProcess | Verdict>): Promise<WorkerProcess | Verdict> {
    starting = promise.finally(() => {
      starting = null
    })
    return starting
  }

  async function startWorker(): Promise<WorkerProcess | Verdict> {
    if (stopped.signal.aborted) return { outcome: failure('cancelled', 'the runner is stopping') }
    startedStamp = currentStamp()
    let worker: WorkerProcess
    try {
      worker = start((loss) => onLost(worker, loss))
    } catch (error) {
      return failStart(error instanceof Error ? error.message : String(error))
    }
    workers.add(worker)
    void worker.cleanedUp.then(() => workers.delete(worker))
    const startedMs = performance.now()
    const why = await worker.ready
    if (why !== null) {
      if (!stopped.signal.aborted) recordCrash(why)
      return failStart(why)
    }
    log('worker is ready', { ms: Math.round(performance.now() - startedMs), script: worker.launch.script ?? undefined })
    current = worker
    void worker.ended.then((end) => onEnd(worker, end))
    return worker
  }

  /** Reports a failed start once per save, even before anybody calls. Calls report their own failures. */
  function failStart(reason: string): Verdict {
    if (reportedStamp !== startedStamp && !stopped.signal.aborted)
      log('worker does not start', { status: 'misconfigured', reason })
    reportedStamp = startedStamp
    return misconfiguration(reason)
  }

  function onEnd(worker: WorkerProcess, why: string | null): void {
    const wasCurrent = current === worker
    if (wasCurrent) current = null
    if (why === null || stopped.signal.aborted) return
    recordCrash(why)
    if (wasCurrent && recentCrashes().length < CRASHES_MAX) void restart()
  }

  function onLost(worker: WorkerProcess, { kind, reason }: WorkerLoss): void {
    if (kind === 'broken') recordCrash(reason)
    else log('worker is replaced', { reason })
    worker.retire()
    if (current !== worker) return
    current = null
    void restart()
  }

  function recordCrash(reason: string): void {
    crashes = [...recentCrashes(), performance.now()]
    const isGivenUp = crashes.length >= CRASHES_MAX
    log(isGivenUp ? 'worker is given up' : 'worker crashed', { reason, crashes: crashes.length, alert: isGivenUp })
  }

  function recentCrashes(): readonly number[] {
    return crashes.filter((time) => performance.now() - time < CRASH_WINDOW_MS)
  }

  function hasChanged(): boolean {
    const now = currentStamp()
    return now !== '' && now !== startedStamp
  }

  /** A stamp of the files behind the process. The calls of one turn of the event loop share it. */
  function currentStamp(): string {
    if (turnStamp !== null) return turnStamp
    setImmediate(() => {
      turnStamp = null
    })
    turnStamp = readStamp()
    return turnStamp
  }

  /** Empty while one of the files is being saved. */
  function readStamp(): string {
    const files = [tool.run[0], findScript(tool.run, tool.cwd)?.path, tool.envFile]
    try {
      return [...new Set(files)]
        .map((file) => (file === null || file === undefined || !file.includes('/') ? '' : fileStamp(file)))
        .join('\n')
    } catch {
      return ''
    }
  }
}
