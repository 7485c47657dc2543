/**
 * What a page (or any other client) and the runner say to each other over one WebSocket: JSON text frames, and sound as binary frames.
 * This file stands alone: it is read by the browser, by Node, and by whoever writes a client. docs/channel-protocol.md explains it.
 */

/** Rises when an older client would misunderstand; new message types and new fields do not raise it. */
export const PROTOCOL = 1
/** Where the WebSocket is opened. */
export const CHANNEL_PATH = '/channel'

/** The longest typed turn, in characters. */
export const TEXT_MAX = 32_768
/** Items that one report of what was heard may name. */
export const HEARD_MAX = 64

/** What a client says. Sound of the caller is a binary frame of PCM16, little-endian, mono, at `input_rate`. */
export type ClientMessage =
  /**
   * The first message. `token` is what `--token` asks for; `resume` is the secret of a conversation that this client had, and `heard` what
   * it has played of it: the rest of the sound is sent again.
   */
  | {
      readonly type: 'hello'
      readonly protocol: number
      readonly resume?: string
      readonly heard?: readonly Heard[]
      readonly token?: string
    }
  /** Opens a conversation, with the first agent where none is named. */
  | { readonly type: 'open'; readonly agent?: string }
  /** A typed turn; it interrupts. With an `id`, `taken` answers it, its report names it as `typed_id`, and the same id again is not taken twice. */
  | { readonly type: 'text'; readonly text: string; readonly id?: string }
  /** The spoken turn is over; it matters where the agent's turn detection is manual. */
  | { readonly type: 'commit' }
  /** The button to speak is pressed: a spoken turn begins, where the agent's turn detection is manual. */
  | { readonly type: 'press' }
  /** The agent is to fall silent. */
  | { readonly type: 'interrupt' }
  /** The caller's sound is not passed on; with `hold` that of the agent neither; `resume` ends both. */
  | { readonly type: 'pause' | 'hold' | 'resume' }
  /** Sound begins to be heard after silence. */
  | { readonly type: 'playback.started'; readonly item_id: string }
  /** How much of an item has been heard, a few times a second. */
  | ({ readonly type: 'playback.progress' } & Heard)
  /** All sound up to that piece has been heard. */
  | { readonly type: 'playback.drained'; readonly piece: number }
  /** The answer to `clear`: what had been heard of each item that was still being played. */
  | { readonly type: 'playback.cleared'; readonly clear: number; readonly heard: readonly Heard[] }
  /** Ends the conversation. */
  | { readonly type: 'end' }

/** How much of an item was heard, in whole ms from its beginning. */
export interface Heard {
  readonly item_id: string
  readonly ms: number
}

/** What the runner says. Sound of the agent is a binary frame: see `readPiece`. */
export type ServerMessage =
  /** The answer to `hello`. `resumes`: the conversation asked for is still there, and `opened` follows. */
  | {
      readonly type: 'welcome'
      readonly protocol: number
      readonly version: string
      readonly agents: readonly AgentInfo[]
      readonly resumes: boolean
    }
  /** Where no conversation is open yet: an edit has changed with whom, or with what voice, the next one would be. */
  | { readonly type: 'agents'; readonly agents: readonly AgentInfo[] }
  /** A conversation is open, or was found again. What it had reported so far follows, then the rest as it happens. */
  | {
      readonly type: 'opened'
      readonly conversation: string
      readonly agent: string
      /** Secret that finds this conversation again; not to be shown. */
      readonly resume: string
      readonly resumed: boolean
      /** Ids of the typed lines that the conversation has, the last 128. */
      readonly taken?: readonly string[]
      /** So many of `press` and `commit` the conversation has had. */
      readonly buttons?: number
      /** When the oldest was of the reports and notices that follow, in ms since the epoch: what was before it is not told again. */
      readonly since?: number
    }
  /** The conversation has the typed line with this id. */
  | { readonly type: 'taken'; readonly id: string }
  /** Behind each `press` and `commit`: the conversation has had so many of them, over whatever connections. */
  | { readonly type: 'buttons'; readonly count: number }
  /** A session is ready for sound, at these rates in Hz, both ways PCM16. It may come again, with other rates. */
  | { readonly type: 'sound'; readonly input_rate: number; readonly output_rate: number }
  /** Binary frames that name this number belong to this item. */
  | { readonly type: 'item'; readonly number: number; readonly item_id: string }
  /** Stand still at once, keep all sound that was not heard, and what comes besides; then go on with it. A `clear` ends this as well. */
  | { readonly type: 'playback.pause' | 'playback.resume' }
  /** Fall silent at once, forget all sound received so far, and answer `playback.cleared` with the same number. */
  | { readonly type: 'clear'; readonly clear: number }
  | { readonly type: 'report'; readonly report: ChannelReport; readonly past?: true }
  /**
   * After the `welcome`, and every few seconds: the connection stands. `sound`: of the caller's, so many bytes have come over it; `at`: when
   * it is said, in ms of a clock that runs evenly, from any beginning.
   */
  | { readonly type: 'alive'; readonly sound?: number; readonly at?: number }
  /** A sentence for the person: a warning of the runner. `t`: when, in ms since the epoch. */
  | {
      readonly type: 'notice'
      readonly level: 'info' | 'warning' | 'error'
      readonly message: string
      readonly t: number
      readonly past?: true
    }
  /** What was just received was not taken; the connection goes on. `id` is that of a typed line. */
  | { readonly type: 'refused'; readonly message: string; readonly id?: string }

