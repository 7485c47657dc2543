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
  handleReport(message: PlaybackMessage): void
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
interface UnheardPiece {
  readonly itemId: string
  readonly fromMs: number
  readonly ms: number
  readonly sound: Uint8Array
}

/** How long a page may take to report what it had played, in ms; after that its last report counts. */
const CLEAR_TIMEOUT_MS = 1_000
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
  const unheard: UnheardPiece[] = []
  let unheardBytes = 0
  /** How many of them, counted from the end, wait until sound may be sent. */
  let pendingCount = 0
  /** Ms handed over and ms heard, by item. */
  const queuedMs = new Map<string, number>()
  const heardMs = new Map<string, number>()
  /** Items in the order they were handed over: those since the last clear, and those that it ended. */
  let currentItems: readonly string[] = []
  let clearedItems: readonly string[] = []
  /** The item that the page was last sent, and its number on this connection. */
  let sentItemId: string | null = null
  let sentItemNumber = 0
  let lastPiece = 0
  let lastClear = 0
  let lastAnsweredClear = 0
  let isPaused = false
  let clearTimer: NodeJS.Timeout | undefined

  function sendPending(): void {
    while (wire?.canSendSound && pendingCount > 0) {
      const piece = unheard.at(-pendingCount)
      pendingCount -= 1
      if (piece !== undefined) send(wire, piece)
    }
  }

  function send(wire: PlaybackWire, piece: UnheardPiece): void {
    if (piece.itemId !== sentItemId) {
      sentItemId = piece.itemId
      sentItemNumber += 1
      wire.send({ type: 'item', number: sentItemNumber, item_id: piece.itemId })
    }
    lastPiece += 1
    wire.sendSound(writePiece({ item: sentItemNumber, piece: lastPiece, fromMs: piece.fromMs, sound: piece.sound }))
  }

  function enqueue(itemId: string, sound: Uint8Array): void {
    const fromMs = queuedMs.get(itemId) ?? 0
    const ms = durationMs(sound.byteLength, format)
    queuedMs.set(itemId, fromMs + ms)
    unheard.push({ itemId, fromMs, ms, sound })
    unheardBytes += sound.byteLength
    pendingCount += 1
  }

  /** Notes how much of an item was heard. It never decreases, and never exceeds the item; one that was not played here is ignored. */
  function recordHeard(itemId: string, ms: number): void {
    const lengthMs = queuedMs.get(itemId)
    if (lengthMs === undefined) return
    const positionMs = Math.max(heardMs.get(itemId) ?? 0, Math.min(ms, Math.floor(lengthMs)))
    heardMs.set(itemId, positionMs)
    const next = unheard.findIndex((piece) => piece.itemId === itemId && piece.fromMs + piece.ms > positionMs)
    const heardCount = next < 0 ? unheard.findLastIndex((piece) => piece.itemId === itemId) + 1 : next
    dropOldest(heardCount)
    const [first] = unheard
    if (next >= 0 && first !== undefined) unheard[0] = restOf(first, positionMs)
  }

  /** Drops the first `count` pieces: everything before something heard was heard too. */
  function dropOldest(count: number): void {
    for (const { sound } of unheard.splice(0, count)) unheardBytes -= sound.byteLength
    pendingCount = Math.min(pendingCount, unheard.length)
  }

  /** The rest of a piece after a position in its item. */
  function restOf(piece: UnheardPiece, positionMs: number): UnheardPiece {
    const skip = Math.max(0, Math.floor(positionMs - piece.fromMs))
    const bytes = Math.floor(skip * bytesPerMs(format))
    const from = bytes - (bytes % 2)
    unheardBytes -= from
    return { ...piece, fromMs: piece.fromMs + skip, ms: piece.ms - skip, sound: piece.sound.subarray(from) }
  }

  function handleDrained(piece: number): void {
    if (lastAnsweredClear < lastClear) return
    if (pendingCount > 0) {
      wire?.reportUnderrun()
      return sendPending()
    }
    // More has gone out since; the page will play that and drain again.
    if (piece !== lastPiece) return
    dropOldest(unheard.length)
    emit({ type: 'playback.drained' })
  }

  function emitCleared(): void {
    clearTimeout(clearTimer)
    lastAnsweredClear = lastClear
    // A page learns of the end of an item slightly late, since it resamples and its loudspeaker lags. An item followed by heard sound was
    // heard in full.
    const last = clearedItems.findLastIndex((itemId) => (heardMs.get(itemId) ?? 0) > 0)
    for (const itemId of clearedItems.slice(0, Math.max(0, last))) recordHeard(itemId, Number.POSITIVE_INFINITY)
    clearedItems = []
    const all: readonly Heard[] = [...heardMs].map(([itemId, ms]) => ({ itemId, ms }))
    emit({ type: 'playback.cleared', heard: all })
  }

  return {
    play(itemId, sound) {
      if (!currentItems.includes(itemId)) currentItems = [...currentItems, itemId].slice(-ITEMS_MAX)
      for (let from = 0; from < sound.byteLength; from += pieceBytes)
        enqueue(itemId, sound.subarray(from, from + pieceBytes))
      dropOldestItem(queuedMs)
      dropOldestItem(heardMs)
      while (unheardBytes > UNHEARD_BYTES_MAX) dropOldest(1)
      sendPending()
    },
    pause() {
      isPaused = true
      wire?.send({ type: 'playback.pause' })
    },
    resume() {
      isPaused = false
      wire?.send({ type: 'playback.resume' })
    },
    clear() {
      lastClear += 1
      isPaused = false
      ;[clearedItems, currentItems] = [currentItems, []]
      dropOldest(unheard.length)
      if (wire === null) return emitCleared()
      wire.send({ type: 'clear', clear: lastClear })
      clearTimeout(clearTimer)
      clearTimer = setTimeout(emitCleared, CLEAR_TIMEOUT_MS)
    },
    handleReport(message) {
      switch (message.type) {
        case 'playback.started':
          return emit({ type: 'playback.started', itemId: message.item_id })
        case 'playback.progress':
          return recordHeard(message.item_id, message.ms)
        case 'playback.drained':
          return handleDrained(message.piece)
        case 'playback.cleared':
          for (const entry of message.heard) recordHeard(entry.item_id, entry.ms)
          if (message.clear === lastClear && lastAnsweredClear < lastClear) emitCleared()
          return
        default:
          return message satisfies never
      }
    },
    attach(next) {
      wire = next
      sentItemId = null
      sentItemNumber = 0
      lastPiece = 0
      wire.onCanSendSound = sendPending
      if (isPaused) wire.send({ type: 'playback.pause' })
      pendingCount = unheard.length
      sendPending()
    },
    detach() {
      wire = null
      if (lastAnsweredClear < lastClear) emitCleared()
    },
    close: () => clearTimeout(clearTimer),
  }
}

function dropOldestItem(byItem: Map<string, number>): void {
  const [oldest] = byItem.keys()
  if (byItem.size > ITEMS_MAX && oldest !== undefined) byItem.delete(oldest)
}
