import type { CallerEvent, Heard } from '../caller-event.ts'

/** Sound that plays by the clock alone: its pieces began at `startedAt` (ms of any steady clock) and play without a gap. */
interface PlaybackQueue {
  readonly startedAt: number
  readonly pieces: readonly Piece[]
  /** How many of them have been reported as begun. */
  readonly startedCount: number
  /** Since when it has been paused, in ms of that clock; null while it plays. */
  readonly pausedSince: number | null
  /** The item that was playing when the queue last ran out, with all that was heard of it: it may get more sound. */
  readonly lastPiece: Piece | null
}

/** A stretch of one item, in fractional ms. */
interface Piece {
  readonly itemId: string
  readonly ms: number
}

export type PlaybackEvent =
  | { readonly type: 'played'; readonly itemId: string; readonly ms: number }
  | { readonly type: 'cleared' }
  | { readonly type: 'paused' }
  | { readonly type: 'resumed' }
  | { readonly type: 'ticked' }

type PlaybackStep = readonly [PlaybackQueue, readonly CallerEvent[]]

export const emptyQueue: PlaybackQueue = {
  startedAt: 0,
  pieces: [],
  startedCount: 0,
  pausedSince: null,
  lastPiece: null,
}

/** Applies an event at `now` and returns what to report, beginning with whatever began or ran out before. */
export function stepPlayback(queue: PlaybackQueue, event: PlaybackEvent, now: number): PlaybackStep {
  const [current, events] = advance(queue, now)
  switch (event.type) {
    case 'ticked':
      return [current, events]
    case 'played': {
      const [next, started] = startDue(append(current, event, now), now)
      return [next, [...events, ...started]]
    }
    case 'paused':
      return [{ ...current, pausedSince: current.pausedSince ?? now }, events]
    case 'resumed':
      return resume(current, now)
    case 'cleared':
      return [emptyQueue, [...events, { type: 'playback.cleared', heard: heardItems(current, now) }]]
    default:
      return event satisfies never
  }
}

/** Continues where it paused. Sound added meanwhile to an empty queue begins only now. */
function resume(queue: PlaybackQueue, now: number): PlaybackStep {
  const { pausedSince, startedAt } = queue
  if (pausedSince === null) return [queue, []]
  return startDue({ ...queue, pausedSince: null, startedAt: startedAt + now - pausedSince }, now)
}

/** When there is more to report: an item begins, or the queue runs out. Null if it is empty or paused. */
export function nextEventAt(queue: PlaybackQueue): number | null {
  if (queue.pieces.length === 0 || queue.pausedSince !== null) return null
  return queue.startedCount < queue.pieces.length ? startOf(queue, queue.startedCount) : endOf(queue)
}

function endOf(queue: PlaybackQueue): number {
  return startOf(queue, queue.pieces.length)
}

function startOf({ startedAt, pieces }: PlaybackQueue, index: number): number {
  return startedAt + pieces.slice(0, index).reduce((sum, { ms }) => sum + ms, 0)
}

function advance(queue: PlaybackQueue, now: number): PlaybackStep {
  const [current, events] = startDue(queue, now)
  const lastId = current.pieces.at(-1)?.itemId
  if (lastId === undefined || current.pausedSince !== null || now < endOf(current)) return [current, events]
  const lastPiece = { itemId: lastId, ms: heardMsOf(current, lastId, now) }
  return [{ ...emptyQueue, lastPiece }, [...events, { type: 'playback.drained' }]]
}

/** Reports the items that have begun; each one begins where the one before it ends. */
function startDue(queue: PlaybackQueue, now: number): PlaybackStep {
  const at = nextEventAt(queue)
  const piece = queue.pieces[queue.startedCount]
  if (at === null || piece === undefined || now < at) return [queue, []]
  const [next, events] = startDue({ ...queue, startedCount: queue.startedCount + 1 }, now)
  return [next, [{ type: 'playback.started', itemId: piece.itemId }, ...events]]
}

function append(queue: PlaybackQueue, { itemId, ms }: Piece, now: number): PlaybackQueue {
  if (queue.pieces.length === 0) return { ...queue, startedAt: queue.pausedSince ?? now, pieces: [{ itemId, ms }] }
  const before = queue.pieces.at(-1)
  if (before?.itemId !== itemId) return { ...queue, pieces: [...queue.pieces, { itemId, ms }] }
  return { ...queue, pieces: [...queue.pieces.slice(0, -1), { itemId, ms: before.ms + ms }] }
}

function heardItems(queue: PlaybackQueue, now: number): readonly Heard[] {
  const itemIds = new Set(queue.pieces.map(({ itemId }) => itemId))
  return [...itemIds].map((itemId) => ({ itemId, ms: Math.floor(heardMsOf(queue, itemId, now)) }))
}

/** How much of an item has been heard since its beginning. */
function heardMsOf(queue: PlaybackQueue, itemId: string, at: number): number {
  const now = queue.pausedSince ?? at
  let from = queue.startedAt
  let heard = queue.lastPiece?.itemId === itemId ? queue.lastPiece.ms : 0
  for (const piece of queue.pieces) {
    if (piece.itemId === itemId) heard += Math.max(0, Math.min(piece.ms, now - from))
    from += piece.ms
  }
  return heard
}
