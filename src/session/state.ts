import type { Ask, Call } from './call-state.ts'
import { NO_SERVERS, type ServersState } from './calls/servers.ts'
import { type ConfigState, type Generation, newConfig } from './config-state.ts'
import type { Drain } from './event.ts'
import { type LifeState, NEW_LIFE } from './life.ts'
import type { NextSession } from './lifetime/next-session.ts'
import type { Entry } from './record.ts'
import { newSound, type SoundState } from './sound-state.ts'
import { type LatencyState, NO_LATENCY } from './time/latency.ts'
import { type OpeningWaits, openingWaits } from './time/waits.ts'
import { NEW_TURN, type TurnState } from './turn-state.ts'

/** One conversation, whole. Nothing about it is kept anywhere else. */
export interface SessionState {
  readonly conversation: string
  readonly phase: Phase
  /** How it ended; present from `closing` on. */
  readonly ending: Ending | null
  readonly connection: ConnectionState
  /** The session to come, while it is made ready beside the one that is live. */
  readonly next: NextSession | null
  readonly config: ConfigState
  readonly servers: ServersState
  readonly turn: TurnState
  readonly calls: readonly Call[]
  /** Calls that the caller has to be asked about. Bounded by `ASKS_MAX`. */
  readonly asks: readonly Ask[]
  readonly sound: SoundState
  /** What was said and heard, in the order of turns. Bounded by `ENTRIES_MAX`. */
  readonly record: readonly Entry[]
  readonly latency: LatencyState
  readonly life: LifeState
  /** Counts the events we sent; it makes their ids. */
  readonly sentCount: number
  /** Requests of ours that the service has not answered yet, oldest first. */
  readonly unanswered: readonly Request[]
}

/**
 * `idle` wants a connection; `connecting` waits for the socket; `configuring` for the first `session.updated`; `replaying` until it
 * knows what was said before; `waiting` for the next try; `stopping` leaves now.
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
  /** Close code of the socket, or HTTP status of a refused handshake; null when we left. */
  readonly code: number | null
  /** True when it ended otherwise than asked for. */
  readonly failed: boolean
}

interface ConnectionState {
  /**
   * How far the greeting has come: `begun` once something of it has, `cut` where its session was lost before it was heard to its end and the
   * caller had a turn, `over` after that, or where there was none when it was due: nobody is greeted later.
   */
  readonly greeting: 'due' | 'begun' | 'cut' | 'over'
  /** Ids of the items that this session was told of what was said before it. Bounded by `REPLAYED_MAX`. */
  readonly replayed: readonly string[]
  /** How many entries of the record this session is told once it is known what was heard of them. */
  readonly untold: number
  /** How many stand behind those: what it has said itself by then. */
  readonly ownSince: number
  /** What the service remembers of the caller, as it last said; the next session is given it. Opaque. */
  readonly memory: unknown
  readonly draining: Drain
  /** When this connection began, in ms since the epoch. */
  readonly startedAt: number
  /** How long it may take to begin, as the agent said when it began. */
  readonly waits: OpeningWaits
  /** When the last session was left, in ms since the epoch; null before one was. */
  readonly leftAt: number | null
  /** Tries since the last healthy connection. */
  readonly losses: number
}

export interface Request {
  readonly eventId: string
  readonly kind: 'item' | 'create' | 'cancel' | 'truncate' | 'delete' | 'commit'
}

/** A conversation that has not connected yet. */
export function newSession(
  conversation: string,
  generation: Generation,
  fallback: Generation | null = null,
): SessionState {
  return {
    conversation,
    phase: 'idle',
    ending: null,
    connection: {
      greeting: 'due',
      replayed: [],
      untold: 0,
      ownSince: 0,
      memory: null,
      draining: false,
      startedAt: 0,
      waits: openingWaits(generation.agent),
      leftAt: null,
      losses: 0,
    },
    next: null,
    config: newConfig(generation, fallback),
    servers: NO_SERVERS,
    turn: NEW_TURN,
    calls: [],
    asks: [],
    sound: newSound(generation.agent),
    record: [],
    latency: NO_LATENCY,
    life: NEW_LIFE,
    sentCount: 0,
    unanswered: [],
  }
}
