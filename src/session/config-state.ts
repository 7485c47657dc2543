import type { Agent } from '../agent/agent.ts'
import type { ReportedSession, SessionObject } from '../realtime/session-object.ts'
import type { Offer } from './edits/offers.ts'
import type { PlannedChange } from './edits/plan-text.ts'
import { type Additions, NO_ADDITIONS, type Wanted, wanted } from './settings/wanted.ts'

/** One accepted content of an agent file, as it was offered to this conversation. */
export interface Generation {
  readonly number: number
  readonly agent: Agent
}

export interface ConfigState {
  /** The service said yes to it; its tools, time limits and names are in force. */
  readonly confirmed: Wanted
  /** What to begin with if the service refuses the first settings. */
  readonly fallback: Generation | null
  /** What the session was opened with: what is fixed for its length stays as it says. */
  readonly opened: Agent
  /** What this conversation adds of its own: due as long as it differs from what is confirmed. */
  readonly own: { readonly additions: Additions } & Waiting
  /** Generations that wait to be sent, oldest first. Bounded by `OFFERS_MAX`. */
  readonly offers: readonly Offer[]
  readonly sent: SentUpdate | null
  /** What we asked and the service said yes to: diffs are taken against it. */
  readonly accepted: SessionObject
  /** What it echoed last: for warnings. */
  readonly reported: ReportedSession
  /** What `session.created` said: a setting that is removed returns to it. */
  readonly created: ReportedSession
  /** Author paths that wait for the next session. */
  readonly deferred: readonly string[]
  /** An update that the service neither confirmed nor refused: the next session begins with what it brought. */
  readonly unconfirmed: SentUpdate | null
  /**
   * What the session may be like besides `accepted`, since an update had no answer that is certain: the next one brings all
   * settings. Bounded by `DOUBTS_MAX`.
   */
  readonly doubts: readonly SessionObject[]
  /** An update of this session had no answer in time: a refusal that names none may be the answer to that one. */
  readonly answersMissing: boolean
  /** Generations that the service refused, never offered again. Bounded by `REFUSED_MAX`. */
  readonly refused: readonly number[]
  /** How long a change has waited for a quiet moment; `over` once it was long enough. */
  readonly patience: 'unused' | 'running' | 'over'
}

/** A change that may have to wait for its moment. */
export interface Waiting {
  /** When the change was seen, in ms since the epoch. */
  readonly noticedAt: number
  readonly waitingReported: boolean
}

export interface SentUpdate {
  readonly generation: Wanted
  /** It comes from the conversation, and not from the file. */
  readonly own: boolean
  readonly eventId: string
  /** Under which it was sent first; null unless it had no answer in time, and was sent once more, whole. Replies wait for that answer no longer. */
  readonly earlierId: string | null
  readonly update: SessionObject
  /** What `accepted` will be once this is confirmed. */
  readonly next: SessionObject
  /** What of it takes effect in this session. */
  readonly changes: readonly PlannedChange[]
  readonly noticedAt: number
  /** When it was sent first, in ms since the epoch. */
  readonly sentAt: number
  /** Refused on a guess: a matching confirmation within the time limit still turns it into applied. */
  readonly provisionallyRefused: boolean
  /** What the service had shown last when it was sent first. */
  readonly shownBefore: ReportedSession
}

/** The settings of a conversation that has not connected yet. */
export function newConfig(generation: Generation, fallback: Generation | null): ConfigState {
  return {
    confirmed: wanted(generation, NO_ADDITIONS),
    fallback,
    opened: generation.agent,
    own: { additions: NO_ADDITIONS, noticedAt: 0, waitingReported: false },
    offers: [],
    sent: null,
    accepted: {},
    reported: {},
    created: {},
    deferred: [],
    unconfirmed: null,
    doubts: [],
    answersMissing: false,
    refused: [],
    patience: 'unused',
  }
}
