import { describe, expect, test } from 'vitest'
import { createSampleCarry, decode, encode } from '../../src/audio/coding.ts'
import { bytesPerMs, durationMs, isSameFormat, type SoundFormat, silence } from '../../src/audio/format.ts'
import { toBytes, toSamples } from '../../src/audio/pcm16.ts'

const pcm = { format: 'pcm', rate: 24_000 } as const

describe('bytes and ms', () => {
  test.each<[SoundFormat, number]>([
    [{ format: 'pcm', rate: 8_000 }, 16],
    [pcm, 48],
    [{ format: 'pcm', rate: 44_100 }, 88.2],
    [{ format: 'pcmu', rate: 8_000 }, 8],
    [{ format: 'pcma', rate: 8_000 }, 8],
  ])('%o is %d bytes a ms', (format, bytes) => {
    expect(bytesPerMs(format)).toBe(bytes)
    expect(durationMs(bytes * 60, format)).toBeCloseTo(60, 9)
  })

  test('silence is whole samples of the coding’s own silent value', () => {
    expect(silence(20, pcm)).toEqual(new Uint8Array(960))
    expect(silence(10.01, { format: 'pcm', rate: 44_100 }).byteLength % 2).toBe(0)
    expect(silence(2, { format: 'pcmu', rate: 8_000 })).toEqual(new Uint8Array(16).fill(0xff))
    expect(silence(2, { format: 'pcma', rate: 8_000 })).toEqual(new Uint8Array(16).fill(0xd5))
  })
})

describe('PCM16', () => {
  test('is read and written little-endian, also from an odd address', () => {
    const bytes = Uint8Array.of(9, 0x01, 0x00, 0xff, 0x7f, 0x00, 0x80)
    expect([...toSamples(bytes.subarray(1))]).toEqual([1, 32_767, -32_768])
    expect(toBytes(Int16Array.of(1, 32_767, -32_768))).toEqual(bytes.slice(1))
  })

  test('leaves out half a sample at the end', () => {
    expect(toSamples(Uint8Array.of(1, 0, 7))).toHaveLength(1)
  })
})

describe('a sample carry', () => {
  test('joins samples that were cut in the middle', () => {
    const bytes = toBytes(Int16Array.from({ length: 500 }, (_, index) => index * 60))
    const carry = createSampleCarry(pcm)
    const parts = [1, 1, 3, 333, 2, 5, 655].map((size, index, sizes) => {
      const start = sizes.slice(0, index).reduce((sum, before) => sum + before, 0)
      return carry(bytes.subarray(start, start + size))
    })
    expect(parts.every((part) => part.byteLength % 2 === 0)).toBe(true)
    expect(Buffer.concat(parts)).toEqual(Buffer.from(bytes))
  })

  test('passes G.711 on as it is', () => {
    expect(createSampleCarry({ format: 'pcmu', rate: 8_000 })(Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(1, 2, 3))
  })
})

test.each<SoundFormat>([pcm, { format: 'pcmu', rate: 8_000 }, { format: 'pcma', rate: 8_000 }])(
  'samples encoded as %o decode to nearly the same, which then code without loss',
  (format) => {
    const samples = decode(encode(Int16Array.of(-30_000, -500, 0, 500, 30_000), format), format)
    expect([...decode(encode(samples, format), format)]).toEqual([...samples])
    expect(Math.abs((samples[4] ?? 0) - 30_000)).toBeLessThan(1_024)
  },
)

test('two formats are the same if both coding and rate are', () => {
  const one = { format: 'pcm', rate: 24_000 } as const
  const others = [one, { format: 'pcm', rate: 8_000 }, { format: 'pcmu', rate: 24_000 }] as const
  expect(others.map((other) => isSameFormat(one, other))).toEqual([true, false, false])
})
