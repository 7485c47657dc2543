import type { CallerEvent, Heard } from '../caller-event.ts'

/** Sound that plays by the clock alone: its pieces began at `startedAt` (ms of any steady clock) and play without a gap. */
interface PlaybackQueue {
  readonly startedAt: number
  readonly pieces: readonly Piece[]
  /** How many of them have been reported as begun. */
  readonly begun: number
  /** Since when it has been paused, in ms of that clock; null while it plays. */
  readonly stillSince: number | null
  /** The item that was playing when the queue last ran out, with all that was heard of it: it may get more sound. */
  readonly last: Piece | null
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

export const emptyQueue: PlaybackQueue = { startedAt: 0, pieces: [], begun: 0, stillSince: null, last: null }

/** Applies an event at `now` and returns what to report, beginning with whatever began or ran out before. */
export function stepPlayback(queue: PlaybackQueue, event: PlaybackEvent, now: number): PlaybackStep {
  const [current, told] = goOn(queue, now)
  switch (event.type) {
    case 'ticked':
      return [current, told]
    case 'played': {
      const [next, begun] = begin(add(current, event, now), now)
      return [next, [...told, ...begun]]
    }
    case 'paused':
      return [{ ...current, stillSince: current.stillSince ?? now }, told]
    case 'resumed':
      return resume(current, now)
    case 'cleared':
      return [emptyQueue, [...told, { type: 'playback.cleared', heard: heardOf(current, now) }]]
    default:
      return event satisfies never
  }
}

/** Continues where it paused. Sound added meanwhile to an empty queue begins only now. */
function resume(queue: PlaybackQueue, now: number): PlaybackStep {
  const { stillSince, startedAt } = queue
  if (stillSince === null) return [queue, []]
  return begin({ ...queue, stillSince: null, startedAt: startedAt + now - stillSince }, now)
}

/** When there is more to report: an item begins, or the queue runs out. Null if it is empty or paused. */
export function nextAt(queue: PlaybackQueue): number | null {
  if (queue.pieces.length === 0 || queue.stillSince !== null) return null
  return queue.begun < queue.pieces.length ? beginsAt(queue, queue.begun) : endsAt(queue)
}

function endsAt(queue: PlaybackQueue): number {
  return beginsAt(queue, queue.pieces.length)
}

function beginsAt({ startedAt, pieces }: PlaybackQueue, index: number): number {
  return startedAt + pieces.slice(0, index).reduce((sum, { ms }) => sum + ms, 0)
}

function goOn(queue: PlaybackQueue, now: number): PlaybackStep {
  const [begun, told] = begin(queue, now)
  const lastId = begun.pieces.at(-1)?.itemId
  if (lastId === undefined || begun.stillSince !== null || now < endsAt(begun)) return [begun, told]
  const last = { itemId: lastId, ms: totalOf(begun, lastId, now) }
  return [{ ...emptyQueue, last }, [...told, { type: 'playback.drained' }]]
}

/** Reports the items that have begun; each one begins where the one before it ends. */
function begin(queue: PlaybackQueue, now: number): PlaybackStep {
  const at = nextAt(queue)
  const piece = queue.pieces[queue.begun]
  if (at === null || piece === undefined || now < at) return [queue, []]
  const [next, told] = begin({ ...queue, begun: queue.begun + 1 }, now)
  return [next, [{ type: 'playback.started', itemId: piece.itemId }, ...told]]
}

function add(queue: PlaybackQueue, { itemId, ms }: Piece, now: number): PlaybackQueue {
  if (queue.pieces.length === 0) return { ...queue, startedAt: queue.stillSince ?? now, pieces: [{ itemId, ms }] }
  const before = queue.pieces.at(-1)
  if (before?.itemId !== itemId) return { ...queue, pieces: [...queue.pieces, { itemId, ms }] }
  return { ...queue, pieces: [...queue.pieces.slice(0, -1), { itemId, ms: before.ms + ms }] }
}

function heardOf(queue: PlaybackQueue, now: number): readonly Heard[] {
  const itemIds = new Set(queue.pieces.map(({ itemId }) => itemId))
  return [...itemIds].map((itemId) => ({ itemId, ms: Math.floor(totalOf(queue, itemId, now)) }))
}

/** How much of an item has been heard since its beginning. */
function totalOf(queue: PlaybackQueue, itemId: string, at: number): number {
  const now = queue.stillSince ?? at
  let from = queue.startedAt
  let heard = queue.last?.itemId === itemId ? queue.last.ms : 0
  for (const piece of queue.pieces) {
    if (piece.itemId === itemId) heard += Math.max(0, Math.min(piece.ms, now - from))
    from += piece.ms
  }
  return heard
}
