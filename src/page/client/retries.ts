import { WAIT_MS } from '../protocol.ts'

/** When a connection that was lost is tried again. */
interface Retry {
  /** Wait before it, in ms. */
  readonly ms: number
  /** The runner has been away for longer than a conversation waits for its page. */
  readonly isLong: boolean
}

/** How long it is tried at a quick pace, and at all where nothing else is asked for, in ms: longer than a conversation waits. */
const QUICK_FOR_MS = WAIT_MS + 5_000
/** Wait before the first try, and the longest of the quick ones, in ms: it doubles from one to the next. */
const QUICK_MS = 250
const QUICK_MS_MAX = 4_000
/** Between the tries after those, in ms: the page is back so long after the runner at most. */
const SLOW_MS = 15_000

/** Counts the losses since a runner was last there; `forMs` is how long it is looked for. */
export function createRetries(forMs = QUICK_FOR_MS) {
  let losses = 0
  let lostAt: number | null = null

  return {
    /** The connection was lost, or could not be made, at this time (ms since the epoch): null where it is given up. */
    next(now: number): Retry | null {
      lostAt ??= now
      const awayMs = now - lostAt
      if (awayMs >= forMs) return null
      if (awayMs >= QUICK_FOR_MS) return { ms: SLOW_MS, isLong: true }
      losses += 1
      return { ms: Math.min(QUICK_MS_MAX, QUICK_MS * 2 ** (losses - 1)), isLong: false }
    },
    /** The runner is there, or somebody wants it to be looked for anew. */
    forget() {
      losses = 0
      lostAt = null
    },
  }
}
