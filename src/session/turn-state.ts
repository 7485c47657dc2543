import type { Tool } from '../agent/tool.ts'

/** Why the agent owes an answer. */
export type ReplyCause = 'greeting' | 'text' | 'tool' | 'result' | 'turn' | 'filler' | 'idle' | 'wrap up' | 'goodbye'

export interface TurnState {
  readonly callerSpeaking: boolean
  /** The last turn that the service heard, by its number, and when it began and ended, in ms since the epoch; null where nobody said, or not yet. */
  readonly spoken: { readonly turn: number; readonly since: number | null; readonly until: number | null }
  /** The greeting may not be interrupted, and is not over: what the caller says is held. */
  readonly guarded: boolean
  /** A spoken turn has ended that the service answers by itself. */
  readonly answerExpected: boolean
  /** The last turn whose answer the caller has silenced by hand; 0 where there is none. */
  readonly silencedTurn: number
  /** How many turns the caller has begun. */
  readonly turnsBegun: number
  readonly replyDue: readonly ReplyCause[]
  /** Answers in a row that followed tools, and in which turn of the caller. */
  readonly toolRounds: { readonly turn: number; readonly count: number }
  /** Our `response.create` that has no response yet. */
  readonly requested: RequestedReply | null
  /** Responses the service is making; more than one only when it does something unasked. */
  readonly responses: readonly ActiveResponse[]
  /** Event ids of our requests that were given up: an answer that comes to one after all is cancelled. Bounded by `ABANDONED_MAX`. */
  readonly abandoned: readonly string[]
  /** The service has told of a fault of its own since the last sign of an answer. */
  readonly faultTold: boolean
  /** How often in a row the service was busy with a response that nothing was heard of. */
  readonly busyTries: number
  /** How often in a row the service had no room for an answer, and whether it is left alone for a while. */
  readonly noRoom: { readonly tries: number; readonly waits: boolean }
  /** What a voice has cut off before it was heard of: owed again where that turns out to be a cough. */
  readonly cutOff: readonly ReplyCause[]
  /** The last response said nothing at all, and was asked for once more. */
  readonly askedAgain: boolean
  /** Ids of the last responses that ended, so that late pieces of them are dropped. Bounded by `ENDED_MAX`. */
  readonly ended: readonly string[]
  /** Ids of the last calls whose response ended before they were whole: what still arrives of them is dropped. Bounded by `LEFT_CALLS_MAX`. */
  readonly leftCalls: readonly string[]
  /** Words of the agent that are not all told yet, one entry a response, oldest first. Bounded by `WORDS_MAX`. */
  readonly words: readonly Words[]
  /** The agent's words wait for those of the caller that they answer. */
  readonly wordsHeld: boolean
  /** Ids of the items shown last, so that one announced twice is shown once. Bounded by `ITEMS_MAX`. */
  readonly items: readonly string[]
  /** When the timer of the next filler fires, in ms since the epoch; null while none runs. */
  readonly fillerAt: number | null
  /** The wait of a tool's follow-up for playback to run out; `over` once it was long enough. */
  readonly drain: 'unused' | 'running' | 'over'
  /** Typed turns that came before the session was live, oldest first. Bounded by `HELD_TEXTS_MAX`. */
  readonly heldTexts: readonly string[]
}

export interface RequestedReply {
  readonly eventId: string
  readonly causes: readonly ReplyCause[]
  /** Interrupted before it began: it is cancelled as soon as its id is known. */
  readonly cancelled: boolean
  /** The service was busy with another response: it is asked for again when that one is over. */
  readonly busy: boolean
}

export interface ActiveResponse {
  readonly id: string
  /** The generation in force when it began: its calls are checked and run with these tools. */
  readonly generation: number
  readonly tools: readonly Tool[]
  /** `turnsBegun` when it began. */
  readonly turn: number
  /** What it answers; a spoken turn where the service began it by itself. */
  readonly causes: readonly ReplyCause[]
  /** The event id of our request that it was taken to answer, while the service owed an answer of its own; null where there is no doubt. */
  readonly takenFor: string | null
  /** A word or a sound of it has come. */
  readonly shown: boolean
  /** Interrupted: what still arrives of it is dropped. */
  readonly silenced: boolean
  /** The one stream its words are read from, when two carry the same. */
  readonly textSource: 'transcript' | 'text' | null
  readonly calls: readonly AnnouncedCall[]
}

/** The words of one response on their way to the outside. */
export interface Words {
  readonly responseId: string
  readonly turn: number
  readonly text: string
  /** How many characters of it have been told. */
  readonly told: number
  readonly end: 'whole' | 'cut' | null
}

/** A function call as the stream has shown it so far. */
export interface AnnouncedCall {
  readonly callId: string
  readonly name: string
  readonly arguments: string
  readonly finished: boolean
}

export const NO_ROOM_YET: TurnState['noRoom'] = { tries: 0, waits: false }

/** What of the turns belongs to one session, as each begins: another follows without it. */
export const NO_TURN = {
  callerSpeaking: false,
  spoken: { turn: 0, since: null, until: null },
  guarded: false,
  answerExpected: false,
  silencedTurn: 0,
  replyDue: [],
  requested: null,
  responses: [],
  abandoned: [],
  faultTold: false,
  busyTries: 0,
  noRoom: NO_ROOM_YET,
  cutOff: [],
  askedAgain: false,
  ended: [],
  leftCalls: [],
  words: [],
  wordsHeld: false,
  items: [],
  fillerAt: null,
} as const satisfies Partial<TurnState>

export const NEW_TURN: TurnState = {
  ...NO_TURN,
  turnsBegun: 0,
  toolRounds: { turn: 0, count: 0 },
  drain: 'unused',
  heldTexts: [],
}
