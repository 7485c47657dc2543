import type { Agent } from '../agent/agent.ts'
import type { Tool } from '../agent/tool.ts'
import type { ReportedSession, SessionObject } from '../realtime/session-object.ts'
import type { Answer } from './call-check.ts'
import { type LatencyState, NO_LATENCY } from './latency.ts'
import { type LifeState, NEW_LIFE } from './life.ts'
import type { NextSession } from './next-session.ts'
import type { Offer } from './offers.ts'
import type { PlannedChange } from './plan-text.ts'
import type { Entry } from './record.ts'
import { NO_SERVERS, type ServersState } from './servers.ts'
import { type OpeningWaits, openingWaits } from './waits.ts'
import { type Additions, NO_ADDITIONS, type Wanted, wanted } from './wanted.ts'

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
 * knows what was said before; `waiting` for the next try; `draining` goes on until what was begun is done; `stopping` leaves now.
 */
export type Phase =
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

export interface ConnectionState {
  /** It was confirmed once. */
  readonly everLive: boolean
  /** Something of the greeting has been said, or there was none when it was due: nobody is greeted later. */
  readonly greeted: boolean
  /** Ids of the items that this session was told of what was said before it. Bounded by `REPLAYED_MAX`. */
  readonly replayed: readonly string[]
  /** What the service remembers of the caller, as it last said; the next session is given it. Opaque. */
  readonly memory: unknown
  readonly draining: boolean
  /** When this connection began, in ms since the epoch. */
  readonly startedAt: number
  /** How long it may take to begin, as the agent said when it began. */
  readonly waits: OpeningWaits
  /** When the last session was left, in ms since the epoch; null before one was. */
  readonly leftAt: number | null
  /** Tries since the last healthy connection. */
  readonly losses: number
}

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
  /** Under which it was sent before, if it was. */
  readonly earlierIds: readonly string[]
  readonly update: SessionObject
  /** What `accepted` will be once this is confirmed. */
  readonly next: SessionObject
  /** What of it takes effect in this session. */
  readonly changes: readonly PlannedChange[]
  readonly noticedAt: number
  /** When it was sent first, in ms since the epoch. */
  readonly sentAt: number
  /** True after the whole snapshot was sent a second time. */
  readonly repeated: boolean
  /** Refused on a guess: a matching confirmation within the time limit still turns it into applied. */
  readonly provisionallyRefused: boolean
  /** What the service had shown last when it was sent first. */
  readonly shownBefore: ReportedSession
  /** Replies wait for the answer no longer. */
  readonly overdue: boolean
}

/** Why the agent owes an answer. */
export type ReplyCause = 'greeting' | 'text' | 'tool' | 'result' | 'turn' | 'filler' | 'idle' | 'wrap up' | 'goodbye'

