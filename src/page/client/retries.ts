import { WAIT_MS } from '../protocol.ts'

/** The next try to reconnect. */
export interface Retry {
  /** Wait before it, in ms. */
  readonly ms: number
  /** The runner has been away for longer than a conversation waits for its page. */
  readonly isLong: boolean
}

/** How long tries are quick, and by default how long there are any, in ms: longer than a conversation waits. */
const QUICK_FOR_MS = WAIT_MS + 5_000
/** Wait before the first try, and the maximum for quick ones, in ms: it doubles each time. */
const QUICK_MS = 250
const QUICK_MS_MAX = 4_000
/** Wait between the later tries, in ms: the longest that the page may notice the runner's return late. */
const SLOW_MS = 15_000

/** Counts losses since the runner was last there; `forMs` is how long tries go on. */
export function createRetries(forMs = QUICK_FOR_MS) {
  let losses = 0
  let lostAt: number | null = null

  return {
    /** The connection was lost, or failed, at this time (ms since the epoch). Returns null to give up. */
    next(now: number): Retry | null {
      lostAt ??= now
      const outageMs = now - lostAt
      if (outageMs >= forMs) return null
      if (outageMs >= QUICK_FOR_MS) return { ms: SLOW_MS, isLong: true }
      losses += 1
      return { ms: Math.min(QUICK_MS_MAX, QUICK_MS * 2 ** (losses - 1)), isLong: false }
    },
    /** The runner is there, or somebody asks to try again from the start. */
    reset() {
      losses = 0
      lostAt = null
    },
  }
}
