import { hasBackgroundWork } from './calls/background.ts'
import type { SessionState } from './state.ts'
import { isAtRest, isOnHold } from './time/quiet.ts'

/** How long a conversation has gone on, and what of its clocks runs. The clocks go by the agent file, and are wound anew when it changes. */
export interface LifeState {
  /** When it was first live, in ms since the epoch, null before; sessions that follow do not change it. */
  readonly startedAt: number | null
  /** Prompts in a row that nobody answered, and in which turn of the caller. */
  readonly prompts: { readonly turn: number; readonly count: number }
  /** The clocks that run, by what they were wound to. */
  readonly clocks: { readonly [clock in Clock]: string | null }
  /** The caller was told that the end is near, or nobody asked for that. */
  readonly wrappedUp: boolean
  /** It ends once all that is being said was heard. */
  readonly over: Over | null
  /** When the session ends by itself, in ms since the epoch, where the service says so. */
  readonly expiresAt: number | null
  /** The session is to be followed by another: at a turn boundary, or now. */
  readonly rollOver: 'no' | 'due' | 'overdue'
}

export type Clock = 'idle' | 'silence' | 'wrap up' | 'limit'

export interface Over {
  readonly reason: string
  /** A caller who speaks takes it back; `turn` is the last that he had begun. */
  readonly cancellable: boolean
  readonly turn: number
  /** All was said: an answer that begins all the same is cancelled. */
  readonly final?: boolean
}

export const NEW_LIFE: LifeState = {
  startedAt: null,
  prompts: { turn: 0, count: 0 },
  clocks: { idle: null, silence: null, 'wrap up': null, limit: null },
  wrappedUp: false,
  over: null,
  expiresAt: null,
  rollOver: 'no',
}

/** What goes wrong from the first confirmation on is a loss, and no failed start. */
export function wasLive({ life }: Pick<SessionState, 'life'>): boolean {
  return life.startedAt !== null
}

/** Neither speaks, nothing is being heard, nothing is owed, and nobody waits: the time in which a conversation falls asleep. */
export function isSilent(state: SessionState): boolean {
  const nobodyWaits = !isOnHold(state) && !state.connection.draining && !hasBackgroundWork(state)
  return isAtRest(state) && !state.sound.playing && nobodyWaits
}
