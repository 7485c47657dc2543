import { type FileHandle, open } from 'node:fs/promises'
import { createSampleCarry, decode } from '../audio/coding.ts'
import type { SoundFormat } from '../audio/format.ts'
import { toBytes } from '../audio/pcm16.ts'
import { UNKNOWN_LENGTH, wavHeader } from '../audio/wav.ts'
import type { Heard } from './caller-event.ts'
import { addRecorded, endAfterCut, type RecordedItem } from './recorded-items.ts'

interface WavRecorderOptions {
  /** A file that is there is written over. Nobody but its owner may read a recording. */
  readonly path: string
  /** The session's output format. */
  readonly format: SoundFormat
  /** The first thing that went wrong, in one sentence; nothing is recorded after it. */
  readonly onFailed?: (message: string) => void
}

export interface WavRecorder {
  record(itemId: string, audio: Uint8Array): void
  /** A barge-in: what was not heard of these items is taken away from the end. */
  cut(heard: readonly Heard[]): void
  /** Writes the length into the header. */
  close(): Promise<WavRecorded>
}

type WavRecorded = { readonly ok: true } | { readonly ok: false; readonly message: string }

type WavRecorderOpened =
  | { readonly ok: true; readonly recorder: WavRecorder }
  | { readonly ok: false; readonly message: string }

/** Sound that waits for the disk, in bytes: 60 s of PCM16 at 48 kHz. */
const WAITING_BYTES_MAX = 5_760_000
const HEADER_BYTES = 44

/** Streams what the agent says to a WAV file, PCM16 mono at the session's output rate. Cut off in the middle, the file stays readable. */
export async function openWavRecorder(options: WavRecorderOptions): Promise<WavRecorderOpened> {
  const { path, format } = options
  let file: FileHandle | null = null
  try {
    file = await open(path, 'w', 0o600)
    await writeAll(file, wavHeader(UNKNOWN_LENGTH, format.rate), 0)
    return { ok: true, recorder: createRecorder(file, options) }
  } catch (error) {
    await file?.close()
    return { ok: false, message: sentence(path, error) }
  }
}

function createRecorder(file: FileHandle, { path, format, onFailed = () => {} }: WavRecorderOptions): WavRecorder {
  let items: readonly RecordedItem[] = []
  let end = 0
  let waiting = 0
  let failure: string | null = null
  let work: Promise<unknown> = Promise.resolve()
  let carry = { itemId: '', whole: createSampleCarry(format) }

  function fail(message: string): void {
    if (failure !== null) return
    failure = message
    onFailed(message)
  }

  /** One thing after another; after the first failure nothing more. */
  function enqueue(act: () => Promise<unknown>): void {
    work = work.then(() => (failure === null ? act() : undefined)).catch((error) => fail(sentence(path, error)))
  }

  return {
    record(itemId, audio) {
      if (carry.itemId !== itemId) carry = { itemId, whole: createSampleCarry(format) }
      const bytes = toBytes(decode(carry.whole(audio), format))
      if (failure !== null || bytes.byteLength === 0) return
      if (waiting + bytes.byteLength > WAITING_BYTES_MAX) {
        return fail(`${path}: the disk is too slow: ${waiting} bytes wait for it`)
      }
      const from = end
      end += bytes.byteLength
      items = addRecorded(items, itemId, from, end)
      waiting += bytes.byteLength
      enqueue(async () => {
        await writeAll(file, bytes, HEADER_BYTES + from)
        waiting -= bytes.byteLength
      })
    },
    cut(heard) {
      const cutAt = endAfterCut(items, heard, format.rate)
      items = []
      if (cutAt === null) return
      end = cutAt
      enqueue(() => file.truncate(HEADER_BYTES + cutAt))
    },
    async close() {
      enqueue(() => writeAll(file, wavHeader(end, format.rate), 0))
      await work
      await file.close().catch((error) => fail(sentence(path, error)))
      return failure === null ? { ok: true } : { ok: false, message: failure }
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

function sentence(path: string, error: unknown): string {
  return `${path}: cannot be written (${error instanceof Error ? error.message : error})`
}
