/** When a connection that was lost is tried again. */
interface Retry {
  /** Wait before it, in ms. */
  readonly ms: number
  /** The runner has been away for longer than a conversation waits for its page. */
  readonly isLong: boolean
}

/** Tries at the beginning; they take half a minute, longer than a conversation waits. */
const QUICK_MAX = 12
/** Wait before the first of them, and the longest, in ms: it doubles from one to the next. */
const QUICK_MS = 250
const QUICK_MS_MAX = 4_000
/** Between the tries after those, in ms: the page is back so long after the runner at most. */
const SLOW_MS = 15_000

/** After so many losses without a welcome between them; null once it is given up. `slowMax` tries at the slow pace follow the quick ones. */
export function nextRetry(losses: number, slowMax: number): Retry | null {
  if (losses < QUICK_MAX) return { ms: Math.min(QUICK_MS_MAX, QUICK_MS * 2 ** losses), isLong: false }
  return losses < QUICK_MAX + slowMax ? { ms: SLOW_MS, isLong: true } : null
}
