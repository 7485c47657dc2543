import { ALIVE_MS } from '../protocol.ts'

/** How late messages of the runner arrive, over one connection. */
interface Lateness {
  /** Begins a new connection. */
  reset(): void
  /**
   * Notes a message sent at `sentMs` of the runner's clock and received at `receivedMs` of this one; without `sentMs` it never counts as late.
   */
  addArrival(sentMs: number | undefined, receivedMs: number): void
  /** How much longer the last message took than the quickest one recently, in ms. */
  readonly ms: number
}

/**
 * How much slower the quickest message is assumed to be with each further one, in ms. Otherwise every message would be late once a clock
 * stood still, as on a machine that slept, or runs slower than the other. Clocks differ by far less than this, and a congested line adds
 * more.
 */
const DRIFT_MS = ALIVE_MS / 100

export function createLateness(): Lateness {
  let quickest = Number.POSITIVE_INFINITY
  let last = quickest
  return {
    reset() {
      quickest = Number.POSITIVE_INFINITY
      last = quickest
    },
    addArrival(sentMs, receivedMs) {
      if (sentMs === undefined) return
      last = receivedMs - sentMs
      quickest = Math.min(quickest + DRIFT_MS, last)
    },
    get ms() {
      return last === quickest ? 0 : last - quickest
    },
  }
}
