import type { TimerName } from '../../session/event.ts'
import type { Time } from './time.ts'

/** The timers of a conversation: at most one of each name. */
interface Timers {
  /** Starts a timer, in place of an earlier one of that name. */
  start(timer: TimerName, ms: number): void
  stop(timer: TimerName): void
  stopAll(): void
}

export function createTimers(time: Pick<Time, 'after'>, onFired: (timer: TimerName) => void): Timers {
  const running = new Map<TimerName, () => void>()

  function stop(timer: TimerName): void {
    running.get(timer)?.()
    running.delete(timer)
  }

  return {
    start(timer, ms) {
      stop(timer)
      running.set(
        timer,
        time.after(ms, () => onFired(timer)),
      )
    },
    stop,
    stopAll() {
      for (const timer of [...running.keys()]) stop(timer)
    },
  }
}
