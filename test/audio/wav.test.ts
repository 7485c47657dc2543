import { describe, expect, test } from 'vitest'
import { toBytes } from '../../src/audio/pcm16.ts'
import { decodeWav, frameCount, parseWav, UNKNOWN_LENGTH, wavHeader } from '../../src/audio/wav.ts'
import { sox, soxMissing } from './sox.ts'
import { tones } from './tones.ts'

const samples = tones([{ hz: 440, amplitude: 0.5 }], 0.1, 16_000)
const plain = wav(samples)

test('a written file reads back the same', () => {
  expect(decoded(plain)).toEqual(samples)
  expect(header(plain)).toEqual({
    coding: 'integer',
    bitsPerSample: 16,
    channels: 1,
    rateHz: 16_000,
    dataOffset: 44,
    dataBytes: samples.length * 2,
  })
})

test('the RIFF length counts the bytes after its own eight-byte header', () => {
  expect(plain.readUInt32LE(4)).toBe(plain.byteLength - 8)
})

test('a range of frames can be decoded on its own', () => {
  expect(decodeWav(plain, header(plain), 100, 160)).toEqual(samples.slice(100, 160))
  expect(decodeWav(plain, header(plain), samples.length - 5, samples.length + 60)).toEqual(samples.slice(-5))
})

test('unknown chunks are skipped, also those of odd length', () => {
  const junk = chunk('JUNK', Uint8Array.of(1, 2, 3))
  expect(decoded(Buffer.concat([plain.subarray(0, 12), junk, plain.subarray(12)]))).toEqual(samples)
  expect(decoded(Buffer.concat([plain.subarray(0, 36), junk, plain.subarray(36), junk]))).toEqual(samples)
})

test('a truncated file gives the whole samples that are there', () => {
  expect(decoded(plain.subarray(0, 44 + 201))).toEqual(samples.slice(0, 100))
})

test.each([UNKNOWN_LENGTH, 0])('a file of unknown length extends to its end: %i', (length) => {
  const growing = Buffer.concat([wavHeader(length, 16_000), toBytes(samples)])
  expect(decoded(growing)).toEqual(samples)
})

test('a file without sound has no frames', () => {
  expect(frameCount(header(Buffer.from(wavHeader(0, 8_000))))).toBe(0)
})

describe('an unusable WAV file is described in a sentence', () => {
  const changed = (at: number, value: number, width: 2 | 4 = 2) => {
    const bytes = Buffer.from(plain)
    bytes.writeUIntLE(value, at, width)
    return bytes
  }
  const MAKES_ONE = 'ffmpeg -i <this file> new.wav makes one'
  const WANTED = `PCM of 8, 16, 24 or 32 bits, float of 32 or 64, or G.711 is wanted; ${MAKES_ONE}`
  test.each<[string, Uint8Array]>([
    ['not a WAV file: it is empty', new Uint8Array(0)],
    [
      `not a WAV file: it begins with "ID3.", not with RIFF … WAVE; ${MAKES_ONE}`,
      Buffer.from('ID3\u0004 some music that is no wave'),
    ],
    [`not a WAV file: it begins with "RIFF", not with RIFF … WAVE; ${MAKES_ONE}`, Buffer.from('RIFF\0\0\0\0AVI LIST')],
    ['a damaged WAV file: no format in it', plain.subarray(0, 12)],
    ['a damaged WAV file: no sound in it', plain.subarray(0, 36)],
    ['a damaged WAV file: its format is cut short', plain.subarray(0, 30)],
    [
      'a damaged WAV file: its sound comes before its format',
      Buffer.concat([plain.subarray(0, 12), plain.subarray(36)]),
    ],
    [`a WAV file with coding 85: ${WANTED}`, changed(20, 85)],
    [`a WAV file with 20 bits: ${WANTED}`, changed(34, 20)],
    ['a WAV file with 0 channels: 1 to 8 are wanted', changed(22, 0)],
    ['a WAV file with 9 channels: 1 to 8 are wanted', changed(22, 9)],
    ['a WAV file at 999 Hz: 1000 to 192000 Hz is wanted', changed(24, 999, 4)],
    ['a WAV file at 192001 Hz: 1000 to 192000 Hz is wanted', changed(24, 192_001, 4)],
  ])('%s', (message, bytes) => {
    expect(parseWav(bytes)).toEqual({ ok: false, message })
  })
})

describe.skipIf(soxMissing)('files written by sox', () => {
  const raw = ['-t', 'raw', '-e', 'signed', '-b', '16', '-r', '16000', '-c', '1', '-']
  test.each<[string, readonly string[]]>([
    ['8 bits, unsigned', ['-b', '8', '-e', 'unsigned']],
    ['16 bits', ['-b', '16']],
    ['24 bits (extensible)', ['-b', '24']],
    ['32 bits', ['-b', '32', '-e', 'signed']],
    ['float', ['-b', '32', '-e', 'float']],
    ['float of 64 bits', ['-b', '64', '-e', 'float']],
    ['µ-law', ['-e', 'mu-law']],
    ['A-law', ['-e', 'a-law']],
    ['stereo', ['-b', '16', '-c', '2']],
    ['eight channels', ['-b', '24', '-c', '8']],
  ])('%s', (_, options) => {
    const file = sox(toBytes(samples), [...raw, '-t', 'wav', ...options, '-'])
    const heard = decoded(file)
    expect(heard).toHaveLength(samples.length)
    const step = options.includes('unsigned') ? 129 : options.some((option) => option.endsWith('-law')) ? 520 : 1
    expect(Math.max(...heard.map((value, index) => Math.abs(value - (samples[index] ?? 0))))).toBeLessThanOrEqual(step)
  })

  test('sox reads the files written here', () => {
    const back = sox(plain, ['-t', 'wav', '-', '-t', 'raw', '-'])
    expect(back).toEqual(Buffer.from(toBytes(samples)))
  })
})

test('the channels of a stereo file are mixed evenly', () => {
  const bytes = Buffer.concat([wavHeader(8, 8_000), toBytes(Int16Array.of(1_000, 3_000, 32_767, 32_767))])
  bytes.writeUInt16LE(2, 22)
  expect([...decoded(bytes)]).toEqual([2_000, 32_767])
})

test('a float that is not a number is silent, one beyond full scale is clipped', () => {
  const floats = Buffer.alloc(12)
  for (const [index, value] of [Number.NaN, 2, -2].entries()) floats.writeFloatLE(value, index * 4)
  const bytes = Buffer.concat([wavHeader(12, 8_000), floats])
  bytes.writeUInt16LE(3, 20)
  bytes.writeUInt16LE(32, 34)
  expect([...decoded(bytes)]).toEqual([0, 32_767, -32_768])
})

function wav(sound: Int16Array): Buffer {
  return Buffer.concat([wavHeader(sound.length * 2, 16_000), toBytes(sound)])
}

function chunk(name: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(8)
  head.write(name)
  head.writeUInt32LE(body.byteLength, 4)
  return Buffer.concat([head, body, new Uint8Array(body.byteLength % 2)])
}

function header(bytes: Uint8Array) {
  const parsed = parseWav(bytes)
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.header
}

function decoded(bytes: Uint8Array): Int16Array {
  return decodeWav(bytes, header(bytes))
}
