import { startDeadline, steadyNow } from '../../io/time.ts'

/** The time of a conversation. */
export interface Time {
  /** The time in ms since the epoch. It never runs backwards. */
  now(): number
  /** How far the wall clock is ahead of `now`, in ms: it may be set, and it keeps running while the machine sleeps. */
  wallClockOffset(): number
  /** Calls `callback` after `ms`; returns a function that cancels the call. */
  after(ms: number, callback: () => void): () => void
}

/** This process's clock. */
export const SYSTEM_TIME: Time = {
  now: steadyNow,
  wallClockOffset: () => Date.now() - steadyNow(),
  after: startDeadline,
}
