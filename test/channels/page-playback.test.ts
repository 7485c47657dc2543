import { describe, expect, test, vi } from 'vitest'
import type { CallerEvent } from '../../src/channels/caller-event.ts'
import { createPagePlayback, type PlaybackWire } from '../../src/channels/page/playback.ts'
import { type Piece, readPiece, type ServerMessage } from '../../src/page/protocol.ts'

/** 100 ms of PCM16 at 24 kHz. */
const BYTES = 4_800

function openTestPlayback() {
  const events: CallerEvent[] = []
  const playback = createPagePlayback({ format: 'pcm', rate: 24_000 }, (event) => events.push(event))
  const wire = () => {
    const messages: ServerMessage[] = []
    const pieces: Piece[] = []
    const port = {
      canSendSound: true as boolean,
      onCanSendSound: () => {},
      reportUnderrun: () => {},
      send: (message) => messages.push(message),
      sendSound(frame: Uint8Array) {
        const piece = readPiece(Uint8Array.from(frame).buffer)
        if (piece !== null) pieces.push(piece)
      },
    } satisfies PlaybackWire
    playback.attach(port)
    /** Opens or closes its window. */
    const setOpen = (canSendSound: boolean) => {
      port.canSendSound = canSendSound
      if (canSendSound) port.onCanSendSound()
    }
    return { messages, pieces, setOpen }
  }
  return { playback, events, wire }
}

