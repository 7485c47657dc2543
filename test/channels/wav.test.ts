import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decode, encode } from '../../src/audio/coding.ts'
import type { SoundFormat } from '../../src/audio/format.ts'
import { toBytes } from '../../src/audio/pcm16.ts'
import { createResampler } from '../../src/audio/resample.ts'
import { decodeWav, parseWav, wavHeader } from '../../src/audio/wav.ts'
import { createFrameSource, type WavFile } from '../../src/channels/wav/frame-source.ts'
import { createWavMicrophone, readWavFile } from '../../src/channels/wav/microphone.ts'
import { endAfterCut } from '../../src/channels/wav/recorded-items.ts'
import { openWavRecorder, type WavRecorder } from '../../src/channels/wav/recorder.ts'
import { tones } from '../audio/tones.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runner-wav-'))
})
afterAll(() => rm(folder, { recursive: true }))

const pcm8 = { format: 'pcm', rate: 8_000 } as const

function wav(samples: Int16Array, rateHz: number): Buffer {
  return Buffer.concat([wavHeader(samples.length * 2, rateHz), toBytes(samples)])
}

function parsed(bytes: Uint8Array) {
  const result = parseWav(bytes)
  if (!result.ok) throw new Error(result.message)
  return { header: result.header, samples: decodeWav(bytes, result.header) }
}

describe('the frames of a WAV file', () => {
  async function framesOf(samples: Int16Array, rateHz: number, format: SoundFormat) {
    const bytes = wav(samples, rateHz)
    const resampler = await createResampler(rateHz, format.rate)
    const source = createFrameSource({ bytes, header: parsed(bytes).header }, { format, resampler, fromMs: 0 })
    const frames = [source.next()]
    while (frames.at(-1)?.isOver !== true) frames.push(source.next())
    return { frames, after: source.next() }
  }

  test.each<[string, SoundFormat, number]>([
    ['PCM16 at 24 kHz', { format: 'pcm', rate: 24_000 }, 2_880],
    ['PCM16 at 44.1 kHz', { format: 'pcm', rate: 44_100 }, 5_292],
    ['µ-law', { format: 'pcmu', rate: 8_000 }, 480],
  ])('are 60 ms each, in %s', async (_, format, bytes) => {
    const { frames, after } = await framesOf(tones([{ hz: 440, amplitude: 0.5 }], 0.15, 16_000), 16_000, format)
    expect(frames.map(({ audio }) => audio.byteLength)).toEqual([bytes, bytes, bytes])
    expect(after.audio).toHaveLength(bytes)
  })

  test("hold the file's sound, padded with silence", async () => {
    const samples = tones([{ hz: 300, amplitude: 0.4 }], 0.1, 8_000)
    const { frames, after } = await framesOf(samples, 8_000, pcm8)
    const heard = decode(Buffer.concat(frames.map(({ audio }) => audio)), pcm8)
    expect(heard.slice(0, 800)).toEqual(samples)
    expect(heard.slice(800)).toEqual(new Int16Array(160))
    expect(after).toEqual({ audio: new Uint8Array(960), isOver: true })
  })

  test('are resampled as one stream, without clicks between them', async () => {
    const samples = tones([{ hz: 440, amplitude: 0.5 }], 0.5, 44_100)
    const { frames } = await framesOf(samples, 44_100, pcm8)
    const whole = await createResampler(44_100, 8_000)
    const expected = [...whole.push(samples), ...whole.flush()]
    const heard = decode(Buffer.concat(frames.map(({ audio }) => audio)), pcm8)
    expect([...heard.slice(0, 4_000)]).toEqual(expected)
  })

  test('end with the last full frame, without an empty one', async () => {
    const { frames } = await framesOf(new Int16Array(960).fill(7), 8_000, pcm8)
    expect(frames).toHaveLength(2)
  })

  test('are one frame of silence for an empty file', async () => {
    const { frames } = await framesOf(new Int16Array(0), 8_000, { format: 'pcma', rate: 8_000 })
    expect(frames).toEqual([{ audio: new Uint8Array(480).fill(0xd5), isOver: true }])
  })
})

