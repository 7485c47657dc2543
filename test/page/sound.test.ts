import { describe, expect, test, vi } from 'vitest'
import { createReader, type Played } from '../../src/page/client.ts'
import { HEARD_MAX } from '../../src/page/protocol.ts'
import { createJitterBuffer } from '../../src/page/sound/jitter-buffer.ts'
import { createResampler } from '../../src/page/sound/resampler.ts'

const RATE = 48_000
/** What a browser asks for at a time, in samples. */
const BLOCK = 128
/** The length of a fade-in, in samples. */
const FADE_IN = (3 * RATE) / 1_000

/** Half of full scale. */
function chunk(itemId: string, piece: number, fromMs: number, ms: number) {
  return { itemId, piece, fromMs, samples: new Int16Array((ms * RATE) / 1_000).fill(16_384) }
}

/** Pulls this many ms; returns the sound and the events. */
function pull(buffer: ReturnType<typeof createJitterBuffer>, ms: number) {
  const sound: number[] = []
  const events: object[] = []
  for (let count = 0; count < (ms * RATE) / 1_000; count += BLOCK) {
    const block = new Float32Array(BLOCK)
    events.push(...buffer.pull(block))
    sound.push(...block)
  }
  return { sound, events }
}

/** A step of the sound from one sample to the next clicks where it is large. */
function largestStep(sound: readonly number[], before: number): number {
  return Math.max(...sound.map((sample, index) => Math.abs(sample - (sound[index - 1] ?? before))))
}

