import { expect, test } from 'vitest'
import { encode } from '../../src/audio/coding.ts'
import { audibleAfterMs, levelDb } from '../../src/audio/loudness.ts'
import { tones } from './tones.ts'

/** 440 Hz at an amplitude, 0.1 s at 8 kHz. */
const tone = (amplitude: number) => tones([{ hz: 440, amplitude }], 0.1, 8_000)

const FORMATS = [
  { format: 'pcm', rate: 8_000 },
  { format: 'pcmu', rate: 8_000 },
  { format: 'pcma', rate: 8_000 },
] as const

test.each(FORMATS)('the level of a tone follows from its amplitude, in every coding: $format', (format) => {
  for (const [amplitude, db] of [
    [1, -3],
    [0.1, -23],
    [0.01, -43],
  ] as const) {
    expect(levelDb(encode(tone(amplitude), format), format)).toBeGreaterThan(db - 0.5)
    expect(levelDb(encode(tone(amplitude), format), format)).toBeLessThan(db + 0.5)
  }
})

test('silence, no sound and half a sample measure as silent', () => {
  const [pcm] = FORMATS
  for (const bytes of [new Uint8Array(320), new Uint8Array(0), new Uint8Array([255])])
    expect(levelDb(bytes, pcm)).toBe(-100)
})

test('audibleAfterMs finds the first audible moment behind silence, or none', () => {
  const [pcm] = FORMATS
  const late = Uint8Array.from([...new Uint8Array(800), ...encode(tone(0.3), pcm)])
  expect(audibleAfterMs(late, pcm)).toBe(50)
  expect(audibleAfterMs(encode(tone(0.001), pcm), pcm)).toBeNull()
})
