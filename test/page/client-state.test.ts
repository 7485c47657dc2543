import { describe, expect, test } from 'vitest'
import { createLateness } from '../../src/page/client/lateness.ts'
import { createPlayback } from '../../src/page/client/playback.ts'
import { createReader } from '../../src/page/client/reader.ts'
import { createRetries } from '../../src/page/client/retries.ts'
import { createUnacknowledged, newLineId } from '../../src/page/client/unacknowledged.ts'
import { type Piece, writePiece } from '../../src/page/protocol.ts'

const line = (id: string) => ({ type: 'text', text: `words of ${id}`, id }) as const

describe('lines the runner has not acknowledged', () => {
  test('are sent again when the conversation is resumed, except those it has taken', () => {
    const unacknowledged = createUnacknowledged()
    unacknowledged.takeResends([])
    for (const id of ['a', 'b', 'c', 'd']) unacknowledged.add(line(id))
    unacknowledged.remove('a')
    expect(unacknowledged.takeResends(['c'])).toEqual([line('b'), line('d')])
    expect(unacknowledged.takeResends(['b', 'd'])).toEqual([])
  })

  test('are known by their ids', () => {
    const unacknowledged = createUnacknowledged()
    unacknowledged.takeResends([])
    unacknowledged.add(line('a'))
    expect([unacknowledged.has('a'), unacknowledged.has('b')]).toEqual([true, false])
    unacknowledged.remove('a')
    expect(unacknowledged.has('a')).toBe(false)
  })

  test('are followed by the end if that was sent, until the conversation is over', () => {
    const unacknowledged = createUnacknowledged()
    unacknowledged.takeResends([])
    unacknowledged.add(line('a'))
    unacknowledged.end()
    expect(unacknowledged.takeResends([])).toEqual([line('a'), { type: 'end' }])
    unacknowledged.clear()
    expect(unacknowledged.takeResends([])).toEqual([])
  })

  test('come after an order to fall silent, which is sent once', () => {
    const unacknowledged = createUnacknowledged()
    unacknowledged.takeResends([])
    unacknowledged.add(line('a'))
    unacknowledged.interrupt()
    expect(unacknowledged.takeResends([])).toEqual([{ type: 'interrupt' }, line('a')])
    expect(unacknowledged.takeResends([])).toEqual([line('a')])
    unacknowledged.interrupt()
    unacknowledged.clear()
    expect(unacknowledged.takeResends([])).toEqual([])
  })

  test('are not sent again to a runner that does not say which it has taken', () => {
    const unacknowledged = createUnacknowledged()
    unacknowledged.takeResends(null)
    unacknowledged.add(line('a'))
    expect(unacknowledged.takeResends(null)).toEqual([])
  })

  test('are limited to 64', () => {
    const unacknowledged = createUnacknowledged()
    unacknowledged.takeResends([])
    for (let count = 0; count < 64; count += 1) expect(unacknowledged.add(line(`${count}`))).toBe(true)
    expect(unacknowledged.add(line('one more'))).toBe(false)
  })

  test.each([
    ['a', 23],
    ['語', 7],
    ['\u0001', 3],
  ])('are limited in their bytes as sent: as many of %j as the runner takes at once', (character, count) => {
    const unacknowledged = createUnacknowledged()
    unacknowledged.takeResends([])
    const long = (id: string) => ({ ...line(id), text: character.repeat(32_768) })
    for (let index = 0; index < count; index += 1) expect(unacknowledged.add(long(`${index}`))).toBe(true)
    expect(unacknowledged.add(long('one more'))).toBe(false)
  })

  test('are no longer than the runner accepts', () => {
    const unacknowledged = createUnacknowledged()
    unacknowledged.takeResends([])
    expect(unacknowledged.add({ ...line('a'), text: 'a'.repeat(32_768) })).toBe(true)
    expect(unacknowledged.add({ ...line('b'), text: 'a'.repeat(32_769) })).toBe(false)
    expect(unacknowledged.takeResends([])).toHaveLength(1)
  })

  test('have unique ids', () => {
    expect(new Set(Array.from({ length: 1_000 }, newLineId)).size).toBe(1_000)
  })
})

describe('a lost connection', () => {
  const triesAt = (...times: readonly number[]) => {
    const retries = createRetries(60_000)
    return times.map((now) => retries.next(now))
  }

  test('is retried at growing intervals, then slowly, then no more', () => {
    const quick = triesAt(0, 250, 750, 1_750, 3_750, 7_750, 49_999)
    expect(quick.map((retry) => retry?.ms)).toEqual([250, 500, 1_000, 2_000, 4_000, 4_000, 4_000])
    expect(quick.some((retry) => retry?.isLong)).toBe(false)
    const slow = { ms: 15_000, isLong: true }
    expect(triesAt(0, 50_000, 59_999, 60_000).slice(1)).toEqual([slow, slow, null])
  })

  test('is retried quickly again after a successful connection', () => {
    const retries = createRetries()
    retries.next(0)
    expect(retries.next(50_000)).toBeNull()
    retries.reset()
    expect(retries.next(90_000)).toEqual({ ms: 250, isLong: false })
  })
})

describe("the agent's sound", () => {
  function openPlayback() {
    const played: unknown[] = []
    const speaker = { ...createReader(), play: (itemId: string, { piece }: Piece) => played.push([itemId, piece]) }
    const playback = createPlayback(speaker, () => {})
    const play = (item: number, piece: number) =>
      playback.play(Uint8Array.from(writePiece({ item, piece, fromMs: 0, sound: new Uint8Array(2) })).buffer)
    return { playback, played, play }
  }

  test('belongs to the item named last', () => {
    const { playback, played, play } = openPlayback()
    for (const [number, item_id] of ['a', 'b', 'a'].entries()) {
      playback.handle({ type: 'item', number: number + 1, item_id })
      play(number + 1, number)
    }
    play(1, 3)
    expect(played).toEqual([
      ['a', 0],
      ['b', 1],
      ['a', 2],
    ])
  })

  test('of an item that was named on an earlier connection is not played', () => {
    const { playback, played, play } = openPlayback()
    playback.handle({ type: 'item', number: 1, item_id: 'a' })
    playback.reset()
    play(1, 1)
    expect(played).toEqual([])
  })
})

describe("the lateness of the runner's messages", () => {
  /** The lateness after each message, if one is sent every four seconds and takes this long, in ms. */
  function lateness(...delaysMs: readonly number[]): readonly number[] {
    const state = createLateness()
    state.reset()
    return delaysMs.map((ms, index) => {
      state.addArrival(index * 4_000, index * 4_000 + ms)
      return state.ms
    })
  }

  test('is how much longer the last one took than the quickest', () => {
    expect(lateness(50, 4_050, 30)).toEqual([0, 3_960, 0])
  })

  test('keeps growing while the connection fills up', () => {
    expect(lateness(...Array.from({ length: 100 }, (_, index) => index * 200)).at(-1)).toBeGreaterThan(3_000)
  })

  test("returns to zero some minutes after the runner's clock stood still", () => {
    const late = lateness(0, ...Array.from({ length: 250 }, () => 10_000))
    expect([late[1], late.at(-1)]).toEqual([9_960, 0])
  })

  test('is zero for a runner that does not send its time', () => {
    const state = createLateness()
    state.reset()
    for (const receivedMs of [0, 4_000, 20_000]) state.addArrival(undefined, receivedMs)
    expect(state.ms).toBe(0)
  })
})
