import type { Generation } from '../../session/generation.ts'
import type { Report } from '../../session/report.ts'

/** One reader of the conversations' reports: journal, audit, hooks, metrics. It never answers. */
export interface Sink {
  /** Its name in the log. */
  readonly name: string
  /** Whether it reads reports of that type; others cost it nothing. */
  accepts(type: Report['type']): boolean
  /**
   * Takes one report, with the generation its conversation was under; the next one waits until it is done. A rejection is logged and
   * affects no other sink.
   */
  take(report: Report, generation: Generation): Promise<void> | void
  /** Releases what it holds, after the last report. */
  close(): Promise<void> | void
}

/** Passes reports on to all sinks. */
export interface FanOut {
  report(report: Report, generation: Generation): void
  /** Resolves once every sink has taken its reports and is closed. */
  close(): Promise<void>
}

/** Reports that may wait for one slow sink; beyond that the newest are dropped and counted. */
const WAITING_MAX = 10_000

/** Passes every report to every sink that wants it. A slow or failing sink delays neither the conversation nor another sink. */
export function createFanOut(
  sinks: readonly Sink[],
  onFailure: (sink: string, message: string) => void,
  waitingMax = WAITING_MAX,
): FanOut {
  const lanes = sinks.map((sink) => openLane(sink, (message) => onFailure(sink.name, message), waitingMax))
  return {
    report(report, generation) {
      for (const lane of lanes) lane.take({ report, generation })
    },
    async close() {
      await Promise.all(lanes.map((lane) => lane.close()))
    },
  }
}

interface QueuedReport {
  readonly report: Report
  readonly generation: Generation
}

function openLane(sink: Sink, onFailure: (message: string) => void, waitingMax: number) {
  const waiting: QueuedReport[] = []
  let dropped = 0
  let busy: Promise<void> | null = null

  function take(queued: QueuedReport): void {
    if (!sink.accepts(queued.report.type)) return
    if (waiting.length >= waitingMax) dropped += 1
    else waiting.push(queued)
    if (busy === null) takeNext()
  }

  /** Runs synchronously while the sink does, so that what is reported just before a crash is not left in a queue. */
  function takeNext(): void {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const done = deliver(next)
      if (done === undefined) continue
      busy = done.catch(reportError).then(() => {
        busy = null
        takeNext()
      })
      return
    }
    if (dropped > 0) onFailure(`${dropped} reports came faster than they could be taken, and were dropped`)
    dropped = 0
  }

  function deliver({ report, generation }: QueuedReport): Promise<void> | undefined {
    try {
      return sink.take(report, generation) ?? undefined
    } catch (error) {
      reportError(error)
      return undefined
    }
  }

  function reportError(error: unknown): void {
    onFailure(error instanceof Error ? error.message : String(error))
  }

  return {
    take,
    async close() {
      while (busy !== null) await busy
      try {
        await sink.close()
      } catch (error) {
        reportError(error)
      }
    },
  }
}
