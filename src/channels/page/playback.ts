import { bytesPerMs, durationMs, type SoundFormat } from '../../audio/format.ts'
import { type ClientMessage, type ServerMessage, writePiece } from '../../page/protocol.ts'
import type { CallerEvent, Heard } from '../caller-event.ts'

/** How the page plays: pieces go out, what was really heard comes back, whether or not a page is there at the moment. */
export interface PagePlayback {
  play(itemId: string, sound: Uint8Array): void
  /** The page stands still until `resume()` or `clear()`; a page that comes meanwhile, too. */
  pause(): void
  resume(): void
  /** Silences the page; `playback.cleared` is told once it has answered, or from what it last told. */
  clear(): void
  /** Takes what the page says it played. */
  hear(message: PlaybackMessage): void
  /** A page is there: it gets what was not heard yet. */
  attach(wire: PlaybackWire): void
  detach(): void
  close(): void
}

type PlaybackMessage = Extract<ClientMessage, { type: `playback.${string}` }>

export interface PlaybackWire {
  send(message: ServerMessage): void
  sendSound(frame: Uint8Array): void
  /** Whether sound may be sent; where it may not, `onRoom` is called once it may. */
  readonly hasRoom: boolean
  onRoom: () => void
  /** The page has played all that came, while more was held back. */
  ranDry(): void
}

/** A stretch of an item that was not heard yet. */
interface Unheard {
  readonly itemId: string
  readonly fromMs: number
  readonly ms: number
  readonly sound: Uint8Array
}

/** How long a page may take to say what it had played, in ms; then what it last told counts. */
const CLEARED_MS = 1_000
/** Sound that waits to be heard: eleven minutes of PCM16 at 24 kHz; the oldest goes first. */
const UNHEARD_BYTES_MAX = 32_000_000
/** Length of the longest piece that is sent, in ms: how far sound is sent ahead is counted in whole ones. */
const PIECE_MS = 100
/** Items whose length is remembered; the oldest goes first. */
const ITEMS_MAX = 64

