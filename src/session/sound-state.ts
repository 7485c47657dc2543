import type { Agent } from '../agent/agent.ts'
import type { SoundFormat } from '../audio/format.ts'

export interface SoundState {
  /** The format of the caller's sound; null before a session was live. */
  readonly format: SoundFormat | null
  /** The caller's sound is not passed on. */
  readonly paused: boolean
  /** Neither side's sound is passed on, and no response is requested. */
  readonly onHold: boolean
  readonly playing: boolean
  /** Whether the agent pauses in the middle of what it says, and until when: it is not known yet whether the caller interrupts. */
  readonly playbackPause: 'no' | 'while the caller speaks' | 'until transcribed'
  /** Sound of a response that came while an earlier one was still being generated, oldest first. Bounded by `WAITING_BYTES_MAX`. */
  readonly waiting: readonly WaitingSound[]
  /** Items handed to playback and not known to be over, oldest first; more may still come of one that was heard in full. */
  readonly items: readonly SoundItem[]
  /** Items in playback when it was last cleared, until it reports how much of them was heard; a page reports later. */
  readonly clearing: readonly string[]
  /**
   * Sound sent of the caller's current turn, or of one that may just be beginning, oldest first: a session that takes over in the middle of
   * it hears it from there. Outside a turn cut to what `LEAD_MS` allows; bounded by `RETAINED_SOUND_BYTES_MAX`.
   */
  readonly turnSound: readonly SentSound[]
  /** Finished turns, until they are transcribed or answered. Bounded by `COMMITTED_MAX`. */
  readonly committed: readonly CommittedTurn[]
  /** Caller audio from before the session was live, oldest first. Bounded by `RETAINED_SOUND_BYTES_MAX`. */
  readonly held: readonly HeldSound[]
  /** The beginning of the next frame to the service: less than a whole frame. */
  readonly partialFrame: Uint8Array
  /** Sound sent and not committed yet, in ms, if turns are ended by hand. */
  readonly uncommittedMs: number
}

/** A piece of the caller's sound, and when it was sent, in ms since the epoch. */
export interface SentSound {
  readonly audio: Uint8Array
  readonly sentAt: number
}

/** A piece of the caller's sound that was not sent yet, and whether they ended a turn with it by hand. */
export interface HeldSound {
  readonly audio: Uint8Array
  readonly isTurnEnd: boolean
}

/** The sound sent of one turn. */
interface CommittedTurn {
  readonly turn: number
  readonly sound: readonly Uint8Array[]
}

/** A piece of sound of one of the agent's items. */
export interface SoundPiece {
  readonly responseId: string
  readonly turn: number
  readonly itemId: string
  readonly contentIndex: number
  readonly audio: Uint8Array
}

export interface WaitingSound extends SoundPiece {
  /** Ids of the earlier responses still in progress when it came; it waits for these. */
  readonly behind: readonly string[]
  /** Cut off by a barge-in: it is not played. */
  readonly isCutOff: boolean
}

/** One item of the agent in playback. */
export interface SoundItem {
  /** Its id in playback. */
  readonly key: string
  readonly itemId: string
  readonly responseId: string
  readonly turn: number
  readonly contentIndex: number
  /** Of its sound: its session may be gone before it is heard, and the next one speak in another. */
  readonly format: SoundFormat
  readonly bytes: number
  /** Half a sample, waiting for its other half. */
  readonly partialSample: Uint8Array
  /** How much of it had been heard when playback last ran out; more may have come since. */
  readonly heardBytes: number
  /** Its session is gone: only the record is told how much of it was heard. */
  readonly orphaned: boolean
}

export const NO_AUDIO = new Uint8Array(0)

/** The part of the sound state that belongs to one session, as every session begins with it. */
export const NEW_SESSION_SOUND = {
  waiting: [],
  turnSound: [],
  committed: [],
  partialFrame: NO_AUDIO,
  uncommittedMs: 0,
} as const satisfies Partial<SoundState>

/** The sound state before anything is heard on either side. */
export function newSound({ connection }: Agent): SoundState {
  return {
    ...NEW_SESSION_SOUND,
    format: null,
    paused: connection.start_audio_paused,
    onHold: false,
    playing: false,
    playbackPause: 'no',
    items: [],
    clearing: [],
    held: [],
  }
}
