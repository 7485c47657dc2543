import type { Call, ConsentRequest } from './call-state.ts'
import { type ConfigState, type KnownToWork, newConfig } from './config-state.ts'
import type { ConnectionState, NextSession, PendingRequest } from './connection-state.ts'
import type { Moment } from './event.ts'
import type { Generation } from './generation.ts'
import { type LatencyState, NO_LATENCY } from './latency-state.ts'
import { type LifetimeState, NEW_LIFETIME } from './lifetime-state.ts'
import type { RecordEntry } from './record-entry.ts'
import { type McpServersState, NO_MCP_SERVERS } from './servers-state.ts'
import { newSound, type SoundState } from './sound-state.ts'
import { openingTimeouts } from './time/timeouts.ts'
import { NEW_TURN, type TurnState } from './turn-state.ts'

/** One conversation, complete. Nothing about it is stored anywhere else. */
export interface SessionState {
  readonly conversation: string
  /** Of the event being handled, given anew with each: the core has no clock and no chance of its own. */
  readonly moment: Moment
  readonly phase: Phase
  /** How it ended; set from `closing` on. */
  readonly ending: Ending | null
  readonly connection: ConnectionState
  /** The next session, while it is prepared beside the live one. */
  readonly next: NextSession | null
  readonly config: ConfigState
  readonly servers: McpServersState
  readonly turn: TurnState
  readonly calls: readonly Call[]
  /** Calls held back until the caller consents. Bounded by `CONSENT_REQUESTS_MAX`. */
  readonly consentRequests: readonly ConsentRequest[]
  readonly sound: SoundState
  /** What was said and heard, in order of turns. Bounded by `ENTRIES_MAX`. */
  readonly record: readonly RecordEntry[]
  readonly latency: LatencyState
  readonly lifetime: LifetimeState
  /** Number of events we sent; their ids are made from it. */
  readonly sentCount: number
  /** Our requests that the service has not answered yet, oldest first. */
  readonly unanswered: readonly PendingRequest[]
}

/**
 * `idle` wants a connection; `connecting` waits for the socket; `configuring` for the first `session.updated`; `replaying` until the
 * session has been told what was said before; `waiting` for the next connection attempt; `stopping` leaves now.
 */
type Phase =
  | 'idle'
  | 'connecting'
  | 'configuring'
  | 'replaying'
  | 'waiting'
  | 'live'
  | 'stopping'
  | 'closing'
  | 'closed'

export interface Ending {
  readonly reason: string
  /** Close code of the socket, or HTTP status of a refused handshake; null if we left. */
  readonly code: number | null
  /** True if it did not end as requested. */
  readonly failed: boolean
}

/** A conversation that has not connected yet. */
export function newSession(
  conversation: string,
  moment: Moment,
  generation: Generation,
  known: KnownToWork = {},
): SessionState {
  return {
    conversation,
    moment,
    phase: 'idle',
    ending: null,
    connection: {
      greeting: 'due',
      replayedItemIds: [],
      toReplay: 0,
      entriesSinceReplay: 0,
      memory: null,
      draining: false,
      startedAt: 0,
      timeouts: openingTimeouts(generation.agent),
      leftAt: null,
      losses: 0,
    },
    next: null,
    config: newConfig(generation, known),
    servers: NO_MCP_SERVERS,
    turn: NEW_TURN,
    calls: [],
    consentRequests: [],
    sound: newSound(generation.agent),
    record: [],
    latency: NO_LATENCY,
    lifetime: NEW_LIFETIME,
    sentCount: 0,
    unanswered: [],
  }
}

/** The state with changes in what is known of the turn; the same follows for other parts of it. */
export function withTurn(state: SessionState, changes: Partial<SessionState['turn']>): SessionState {
  return { ...state, turn: { ...state.turn, ...changes } }
}

export function withSound(state: SessionState, changes: Partial<SessionState['sound']>): SessionState {
  return { ...state, sound: { ...state.sound, ...changes } }
}

export function withConfig(state: SessionState, changes: Partial<SessionState['config']>): SessionState {
  return { ...state, config: { ...state.config, ...changes } }
}

export function withConnection(state: SessionState, changes: Partial<SessionState['connection']>): SessionState {
  return { ...state, connection: { ...state.connection, ...changes } }
}

export function withLifetime(state: SessionState, changes: Partial<SessionState['lifetime']>): SessionState {
  return { ...state, lifetime: { ...state.lifetime, ...changes } }
}

export function withServers(state: SessionState, changes: Partial<SessionState['servers']>): SessionState {
  return { ...state, servers: { ...state.servers, ...changes } }
}
