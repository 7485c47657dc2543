import type { Call, ConsentRequest } from './call-state.ts'
import { type McpServersState, NO_MCP_SERVERS } from './calls/mcp-servers.ts'
import { type ConfigState, type Generation, newConfig } from './config-state.ts'
import type { Drain, Moment } from './event.ts'
import type { NextSession } from './lifetime/next-session.ts'
import { type LifetimeState, NEW_LIFETIME } from './lifetime-state.ts'
import type { RecordEntry } from './record.ts'
import { newSound, type SoundState } from './sound-state.ts'
import { type LatencyState, NO_LATENCY } from './time/latency.ts'
import { type OpeningTimeouts, openingTimeouts } from './time/timeouts.ts'
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

interface ConnectionState {
  /**
   * State of the greeting: `begun` once any of it has come; `cut` if its session was lost before it was heard to the end and before the
   * caller's first turn; `over` after that, once the agent has said anything else, or if there was none when it was due: nobody is greeted
   * later.
   */
  readonly greeting: 'due' | 'begun' | 'cut' | 'over'
  /** Ids of the items that replay what was said before to this session. Bounded by `REPLAYED_MAX`. */
  readonly replayedItemIds: readonly string[]
  /** How many entries of the record this session is to be told, once it is known what was heard of them. */
  readonly toReplay: number
  /** How many newer entries follow those: what was said in this session itself meanwhile. */
  readonly entriesSinceReplay: number
  /** What the service remembers of the caller, as it last reported it; given to the next session. Opaque. */
  readonly memory: unknown
  readonly draining: Drain
  /** When this connection began, in ms since the epoch. */
  readonly startedAt: number
  /** How long opening it may take, as the agent said when it began. */
  readonly timeouts: OpeningTimeouts
  /** When the last session was left, in ms since the epoch; null before that. */
  readonly leftAt: number | null
  /** Tries since the last healthy connection. */
  readonly losses: number
}

export interface PendingRequest {
  readonly eventId: string
  readonly kind: 'item' | 'create' | 'cancel' | 'truncate' | 'delete' | 'commit'
}

/** A conversation that has not connected yet. */
export function newSession(
  conversation: string,
  moment: Moment,
  generation: Generation,
  fallback: Generation | null = null,
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
    config: newConfig(generation, fallback),
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
