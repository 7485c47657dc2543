import type { CallerEvent, Heard } from './caller-event.ts'

/** Sound that plays by a clock alone: what is in it began at `startedAt` (ms of any steady clock) and plays without a gap. */
interface PlaybackQueue {
  readonly startedAt: number
  readonly pieces: readonly Piece[]
  /** Since when it stands still, in ms of that clock; null while it plays. */
  readonly stillSince: number | null
  /** The item that was playing when the queue last ran out, with all that was heard of it: its sound may go on. */
  readonly last: Piece | null
}

/** A stretch of one item, in ms with their fraction. */
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

export const emptyQueue: PlaybackQueue = { startedAt: 0, pieces: [], stillSince: null, last: null }

/** Takes what happened at `now` and gives what is to be told. A queue that had run out before is drained first. */
export function stepPlayback(queue: PlaybackQueue, event: PlaybackEvent, now: number): PlaybackStep {
  const [current, drained] = drain(queue, now)
  switch (event.type) {
    case 'ticked':
      return [current, drained]
    case 'played':
      return [
        add(current, event, now),
        current.pieces.length > 0 || current.stillSince !== null ? drained : [...drained, started(event)],
      ]
    case 'paused':
      return [{ ...current, stillSince: current.stillSince ?? now }, drained]
    case 'resumed':
      return resume(current, now)
    case 'cleared':
      return [emptyQueue, [...drained, { type: 'playback.cleared', heard: heardOf(current, now) }]]
    default:
      return event satisfies never
  }
}

function started({ itemId }: { readonly itemId: string }): CallerEvent {
  return { type: 'playback.started', itemId }
}

/** Goes on where it stood still. What came meanwhile into an empty queue begins only now. */
function resume(queue: PlaybackQueue, now: number): PlaybackStep {
  const { stillSince, startedAt, pieces } = queue
  if (stillSince === null) return [queue, []]
  const [first] = pieces
  const begins = first !== undefined && startedAt === stillSince
  return [{ ...queue, stillSince: null, startedAt: startedAt + now - stillSince }, begins ? [started(first)] : []]
}

/** When the queue runs out, or null when there is nothing in it or it stands still. */
export function endsAt(queue: PlaybackQueue): number | null {
  if (queue.pieces.length === 0 || queue.stillSince !== null) return null
  return queue.startedAt + queue.pieces.reduce((sum, { ms }) => sum + ms, 0)
}

function drain(queue: PlaybackQueue, now: number): PlaybackStep {
  const end = endsAt(queue)
  const lastId = queue.pieces.at(-1)?.itemId
  if (end === null || lastId === undefined || now < end) return [queue, []]
  const last = { itemId: lastId, ms: totalOf(queue, lastId, now) }
  return [{ ...emptyQueue, last }, [{ type: 'playback.drained' }]]
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
