import { encode } from '../../audio/coding.ts'
import type { SoundFormat } from '../../audio/format.ts'
import { concatSamples } from '../../audio/pcm16.ts'
import type { Resampler } from '../../audio/resample.ts'
import { decodeWav, frameCount, type WavHeader } from '../../audio/wav.ts'

/** The length of one frame of caller sound, in ms. */
export const FRAME_MS = 60

/** A sequence of frames of caller sound. `isOver` is true from the file's last frame on; silent frames follow it. */
export interface FrameSource {
  next(): { readonly audio: Uint8Array; readonly isOver: boolean }
}

/** A WAV file in memory. */
export interface WavFile {
  readonly bytes: Uint8Array
  readonly header: WavHeader
}

/**
 * Cuts a WAV file, from `fromMs` on, into frames of the session's input format. Sound is decoded as needed, never the whole file at once.
 */
export function createFrameSource(
  { bytes, header }: WavFile,
  {
    format,
    resampler,
    fromMs,
  }: { readonly format: SoundFormat; readonly resampler: Resampler; readonly fromMs: number },
): FrameSource {
  const frameSamples = (format.rate * FRAME_MS) / 1_000
  const blockFrames = Math.ceil((header.rateHz * FRAME_MS) / 1_000)
  let position = Math.round((fromMs * header.rateHz) / 1_000)
  let ready: Int16Array = new Int16Array(0)
  let isFlushed = false

  function readBlock(): Int16Array {
    if (position >= frameCount(header)) {
      isFlushed = true
      return resampler.flush()
    }
    const samples = decodeWav(bytes, header, position, position + blockFrames)
    position += samples.length
    return resampler.push(samples)
  }

  return {
    next() {
      while (ready.length <= frameSamples && !isFlushed) ready = concatSamples([ready, readBlock()])
      const frame = new Int16Array(frameSamples)
      frame.set(ready.subarray(0, frameSamples))
      ready = ready.slice(frameSamples)
      return { audio: encode(frame, format), isOver: isFlushed && ready.length === 0 }
    },
  }
}