describe("a page's playback", () => {
  test('sends pieces labelled with their item and position', () => {
    const { playback, wire } = openTestPlayback()
    const page = wire()
    playback.play('a', new Uint8Array(BYTES))
    playback.play('a', new Uint8Array(BYTES))
    playback.play('b', new Uint8Array(BYTES))
    expect(page.messages).toEqual([
      { type: 'item', number: 1, item_id: 'a' },
      { type: 'item', number: 2, item_id: 'b' },
    ])
    expect(page.pieces.map(({ item, piece, fromMs }) => [item, piece, fromMs])).toEqual([
      [1, 1, 0],
      [1, 2, 100],
      [2, 3, 0],
    ])
  })

  test('names an item again after the sound of another', () => {
    const { playback, wire } = openTestPlayback()
    const page = wire()
    for (const itemId of ['a', 'b', 'a']) playback.play(itemId, new Uint8Array(BYTES))
    expect(page.messages).toEqual([
      { type: 'item', number: 1, item_id: 'a' },
      { type: 'item', number: 2, item_id: 'b' },
      { type: 'item', number: 3, item_id: 'a' },
    ])
    expect(page.pieces.map(({ item }) => item)).toEqual([1, 2, 3])
  })

  test('drains when the last piece was heard, not an earlier one', () => {
    const { playback, events, wire } = openTestPlayback()
    wire()
    playback.play('a', new Uint8Array(BYTES))
    playback.play('a', new Uint8Array(BYTES))
    playback.handleReport({ type: 'playback.drained', piece: 1 })
    expect(events).toEqual([])
    playback.handleReport({ type: 'playback.drained', piece: 2 })
    expect(events).toEqual([{ type: 'playback.drained' }])
  })

  test('counts as heard what the page answers to a clear, at most what was sent', () => {
    const { playback, events, wire } = openTestPlayback()
    const page = wire()
    playback.play('a', new Uint8Array(BYTES))
    playback.clear()
    expect(page.messages.at(-1)).toEqual({ type: 'clear', clear: 1 })
    playback.handleReport({ type: 'playback.drained', piece: 1 })
    playback.handleReport({ type: 'playback.cleared', clear: 1, heard: [{ item_id: 'a', ms: 9_999 }] })
    expect(events).toEqual([{ type: 'playback.cleared', heard: [{ itemId: 'a', ms: 100 }] }])
  })

  test('ignores what the page reports of items that were not played', () => {
    const { playback, events, wire } = openTestPlayback()
    wire()
    playback.play('a', new Uint8Array(BYTES))
    for (const item_id of ['a', 'x', 'y']) playback.handleReport({ type: 'playback.progress', item_id, ms: 50 })
    playback.clear()
    playback.handleReport({ type: 'playback.cleared', clear: 1, heard: [{ item_id: 'z', ms: 50 }] })
    expect(events).toEqual([{ type: 'playback.cleared', heard: [{ itemId: 'a', ms: 50 }] }])
  })

  test('counts an item as heard in full once a later one was heard', () => {
    const { playback, events, wire } = openTestPlayback()
    wire()
    for (const item of ['a', 'b', 'c']) playback.play(item, new Uint8Array(BYTES))
    const answer = (clear: number, ...heard: readonly (readonly [string, number])[]) =>
      playback.handleReport({ type: 'playback.cleared', clear, heard: heard.map(([item_id, ms]) => ({ item_id, ms })) })
    playback.clear()
    answer(1, ['a', 60], ['b', 40], ['c', 0])
    const first = { a: 100, b: 40, c: 0 }
    playback.play('d', new Uint8Array(BYTES))
    playback.clear()
    answer(2, ['d', 50])
    const heard = (all: object) => Object.entries(all).map(([itemId, ms]) => ({ itemId, ms }))
    expect(events).toEqual([
      { type: 'playback.cleared', heard: heard(first) },
      { type: 'playback.cleared', heard: heard({ ...first, d: 50 }) },
    ])
  })

  test('reports two clears in a row once, after the second answer', () => {
    const { playback, events, wire } = openTestPlayback()
    wire()
    playback.play('a', new Uint8Array(BYTES))
    playback.clear()
    playback.play('b', new Uint8Array(BYTES))
    playback.clear()
    playback.handleReport({ type: 'playback.cleared', clear: 1, heard: [{ item_id: 'a', ms: 40 }] })
    expect(events).toEqual([])
    playback.handleReport({ type: 'playback.cleared', clear: 2, heard: [] })
    playback.handleReport({ type: 'playback.cleared', clear: 2, heard: [] })
    expect(events).toEqual([{ type: 'playback.cleared', heard: [{ itemId: 'a', ms: 40 }] }])
  })

  test('pauses and resumes the page, and pauses one that connects meanwhile', () => {
    const { playback, wire } = openTestPlayback()
    const page = wire()
    playback.play('a', new Uint8Array(BYTES))
    playback.pause()
    expect(page.messages.at(-1)).toEqual({ type: 'playback.pause' })
    playback.detach()
    const next = wire()
    expect(next.messages[0]).toEqual({ type: 'playback.pause' })
    expect(next.pieces).toHaveLength(1)
    playback.resume()
    expect(next.messages.at(-1)).toEqual({ type: 'playback.resume' })
    playback.detach()
    expect(wire().messages).toEqual([{ type: 'item', number: 1, item_id: 'a' }])
  })

  test('is no longer paused after a clear', () => {
    const { playback, wire } = openTestPlayback()
    playback.pause()
    playback.clear()
    expect(wire().messages).toEqual([])
  })

  test('falls back to the last report if the page does not answer a clear, or disconnects', () => {
    vi.useFakeTimers()
    try {
      const silent = openTestPlayback()
      silent.wire()
      const disconnected = openTestPlayback()
      disconnected.wire()
      for (const { playback } of [silent, disconnected]) {
        playback.play('a', new Uint8Array(BYTES))
        playback.handleReport({ type: 'playback.progress', item_id: 'a', ms: 30 })
        playback.clear()
      }
      disconnected.playback.detach()
      const cleared = { type: 'playback.cleared', heard: [{ itemId: 'a', ms: 30 }] }
      expect(disconnected.events).toEqual([cleared])
      vi.advanceTimersByTime(999)
      expect(silent.events).toEqual([])
      vi.advanceTimersByTime(1)
      expect(silent.events).toEqual([cleared])
    } finally {
      vi.useRealTimers()
    }
  })

  test('keeps sound while no page is connected, and continues from what was heard', () => {
    const { playback, wire } = openTestPlayback()
    wire()
    playback.play('a', new Uint8Array(BYTES))
    playback.handleReport({ type: 'playback.progress', item_id: 'a', ms: 60 })
    playback.detach()
    playback.play('a', new Uint8Array(BYTES))
    const again = wire()
    expect(again.pieces.map(({ piece, fromMs, sound }) => [piece, fromMs, sound.byteLength])).toEqual([
      [1, 60, 1_920],
      [2, 100, BYTES],
    ])
  })

  test('counts everything before something heard as heard', () => {
    const { playback, wire } = openTestPlayback()
    wire()
    for (const item of ['a', 'b', 'c']) playback.play(item, new Uint8Array(BYTES))
    playback.handleReport({ type: 'playback.progress', item_id: 'b', ms: 100 })
    playback.detach()
    expect(wire().messages).toEqual([{ type: 'item', number: 1, item_id: 'c' }])
  })

  test('keeps unheard sound up to a limit, the newest first', () => {
    const { playback, wire } = openTestPlayback()
    for (let count = 0; count < 33; count += 1) playback.play('a', new Uint8Array(1_000_000))
    const { pieces } = wire()
    expect(pieces.reduce((bytes, { sound }) => bytes + sound.byteLength, 0)).toBe(32_000_000)
    expect(pieces.at(0)?.fromMs).toBe(Math.round(1_000_000 / 48))
  })

  test('remembers only the newest items, to bound memory', () => {
    const { playback, events } = openTestPlayback()
    for (let item = 0; item < 70; item += 1) {
      playback.play(`${item}`, new Uint8Array(BYTES))
      playback.handleReport({ type: 'playback.progress', item_id: `${item}`, ms: 100 })
    }
    playback.clear()
    const [cleared] = events
    const items = cleared?.type === 'playback.cleared' ? cleared.heard.map(({ itemId }) => itemId) : []
    expect([items.length <= 65, items.at(-1)]).toEqual([true, '69'])
  })

  test('holds sound back while the window is full, and drains only after the last of it', () => {
    const { playback, events, wire } = openTestPlayback()
    const page = wire()
    playback.play('a', new Uint8Array(BYTES))
    page.setOpen(false)
    playback.play('a', new Uint8Array(2 * BYTES))
    playback.handleReport({ type: 'playback.drained', piece: 1 })
    expect([page.pieces.length, events]).toEqual([1, []])
    page.setOpen(true)
    expect(page.pieces.map(({ piece, fromMs }) => [piece, fromMs])).toEqual([
      [1, 0],
      [2, 100],
      [3, 200],
    ])
    playback.handleReport({ type: 'playback.drained', piece: 3 })
    expect(events).toEqual([{ type: 'playback.drained' }])
  })

  test('drops all sound at a clear, including sound held back', () => {
    const { playback, wire } = openTestPlayback()
    const page = wire()
    page.setOpen(false)
    playback.play('a', new Uint8Array(BYTES))
    playback.clear()
    expect(page.messages).toEqual([{ type: 'clear', clear: 1 }])
    page.setOpen(true)
    playback.play('b', new Uint8Array(BYTES))
    expect(page.messages.slice(1)).toEqual([{ type: 'item', number: 1, item_id: 'b' }])
    expect(page.pieces).toHaveLength(1)
  })

  test('does not send sound again once it was heard', () => {
    const { playback, wire } = openTestPlayback()
    wire()
    playback.play('a', new Uint8Array(BYTES))
    playback.handleReport({ type: 'playback.drained', piece: 1 })
    playback.detach()
    expect(wire().pieces).toEqual([])
  })
})
