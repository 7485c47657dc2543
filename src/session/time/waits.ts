import type { Agent } from '../../agent/agent.ts'
import { durationMs } from '../../agent/duration.ts'

/** How long a connection may take to begin, in ms. */
export interface OpeningWaits {
  /** To open, tries after a 429 included. */
  readonly connectMs: number
  /** From the open socket to the first `session.updated`. */
  readonly confirmMs: number
}

/** What an agent says of both. Integrations connect within 10 to 15 s. */
export function openingWaits({ connection }: Pick<Agent, 'connection'>): OpeningWaits {
  return {
    connectMs: durationMs(connection.connect_timeout) ?? CONNECT_DEFAULT_MS,
    confirmMs: durationMs(connection.confirm_timeout) ?? CONFIRM_DEFAULT_MS,
  }
}

const CONNECT_DEFAULT_MS = 10_000
const CONFIRM_DEFAULT_MS = 5_000
/** A connection that lived this long after its confirmation is healthy: earlier losses are forgotten, in ms. */
export const HEALTHY_MS = 5_000
/** How long a first session waits, from the start of its connection, for what its servers list, in ms. */
export const LISTING_MS = 3_000
/** How long the service may take to confirm or refuse an update, in ms. A reply waits for it no longer than this. */
export function ackMs({ reload }: Agent): number {
  return durationMs(reload.ack_timeout) ?? ACK_DEFAULT_MS
}

const ACK_DEFAULT_MS = 3_000
/** How long an update waits for a moment in which neither speaks and no call is open, in ms. */
export const QUIET_MS = 10_000
/** How long a response may show no sign of life, in ms; slow reasoning models stay well below it. */
export const PROGRESS_MS = 30_000
/** The same once the service has told of a fault of its own and not of what: it may have been the answer, in ms. */
export const FAULT_MS = 10_000
/** How long a response that was cancelled may take to end, in ms; then it counts as over, and the next may be asked for. */
export const CANCEL_MS = 2_000
/** How long the agent's words wait for those of the caller that they answer, in ms; transcription is mostly faster than an answer. */
export const TRANSCRIPT_MS = 1_000
/** How long a new session may take to acknowledge what was said before it, in ms; then the conversation goes on. */
export const REPLAY_MS = 5_000
/** How long a spoken turn may go on without a word of it being read, in ms; then it counts as over, whatever became of its end. */
export const SPEECH_MS = 30_000
/** How long a tool's follow-up waits, beyond the length of what is being played, for playback to say that it ran out, in ms. */
export const DRAIN_MS = 2_000
/** How long to wait for a response that is not ours and that we never hear of, in ms. */
export const BUSY_MS = 2_000