describe('a WAV file as the microphone', () => {
  async function wavFile(path: string): Promise<WavFile> {
    const file = await readWavFile(path)
    if (typeof file === 'string') throw new Error(file)
    return file
  }

  test('plays the file, reports its end once, and continues with silence until closed', async () => {
    const samples = tones([{ hz: 440, amplitude: 0.5 }], 0.1, 8_000)
    const path = join(folder, 'caller.wav')
    await writeFile(path, wav(samples, 8_000))
    const frames: Uint8Array[] = []
    const order: string[] = []
    const fourth = Promise.withResolvers<void>()
    const microphone = createWavMicrophone(await wavFile(path), {
      emit(event) {
        if (event.type === 'caller.audio') frames.push(event.audio)
        order.push('frame')
        if (frames.length === 4) fourth.resolve()
      },
      onEnded: () => order.push('ended'),
    })
    microphone.open(pcm8)
    microphone.open({ ...pcm8 })
    await fourth.promise
    microphone.close()
    expect(order.slice(0, 5)).toEqual(['frame', 'frame', 'ended', 'frame', 'frame'])
    expect(decode(Buffer.concat(frames), pcm8).slice(0, 800)).toEqual(samples)
    expect(frames[3]).toEqual(new Uint8Array(960))
  })

  test('sends no further frame if closed at its end', async () => {
    const path = join(folder, 'short.wav')
    await writeFile(path, wav(new Int16Array(80), 8_000))
    let frames = 0
    const ended = Promise.withResolvers<() => void>()
    const microphone = createWavMicrophone(await wavFile(path), {
      emit: () => {
        frames += 1
      },
      onEnded: () => {
        microphone.close()
        ended.resolve(() => microphone.open(pcm8))
      },
    })
    microphone.open(pcm8)
    const openAgain = await ended.promise
    openAgain()
    expect(frames).toBe(1)
  })

  test('continues where it was when the format changes, and ends once', async () => {
    const samples = tones([{ hz: 440, amplitude: 0.5 }], 0.2, 8_000)
    const path = join(folder, 'two-sessions.wav')
    await writeFile(path, wav(samples, 8_000))
    const frames: Uint8Array[] = []
    let ends = 0
    const silent = Promise.withResolvers<void>()
    const pcma = { format: 'pcma', rate: 8_000 } as const
    const microphone = createWavMicrophone(await wavFile(path), {
      emit(event) {
        if (event.type !== 'caller.audio') return
        frames.push(event.audio)
        if (frames.length === 2) microphone.open(pcma)
        if (frames.length === 4) microphone.open(pcm8)
        if (frames.length === 6) silent.resolve()
      },
      onEnded: () => {
        ends += 1
      },
    })
    microphone.open(pcm8)
    await silent.promise
    microphone.close()
    expect(decode(Buffer.concat(frames.slice(0, 2)), pcm8)).toEqual(samples.slice(0, 960))
    expect(Buffer.concat(frames.slice(2, 4)).subarray(0, 640)).toEqual(Buffer.from(encode(samples.slice(960), pcma)))
    // After a standstill more than one frame may come at once.
    expect(frames.slice(4, 6)).toEqual([new Uint8Array(960), new Uint8Array(960)])
    expect(ends).toBe(1)
  })

  test('explains why a file cannot be played', async () => {
    const path = join(folder, 'song.mp3')
    await writeFile(path, 'ID3 and so on and on')
    expect(await readWavFile(path)).toBe(
      `${path}: not a WAV file: it begins with "ID3 ", not with RIFF … WAVE; ffmpeg -i <this file> new.wav makes one`,
    )
    expect(await readWavFile(join(folder, 'nobody.wav'))).toMatch(/nobody\.wav: cannot be read: there is no such file/)
    expect(await readWavFile(folder)).toMatch(/cannot be read: it is a folder$/)
  })
})

