import {
  ASIDE,
  type ClientMessage,
  HEARD_MAX,
  type Heard,
  type Piece,
  readPiece,
  type ServerMessage,
} from '../protocol.ts'

/** Passes what arrives to the client's speaker, and reports what was played of it. */
interface Playback {
  /** Begins a new connection, on which items get new numbers. */
  reset(): void
  /** What was played so far; the rest is dropped here, since it is sent again. */
  clear(): Promise<readonly Heard[]>
  handle(message: ServerMessage): void
  play(frame: ArrayBuffer): void
}

/** Reports of playing: see `playback.…` in the protocol. */
export type Played = Extract<ClientMessage, { type: 'playback.started' | 'playback.progress' | 'playback.drained' }>

/** Plays the agent. */
export interface Speaker {
  /** Prepares for sound at this rate; passes what is played to `report`. */
  open(rateHz: number, report: (played: Played) => void): void
  play(itemId: string, piece: Piece): void
  /** Plays a short word alongside everything else, PCM16 at `ASIDE_RATE`. */
  playBeside?(sound: Uint8Array): void
  /**
   * Stops at the current position until `resume()` or `clear()`; sound played meanwhile queues behind it. A speaker for readers goes on.
   */
  pause?(): void
  resume?(): void
  /** Falls silent at once; returns how much was heard of each item that was not over. */
  clear(): readonly Heard[] | Promise<readonly Heard[]>
}

type ItemMessage = Extract<ServerMessage, { type: 'item' }>

export function createPlayback(speaker: Speaker, report: (message: ClientMessage) => void): Playback {
  /** The item whose sound follows. */
  let item: ItemMessage | null = null

  async function clear(): Promise<readonly Heard[]> {
    const heard = await speaker.clear()
    return heard.slice(-HEARD_MAX)
  }

  return {
    reset() {
      item = null
    },
    clear,
    handle(message) {
      switch (message.type) {
        case 'sound':
          return speaker.open(message.output_rate, (played: Played) => report(played))
        case 'item':
          item = message
          return
        case 'playback.pause':
          return speaker.pause?.()
        case 'playback.resume':
          return speaker.resume?.()
        case 'clear':
          return void clear().then((heard) => report({ type: 'playback.cleared', clear: message.clear, heard }))
        default:
      }
    },
    play(frame) {
      const piece = readPiece(frame)
      if (piece?.item === ASIDE) return speaker.playBeside?.(piece.sound)
      if (piece !== null && piece.item === item?.number) speaker.play(item.item_id, piece)
    },
  }
}
