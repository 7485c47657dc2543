import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { fileErrorMessage } from '../../agent/file-error-message.ts'
import { createSampleCarry, decode } from '../../audio/coding.ts'
import { isSameFormat, type SoundFormat } from '../../audio/format.ts'
import { toBytes } from '../../audio/pcm16.ts'
import { createResampler, type Resampler } from '../../audio/resample.ts'
import { UNKNOWN_LENGTH, wavHeader } from '../../audio/wav.ts'
import type { Heard } from '../caller-event.ts'
import { appendRecorded, endAfterCut, type RecordedItem } from './recorded-items.ts'

interface WavRecorderOptions {
  /** A new file is readable only by its owner. An existing one is overwritten and keeps its rights: somebody may have chosen them. */
  readonly path: string
  /** The file's rate, whatever the sessions use. */
  readonly rateHz: number
  /** Called with the first failure, in one sentence; nothing is recorded after it. */
  readonly onFailed?: (message: string) => void
}

export interface WavRecorder {
  /** A session is ready: from here on, sound has its output format. */
  open(format: SoundFormat): void
  record(itemId: string, audio: Uint8Array): void
  /** A barge-in: removes from the end what was not heard of these items. */
  cut(heard: readonly Heard[]): void
  /** Writes the length into the header. Resolves with why the recording is incomplete, or null. */
  close(): Promise<string | null>
}

/** The most sound that may wait for the disk, in bytes: 60 s of PCM16 at 48 kHz. */
const WAITING_BYTES_MAX = 5_760_000
const HEADER_BYTES = 44
/** Overwrites a file. A pipe without a reader is refused: a wait for one would outlast every signal. */
const WRITE_NO_WAIT = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NONBLOCK

/**
 * Streams the agent's sound to a WAV file, PCM16 mono at one rate; a string says why it cannot. If it is cut short, the file stays readable.
 */
export async function openWavRecorder(options: WavRecorderOptions): Promise<WavRecorder | string> {
  const { path, rateHz } = options
  let file: FileHandle | null = null
  try {
    file = await open(path, WRITE_NO_WAIT, 0o600)
    await writeAll(file, wavHeader(UNKNOWN_LENGTH, rateHz), 0)
    return createRecorder(file, options)
  } catch (error) {
    await file?.close()
    return writeErrorMessage(path, error)
  }
}

/** Converts incoming sound to samples of the file. */
interface InputStream {
  readonly format: SoundFormat
  readonly resampler: Resampler
  readonly itemId: string
  readonly toWholeSamples: (chunk: Uint8Array) => Uint8Array
}

function createRecorder(file: FileHandle, { path, rateHz, onFailed = () => {} }: WavRecorderOptions): WavRecorder {
  let stream: InputStream | null = null
  let items: readonly RecordedItem[] = []
  let endOffset = 0
  let waitingBytes = 0
  let failure: string | null = null
  let work: Promise<unknown> = Promise.resolve()

  function fail(message: string): void {
    if (failure !== null) return
    failure = message
    onFailed(message)
  }

  /** Runs the steps one after another; after the first failure, none. */
  function enqueue(step: () => Promise<unknown>): void {
    work = work
      .then(() => (failure === null ? step() : undefined))
      .catch((error) => fail(writeErrorMessage(path, error)))
  }

  async function add(itemId: string, samples: Int16Array): Promise<void> {
    if (samples.length === 0) return
    const bytes = toBytes(samples)
    const from = endOffset
    endOffset += bytes.byteLength
    items = appendRecorded(items, { itemId, from, to: endOffset })
    await writeAll(file, bytes, HEADER_BYTES + from)
  }

  /** What is left in the resampler belongs to the item before; half a sample is dropped. */
  async function beginItem(itemId: string): Promise<void> {
    if (stream === null || stream.itemId === itemId) return
    await add(stream.itemId, stream.resampler.flush())
    stream = { ...stream, itemId, toWholeSamples: createSampleCarry(stream.format) }
  }

  return {
    open(format) {
      enqueue(async () => {
        if (stream !== null && isSameFormat(stream.format, format)) return
        await beginItem('')
        const resampler = await createResampler(format.rate, rateHz)
        stream = { format, resampler, itemId: '', toWholeSamples: createSampleCarry(format) }
      })
    },
    record(itemId, audio) {
      if (failure !== null) return
      if (waitingBytes + audio.byteLength > WAITING_BYTES_MAX) {
        return fail(`${path}: the disk is too slow: ${waitingBytes} bytes wait for it`)
      }
      waitingBytes += audio.byteLength
      enqueue(async () => {
        await beginItem(itemId)
        if (stream !== null)
          await add(itemId, stream.resampler.push(decode(stream.toWholeSamples(audio), stream.format)))
        waitingBytes -= audio.byteLength
      })
    },
    cut(heard) {
      enqueue(async () => {
        await beginItem('')
        const cutAt = endAfterCut(items, heard, rateHz)
        items = []
        if (cutAt === null) return
        endOffset = cutAt
        await file.truncate(HEADER_BYTES + cutAt)
      })
    },
    async close() {
      enqueue(async () => {
        await beginItem('')
        await writeAll(file, wavHeader(endOffset, rateHz), 0)
      })
      await work
      await file.close().catch((error) => fail(writeErrorMessage(path, error)))
      return failure
    },
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0
  while (written < bytes.byteLength) {
    const { bytesWritten } = await file.write(bytes, written, bytes.byteLength - written, position + written)
    written += bytesWritten
  }
}

function writeErrorMessage(path: string, error: unknown): string {
  return `${path}: cannot be written: ${fileErrorMessage(error)}`
}
