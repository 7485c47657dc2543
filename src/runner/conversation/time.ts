import { startDeadline } from '../../io/deadline.ts'

/** Time as a conversation has it. */
export interface Time {
  /** Now, in ms since the epoch. It never runs backwards. */
  now(): number
  /** Calls back after so many ms; gives what takes the call back. */
  after(ms: number, what: () => void): () => void
}

/** The clock of this process. */
export const SYSTEM_TIME: Time = {
  now: () => performance.timeOrigin + performance.now(),
  after: startDeadline,
}
