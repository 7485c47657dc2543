import type { ReportedSession } from '../realtime/session-object.ts'
import type { SentUpdate } from './config-state.ts'
import type { Drain } from './event.ts'
import type { RecordEntry } from './record-entry.ts'
import type { WantedSettings } from './settings/wanted-settings.ts'
import type { OpeningTimeouts } from './time/timeouts.ts'

/** The connection to the service, and the session on it. */
export interface ConnectionState {
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

/** The next session, on a connection of its own while another is live. */
export interface NextSession {
  /** `waiting` for another attempt; `ready` once its settings are confirmed. */
  readonly stage: 'waiting' | 'connecting' | 'configuring' | 'ready'
  /** Failed attempts. */
  readonly failures: number
  /** When its connection began, in ms since the epoch. */
  readonly startedAt: number
  readonly timeouts: OpeningTimeouts
  /** What it is opened with; while it waits for another attempt, what it would have been opened with then. */
  readonly wanted: WantedSettings
  readonly created: ReportedSession
  /** What it echoed last, and when, in ms since the epoch. */
  readonly reported: ReportedSession
  readonly reportedAt: number
  /** The update that brings its settings; null until it can be sent. */
  readonly sent: SentUpdate | null
  /** What it was given to remember of the caller. */
  readonly memory: unknown
  /** The entries of the record it was told, as they were then. Bounded by `ENTRIES_MAX`. */
  readonly replayedEntries: readonly RecordEntry[]
  /** Ids of the items that told them. Bounded by `REPLAYED_MAX`. */
  readonly replayedItemIds: readonly string[]
  /** Those requests that are not answered yet. */
  readonly unanswered: readonly PendingRequest[]
}

/** A request of ours that the service is expected to answer. */
export interface PendingRequest {
  readonly eventId: string
  readonly kind: 'item' | 'create' | 'cancel' | 'truncate' | 'delete' | 'commit'
}
