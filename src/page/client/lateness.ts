import { ALIVE_MS } from '../protocol.ts'

/** How late the runner is heard, over one connection. */
interface Lateness {
  /** A new connection. */
  begin(): void
  /** The runner said this at `saidMs` of its own clock, and it has come at `cameMs` of this one; one that does not say when is never late. */
  came(saidMs: number | undefined, cameMs: number): void
  /** How much longer the last took than the quickest lately, in ms. */
  readonly ms: number
}

/**
 * So much is forgotten from one to the next of how quick the quickest was, in ms: all that comes is late by one clock where the other has
 * stood still, as that of a machine that slept, or runs more slowly. Clocks differ by far less than this, and a line that fills up by more.
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
