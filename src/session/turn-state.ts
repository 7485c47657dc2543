import type { Tool } from '../agent/tool.ts'

/** Why a response is due. */
export type ReplyCause = 'greeting' | 'text' | 'tool' | 'result' | 'turn' | 'filler' | 'idle' | 'wrap up' | 'goodbye'

export interface TurnState {
  readonly callerSpeaking: boolean
  readonly spokenTurn: SpokenTurn
  /** The greeting may not be interrupted and is not over: what the caller says is held. */
  readonly greetingGuarded: boolean
  /** A spoken turn has ended, and the service is to answer it by itself. */
  readonly answerExpected: boolean
  /** The last turn whose answer the caller silenced by hand; -1 if there is none: what comes before their first turn is in turn 0. */
  readonly silencedTurn: number
  /** How many turns the caller has begun. */
  readonly turnsBegun: number
  readonly replyDue: readonly ReplyCause[]
  /** Responses in a row that followed tools, and the caller's turn in which they did. */
  readonly toolRounds: { readonly turn: number; readonly count: number }
  /** Our `response.create` whose response has not begun. */
  readonly requested: RequestedReply | null
  /** Responses in progress; more than one only if the service begins one unasked. */
  readonly responses: readonly ActiveResponse[]
  /** Event ids of requests that we gave up: a response that still begins for one is cancelled. Bounded by `ABANDONED_MAX`. */
  readonly abandoned: readonly string[]
  /** The service has reported a fault of its own since the last sign of a response. */
  readonly faultReported: boolean
  /** How often in a row the service said it was busy, with a response of which nothing was heard. */
  readonly busyTries: number
  /** How often in a row the service had no room for a response, and whether we are waiting before the next request. */
  readonly rateLimit: { readonly attempts: number; readonly isWaiting: boolean }
  /** What the caller's voice cut off before any of it had come: due again if the voice turns out to be a cough. */
  readonly cutOff: readonly ReplyCause[]
  /** The last response was empty, and was requested once more. */
  readonly emptyRetried: boolean
  /** Ids of the responses that ended last; late pieces of them are dropped. Bounded by `ENDED_MAX`. */
  readonly endedIds: readonly string[]
  /**
   * Ids of the last calls left incomplete by the end of their response; what still arrives of them is dropped. Bounded by
   * `UNFINISHED_CALLS_MAX`.
   */
  readonly unfinishedCallIds: readonly string[]
  /** Words of the agent not fully reported yet, one entry per response, oldest first. Bounded by `WORDS_MAX`. */
  readonly words: readonly ResponseWords[]
  /** The agent's words wait for the caller's words that they answer. */
  readonly wordsHeld: boolean
  /** Ids of the items reported last, so that one announced twice is reported once. Bounded by `ITEMS_MAX`. */
  readonly reportedItemIds: readonly string[]
  /** When the timer of the next filler fires, in ms since the epoch; null if none runs. */
  readonly fillerAt: number | null
  /** A tool's follow-up waits for playback to run out; `over` once it has waited long enough. */
  readonly drainWait: 'unused' | 'running' | 'over'
  /** Turns typed before the session was live, oldest first. Bounded by `HELD_TEXTS_MAX`. */
  readonly heldTexts: readonly string[]
}

/** The last turn the service heard. */
interface SpokenTurn {
  readonly turn: number
  /** When it began and ended, in ms since the epoch; null if not reported, or not yet. */
  readonly since: number | null
  readonly until: number | null
  /** Its item is in the history of the service. */
  readonly committed: boolean
}

export interface RequestedReply {
  readonly eventId: string
  readonly causes: readonly ReplyCause[]
  /** `turnsBegun` when it was requested. */
  readonly turn: number
  /** Interrupted before it began: cancelled as soon as its id is known. */
  readonly cancelled: boolean
  /** The service was busy with another response: it is requested again when that one is over. */
  readonly busy: boolean
}

export interface ActiveResponse {
  readonly id: string
  /** The generation in force when it began: its calls are checked and run with the tools of that generation. */
  readonly generation: number
  readonly tools: readonly Tool[]
  /** `turnsBegun` when it was requested, or when it began by itself. */
  readonly turn: number
  /** What it answers; a spoken turn if the service began it by itself. */
  readonly causes: readonly ReplyCause[]
  /** Event id of the request we took it to answer while the service was to give an answer of its own; null if there is no doubt. */
  readonly presumedRequestId: string | null
  /** A word or a sound of it has come. */
  readonly hasContent: boolean
  /** Interrupted: what still arrives of it is dropped. */
  readonly silenced: boolean
  /** The stream its words are read from, since two may carry the same words. */
  readonly textSource: 'transcript' | 'text' | null
  readonly calls: readonly AnnouncedCall[]
}

/** The words of one response that are being reported. */
export interface ResponseWords {
  readonly responseId: string
  readonly turn: number
  readonly text: string
  /** How many characters of it have been reported. */
  readonly reportedCharacters: number
  readonly end: 'whole' | 'cut' | null
}

/** A function call as streamed so far. */
export interface AnnouncedCall {
  readonly callId: string
  readonly name: string
  readonly arguments: string
  readonly finished: boolean
}

export const NOT_RATE_LIMITED: TurnState['rateLimit'] = { attempts: 0, isWaiting: false }

/** The part of the turn state that belongs to one session, as every session begins with it. */
export const NEW_SESSION_TURN = {
  callerSpeaking: false,
  spokenTurn: { turn: 0, since: null, until: null, committed: true },
  greetingGuarded: false,
  answerExpected: false,
  replyDue: [],
  requested: null,
  responses: [],
  abandoned: [],
  faultReported: false,
  busyTries: 0,
  rateLimit: NOT_RATE_LIMITED,
  cutOff: [],
  emptyRetried: false,
  endedIds: [],
  unfinishedCallIds: [],
  words: [],
  wordsHeld: false,
  reportedItemIds: [],
  fillerAt: null,
} as const satisfies Partial<TurnState>

export const NEW_TURN: TurnState = {
  ...NEW_SESSION_TURN,
  silencedTurn: -1,
  turnsBegun: 0,
  toolRounds: { turn: 0, count: 0 },
  drainWait: 'unused',
  heldTexts: [],
}
