import type { Drift } from './faults/drift.ts'

/** What may go wrong on order: plain data, everything off by default. A number in `times` counts down over all connections. */
export interface Faults extends Drift {
  /** Answers upgrades with this status instead of opening. */
  readonly refuseUpgrade?: {
    readonly status: number
    readonly times?: number
    readonly body?: unknown
    readonly retryAfterS?: number
  }
  /** Opens so many connections and says that there is no room, in a frame without a `type`. */
  readonly exhausted?: number
  /** Leaves so many updates without any answer. */
  readonly ignoreUpdates?: number
  /** Answers so many updates, whatever they say, with this error. */
  readonly refuseUpdates?: {
    readonly times: number
    readonly message: string
    readonly type?: string
    readonly code?: string | null
  }
  /** Refuses updates that set this param, such as `session.audio.output.speed`. */
  readonly refuseParam?: string
  /** Cuts the connection after so many events (of one type, or of any); code 1006 means without a closing handshake. */
  readonly closeAfter?: {
    readonly events: number
    readonly type?: string
    readonly code: number
    readonly times?: number
  }
  /** Lets so many responses begin and then say nothing, until they are cancelled. */
  readonly stallResponses?: number
  /** Ends so many responses as failed, with no `error` event. */
  readonly failResponses?: number
  /** Sends a `session.updated` that nobody asked for after every response. */
  readonly unaskedUpdated?: boolean
  /** Takes no notice of this setting of an update, such as `audio.output.speed`, and says nothing about it. */
  readonly passOver?: string
  /** Each transcription delta is the whole text so far (true, the default) or the new piece (false). */
  readonly snapshotTranscription?: boolean
  /** Says so many ms later what the words of a spoken turn were. */
  readonly lateTranscriptsMs?: number
  /** Says nothing of the words of so many spoken turns. */
  readonly loseTranscripts?: number
  /** Goes on for a moment with a response that it has told to be cancelled. */
  readonly lateDeltas?: boolean
  /** Tells of speech only once its words were read; it is taken for an interruption no earlier. */
  readonly lateSpeech?: boolean
  /** Tells of speech also where the client ends turns. */
  readonly manualSpeech?: boolean
  /** Follows a tool's outcome up by itself, though `auto_tool_response` is false. */
  readonly ownFollowUps?: boolean
  /** Says that a spoken turn seems to be over, takes it back, and says it again, before it is. */
  readonly turnSuggestions?: boolean
  /** Sends a `ping` every so many ms. */
  readonly pingEveryMs?: number
  /** Errors come with neither `event_id` nor `param`. */
  readonly bareErrors?: boolean
}

type Counted =
  | 'refuseUpgrade'
  | 'exhausted'
  | 'ignoreUpdates'
  | 'refuseUpdates'
  | 'closeAfter'
  | 'stallResponses'
  | 'failResponses'
  | 'loseTranscripts'

/** The faults in force, and how often the counted ones are still due. */
export interface FaultBox {
  readonly now: Faults
  set(faults: Faults): void
  /** True when the counted fault is due once more; counts it. */
  spend(name: Counted): boolean
}

/** Counts from the beginning again whenever other faults are set. */
export function createFaultBox(initial: Faults): FaultBox {
  let now = initial
  let spent = new Map<string, number>()
  return {
    get now() {
      return now
    },
    set(faults) {
      now = faults
      spent = new Map()
    },
    spend(name) {
      const fault = now[name]
      const due = typeof fault === 'object' ? (fault.times ?? Number.POSITIVE_INFINITY) : (fault ?? 0)
      const used = spent.get(name) ?? 0
      if (used >= due) return false
      spent.set(name, used + 1)
      return true
    },
  }
}
