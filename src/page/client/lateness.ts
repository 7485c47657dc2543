import { ALIVE_MS } from '../protocol.ts'

/** How late messages of the runner arrive, over one connection. */
interface Lateness {
  /** Begins a new connection. */
  begin(): void
  /**
   * Notes a message sent at `saidMs` of the runner's clock and received at `cameMs` of this one; without `saidMs` it never counts as late.
   */
  came(saidMs: number | undefined, cameMs: number): void
  /** How much longer the last message took than the quickest one recently, in ms. */
  readonly ms: number
}

/**
 * How much slower the quickest message is assumed to be with each further one, in ms. Otherwise every message would be late once a clock
 * stood still, as on a machine that slept, or runs slower than the other. Clocks differ by far less than this, and a congested line adds
 * more.
 */
const FORGOTTEN_MS = ALIVE_MS / 100

export function createLateness(): Lateness {
  let quickest = Number.POSITIVE_INFINITY
  let last = quickest
  return {
    begin() {
      quickest = Number.POSITIVE_INFINITY
      last = quickest
    },
    came(saidMs, cameMs) {
      if (saidMs === undefined) return
      last = cameMs - saidMs
      quickest = Math.min(quickest + FORGOTTEN_MS, last)
    },
    get ms() {
      return last === quickest ? 0 : last - quickest
    },
  }
}
