import { describe, expect, test } from 'vitest'
import { decodeG711, encodeG711 } from '../../src/audio/g711.ts'
import { toBytes, toSamples } from '../../src/audio/pcm16.ts'
import { sox, soxMissing } from './sox.ts'

const everyCode = Uint8Array.from({ length: 256 }, (_, code) => code)
const everySample = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768)
const laws = [
  { law: 'pcmu', soxName: 'mu-law', zero: 0xff },
  { law: 'pcma', soxName: 'a-law', zero: 0xd5 },
] as const

describe.each(laws)('$law', ({ law, soxName, zero }) => {
  const coded = ['-t', 'raw', '-e', soxName, '-b', '8', '-r', '8000', '-c', '1', '-']
  const linear = ['-t', 'raw', '-e', 'signed', '-b', '16', '-r', '8000', '-c', '1', '-']

  test('silence has its own code', () => {
    expect(encodeG711(new Int16Array(1), law)).toEqual(Uint8Array.of(zero))
  })

  test('decoding, encoding and decoding again gives the same samples', () => {
    const samples = decodeG711(everyCode, law)
    expect(decodeG711(encodeG711(samples, law), law)).toEqual(samples)
  })

  test('louder samples never decode to softer ones', () => {
    const heard = decodeG711(encodeG711(everySample, law), law)
    expect(heard.every((value, index) => index === 0 || value >= (heard[index - 1] ?? 0))).toBe(true)
  })

  test.skipIf(soxMissing)('decodes every code as sox does', () => {
    expect(decodeG711(everyCode, law)).toEqual(toSamples(sox(everyCode, [...coded, ...linear])))
  })

  test.skipIf(soxMissing)('encodes every sample at least as closely as sox', () => {
    const ours = decodeG711(encodeG711(everySample, law), law)
    const theirs = decodeG711(sox(toBytes(everySample), [...linear, ...coded]), law)
    const worse = everySample.filter(
      (sample, index) => Math.abs((ours[index] ?? 0) - sample) > Math.abs((theirs[index] ?? 0) - sample),
    )
    expect([...worse]).toEqual([])
  })
})
