import { describe, expect, test } from 'vitest'
import { toBytes, toSamples } from '../../src/audio/pcm16.ts'
import { createResampler } from '../../src/audio/resample.ts'
import { rmsAfter, sox, soxMissing } from './sox.ts'
import { tones } from './tones.ts'

const pairs = [
  [24_000, 8_000],
  [8_000, 24_000],
  [48_000, 8_000],
  [44_100, 24_000],
  [22_050, 8_000],
  [16_000, 48_000],
  [11_025, 44_100],
] as const

test('samples pass unchanged if both rates are the same', async () => {
  const resampler = await createResampler(24_000, 24_000)
  const samples = tones([{ hz: 440, amplitude: 0.5 }], 0.1, 24_000)
  expect(resampler.push(samples)).toEqual(samples)
  expect(resampler.flush()).toHaveLength(0)
})

test('a flushed resampler begins a new stream', async () => {
  const samples = tones([{ hz: 440, amplitude: 0.5 }], 0.2, 24_000)
  const resampler = await createResampler(24_000, 8_000)
  const once = whole(resampler, samples)
  expect(whole(resampler, samples)).toEqual(once)
})

test('a full-scale signal is clipped and does not wrap around', async () => {
  const square = Int16Array.from({ length: 4_800 }, (_, index) => (Math.floor(index / 50) % 2 === 0 ? 32_767 : -32_768))
  const output = whole(await createResampler(24_000, 48_000), square)
  const middleOfHalves = output.filter((_, index) => index % 100 === 50)
  expect(middleOfHalves.every((value, half) => (half % 2 === 0 ? value > 20_000 : value < -20_000))).toBe(true)
})

describe.each(pairs)('%i Hz to %i Hz', (fromHz, toHz) => {
  const speechBand = tones(
    [
      { hz: 220, amplitude: 0.3 },
      { hz: 997, amplitude: 0.2 },
      { hz: 2_900, amplitude: 0.1 },
    ],
    2,
    fromHz,
  )

  test('keeps the length of the sound exactly', async () => {
    expect(whole(await createResampler(fromHz, toHz), speechBand)).toHaveLength(2 * toHz)
  })

  test('gives the same for odd chunks as for one push', async () => {
    const resampler = await createResampler(fromHz, toHz)
    const parts: number[] = []
    for (let start = 0, size = 1; start < speechBand.length; start += size, size = (size * 7 + 3) % 1_009) {
      parts.push(...resampler.push(speechBand.subarray(start, start + size)))
    }
    parts.push(...resampler.flush())
    expect(Int16Array.from(parts)).toEqual(whole(await createResampler(fromHz, toHz), speechBand))
  })

  test.skipIf(soxMissing)('keeps a tone at its level, 80 dB above everything else', async () => {
    const output = toBytes(
      whole(await createResampler(fromHz, toHz), tones([{ hz: 1_000, amplitude: 0.5 }], 3, fromHz)),
    )
    expect(rmsAfter(output, toHz, [])).toBeCloseTo(0.5 / Math.SQRT2, 3)
    const tone = rmsAfter(output, toHz, ['gain', '-6'])
    const rest = rmsAfter(output, toHz, ['gain', '-6', 'bandreject', '1000', '100'])
    expect(20 * Math.log10(tone / Math.max(rest, 1e-6))).toBeGreaterThan(80)
  })

  test.skipIf(soxMissing)('gives the same as sox, at the same position in time', async () => {
    const ours = whole(await createResampler(fromHz, toHz), speechBand)
    const raw = ['-t', 'raw', '-e', 'signed', '-b', '16', '-c', '1']
    const args = [...raw, '-r', String(fromHz), '-', ...raw, '-r', String(toHz), '-', 'rate', '-v']
    const theirs = toSamples(sox(toBytes(speechBand), args))
    const margin = toHz / 10
    const apart = ours.slice(margin, -margin).map((value, index) => Math.abs(value - (theirs[index + margin] ?? 0)))
    expect(Math.max(...apart)).toBeLessThanOrEqual(3)
  })
})

test.skipIf(soxMissing)('frequencies above the lower rate are removed, not aliased', async () => {
  const output = toBytes(whole(await createResampler(24_000, 8_000), tones([{ hz: 5_000, amplitude: 0.5 }], 3, 24_000)))
  expect(rmsAfter(output, 8_000, [])).toBeLessThan(0.000_1)
})

function whole(resampler: Awaited<ReturnType<typeof createResampler>>, samples: Int16Array): Int16Array {
  return Int16Array.from([...resampler.push(samples), ...resampler.flush()])
}
