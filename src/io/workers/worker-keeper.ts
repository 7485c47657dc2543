import { setTimeout as delay } from 'node:timers/promises'
import type { ScriptTool } from '../../agent/tool.ts'
import { findScript, stampOf } from '../tools/script-file.ts'
import { failure, misconfiguration, type Verdict } from '../tools/tool-contract.ts'
import type { WorkerProcess } from './worker-process.ts'

/** The window for counting crashes, in ms, and how many in it make a tool unavailable until its file or script changes. */
const CRASH_WINDOW_MS = 60_000
const CRASHES_MAX = 5
/** Wait before a crashed worker is started again, in ms: it doubles with each crash in the window. */
const RESTART_MIN_MS = 100
const RESTART_MAX_MS = 5_000
/** How often a worker's script is checked between calls, in ms. Each call checks it too, at most once per turn of the event loop. */
const LOOK_MS = 500

interface KeeperPorts {
  /** Starts a process. Throws if it cannot; `onLost` is called when it no longer answers. */
  readonly start: (onLost: (reason: string, isFault: boolean) => void) => WorkerProcess
  readonly log: (message: string, fields: { readonly [key: string]: unknown }) => void
}

/** Keeps one process of a worker tool warm, and replaces it if it crashed, is stuck, was given a key, or its script changed. */
export interface Keeper {
  /** A process that is ready; a promise of one if it still has to start; a verdict if there will be none. */
  obtain(): WorkerProcess | Verdict | Promise<WorkerProcess | Verdict>
  /** Forgets earlier crashes, since the agent file was saved. */
  forgive(): void
  /** Ends all its processes; resolves when nothing is left of them. */
  stop(): Promise<void>
}

export function createKeeper(tool: ScriptTool, { start, log }: KeeperPorts): Keeper {
  const all = new Set<WorkerProcess>()
  let current: WorkerProcess | null = null
  let starting: Promise<WorkerProcess | Verdict> | null = null
  let crashes: readonly number[] = []
  /** The stamp of the files behind the last start. */
  let tried = ''
  /** The stamp for which a failed start was reported. */
  let told: string | null = null
  let seen: string | null = null
  const stopped = new AbortController()
  const looking = setInterval(() => {
    if (starting !== null || tried === '') return
    if (current?.launch.holdsHidden()) void renounce(current)
    else if (!hasChanged()) return
    else if (current === null) void restart()
    else void replace()
  }, LOOK_MS)
  looking.unref()

  return {
    obtain() {
      if (stopped.signal.aborted) return { outcome: failure('cancelled', 'the runner is stopping') }
      if (starting !== null) return starting
      if (current === null) return restart()
      if (current.launch.holdsHidden()) return renounce(current)
      return hasChanged() ? replace() : current
    },
    forgive() {
      crashes = []
    },
    async stop() {
      stopped.abort()
      clearInterval(looking)
      current = null
      for (const worker of all) worker.stop()
      await starting
      await Promise.all([...all].map((worker) => worker.gone))
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
    return keep(
      leftMs <= 0
        ? open()
        : delay(leftMs, undefined, { ref: false, signal: stopped.signal })
            .catch(() => {})
            .then(open),
    )
  }

  /** Starts another process beside the current one, which goes on until the other is ready and its own calls are done. */
  function replace(): Promise<WorkerProcess | Verdict> {
    const before = current
    crashes = []
    log('worker is replaced', { reason: 'its script changed' })
    return keep(
      open().then((next) => {
        if (!('outcome' in next)) before?.retire()
        return 'outcome' in next ? (current ?? next) : next
      }),
    )
  }

  /** Retires a worker that was given a variable tools must not get any more; the next one starts without it, if it can. */
  function renounce(worker: WorkerProcess): Verdict | Promise<WorkerProcess | Verdict> {
    log('worker is replaced', { reason: 'a variable that it was given holds a key by now' })
    worker.retire()
    current = null
    return restart()
  }

  function keep(promise: Promise<WorkerProcess | Verdict>): Promise<WorkerProcess | Verdict> {
    starting = promise.finally(() => {
      starting = null
    })
    return starting
  }

  async function open(): Promise<WorkerProcess | Verdict> {
    if (stopped.signal.aborted) return { outcome: failure('cancelled', 'the runner is stopping') }
    tried = stamped()
    let worker: WorkerProcess
    try {
      worker = start((reason, isFault) => onLost(worker, reason, isFault))
    } catch (error) {
      return cannotStart(error instanceof Error ? error.message : String(error))
    }
    all.add(worker)
    void worker.gone.then(() => all.delete(worker))
    const startedMs = performance.now()
    const why = await worker.ready
    if (why !== null) {
      if (!stopped.signal.aborted) crashed(why)
      return cannotStart(why)
    }
    log('worker is ready', { ms: Math.round(performance.now() - startedMs), script: worker.launch.script ?? undefined })
    current = worker
    void worker.ended.then((end) => onEnd(worker, end))
    return worker
  }

  /** Reports a failed start once per save, even before anybody calls. Calls report their own failures. */
  function cannotStart(reason: string): Verdict {
    if (told !== tried && !stopped.signal.aborted) log('worker does not start', { status: 'misconfigured', reason })
    told = tried
    return misconfiguration(reason)
  }

  function onEnd(worker: WorkerProcess, why: string | null): void {
    const wasCurrent = current === worker
    if (wasCurrent) current = null
    if (why === null || stopped.signal.aborted) return
    crashed(why)
    if (wasCurrent && recentCrashes().length < CRASHES_MAX) void restart()
  }

  function onLost(worker: WorkerProcess, reason: string, isFault: boolean): void {
    if (isFault) crashed(reason)
    else log('worker is replaced', { reason })
    worker.retire()
    if (current !== worker) return
    current = null
    void restart()
  }

  function crashed(reason: string): void {
    crashes = [...recentCrashes(), performance.now()]
    const isGivenUp = crashes.length >= CRASHES_MAX
    log(isGivenUp ? 'worker is given up' : 'worker crashed', { reason, crashes: crashes.length, alert: isGivenUp })
  }

  function recentCrashes(): readonly number[] {
    return crashes.filter((time) => performance.now() - time < CRASH_WINDOW_MS)
  }

  function hasChanged(): boolean {
    const now = stamped()
    return now !== '' && now !== tried
  }

  /** A stamp of the files behind the process. The calls of one turn of the event loop share it. */
  function stamped(): string {
    if (seen !== null) return seen
    setImmediate(() => {
      seen = null
    })
    seen = look()
    return seen
  }

  /** Empty while one of the files is being saved. */
  function look(): string {
    const files = [findScript(tool.run, tool.cwd)?.path, tool.envFile]
    try {
      return files
        .map((file) => (file === null || file === undefined || !file.includes('/') ? '' : stampOf(file)))
        .join('\n')
    } catch {
      return ''
    }
  }
}
