import { describe, expect, test } from 'vitest'
import type { CallerEvent } from '../../src/channels/caller-event.ts'
import { createPlaybackClock } from '../../src/channels/playback/clock.ts'
import { createDelayedPlayback } from '../../src/channels/playback/delay.ts'
import { createPrintedPlayback } from '../../src/channels/playback/printed.ts'
import { emptyQueue, nextEventAt, type PlaybackEvent, stepPlayback } from '../../src/channels/playback/queue.ts'

const play = (itemId: string, ms: number): PlaybackEvent => ({ type: 'played', itemId, ms })
const clear: PlaybackEvent = { type: 'cleared' }
const pause: PlaybackEvent = { type: 'paused' }
const resume: PlaybackEvent = { type: 'resumed' }
const tick: PlaybackEvent = { type: 'ticked' }
const started = (itemId: string): CallerEvent => ({ type: 'playback.started', itemId })
const drained: CallerEvent = { type: 'playback.drained' }
const cleared = (heard: Record<string, number>): CallerEvent => ({
  type: 'playback.cleared',
  heard: Object.entries(heard).map(([itemId, ms]) => ({ itemId, ms })),
})

/** The caller events that follow from playback events at these times, in ms. */
function eventsAfter(...steps: readonly (readonly [number, PlaybackEvent])[]): readonly CallerEvent[] {
  let queue = emptyQueue
  return steps.flatMap(([now, event]) => {
    const [next, events] = stepPlayback(queue, event, now)
    queue = next
    return events
  })
}

describe('playback by the clock', () => {
  test.each<[string, readonly (readonly [number, PlaybackEvent])[], readonly CallerEvent[]]>([
    ['reports nothing as heard of an empty queue', [[5, clear]], [cleared({})]],
    [
      'reports whole ms, rounded down',
      [
        [0, play('a', 1_000)],
        [250.9, clear],
      ],
      [started('a'), cleared({ a: 250 })],
    ],
    [
      'reports nothing as heard in the moment it begins',
      [
        [10, play('a', 1_000)],
        [10, clear],
      ],
      [started('a'), cleared({ a: 0 })],
    ],
    [
      'counts the pieces of an item together',
      [
        [0, play('a', 100)],
        [10, play('a', 100)],
        [150, clear],
      ],
      [started('a'), cleared({ a: 150 })],
    ],
    [
      'counts the pieces of an item together behind another item',
      [
        [0, play('a', 100)],
        [10, play('b', 100)],
        [20, play('b', 100)],
        [250, clear],
      ],
      [started('a'), started('b'), cleared({ a: 100, b: 150 })],
    ],
    [
      'counts each item from its own beginning, and waiting ones not at all',
      [
        [0, play('a', 100)],
        [0, play('b', 100)],
        [0, play('c', 100)],
        [130, clear],
      ],
      [started('a'), started('b'), cleared({ a: 100, b: 30, c: 0 })],
    ],
    [
      'drains at the very end, and only once',
      [
        [0, play('a', 100)],
        [99, tick],
        [100, tick],
        [101, tick],
      ],
      [started('a'), drained],
    ],
    [
      'drains before later sound begins',
      [
        [0, play('a', 100)],
        [300, play('b', 100)],
        [350, clear],
      ],
      [started('a'), drained, started('b'), cleared({ b: 50 })],
    ],
    [
      'counts an item that continues after a gap from its beginning',
      [
        [0, play('a', 100)],
        [300, play('a', 100)],
        [350, clear],
      ],
      [started('a'), drained, started('a'), cleared({ a: 150 })],
    ],
    [
      'does not report again what was cleared before',
      [
        [0, play('a', 100)],
        [50, clear],
        [60, play('b', 100)],
        [80, clear],
        [90, clear],
      ],
      [started('a'), cleared({ a: 50 }), started('b'), cleared({ b: 20 }), cleared({})],
    ],
    [
      'does not drain while paused, but after the rest once resumed',
      [
        [0, play('a', 100)],
        [40, pause],
        [500, tick],
        [500, play('a', 100)],
        [1_000, resume],
        [1_159, tick],
        [1_160, tick],
      ],
      [started('a'), drained],
    ],
    [
      'reports what was heard before the pause if cleared during it',
      [
        [0, play('a', 100)],
        [40, pause],
        [90, pause],
        [500, clear],
        [600, play('b', 100)],
        [630, clear],
      ],
      [started('a'), cleared({ a: 40 }), started('b'), cleared({ b: 30 })],
    ],
    [
      'continues from where it paused, however often it is resumed',
      [
        [0, play('a', 100)],
        [40, pause],
        [500, resume],
        [500, resume],
        [530, clear],
      ],
      [started('a'), cleared({ a: 70 })],
    ],
    [
      'begins sound that arrives during a pause once resumed',
      [
        [0, play('a', 100)],
        [100, pause],
        [200, play('b', 100)],
        [300, resume],
        [330, clear],
      ],
      [started('a'), drained, started('b'), cleared({ b: 30 })],
    ],
  ])('%s', (_, steps, events) => {
    expect(eventsAfter(...steps)).toEqual(events)
  })
})