describe('the agent’s sound in the browser', () => {
  test('starts once a little is buffered, and continues without a gap', () => {
    const buffer = createJitterBuffer(RATE)
    buffer.push(chunk('a', 1, 0, 20))
    expect(pull(buffer, 16).events).toEqual([])
    buffer.push(chunk('a', 2, 20, 60))
    const { sound, events } = pull(buffer, 80)
    expect(events).toEqual([
      { type: 'started', itemId: 'a' },
      { type: 'drained', piece: 2 },
    ])
    const first = sound.findIndex((sample) => sample > 0)
    expect(sound.slice(first, first + (80 * RATE) / 1_000 - 1).filter((sample) => sample === 0.5)).toHaveLength(
      (77 * RATE) / 1_000,
    )
    expect(largestStep(sound, 0)).toBeLessThan(0.01)
  })

  test('reports the start of each item, also of one that follows another directly', () => {
    const buffer = createJitterBuffer(RATE)
    buffer.push(chunk('a', 1, 0, 80))
    buffer.push(chunk('b', 2, 0, 40))
    buffer.push(chunk('b', 3, 40, 40))
    expect(pull(buffer, 70).events).toEqual([{ type: 'started', itemId: 'a' }])
    expect(pull(buffer, 70).events).toEqual([{ type: 'started', itemId: 'b' }])
    expect(pull(buffer, 70).events).toEqual([{ type: 'drained', piece: 3 }])
  })

  test('pauses within a block, and resumes with the next sample, whatever arrived meanwhile', () => {
    const buffer = createJitterBuffer(RATE)
    const ramp = Int16Array.from({ length: RATE / 10 }, (_, index) => index + 1)
    buffer.push({ itemId: 'a', piece: 1, fromMs: 0, samples: ramp })
    const before = pull(buffer, 40)
    const heard = Math.round((before.sound.at(-1) ?? 0) * 32_768)
    buffer.pause()
    buffer.push(chunk('a', 2, 100, 60))
    expect(buffer.playing()).toBeNull()
    const paused = pull(buffer, 400)
    expect(paused.events).toEqual([])
    expect(Math.max(...paused.sound.slice(144))).toBe(0)
    expect(paused.sound[0]).toBeGreaterThan(0)
    buffer.resume()
    const after = pull(buffer, 200)
    expect(after.events).toEqual([{ type: 'drained', piece: 2 }])
    expect(after.sound.filter((sample) => sample === 0.5)).toHaveLength((60 * RATE) / 1_000)
    expect(after.sound.slice(FADE_IN, ramp.length - heard)).toEqual(
      Array.from(ramp.subarray(heard + FADE_IN), (sample) => sample / 32_768),
    )
  })

  test('does not click when paused or resumed, however soon', () => {
    const buffer = createJitterBuffer(RATE)
    buffer.push(chunk('a', 1, 0, 1_000))
    const before = pull(buffer, 40).sound
    const around = [1, 2, 100].flatMap((blocks) => {
      buffer.pause()
      const paused = pull(buffer, (blocks * BLOCK * 1_000) / RATE).sound
      buffer.resume()
      return [...paused, ...pull(buffer, 40).sound]
    })
    expect(largestStep(around, before.at(-1) ?? 0)).toBeLessThan(0.01)
    expect(around.at(-1)).toBe(0.5)
  })

  test('does not click when cleared and restarted at once in the middle of a word', () => {
    const buffer = createJitterBuffer(RATE)
    buffer.push(chunk('a', 1, 0, 1_000))
    const before = pull(buffer, 40).sound
    buffer.clear()
    buffer.push({ itemId: 'b', piece: 2, fromMs: 40, samples: new Int16Array(RATE).fill(-16_384) })
    const { sound } = pull(buffer, 40)
    expect(largestStep(sound, before.at(-1) ?? 0)).toBeLessThan(0.01)
    expect(sound.at(-1)).toBe(-0.5)
  })

  test('reports how much was played when cleared while paused, and plays the next sound', () => {
    const buffer = createJitterBuffer(RATE)
    buffer.push(chunk('a', 1, 0, 100))
    pull(buffer, 40)
    buffer.pause()
    pull(buffer, 400)
    expect(buffer.clear()).toEqual([{ itemId: 'a', ms: expect.closeTo(40, -1) }])
    buffer.push(chunk('b', 2, 0, 100))
    expect(pull(buffer, 40).events).toEqual([{ type: 'started', itemId: 'b' }])
  })

  test('does not start while paused', () => {
    const buffer = createJitterBuffer(RATE)
    buffer.pause()
    buffer.push(chunk('a', 1, 0, 100))
    expect(pull(buffer, 400).events).toEqual([])
    buffer.resume()
    expect(pull(buffer, 40).events).toEqual([{ type: 'started', itemId: 'a' }])
  })

  test('does not wait for more if no more arrives', () => {
    const buffer = createJitterBuffer(RATE)
    buffer.push(chunk('a', 1, 0, 10))
    expect(pull(buffer, 100).events).toEqual([
      { type: 'started', itemId: 'a' },
      { type: 'drained', piece: 1 },
    ])
  })

  test('buffers more after an underrun, and less again after a long silence', () => {
    const buffer = createJitterBuffer(RATE)
    buffer.push(chunk('a', 1, 0, 60))
    pull(buffer, 70)
    buffer.push(chunk('a', 2, 60, 70))
    expect(pull(buffer, 40).events).toEqual([])
    expect(pull(buffer, 60).events).toContainEqual({ type: 'started', itemId: 'a' })
    pull(buffer, 2_000)
    buffer.push(chunk('b', 3, 0, 61))
    expect(pull(buffer, 10).events).toContainEqual({ type: 'started', itemId: 'b' })
  })

  test('does not click at an underrun, nor when it continues', () => {
    const buffer = createJitterBuffer(RATE)
    buffer.push(chunk('a', 1, 0, 100))
    const before = pull(buffer, 120)
    buffer.push(chunk('a', 2, 100, 300))
    const { sound } = pull(buffer, 200)
    const all = [...before.sound, ...sound].slice((50 * RATE) / 1_000)
    expect(largestStep(all, 0.5)).toBeLessThan(0.01)
    expect(Math.min(...all)).toBe(0)
    expect(all.at(-1)).toBe(0.5)
  })

  test('falls silent within 3 ms without a click, and reports what was played of each item', () => {
    const buffer = createJitterBuffer(RATE)
    buffer.push(chunk('a', 1, 0, 100))
    buffer.push(chunk('b', 2, 0, 1_000))
    pull(buffer, 160)
    const heard = buffer.clear()
    expect(heard).toEqual([
      { itemId: 'a', ms: 100 },
      { itemId: 'b', ms: 60 },
    ])
    const { sound } = pull(buffer, 20)
    expect(largestStep(sound, 0.5)).toBeLessThan(0.01)
    expect(sound.slice(144).every((sample) => sample === 0)).toBe(true)
    expect(buffer.clear()).toEqual([])
  })

  test('counts an item that is sent again from where it continues', () => {
    const buffer = createJitterBuffer(RATE)
    buffer.push(chunk('a', 1, 4_000, 500))
    pull(buffer, 64)
    expect(buffer.playing()).toEqual({ itemId: 'a', ms: expect.closeTo(4_064, 0) })
  })
})

