import { constants, createReadStream, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { fileErrorMessage } from '../../agent/file-error-message.ts'
import { isSameFormat, type SoundFormat } from '../../audio/format.ts'
import { createResampler } from '../../audio/resample.ts'
import { parseWav } from '../../audio/wav.ts'
import type { CallerEvent } from '../caller-event.ts'
import { createFrameSource, FRAME_MS, type FrameSource, type WavFile } from './frame-source.ts'

interface WavMicrophoneOptions {
  readonly emit: (event: CallerEvent) => void
  /** The file's last frame was sent. Silence follows until `close()`, so that turn detection can end the turn. */
  readonly onEnded: () => void
}

export interface WavMicrophone {
  /** A session is ready: the file plays, or continues, in its input format. */
  open(format: SoundFormat): void
  close(): void
}

/** The largest file played, in bytes: 23 min of 48 kHz stereo PCM16. */
const FILE_BYTES_MAX = 256 * 1024 * 1024
/** The most sound sent at once after a standstill, in ms; what was missed beyond that is not made up for. */
const CATCH_UP_MS = 2_000

/** Reads a WAV file that can be played; a string says why it cannot. */
export async function readWavFile(path: string): Promise<WavFile | string> {
  const bytes = await readBytes(path)
  if (typeof bytes === 'string') return bytes
  const parsed = parseWav(bytes)
  return parsed.ok ? { bytes, header: parsed.header } : `${path}: ${parsed.message}`
}

/** Plays a WAV file as the caller's microphone, in real time. */
export function createWavMicrophone(file: WavFile, { emit, onEnded }: WavMicrophoneOptions): WavMicrophone {
  let timer: NodeJS.Timeout | undefined
  let format: SoundFormat | null = null
  /** Null before the first session, while the format changes, and after the end. */
  let source: FrameSource | null = null
  let sentMs = 0
  let isOver = false
  let isClosed = false
  /** When the next frame is due, on the monotonic clock in ms: 60 ms after the one before, however late that was. */
  let dueAt = 0

  function tick(): void {
    dueAt = Math.max(dueAt, performance.now() - CATCH_UP_MS)
    while (source !== null && performance.now() >= dueAt) {
      const frame = source.next()
      const isEnd = frame.isOver && !isOver
      isOver = frame.isOver
      dueAt += FRAME_MS
      sentMs += FRAME_MS
      emit({ type: 'caller.audio', audio: frame.audio })
      if (isEnd) onEnded()
    }
    if (source !== null) timer = setTimeout(tick, Math.max(1, dueAt - performance.now()))
  }

  /** Continues after the last frame sent: in another format, the rest of the file is another stream. */
  async function play(next: SoundFormat): Promise<void> {
    const resampler = await createResampler(file.header.rateHz, next.rate)
    if (isClosed || format !== next) return
    source = createFrameSource(file, { format: next, resampler, fromMs: sentMs })
    dueAt = performance.now() + FRAME_MS
    timer = setTimeout(tick, FRAME_MS)
  }

  return {
    open(next) {
      if (isClosed || (format !== null && isSameFormat(format, next))) return
      clearTimeout(timer)
      source = null
      format = next
      void play(next)
    },
    close() {
      isClosed = true
      source = null
      clearTimeout(timer)
    },
  }
}

async function readBytes(path: string): Promise<Uint8Array | string> {
  try {
    return (await readUpToLimit(path)) ?? `${path}: a WAV file of at most ${FILE_BYTES_MAX} bytes is wanted`
  } catch (error) {
    return `${path}: cannot be read: ${fileErrorMessage(error)}`
  }
}

/** Reads a file or a pipe; null if it is too large. A blocking wait for a pipe's writer would outlast every signal. */
async function readUpToLimit(path: string): Promise<Uint8Array | null> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const stream = fstatSync(fd).isFIFO() ? new Socket({ fd }) : createReadStream(path, { fd })
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.byteLength
    if (size > FILE_BYTES_MAX) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
