/** How long the caller waits, from the end of their turn to the first sound they hear, as far as known. Times are in ms since the epoch. */
export interface LatencyState {
  /** The loudest piece of the caller's sound, and when they were last about as loud; null before any. */
  readonly voice: { readonly loudestDb: number; readonly loudestAt: number; readonly lastAt: number } | null
  /** The caller's last turn, until its answer is heard. */
  readonly turn: AwaitedTurn | null
}

export interface AwaitedTurn {
  readonly after: 'speech' | 'text'
  /** When the caller actually fell silent, or pressed return. */
  readonly endedAt: number
  /** When the end was found. */
  readonly detectedAt: number
  readonly committedAt: number | null
  /** How long tools ran for it, counting each moment once, and when the last of them ended. */
  readonly toolsMs: number
  readonly toolsUntil: number
  /** When the response that speaks began, and when its first sound came. */
  readonly createdAt: number | null
  readonly deltaAt: number | null
  readonly startedAt: number | null
  /** Silence at the beginning of the answer's sound, in ms, until something audible comes. */
  readonly silentMs: number
  readonly audible: boolean
}

export const NO_LATENCY: LatencyState = { voice: null, turn: null }