describe('a reader in place of a speaker', () => {
  test('counts what arrives as heard, and reports it at intervals, however fast it arrives', () => {
    vi.useFakeTimers()
    try {
      const reports: Played[] = []
      const reader = createReader()
      reader.open(24_000, (played) => reports.push(played))
      const sound = new Uint8Array(4_800)
      for (let piece = 1; piece <= 1_000; piece += 1)
        reader.play('a', { item: 1, piece, fromMs: (piece - 1) * 100, sound })
      vi.advanceTimersByTime(50)
      expect(reports).toEqual([
        { type: 'playback.started', item_id: 'a' },
        { type: 'playback.drained', piece: 1_000 },
      ])
      expect(reader.clear()).toEqual([{ item_id: 'a', ms: 100_000 }])
    } finally {
      vi.useRealTimers()
    }
  })

  test('remembers no more items than fit into one report, the newest', async () => {
    const reader = createReader()
    const sound = new Uint8Array(4_800)
    for (let item = 0; item <= HEARD_MAX; item += 1) reader.play(`${item}`, { item, piece: item, fromMs: 0, sound })
    const heard = await reader.clear()
    expect([heard.length, heard[0]?.item_id]).toEqual([HEARD_MAX, '1'])
  })
})

describe('the resampler in the browser', () => {
  const tone = (hz: number, rate: number, seconds = 1) =>
    Float32Array.from({ length: rate * seconds }, (_, index) => 0.5 * Math.sin((2 * Math.PI * hz * index) / rate))

  /** In pieces as a browser gives them; the filter's beginning and end are left out. */
  function resampled(samples: Float32Array, from: number, to: number): Float32Array {
    const resampler = createResampler(from, to)
    const pieces: number[] = []
    for (let at = 0; at < samples.length; at += BLOCK) pieces.push(...resampler.push(samples.subarray(at, at + BLOCK)))
    return Float32Array.from(pieces)
  }

  /** Power of what is left when the best-fitting tone is taken away, beside that of the tone, in dB. */
  function noiseDb(samples: Float32Array, hz: number, rate: number): number {
    const middle = samples.subarray(500, samples.length - 500)
    let [sine, cosine, all] = [0, 0, 0]
    for (const [index, sample] of middle.entries()) {
      const angle = (2 * Math.PI * hz * index) / rate
      sine += (2 * sample * Math.sin(angle)) / middle.length
      cosine += (2 * sample * Math.cos(angle)) / middle.length
      all += sample * sample
    }
    const power = ((sine ** 2 + cosine ** 2) / 2) * middle.length
    return 10 * Math.log10(Math.max(all - power, 1e-12) / power)
  }

  test.each([
    [48_000, 24_000],
    [44_100, 24_000],
    [48_000, 8_000],
    [24_000, 48_000],
    [24_000, 44_100],
    [8_000, 48_000],
  ])('from %i to %i Hz keeps a tone a tone', (from, to) => {
    const output = resampled(tone(1_000, from), from, to)
    expect(Math.abs(output.length - to)).toBeLessThan(to / 50)
    expect(noiseDb(output, 1_000, to)).toBeLessThan(-60)
  })

  test('removes frequencies the lower rate cannot carry', () => {
    const output = resampled(tone(15_000, 48_000), 48_000, 24_000)
    const loudest = Math.max(...output.subarray(500, output.length - 500).map(Math.abs))
    expect(20 * Math.log10(loudest / 0.5)).toBeLessThan(-60)
  })

  test('leaves sound of equal rates unchanged', () => {
    const samples = tone(440, 48_000, 0.01)
    expect(resampled(samples, 48_000, 48_000)).toEqual(samples)
  })
})