export interface AgentInfo {
  readonly name: string
  readonly file: string
  readonly model: string
  readonly voice: string
  readonly description?: string
}

/** One event of the conversation: a JSON line as the README lists them, without the sound. Faults carry the lines of the file they speak of. */
export interface ChannelReport {
  readonly type: string
  /** When, in ms since the epoch. */
  readonly t: number
  readonly conversation: string
  readonly generation: number
  /** Code frames as plain text, one for each fault, where the report tells of faults in the file. */
  readonly frames?: readonly string[]
  /** Of a `caller.transcript` that was typed: the id that the client gave it. */
  readonly typed_id?: string
  /** What an edit changed, where it was applied: in one line each, and line by line where it is a text of several. */
  readonly changes?: readonly ReportedChange[]
  readonly [field: string]: unknown
}

/** One setting that an edit changed. */
export interface ReportedChange {
  /** The author's path, such as `tts.speed`. */
  readonly field: string
  /** In one line: `Sarah → Clive`. */
  readonly summary: string
  /** Of a text of several lines, those that changed, each with `+ ` or `- ` before it. */
  readonly lines: readonly string[]
  /** From when on it is heard: `now`, `next response`, … */
  readonly when: string
}

/** Why the runner closes a connection: the WebSocket's close code. The close reason says it in words. */
export const CLOSE = {
  /** The conversation is over; a new one may be opened on a new connection. */
  over: 4000,
  /** What was received was not of this protocol. */
  badMessage: 4400,
  /** The token is missing or wrong. */
  badToken: 4401,
  /** No hello in time. */
  noHello: 4408,
  /** Another page took the conversation over. */
  takenOver: 4409,
  /** More was sent than a caller can say. */
  tooFast: 4429,
  /** What was sent was not read in time. */
  tooSlow: 4430,
  /** There are too many conversations. */
  full: 4503,
} as const

/**
 * How long a conversation waits for its client, in ms since the last sign of it: a phone that was locked, or changes its network, is away
 * for half a minute; a tab that was closed holds a conversation for no longer.
 */
export const WAIT_MS = 45_000

/** How often the runner says that the connection stands, and after how long a silence a client takes it for lost, in ms. */
export const ALIVE_MS = 4_000
export const SILENCE_MS = 10_000

/** After these, the same client should not try again by itself. */
export const CLOSED_FOR_GOOD: readonly number[] = [CLOSE.over, CLOSE.badMessage, CLOSE.badToken, CLOSE.takenOver]

/** One piece of the agent's sound. */
export interface Piece {
  /** Number that an `item` message gave to the item; `ASIDE` for a short word that belongs to none. */
  readonly item: number
  /** Counts the pieces of this connection, from 1: what `playback.drained` names. */
  readonly piece: number
  /** Where this piece begins, in ms from the item's beginning. */
  readonly fromMs: number
  /** PCM16, little-endian, mono, at `output_rate`. */
  readonly sound: Uint8Array
}

/** Number of a piece that is heard beside all else, at `ASIDE_RATE`, such as an "mm-hm": nothing is told of its playing. */
export const ASIDE = 0
export const ASIDE_RATE = 24_000

/** Length of the head of a binary frame from the runner: item, piece, ms; each an unsigned 32-bit number, little-endian. */
export const PIECE_HEAD_BYTES = 12

/** One piece of sound as a binary frame: its head, then the samples. */
export function writePiece({ item, piece, fromMs, sound }: Piece): Uint8Array {
  const frame = new Uint8Array(PIECE_HEAD_BYTES + sound.byteLength)
  const head = new DataView(frame.buffer)
  head.setUint32(0, item, true)
  head.setUint32(4, piece, true)
  head.setUint32(8, Math.round(fromMs), true)
  frame.set(sound, PIECE_HEAD_BYTES)
  return frame
}

/** Null where the frame is too short to be one. */
export function readPiece(frame: ArrayBuffer): Piece | null {
  if (frame.byteLength < PIECE_HEAD_BYTES) return null
  const head = new DataView(frame)
  return {
    item: head.getUint32(0, true),
    piece: head.getUint32(4, true),
    fromMs: head.getUint32(8, true),
    sound: new Uint8Array(frame, PIECE_HEAD_BYTES),
  }
}
