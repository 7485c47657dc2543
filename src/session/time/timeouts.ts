import type { Agent } from '../../agent/agent.ts'
import { durationMs } from '../../agent/duration.ts'

/** How long a connection may take to open, in ms. */
export interface OpeningTimeouts {
  /** To open the socket, including retries after a 429. */
  readonly connectMs: number
  /** From the open socket to the first `session.updated`. */
  readonly confirmMs: number
}

/** What an agent sets for both. Integrations connect within 10 to 15 s. */
export function openingTimeouts({ connection }: Pick<Agent, 'connection'>): OpeningTimeouts {
  return {
    connectMs: durationMs(connection.connect_timeout) ?? CONNECT_DEFAULT_MS,
    confirmMs: durationMs(connection.confirm_timeout) ?? CONFIRM_DEFAULT_MS,
  }
}

const CONNECT_DEFAULT_MS = 10_000
const CONFIRM_DEFAULT_MS = 5_000
/** A connection that lived this long after its confirmation is healthy, in ms: earlier losses are forgotten. */
export const HEALTHY_MS = 5_000
/** How long a first session waits for its servers to list their tools, in ms from the start of its connection. */
export const LISTING_MS = 3_000
/** How long the service may take to confirm or refuse an update, in ms. A response waits for it no longer than this. */
export function ackMs({ reload }: Agent): number {
  return durationMs(reload.ack_timeout) ?? ACK_DEFAULT_MS
}

const ACK_DEFAULT_MS = 3_000
/** How long an update waits for a moment when neither speaks and no call is open, in ms. */
export const QUIET_MS = 10_000
/** How long a response may show no sign of life, in ms; slow reasoning models stay well below it. */
export const PROGRESS_MS = 30_000
/** The same, in ms, after the service has reported a fault without saying of what: it may have been the response. */
export const FAULT_MS = 10_000
/** How long a cancelled response may take to end, in ms; then it counts as over, and the next may be requested. */
export const CANCEL_MS = 2_000
/** How long the agent's words wait for the caller's words that they answer, in ms; transcription is mostly faster than a response. */
export const TRANSCRIPT_MS = 1_000
/** How long a new session may take to acknowledge what was said before it, in ms; then the conversation goes on. */
export const REPLAY_MS = 5_000
/** How long a spoken turn may go on without a recognised word, in ms; then it counts as over, even if its end was never reported. */
export const SPEECH_MS = 30_000
/** How long a tool's follow-up waits for playback to report that it ran out, in ms beyond the length of what is being played. */
export const DRAIN_MS = 2_000
/** How long to wait for a response that is not ours and of which nothing is heard, in ms. */
export const BUSY_MS = 2_000
