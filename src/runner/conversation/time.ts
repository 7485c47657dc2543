import { startDeadline } from '../../io/deadline.ts'

/** Time as a conversation has it. */
export interface Time {
  /** Now, in ms since the epoch. It never runs backwards. */
  now(): number
  /** By how much the clock on the wall is ahead of it, in ms: it may be set, and goes on while the machine sleeps. */
  ahead(): number
  /** Calls back after so many ms; gives what takes the call back. */
  after(ms: number, what: () => void): () => void
}

/** The clock of this process. */
export const SYSTEM_TIME: Time = {
  now: () => performance.timeOrigin + performance.now(),
  ahead: () => Date.now() - SYSTEM_TIME.now(),
  after: startDeadline,
}
