import type { Agent } from '../agent/agent.ts'
import type { SoundFormat } from '../audio/format.ts'

export interface SoundState {
  /** What the caller is heard in; null before a session was live. */
  readonly format: SoundFormat | null
  /** The caller's sound is not passed on. */
  readonly paused: boolean
  /** Nor is the agent's, and no answer is asked for. */
  readonly onHold: boolean
  readonly playing: boolean
  /** The agent stands still in the middle of what it says, and for how long: it is not known yet whether the caller interrupts. */
  readonly standstill: 'no' | 'while he speaks' | 'until he is read'
  /** Sound of an answer that came while one before it was still being made, oldest first. Bounded by `WAITING_BYTES_MAX`. */
  readonly waiting: readonly WaitingSound[]
  /** Items handed to playback and not known to be over, oldest first; one that was heard whole may still go on. */
  readonly items: readonly SoundItem[]
  /** Items that were in playback when it was last told to fall silent, until it says what was heard of them; a page answers later. */
  readonly clearing: readonly string[]
  /**
   * What was sent of the turn that the caller is in, or may just be beginning, oldest first: a session that follows in the middle of it hears
   * it from there. Bounded by `LEAD_MS`, and in a turn by `KEPT_SOUND_BYTES_MAX`.
   */
  readonly ofTurn: readonly Uint8Array[]
  /** Turns that are over, until they are read. Bounded by `COMMITTED_MAX`. */
  readonly committed: readonly CommittedTurn[]
  /** Caller audio from before the session was live, oldest first. Bounded by `KEPT_SOUND_BYTES_MAX`. */
  readonly held: readonly Uint8Array[]
  /** The caller ended a turn of it by hand. */
  readonly turnHeld: boolean
  /** The beginning of the next frame towards the service: less than one. */
  readonly carry: Uint8Array
  /** Sound that was sent and not committed, in ms, where turns are ended by hand. */
  readonly uncommittedMs: number
}

/** What was sent of a turn of that number. */
interface CommittedTurn {
  readonly turn: number
  readonly sound: readonly Uint8Array[]
}

/** A piece of an item of the agent. */
export interface Piece {
  readonly responseId: string
  readonly turn: number
  readonly itemId: string
  readonly contentIndex: number
  readonly audio: Uint8Array
}

export interface WaitingSound extends Piece {
  /** Ids of the responses that were being made and heard when it came. */
  readonly behind: readonly string[]
  /** The caller has broken in: it is not played. */
  readonly isOver: boolean
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
  /** Half a sample, which waits for the other half. */
  readonly left: Uint8Array
  /** How much of it was heard when playback last ran out; more of it may have come since. */
  readonly heardBytes: number
  /** Its session is gone: how much of it was heard is told to the record alone. */
  readonly gone: boolean
}

export const NO_AUDIO = new Uint8Array(0)

/** No sound has been heard yet, on either side. */
export function newSound({ connection }: Agent): SoundState {
  return {
    format: null,
    paused: connection.start_audio_paused,
    onHold: false,
    playing: false,
    standstill: 'no',
    waiting: [],
    items: [],
    clearing: [],
    ofTurn: [],
    committed: [],
    held: [],
    turnHeld: false,
    carry: NO_AUDIO,
    uncommittedMs: 0,
  }
}