describe('a recording', () => {
  async function recorded(format: SoundFormat, act: (recorder: WavRecorder) => void) {
    const path = join(folder, `${crypto.randomUUID()}.wav`)
    const recorder = await open(path, format.rate)
    recorder.open(format)
    act(recorder)
    expect(await recorder.close()).toBe(null)
    return { path, ...parsed(await readFile(path)) }
  }
  async function open(path: string, rateHz = 8_000, onFailed = (_message: string) => {}): Promise<WavRecorder> {
    const recorder = await openWavRecorder({ path, rateHz, onFailed })
    if (typeof recorder === 'string') throw new Error(recorder)
    return recorder
  }

  const first = tones([{ hz: 440, amplitude: 0.5 }], 0.1, 8_000)
  const second = tones([{ hz: 660, amplitude: 0.5 }], 0.1, 8_000)

  test('contains what was said, in order, at one rate', async () => {
    const { header, samples } = await recorded({ format: 'pcm', rate: 24_000 }, (recorder) => {
      recorder.record('a', toBytes(first).subarray(0, 701))
      recorder.record('a', toBytes(first).subarray(701))
      recorder.record('b', toBytes(second))
    })
    expect(header.rateHz).toBe(24_000)
    expect(samples).toEqual(Int16Array.from([...first, ...second]))
  })

  test('drops an incomplete sample at the end of an item', async () => {
    const { samples } = await recorded(pcm8, (recorder) => {
      recorder.record('a', toBytes(first).subarray(0, 701))
      recorder.record('b', toBytes(second))
    })
    expect(samples).toEqual(Int16Array.from([...first.slice(0, 350), ...second]))
  })

  test('decodes G.711', async () => {
    const coded = encode(first, { format: 'pcma', rate: 8_000 })
    const { samples } = await recorded({ format: 'pcma', rate: 8_000 }, (recorder) => recorder.record('a', coded))
    expect(samples).toEqual(decode(coded, { format: 'pcma', rate: 8_000 }))
  })

  test("keeps its rate when the session's format changes", async () => {
    const pcma = { format: 'pcma', rate: 8_000 } as const
    const { header, samples } = await recorded({ format: 'pcm', rate: 24_000 }, (recorder) => {
      recorder.record('a', toBytes(first))
      recorder.open(pcma)
      recorder.record('b', encode(second, pcma))
      recorder.record('c', encode(first, pcma))
      recorder.cut([{ itemId: 'c', ms: 50 }])
      recorder.open({ format: 'pcm', rate: 24_000 })
      recorder.record('d', toBytes(first))
    })
    const resampler = await createResampler(8_000, 24_000)
    const again = (given: Int16Array) => {
      const coded = decode(encode(given, pcma), pcma)
      return [...resampler.push(coded), ...resampler.flush()]
    }
    expect(header.rateHz).toBe(24_000)
    expect([...samples]).toEqual([...first, ...again(second), ...again(first).slice(0, 1_200), ...first])
  })

  test('drops what was not heard at a barge-in, and continues there', async () => {
    const { samples } = await recorded(pcm8, (recorder) => {
      recorder.record('a', toBytes(first))
      recorder.record('b', toBytes(second))
      recorder.record('c', toBytes(first))
      recorder.cut([
        { itemId: 'b', ms: 25 },
        { itemId: 'c', ms: 0 },
      ])
      recorder.record('d', toBytes(second))
    })
    expect(samples).toEqual(Int16Array.from([...first, ...second.slice(0, 200), ...second]))
  })

  test('is an empty WAV file if nothing was said, readable only by its owner', async () => {
    const { path, samples } = await recorded(pcm8, () => {})
    expect(samples).toHaveLength(0)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  test('over an existing file keeps its permissions', async () => {
    const path = join(folder, 'shared.wav')
    await writeFile(path, 'an earlier recording, long enough to be cut')
    await chmod(path, 0o640)
    const recorder = await open(path)
    await recorder.close()
    expect(parsed(await readFile(path)).samples).toHaveLength(0)
    expect((await stat(path)).mode & 0o777).toBe(0o640)
  })

  test('can be read while it is being written', async () => {
    const path = join(folder, 'growing.wav')
    const recorder = await open(path)
    expect(parsed(await readFile(path)).samples).toHaveLength(0)
    await recorder.close()
  })

  test('explains that its folder does not exist', async () => {
    const opened = await openWavRecorder({ path: join(folder, 'no', 'where.wav'), rateHz: 8_000 })
    expect(opened).toMatch(/where\.wav: cannot be written: there is no such file or folder$/)
  })

  test.skipIf(process.platform !== 'linux')('reports a full disk once, in a sentence', async () => {
    const opened = await openWavRecorder({ path: '/dev/full', rateHz: 8_000 })
    expect(opened).toMatch(/\/dev\/full: cannot be written: no space is left on the disk$/)
  })

  test('fails if the disk is too slow, and keeps what was written', async () => {
    const path = join(folder, 'slow.wav')
    const failures: string[] = []
    const recorder = await open(path, 8_000, (message) => failures.push(message))
    const minute = new Uint8Array(2_000_000)
    for (let n = 0; n < 4; n += 1) recorder.record('a', minute)
    expect(await recorder.close()).toMatch(/slow\.wav: the disk is too slow: 4000000 bytes wait for it/)
    expect(failures).toHaveLength(1)
    expect(parsed(await readFile(path)).header.rateHz).toBe(8_000)
  })
})

describe('where a recording is cut', () => {
  const items = [
    { itemId: 'a', from: 0, to: 1_600 },
    { itemId: 'b', from: 1_600, to: 3_200 },
    { itemId: 'c', from: 3_200, to: 3_600 },
    { itemId: 'b', from: 3_600, to: 4_000 },
  ]
  test.each<[string, readonly { itemId: string; ms: number }[], number | null]>([
    ['nowhere if all was heard', [{ itemId: 'a', ms: 100 }], null],
    ['nowhere for an unknown item', [{ itemId: 'x', ms: 0 }], null],
    ['at the last ms heard', [{ itemId: 'a', ms: 99 }], 1_584],
    [
      'at the first of several items',
      [
        { itemId: 'c', ms: 0 },
        { itemId: 'b', ms: 50 },
      ],
      2_400,
    ],
    ['in the second part of an item in two parts', [{ itemId: 'b', ms: 110 }], 3_760],
  ])('%s', (_, heard, end) => {
    expect(endAfterCut(items, heard, 8_000)).toBe(end)
  })
})
