import { bytesPerMs, durationMs, type SoundFormat } from '../../audio/format.ts'
import { type ClientMessage, type ServerMessage, writePiece } from '../../page/protocol.ts'
import type { CallerEvent, Heard } from '../caller-event.ts'

/** The page's playback: pieces go out, and the page reports what was heard. It works on while no page is connected. */
export interface PagePlayback {
  play(itemId: string, sound: Uint8Array): void
  /** Pauses the page until `resume()` or `clear()`, and so any page that connects meanwhile. */
  pause(): void
  resume(): void
  /** Silences the page; `playback.cleared` follows its answer, or is based on its last report. */
  clear(): void
  /** Takes a playback report of the page. */
  hear(message: PlaybackMessage): void
  /** A page has connected: it gets what was not heard yet. */
  attach(wire: PlaybackWire): void
  detach(): void
  close(): void
}

type PlaybackMessage = Extract<ClientMessage, { type: `playback.${string}` }>

export interface PlaybackWire {
  send(message: ServerMessage): void
  sendSound(frame: Uint8Array): void
  /** Whether sound may be sent; if not, `onCanSendSound` is called once it may. */
  readonly canSendSound: boolean
  onCanSendSound: () => void
  /** The page has played all it received, while more was held back. */
  reportUnderrun(): void
}

/** A stretch of an item that was not heard yet. */
interface Unheard {
  readonly itemId: string
  readonly fromMs: number
  readonly ms: number
  readonly sound: Uint8Array
}

/** How long a page may take to report what it had played, in ms; after that its last report counts. */
const CLEARED_MS = 1_000
/** The most sound that may wait to be heard: eleven minutes of PCM16 at 24 kHz; the oldest goes first. */
const UNHEARD_BYTES_MAX = 32_000_000
/** Length of the longest piece sent, in ms: how far ahead sound is sent is counted in whole pieces. */
const PIECE_MS = 100
/** Items whose length is remembered; the oldest goes first. */
const ITEMS_MAX = 64

/** `format` is that of the sound given to `play`: PCM16 at the page's output rate. */
export function createPagePlayback(format: SoundFormat, emit: (event: CallerEvent) => void): PagePlayback {
  const pieceBytes = 2 * Math.floor((bytesPerMs(format) * PIECE_MS) / 2)
  let wire: PlaybackWire | null = null
  /** Oldest first, in the order of playing. */
  const unheard: Unheard[] = []
  let unheardBytes = 0
  /** How many of them, counted from the end, wait for room on the wire. */
  let held = 0
  /** Ms handed over and ms heard, by item. */
  const handed = new Map<string, number>()
  const heard = new Map<string, number>()
  /** Items in the order they were handed over: `going` since the last clear, `ending` those it ended. */
  let going: readonly string[] = []
  let ending: readonly string[] = []
  let numbers = new Map<string, number>()
  let pieces = 0
  let clears = 0
  let answered = 0
  let isStill = false
  let limit: NodeJS.Timeout | undefined

  function sendHeld(): void {
    while (wire?.canSendSound && held > 0) {
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

  /** Notes how much of an item was heard. It never decreases, and never exceeds the item. */
  function note(itemId: string, ms: number): void {
    const over = Math.max(heard.get(itemId) ?? 0, Math.min(ms, Math.floor(handed.get(itemId) ?? 0)))
    heard.set(itemId, over)
    const next = unheard.findIndex((piece) => piece.itemId === itemId && piece.fromMs + piece.ms > over)
    const gone = next < 0 ? unheard.findLastIndex((piece) => piece.itemId === itemId) + 1 : next
    forget(gone)
    const [first] = unheard
    if (next >= 0 && first !== undefined) unheard[0] = behind(first, over)
  }

  /** Drops the first `count` pieces: everything before something heard was heard too. */
  function forget(count: number): void {
    for (const { sound } of unheard.splice(0, count)) unheardBytes -= sound.byteLength
    held = Math.min(held, unheard.length)
  }

  /** The rest of a piece after a position in its item. */
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
      wire?.reportUnderrun()
      return sendHeld()
    }
    // More has gone out since; the page will play that and drain again.
    if (piece !== pieces) return
    forget(unheard.length)
    emit({ type: 'playback.drained' })
  }

  function tellCleared(): void {
    clearTimeout(limit)
    answered = clears
    // A page learns of the end of an item slightly late, since it resamples and its loudspeaker lags. An item followed by heard sound was
    // heard in full.
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
      wire.onCanSendSound = sendHeld
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
