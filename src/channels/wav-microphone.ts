import { readFile, stat } from 'node:fs/promises'
import type { SoundFormat } from '../audio/format.ts'
import { createResampler } from '../audio/resample.ts'
import { parseWav } from '../audio/wav.ts'
import type { CallerEvent } from './caller-event.ts'
import { createFrameSource, FRAME_MS, type FrameSource } from './wav-source.ts'

interface WavMicrophoneOptions {
  readonly path: string
  /** The session's input format. */
  readonly format: SoundFormat
  readonly emit: (event: CallerEvent) => void
  /** The file's last frame went out; silence follows until `close()`, so that turn detection can end the turn. */
  readonly onEnded: () => void
}

export interface WavMicrophone {
  start(): void
  close(): void
}

type WavMicrophoneOpened =
  | { readonly ok: true; readonly microphone: WavMicrophone }
  | { readonly ok: false; readonly message: string }

/** The largest file that is played, in bytes: 23 min of 48 kHz stereo PCM16. */
const FILE_BYTES_MAX = 256 * 1024 * 1024
/** How much sound is sent at once after a standstill, in ms; what was missed beyond it is not made up for. */
const CATCH_UP_MS = 2_000

/** Plays a WAV file as the caller's microphone, in real time. */
export async function openWavMicrophone(options: WavMicrophoneOptions): Promise<WavMicrophoneOpened> {
  const { path, format, emit, onEnded } = options
  const read = await readWhole(path)
  if (!read.ok) return read
  const parsed = parseWav(read.bytes)
  if (!parsed.ok) return { ok: false, message: `${path}: ${parsed.message}` }
  const { header } = parsed
  const source = createFrameSource(
    { bytes: read.bytes, header },
    format,
    await createResampler(header.rateHz, format.rate),
  )
  return { ok: true, microphone: createMicrophone(source, emit, onEnded) }
}

function createMicrophone(source: FrameSource, emit: (event: CallerEvent) => void, onEnded: () => void): WavMicrophone {
  let timer: NodeJS.Timeout | null = null
  let isClosed = false
  /** When the next frame has been spoken to its end, on the monotonic clock: each is due 60 ms after the one before, however late that was. */
  let dueAt = 0

  function tick(): void {
    dueAt = Math.max(dueAt, performance.now() - CATCH_UP_MS)
    while (!isClosed && performance.now() >= dueAt) {
      const { audio, isLast } = source.next()
      dueAt += FRAME_MS
      emit({ type: 'caller.audio', audio })
      if (isLast) onEnded()
    }
    if (!isClosed) timer = setTimeout(tick, Math.max(1, dueAt - performance.now()))
  }

  return {
    start() {
      if (timer !== null || isClosed) return
      dueAt = performance.now() + FRAME_MS
      timer = setTimeout(tick, FRAME_MS)
    },
    close() {
      isClosed = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}

type FileRead = { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly message: string }

async function readWhole(path: string): Promise<FileRead> {
  try {
    const { size } = await stat(path)
    if (size > FILE_BYTES_MAX) {
      return { ok: false, message: `${path}: ${size} bytes; a WAV file of at most ${FILE_BYTES_MAX} is wanted` }
    }
    return { ok: true, bytes: await readFile(path) }
  } catch (error) {
    return { ok: false, message: `${path}: cannot be read (${error instanceof Error ? error.message : error})` }
  }
}