/** `format` is that of the sound given to `play`: PCM16 at the page's output rate. */
export function createPagePlayback(format: SoundFormat, emit: (event: CallerEvent) => void): PagePlayback {
  const pieceBytes = 2 * Math.floor((bytesPerMs(format) * PIECE_MS) / 2)
  let wire: PlaybackWire | null = null
  /** Oldest first, as it is played. */
  const unheard: Unheard[] = []
  let unheardBytes = 0
  /** How many of them, the last ones, wait for room on the wire. */
  let held = 0
  /** Ms handed over and ms heard, by item. */
  const handed = new Map<string, number>()
  const heard = new Map<string, number>()
  /** Items in the order they were handed over: since the last order to fall silent, and those that this one ended. */
  let going: readonly string[] = []
  let ending: readonly string[] = []
  let numbers = new Map<string, number>()
  let pieces = 0
  let clears = 0
  let answered = 0
  let isStill = false
  let limit: NodeJS.Timeout | undefined

  function sendHeld(): void {
    while (wire?.hasRoom && held > 0) {
      const piece = unheard.at(-held)
      held -= 1
      if (piece !== undefined) send(wire, piece)
    }
  }

  function send(wire: PlaybackWire, piece: Unheard): void {
    let item = numbers.get(piece.itemId)
    if (item === undefined) {
      item = numbers.size + 1
      numbers.set(piece.itemId, item)
      wire.send({ type: 'item', number: item, item_id: piece.itemId })
    }
    pieces += 1
    wire.sendSound(writePiece({ item, piece: pieces, fromMs: piece.fromMs, sound: piece.sound }))
  }

  function keep(itemId: string, sound: Uint8Array): void {
    const fromMs = handed.get(itemId) ?? 0
    const ms = durationMs(sound.byteLength, format)
    handed.set(itemId, fromMs + ms)
    unheard.push({ itemId, fromMs, ms, sound })
    unheardBytes += sound.byteLength
    held += 1
  }

  /** What was heard of an item never goes back, and is never more than there is. */
  function note(itemId: string, ms: number): void {
    const over = Math.max(heard.get(itemId) ?? 0, Math.min(ms, Math.floor(handed.get(itemId) ?? 0)))
    heard.set(itemId, over)
    const next = unheard.findIndex((piece) => piece.itemId === itemId && piece.fromMs + piece.ms > over)
    const gone = next < 0 ? unheard.findLastIndex((piece) => piece.itemId === itemId) + 1 : next
    forget(gone)
    const [first] = unheard
    if (next >= 0 && first !== undefined) unheard[0] = behind(first, over)
  }

  /** What lies before something that was heard was heard, too. */
  function forget(count: number): void {
    for (const { sound } of unheard.splice(0, count)) unheardBytes -= sound.byteLength
    held = Math.min(held, unheard.length)
  }

  /** What is left of a piece behind a place in its item. */
  function behind(piece: Unheard, overMs: number): Unheard {
    const skip = Math.max(0, Math.floor(overMs - piece.fromMs))
    const bytes = Math.floor(skip * bytesPerMs(format))
    const from = bytes - (bytes % 2)
    unheardBytes -= from
    return { ...piece, fromMs: piece.fromMs + skip, ms: piece.ms - skip, sound: piece.sound.subarray(from) }
  }

  function drained(piece: number): void {
    if (answered < clears) return
    if (held > 0) {
      wire?.ranDry()
      return sendHeld()
    }
    // More has gone out since: the page will play that, and drain again.
    if (piece !== pieces) return
    forget(unheard.length)
    emit({ type: 'playback.drained' })
  }

  function tellCleared(): void {
    clearTimeout(limit)
    answered = clears
    // A page knows the end of an item a little late, since it resamples and its loudspeaker lags: what is followed by sound was heard whole.
    const last = ending.findLastIndex((itemId) => (heard.get(itemId) ?? 0) > 0)
    for (const itemId of ending.slice(0, Math.max(0, last))) note(itemId, Number.POSITIVE_INFINITY)
    ending = []
    const all: readonly Heard[] = [...heard].map(([itemId, ms]) => ({ itemId, ms }))
    emit({ type: 'playback.cleared', heard: all })
  }

  return {
    play(itemId, sound) {
      if (!going.includes(itemId)) going = [...going, itemId].slice(-ITEMS_MAX)
      for (let from = 0; from < sound.byteLength; from += pieceBytes)
        keep(itemId, sound.subarray(from, from + pieceBytes))
      forgetOldest(handed)
      forgetOldest(heard)
      while (unheardBytes > UNHEARD_BYTES_MAX) forget(1)
      sendHeld()
    },
    pause() {
      isStill = true
      wire?.send({ type: 'playback.pause' })
    },
    resume() {
      isStill = false
      wire?.send({ type: 'playback.resume' })
    },
    clear() {
      clears += 1
      isStill = false
      ;[ending, going] = [going, []]
      forget(unheard.length)
      if (wire === null) return tellCleared()
      wire.send({ type: 'clear', clear: clears })
      clearTimeout(limit)
      limit = setTimeout(tellCleared, CLEARED_MS)
    },
    hear(message) {
      switch (message.type) {
        case 'playback.started':
          return emit({ type: 'playback.started', itemId: message.item_id })
        case 'playback.progress':
          return note(message.item_id, message.ms)
        case 'playback.drained':
          return drained(message.piece)
        case 'playback.cleared':
          for (const entry of message.heard) note(entry.item_id, entry.ms)
          if (message.clear === clears && answered < clears) tellCleared()
          return
        default:
          return message satisfies never
      }
    },
    attach(next) {
      wire = next
      numbers = new Map()
      pieces = 0
      wire.onRoom = sendHeld
      if (isStill) wire.send({ type: 'playback.pause' })
      held = unheard.length
      sendHeld()
    },
    detach() {
      wire = null
      if (answered < clears) tellCleared()
    },
    close: () => clearTimeout(limit),
  }
}

function forgetOldest(byItem: Map<string, number>): void {
  const [oldest] = byItem.keys()
  if (byItem.size > ITEMS_MAX && oldest !== undefined) byItem.delete(oldest)
}
