import type { ProtocolDrift } from './faults/drift.ts'

/** Faults to simulate: plain data, everything off by default. A number in `times` counts over all connections. */
export interface Faults extends ProtocolDrift {
  /** Answers upgrades with this status instead of opening. */
  readonly refuseUpgrade?: {
    readonly status: number
    readonly times?: number
    readonly body?: unknown
    readonly retryAfterS?: number
  }
  /** Opens this many connections with a message that no sessions are left, in a frame without a `type`. */
  readonly exhausted?: number
  /** Leaves this many updates unanswered. */
  readonly ignoreUpdates?: number
  /** Answers this many updates, whatever they contain, with this error. */
  readonly refuseUpdates?: {
    readonly times: number
    readonly message: string
    readonly type?: string
    readonly code?: string | null
  }
  /** Refuses updates that set this param, such as `session.audio.output.speed`. */
  readonly refuseParam?: string
  /** Cuts the connection after this many events (of one type, or of any); code 1006 means without a closing handshake. */
  readonly closeAfter?: {
    readonly events: number
    readonly type?: string
    readonly code: number
    readonly times?: number
  }
  /** Lets this many responses begin and then stall until they are cancelled. */
  readonly stallResponses?: number
  /** Ends this many responses as failed, with no `error` event. */
  readonly failResponses?: number
  /** Sends an unrequested `session.updated` after every response. */
  readonly unaskedUpdated?: boolean
  /** Ignores this setting in updates, such as `audio.output.speed`, without an error. */
  readonly passOver?: string
  /** Each transcription delta is the whole text so far (true, the default) or the new piece (false). */
  readonly snapshotTranscription?: boolean
  /** Delays the transcripts of spoken turns by this many ms. */
  readonly lateTranscriptsMs?: number
  /** Sends no transcript for this many spoken turns. */
  readonly loseTranscripts?: number
  /** Continues a cancelled response for a moment after its `response.done`. */
  readonly lateDeltas?: boolean
  /** Reports speech, and interrupts for it, only after its transcript. */
  readonly lateSpeech?: boolean
  /** Reports speech even if the client ends turns. */
  readonly manualSpeech?: boolean
  /** Follows up a tool's outcome by itself, though `auto_tool_response` is false. */
  readonly ownFollowUps?: boolean
  /** Before a spoken turn ends, suggests its end, revokes that, and suggests it again. */
  readonly turnSuggestions?: boolean
  /** Sends a `ping` every this many ms. */
  readonly pingEveryMs?: number
  /** Sends errors without `event_id` and `param`. */
  readonly bareErrors?: boolean
}

type CountedFault =
  | 'refuseUpgrade'
  | 'exhausted'
  | 'ignoreUpdates'
  | 'refuseUpdates'
  | 'closeAfter'
  | 'stallResponses'
  | 'failResponses'
  | 'loseTranscripts'

/** The faults in force, and how often the counted ones are still due. */
export interface FaultState {
  readonly current: Faults
  set(faults: Faults): void
  /** Whether a counted fault is due once more; if so, counts it. */
  consume(name: CountedFault): boolean
}

/** Counters begin again whenever faults are set. */
export function createFaultState(initial: Faults): FaultState {
  let current = initial
  let usedCounts = new Map<string, number>()
  return {
    get current() {
      return current
    },
    set(faults) {
      current = faults
      usedCounts = new Map()
    },
    consume(name) {
      const fault = current[name]
      const timesMax = typeof fault === 'object' ? (fault.times ?? Number.POSITIVE_INFINITY) : (fault ?? 0)
      const used = usedCounts.get(name) ?? 0
      if (used >= timesMax) return false
      usedCounts.set(name, used + 1)
      return true
    },
  }
}
