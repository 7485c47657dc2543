import type { Agent, Connection } from '../agent/agent.ts'
import type { ReportedSession, SessionObject, WireTurnDetection } from '../realtime/session-object.ts'
import type { PlannedChange } from './edits/plan-text.ts'
import type { Generation } from './generation.ts'
import {
  type ConversationAdditions,
  NO_ADDITIONS,
  type WantedSettings,
  wantedSettings,
} from './settings/wanted-settings.ts'

export interface ConfigState {
  /** What the service last confirmed; its tools, time limits and names are in force. */
  readonly confirmed: WantedSettings
  /** The generation to begin with if the service refuses the first settings. */
  readonly fallback: Generation | null
  /** What the session was opened with: settings that are fixed for a session keep these values. At first, what the first one may be. */
  readonly openedWith: Agent
  /** What this conversation adds of its own: due while it differs from what is confirmed. */
  readonly own: { readonly additions: ConversationAdditions } & PendingChange
  /** Generations waiting to be sent, oldest first. Bounded by `OFFERS_MAX`. */
  readonly offers: readonly Offer[]
  readonly sent: SentUpdate | null
  /** What we asked for and the service accepted: diffs are taken against it. */
  readonly accepted: SessionObject
  /** What the service echoed last: for warnings. */
  readonly reported: ReportedSession
  /** What `session.created` said: a removed setting returns to it. */
  readonly created: ReportedSession
  /** Author paths that wait for the next session. */
  readonly deferred: readonly string[]
  /** An update of this session that the service neither confirmed nor refused: the next session begins with its settings. */
  readonly unconfirmed: SentUpdate | null
  /**
   * Settings the session may have instead of `accepted`, after an update without a certain answer: the next update sends all settings.
   * Bounded by `POSSIBLY_ACCEPTED_MAX`.
   */
  readonly possiblyAccepted: readonly SessionObject[]
  /** An update of this session was not answered in time: a refusal that names no event may be the answer to it. */
  readonly answersMissing: boolean
  /** Generations that the service refused; they are never offered again. Bounded by `REFUSED_MAX`. */
  readonly refused: readonly number[]
  /** Whether a change has been waiting for a quiet moment; `over` once it has waited long enough. */
  readonly quietWait: 'unused' | 'running' | 'over'
}

/** A change that may have to wait for its moment. */
export interface PendingChange {
  /** When the change was seen, in ms since the epoch. */
  readonly noticedAt: number
  readonly waitingReported: boolean
}

/** A generation waiting to be sent. */
export interface Offer extends Generation, PendingChange {
  /** It was reported as superseded, and has not had its turn since. */
  readonly superseded: boolean
}

export interface SentUpdate {
  readonly generation: WantedSettings
  /** It comes from the conversation, not from the file. */
  readonly own: boolean
  readonly eventId: string
  /**
   * The id it was first sent under; null unless that had no answer in time and it was sent once more, whole. Responses no longer wait for
   * that answer.
   */
  readonly firstEventId: string | null
  readonly update: SessionObject
  /** What `accepted` will be once this is confirmed. */
  readonly next: SessionObject
  /** The changes that take effect in this session. */
  readonly changes: readonly PlannedChange[]
  readonly noticedAt: number
  /** When it was first sent, in ms since the epoch. */
  readonly sentAt: number
  /** Refused on a guess: a matching confirmation within the time limit still makes it applied. */
  readonly provisionallyRefused: boolean
  /** What the service had echoed last when it was first sent. */
  readonly reportedBefore: ReportedSession
}

/** The part of the settings that belongs to one session, as every session begins with it. */
export const NEW_SESSION_CONFIG = {
  accepted: {},
  possiblyAccepted: [],
  answersMissing: false,
  quietWait: 'unused',
} as const satisfies Partial<ConfigState>

/** What the service confirmed of turn detection: null if the caller ends their turns by hand, undefined while nothing is confirmed. */
export function acceptedDetection({ accepted }: ConfigState): WireTurnDetection | null | undefined {
  return accepted.audio?.input?.turn_detection
}

/** What is known to work when a conversation begins, in case its generation does not. */
export interface KnownToWork {
  /** The generation to begin with if the service refuses the first settings. */
  readonly fallback?: Generation | null
  /** The connection settings to try as well if those of the generation open no session. */
  readonly connection?: Connection
}

/** The settings of a conversation that has not connected yet. */
export function newConfig(generation: Generation, known: KnownToWork): ConfigState {
  const { fallback = null, connection = generation.agent.connection } = known
  return {
    ...NEW_SESSION_CONFIG,
    confirmed: wantedSettings(generation, NO_ADDITIONS),
    fallback,
    openedWith: { ...generation.agent, connection },
    own: { additions: NO_ADDITIONS, noticedAt: 0, waitingReported: false },
    offers: [],
    sent: null,
    reported: {},
    created: {},
    deferred: [],
    unconfirmed: null,
    refused: [],
  }
}
