import {
  ASIDE,
  type ClientMessage,
  HEARD_MAX,
  type Heard,
  type Piece,
  readPiece,
  type ServerMessage,
} from '../protocol.ts'

/** How a client hears: what arrives goes to its speaker, and what was played of it is told. */
interface Hearing {
  /** A new connection, on which items have numbers of their own. */
  begin(): void
  /** What was played of that which comes again: it is forgotten here. */
  heardBefore(): Promise<readonly Heard[]>
  take(message: ServerMessage): void
  play(frame: ArrayBuffer): void
}

/** What is told of playing: see `playback.…` in the protocol. */
export type Played = Extract<ClientMessage, { type: 'playback.started' | 'playback.progress' | 'playback.drained' }>

/** How the agent is heard. */
export interface Speaker {
  /** Sound will come at this rate; what is played is told to `tell`. */
  open(rateHz: number, tell: (played: Played) => void): void
  play(itemId: string, piece: Piece): void
  /** A short word beside all else, PCM16 at `ASIDE_RATE`. */
  playBeside?(sound: Uint8Array): void
  /** Stands still where it is until `resume()` or `clear()`; what is played meanwhile waits behind it. For those who read it is there all the same. */
  pause?(): void
  resume?(): void
  /** Falls silent at once, and gives how much was heard of each item that was not over. */
  clear(): readonly Heard[] | Promise<readonly Heard[]>
}

export function createHearing(speaker: Speaker, tell: (message: ClientMessage) => void): Hearing {
  let items = new Map<number, string>()

  async function clear(): Promise<readonly Heard[]> {
    const heard = await speaker.clear()
    return heard.slice(-HEARD_MAX)
  }

  return {
    begin() {
      items = new Map()
    },
    heardBefore: clear,
    take(message) {
      switch (message.type) {
        case 'sound':
          return speaker.open(message.output_rate, (played: Played) => tell(played))
        case 'item':
          return void items.set(message.number, message.item_id)
        case 'playback.pause':
          return speaker.pause?.()
        case 'playback.resume':
          return speaker.resume?.()
        case 'clear':
          return void clear().then((heard) => tell({ type: 'playback.cleared', clear: message.clear, heard }))
        default:
      }
    },
    play(frame) {
      const piece = readPiece(frame)
      if (piece?.item === ASIDE) return speaker.playBeside?.(piece.sound)
      const itemId = piece === null ? undefined : items.get(piece.item)
      if (piece !== null && itemId !== undefined) speaker.play(itemId, piece)
    },
  }
}
