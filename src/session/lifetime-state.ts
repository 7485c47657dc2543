/** How long a conversation has lasted, and which of its clocks run. The clocks follow the agent file, and restart when it changes. */
export interface LifetimeState {
  /** When it was first live, in ms since the epoch; null before. Later sessions do not change it. */
  readonly startedAt: number | null
  /** Prompts in a row that nobody answered, and the caller's turn after which they came. */
  readonly prompts: { readonly turn: number; readonly count: number }
  /** What each running clock was set to; null if it does not run. */
  readonly clocks: { readonly [clock in Clock]: string | null }
  /** The caller was told that time is nearly over, or no wrap-up is wanted. */
  readonly wrappedUp: boolean
  /** Set if the conversation ends once everything being said has been heard. */
  readonly pendingEnd: PendingEnd | null
  /** When the session ends by itself, in ms since the epoch, if the service says so. */
  readonly expiresAt: number | null
  /** Another session is to take over: `due` at a turn boundary, `overdue` now. */
  readonly rollOver: 'no' | 'due' | 'overdue'
}

export type Clock = 'idle' | 'silence' | 'wrap up' | 'limit'

export interface PendingEnd {
  readonly reason: string
  /** A caller who speaks takes it back; `turn` is the last turn they had begun. */
  readonly cancellable: boolean
  readonly turn: number
  /** Everything was said: a response that still begins is cancelled. */
  readonly final?: boolean
}

export const NEW_LIFETIME: LifetimeState = {
  startedAt: null,
  prompts: { turn: 0, count: 0 },
  clocks: { idle: null, silence: null, 'wrap up': null, limit: null },
  wrappedUp: false,
  pendingEnd: null,
  expiresAt: null,
  rollOver: 'no',
}

/** Whether the conversation was ever live: from then on a failure is a loss, not a failed start. */
export function wasLive({ lifetime }: { readonly lifetime: LifetimeState }): boolean {
  return lifetime.startedAt !== null
}