test('a queued item starts when the one before ends, and the queue ends after the last', () => {
  const [queue] = stepPlayback(stepPlayback(emptyQueue, play('a', 100), 1_000)[0], play('b', 50.5), 1_020)
  expect(nextEventAt(queue)).toBe(1_100)
  expect(stepPlayback(queue, tick, 1_099)[1]).toEqual([])
  const [begun, events] = stepPlayback(queue, tick, 1_100)
  expect(events).toEqual([started('b')])
  expect(nextEventAt(begun)).toBe(1_150.5)
  expect(stepPlayback(begun, tick, 1_150.5)).toEqual([expect.anything(), [drained]])
  expect(stepPlayback(queue, tick, 1_151)[1]).toEqual([started('b'), drained])
  expect(nextEventAt(emptyQueue)).toBeNull()
})

describe('the playback clock', () => {
  const format = { format: 'pcmu', rate: 8_000 } as const

  function clock(onEvent = () => {}) {
    const events: CallerEvent[] = []
    const timers: { callback: () => void; at: number }[] = []
    const time = { now: 0 }
    const playback = createPlaybackClock({
      format,
      emit(event) {
        events.push(event)
        onEvent()
      },
      now: () => time.now,
      setTimer: (callback, ms) => {
        const timer = { callback, at: time.now + ms }
        timers.push(timer)
        return () => timers.splice(timers.indexOf(timer), 1)
      },
    })
    return { playback, events, timers, time }
  }

  test('sets a timer for the end of the sound, and none after it', () => {
    const { playback, events, timers, time } = clock()
    playback.play('a', new Uint8Array(800))
    time.now = 40
    playback.play('a', new Uint8Array(804))
    expect(timers.map(({ at }) => at)).toEqual([201])
    time.now = 201
    timers.pop()?.callback()
    expect(events).toEqual([started('a'), drained])
    expect(timers).toEqual([])
  })

  test('sets no timer after a clear', () => {
    const { playback, events, timers, time } = clock()
    playback.play('a', new Uint8Array(800))
    time.now = 40
    playback.clear()
    expect(events).toEqual([started('a'), cleared({ a: 40 })])
    expect(timers).toEqual([])
  })

  test('sets no timer while paused, and a later one when resumed', () => {
    const { playback, events, timers, time } = clock()
    playback.play('a', new Uint8Array(800))
    time.now = 40
    playback.pause()
    expect(timers).toEqual([])
    time.now = 1_000
    playback.resume()
    expect(timers.map(({ at }) => at)).toEqual([1_060])
    time.now = 1_060
    timers.pop()?.callback()
    expect(events).toEqual([started('a'), drained])
  })

  test('counts all sound, current and later, as heard at once when skipping', () => {
    const { playback, events, timers, time } = clock()
    const nextIsDue = () => {
      expect(timers.map(({ at }) => at)).toEqual([time.now])
      timers.pop()?.callback()
    }
    playback.play('a', new Uint8Array(8_000))
    time.now = 40
    playback.skip()
    nextIsDue()
    playback.play('b', new Uint8Array(8_000))
    nextIsDue()
    expect(events).toEqual([started('a'), drained, started('b'), drained])
    expect(timers).toEqual([])
  })

  test('has sound in flight pending where a pause is the first to notice that all before it was heard', () => {
    const pending: boolean[] = []
    const { playback, events, time } = clock(() => void pending.push(delayed.isPending()))
    const delayed = createDelayedPlayback(playback, 90)
    playback.play('a', new Uint8Array(800))
    delayed.play('b', new Uint8Array(800))
    time.now = 150
    delayed.pause()
    delayed.close()
    expect(events).toEqual([started('a'), drained])
    expect(pending).toEqual([false, true])
  })

  test('emits nothing once closed', () => {
    const { playback, events, timers } = clock()
    playback.play('a', new Uint8Array(800))
    playback.close()
    expect(timers).toEqual([])
    expect(events).toEqual([started('a')])
  })

  test('uses real time by default', async () => {
    const events: CallerEvent[] = []
    await new Promise<void>((resolve) => {
      const emit = (event: CallerEvent) => {
        events.push(event)
        if (event.type === 'playback.drained') resolve()
      }
      createPlaybackClock({ format, emit }).play('a', new Uint8Array(80))
    })
    expect(events).toEqual([started('a'), drained])
  })
})

test('printed playback remembers the last 64 items', () => {
  const events: CallerEvent[] = []
  const format = { format: 'pcm', rate: 24_000 } as const
  const playback = createPrintedPlayback({ format, emit: (event) => events.push(event) })
  for (let number = 1; number <= 65; number += 1) playback.play(`item_${number}`, new Uint8Array(48))
  playback.clear()
  const { heard } = events.at(-1) as Extract<CallerEvent, { type: 'playback.cleared' }>
  expect([heard.length, heard[0]?.itemId, heard.at(-1)?.itemId]).toEqual([64, 'item_2', 'item_65'])
})

test('printed text counts as heard in full at once', () => {
  const events: CallerEvent[] = []
  const playback = createPrintedPlayback({
    format: { format: 'pcm', rate: 24_000 },
    emit: (event) => events.push(event),
  })
  playback.play('a', new Uint8Array(4_800))
  playback.play('a', new Uint8Array(4_800))
  playback.pause()
  playback.play('b', new Uint8Array(480))
  playback.resume()
  playback.clear()
  playback.clear()
  const heard = [started('a'), drained, drained, started('b'), drained]
  expect(events).toEqual([...heard, cleared({ a: 200, b: 10 }), cleared({})])
})