export interface TurnState {
  readonly callerSpeaking: boolean
  /** When the caller's last turn was heard to begin and to end, in ms since the epoch; null where nobody said, or not yet. */
  readonly spoken: { readonly since: number | null; readonly until: number | null }
  /** The greeting may not be interrupted, and is not over: what the caller says is held. */
  readonly guarded: boolean
  /** A spoken turn has ended that the service answers by itself. */
  readonly answerExpected: boolean
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
  /** How often in a row the service was busy with a response that nothing was heard of. */
  readonly busyTries: number
  /** The last response said nothing at all, and was asked for once more. */
  readonly askedAgain: boolean
  /** Ids of the last responses that ended, so that late pieces of them are dropped. Bounded by `ENDED_MAX`. */
  readonly ended: readonly string[]
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
  /** Something of it has come: an item, a word, a sound. */
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

/** A finished function call. It is answered exactly once, whatever happens. */
export interface Call {
  readonly callId: string
  readonly name: string
  readonly responseId: string
  readonly turn: number
  /** What it is run with; null for one that is refused. */
  readonly launch: Launch | null
  /** `waiting` to be launched, `running`, or `over`, also where it never ran; a cancelled one runs on until its process has ended. */
  readonly stage: 'waiting' | 'running' | 'over'
  /** The caller has interrupted it, and its tool wants to be cancelled then. */
  readonly interrupted: boolean
  readonly begunAt: number
  /** Words for a caller who waits: `due` once the call has taken long, `done` when said or no longer wanted. */
  readonly filler: 'none' | 'waiting' | 'due' | 'done'
  readonly answered: boolean
  /**
   * Of a call that was answered when it began: `awaited` while it runs in the background, then what it gave, `told` once that was. Null
   * where the model waits for the call.
   */
  readonly result: 'awaited' | Answer | 'told' | null
  /** Its connection is gone: how it ends is reported, and told to nobody else, but for what ran in the background. */
  readonly orphaned: boolean
}

export interface Launch {
  readonly tool: Tool
  readonly given: unknown
  /** The arguments in the model's own words. */
  readonly text: string
  /** The generation that its response began under. */
  readonly generation: number
}

/** A call that waits for the caller's consent. */
export interface Ask {
  readonly name: string
  readonly text: string
  /** When the model was told to ask, in ms since the epoch, and `turnsBegun` at that time. */
  readonly at: number
  readonly turn: number
}

export interface SoundState {
  /** The caller's sound is not passed on. */
  readonly paused: boolean
  /** Nor is the agent's, and no answer is asked for. */
  readonly onHold: boolean
  readonly playing: boolean
  /** The agent stands still in the middle of what it says, and for how long: it is not known yet whether the caller interrupts. */
  readonly standstill: 'no' | 'while he speaks' | 'until he is read'
  /** Items handed to playback and not known to be over, oldest first; one that was heard whole may still go on. */
  readonly items: readonly SoundItem[]
  /** Items that were in playback when it was last told to fall silent, until it says what was heard of them; a page answers later. */
  readonly clearing: readonly string[]
  /** Caller audio from before the session was live, oldest first. Bounded by `HELD_AUDIO_BYTES_MAX`. */
  readonly held: readonly Uint8Array[]
  /** The caller ended a turn of it by hand. */
  readonly turnHeld: boolean
  /** The beginning of the next frame towards the service: less than one. */
  readonly carry: Uint8Array
  /** Sound that was sent and not committed, in ms, where turns are ended by hand. */
  readonly uncommittedMs: number
}

/** One item of the agent in playback. */
export interface SoundItem {
  /** What playback knows it by. */
  readonly key: string
  readonly itemId: string
  readonly responseId: string
  readonly turn: number
  readonly contentIndex: number
  readonly bytes: number
  /** How much of it was heard when playback last ran out; more of it may have come since. */
  readonly heardBytes: number
  /** Its session is gone: how much of it was heard is told to the record alone. */
  readonly gone: boolean
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
      everLive: false,
      greeted: false,
      replayed: [],
      memory: null,
      draining: false,
      startedAt: 0,
      waits: openingWaits(generation.agent),
      leftAt: null,
      losses: 0,
    },
    next: null,
    config: {
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
    },
    servers: NO_SERVERS,
    turn: { ...NO_TURN, turnsBegun: 0, toolRounds: { turn: 0, count: 0 }, drain: 'unused', heldTexts: [] },
    calls: [],
    asks: [],
    sound: {
      ...{ paused: generation.agent.connection.start_audio_paused, onHold: false, playing: false, standstill: 'no' },
      ...{ items: [], clearing: [], held: [], turnHeld: false, carry: NO_AUDIO, uncommittedMs: 0 },
    },
    record: [],
    latency: NO_LATENCY,
    life: NEW_LIFE,
    sentCount: 0,
    unanswered: [],
  }
}

/** What of the turns belongs to one session, as each begins: another follows without it. */
export const NO_TURN = {
  callerSpeaking: false,
  spoken: { since: null, until: null },
  guarded: false,
  answerExpected: false,
  replyDue: [],
  requested: null,
  responses: [],
  abandoned: [],
  busyTries: 0,
  askedAgain: false,
  ended: [],
  words: [],
  wordsHeld: false,
  items: [],
  fillerAt: null,
} as const satisfies Partial<TurnState>

export const NO_AUDIO = new Uint8Array(0)
