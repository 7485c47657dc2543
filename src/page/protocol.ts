/**
 * The messages between a page (or any other client) and the runner over one WebSocket: JSON text frames, and sound as binary frames. This
 * file has no imports: the browser, Node, and authors of clients read it. docs/channel-protocol.md explains it.
 */

/** Rises when an older client would misunderstand; new message types and new fields do not raise it. */
export const PROTOCOL = 1
/** The path of the WebSocket. */
export const CHANNEL_PATH = '/channel'

/** The longest typed turn, in characters. */
export const TEXT_MAX = 32_768
/** The most items in one report of what was heard. */
export const HEARD_MAX = 64

/** Messages of a client. The caller's sound is a binary frame of PCM16, little-endian, mono, at `input_rate`. */
export type ClientMessage =
  /**
   * The first message. `token` is the one `--token` requires; `resume` is the secret of an earlier conversation of this client, and `heard`
   * what it has played of it: the rest of the sound is sent again.
   */
  | {
      readonly type: 'hello'
      readonly protocol: number
      readonly resume?: string
      readonly heard?: readonly Heard[]
      readonly token?: string
    }
  /** Opens a conversation, with the first agent if none is named. */
  | { readonly type: 'open'; readonly agent?: string }
  /**
   * A typed turn; it interrupts. With an `id`, `taken` answers it, its report names it as `typed_id`, and the same id again is not taken
   * twice.
   */
  | { readonly type: 'text'; readonly text: string; readonly id?: string }
  /** The spoken turn is over; only for manual turn detection. */
  | { readonly type: 'commit' }
  /** The button to speak is pressed: a spoken turn begins; only for manual turn detection. */
  | { readonly type: 'press' }
  /** Silences the agent. */
  | { readonly type: 'interrupt' }
  /** Stops passing on the caller's sound; with `hold`, the agent's as well; `resume` ends both. */
  | { readonly type: 'pause' | 'hold' | 'resume' }
  /** Sound becomes audible after silence. */
  | { readonly type: 'playback.started'; readonly item_id: string }
  /** How much of an item has been heard, a few times a second. */
  | ({ readonly type: 'playback.progress' } & Heard)
  /** All sound up to that piece has been heard. */
  | { readonly type: 'playback.drained'; readonly piece: number }
  /** The answer to `clear`: how much was heard of each item that was still playing. */
  | { readonly type: 'playback.cleared'; readonly clear: number; readonly heard: readonly Heard[] }
  /** Ends the conversation. */
  | { readonly type: 'end' }

/** How much of an item was heard, in whole ms from its beginning. */
export interface Heard {
  readonly item_id: string
  readonly ms: number
}

/** Messages of the runner. The agent's sound is a binary frame: see `readPiece`. */
export type ServerMessage =
  /** The answer to `hello`. `resumes`: the conversation asked for is still there, and `opened` follows. */
  | {
      readonly type: 'welcome'
      readonly protocol: number
      readonly version: string
      readonly agents: readonly AgentInfo[]
      readonly resumes: boolean
    }
  /** While no conversation is open: an edit changed the agents, or a voice, for the next one. */
  | { readonly type: 'agents'; readonly agents: readonly AgentInfo[] }
  /** A conversation is open, or was found again. Its reports so far follow, then new ones as they happen. */
  | {
      readonly type: 'opened'
      readonly conversation: string
      readonly agent: string
      /** The secret that finds this conversation again; not to be shown. */
      readonly resume: string
      readonly resumed: boolean
      /** Ids of the typed lines taken, the last 128. */
      readonly taken?: readonly string[]
      /** How many `press` and `commit` messages were received. */
      readonly buttons?: number
      /** From when on reports and notices are repeated, in ms since the epoch: of earlier ones, only those of a current state are. */
      readonly since?: number
    }
  /** The conversation has taken the typed line with this id. */
  | { readonly type: 'taken'; readonly id: string }
  /** Follows each `press` and `commit`: how many the conversation has received, over all connections. */
  | { readonly type: 'buttons'; readonly count: number }
  /** A session is ready for sound, at these rates in Hz, PCM16 in both directions. It may come again, with other rates. */
  | { readonly type: 'sound'; readonly input_rate: number; readonly output_rate: number }
  /** The binary frames with this number belong to this item. Those of the item before are over. */
  | { readonly type: 'item'; readonly number: number; readonly item_id: string }
  /**
   * Pause at once, and keep the sound that was not heard and what arrives meanwhile; then continue with it. A `clear` ends a pause as well.
   */
  | { readonly type: 'playback.pause' | 'playback.resume' }
  /** Fall silent at once, drop all sound received so far, and answer `playback.cleared` with the same number. */
  | { readonly type: 'clear'; readonly clear: number }
  | { readonly type: 'report'; readonly report: ChannelReport; readonly past?: true }
  /**
   * Sent after `welcome` and every few seconds: the connection works. `sound`: bytes of the caller's sound received over it; `at`: when it
   * was sent, in ms of a steady clock with any zero.
   */
  | { readonly type: 'alive'; readonly sound?: number; readonly at?: number }
  /** A sentence for the person, such as a warning of the runner. `t`: when, in ms since the epoch. */
  | {
      readonly type: 'notice'
      readonly level: 'info' | 'warning' | 'error'
      readonly message: string
      readonly t: number
      readonly past?: true
    }
  /** The last message was not accepted; the connection goes on. `id` is that of a typed line. */
  | { readonly type: 'refused'; readonly message: string; readonly id?: string }

export interface AgentInfo {
  readonly name: string
  readonly file: string
  readonly model: string
  readonly voice: string
  readonly description?: string
}

/** One event of the conversation: a JSON line as described in the README, without the sound. Faults come with source lines of the file. */
export interface ChannelReport {
  readonly type: string
  /** When it happened, in ms since the epoch. */
  readonly t: number
  readonly conversation: string
  readonly generation: number
  /** Code frames as plain text, one for each fault in the file that the report names. */
  readonly frames?: readonly string[]
  /** For a `caller.transcript` that was typed: the id the client gave it. */
  readonly typed_id?: string
  /** What an applied edit changed: one line each, and for a text of several lines, the changed ones. */
  readonly changes?: readonly ReportedChange[]
  readonly [field: string]: unknown
}

/** One setting changed by an edit. */
export interface ReportedChange {
  /** The author's path, such as `tts.speed`. */
  readonly field: string
  /** On one line: `Sarah → Clive`. */
  readonly summary: string
  /** For a text of several lines: the changed ones, each after `+ ` or `- `. */
  readonly lines: readonly string[]
  /** From when it takes effect: `now`, `next response`, … */
  readonly when: string
}

/** WebSocket close codes of the runner. The close reason says why in words. */
export const CLOSE = {
  /** The conversation is over; a new one may be opened on a new connection. */
  over: 4000,
  /** The message does not follow this protocol. */
  badMessage: 4400,
  /** The token is missing or wrong. */
  badToken: 4401,
  /** No hello in time. */
  noHello: 4408,
  /** Another page took over the conversation. */
  takenOver: 4409,
  /** More was sent than a caller can say. */
  tooFast: 4429,
  /** The client did not read in time. */
  tooSlow: 4430,
  /** There are too many conversations. */
  full: 4503,
} as const

/**
 * How long a conversation waits for its client, in ms since its last sign: a locked phone, or one that changes networks, is away for half a
 * minute; a closed tab should not keep a conversation for longer.
 */
export const WAIT_MS = 45_000

/** How often the runner sends `alive`, and after how much silence a client counts the connection as lost, in ms. */
export const ALIVE_MS = 4_000
export const SILENCE_MS = 10_000

/** After these, the same client should not reconnect by itself. */
export const CLOSED_FOR_GOOD: readonly number[] = [CLOSE.over, CLOSE.badMessage, CLOSE.badToken, CLOSE.takenOver]

/** One piece of the agent's sound. */
export interface Piece {
  /** The item's number from its `item` message; `ASIDE` for a short word outside any item. */
  readonly item: number
  /** The piece's number on this connection, from 1; `playback.drained` names it. */
  readonly piece: number
  /** Where this piece begins, in ms from the item's beginning. */
  readonly fromMs: number
  /** PCM16, little-endian, mono, at `output_rate`. */
  readonly sound: Uint8Array
}

/** The item number of pieces played alongside everything else, at `ASIDE_RATE`, such as an "mm-hm": their playing is not reported. */
export const ASIDE = 0
export const ASIDE_RATE = 24_000

/** Length of the header of a binary frame from the runner: item, piece, ms; each an unsigned 32-bit number, little-endian. */
export const PIECE_HEAD_BYTES = 12

/** One piece of sound as a binary frame: its header, then the samples. */
export function writePiece({ item, piece, fromMs, sound }: Piece): Uint8Array {
  const frame = new Uint8Array(PIECE_HEAD_BYTES + sound.byteLength)
  const head = new DataView(frame.buffer)
  head.setUint32(0, item, true)
  head.setUint32(4, piece, true)
  head.setUint32(8, Math.round(fromMs), true)
  frame.set(sound, PIECE_HEAD_BYTES)
  return frame
}

/** Parses a binary frame; null if it is too short. */
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
