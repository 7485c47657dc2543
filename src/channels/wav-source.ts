import { encode } from '../audio/coding.ts'
import type { SoundFormat } from '../audio/format.ts'
import type { Resampler } from '../audio/resample.ts'
import { decodeWav, frameCount, type WavHeader } from '../audio/wav.ts'

/** One frame of caller sound, in ms. */
export const FRAME_MS = 60

/** Frames of caller sound, one after another; `isLast` marks the one in which the file ends, after which come silent ones. */
export interface FrameSource {
  next(): { readonly audio: Uint8Array; readonly isLast: boolean }
}

/** Cuts a WAV file into frames of the session's input format. Sound is decoded as it is needed, never the whole file at once. */
export function createFrameSource(
  file: { readonly bytes: Uint8Array; readonly header: WavHeader },
  format: SoundFormat,
  resampler: Resampler,
): FrameSource {
  const { bytes, header } = file
  const frameSamples = (format.rate * FRAME_MS) / 1_000
  const blockFrames = Math.ceil((header.rateHz * FRAME_MS) / 1_000)
  let position = 0
  let ready: Int16Array = new Int16Array(0)
  let isFlushed = false
  let isOver = false

  function read(): Int16Array {
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
      while (ready.length <= frameSamples && !isFlushed) ready = joined(ready, read())
      const frame = new Int16Array(frameSamples)
      frame.set(ready.subarray(0, frameSamples))
      ready = ready.slice(frameSamples)
      const isLast = isFlushed && ready.length === 0 && !isOver
      if (isLast) isOver = true
      return { audio: encode(frame, format), isLast }
    },
  }
}

function joined(one: Int16Array, other: Int16Array): Int16Array {
  const samples = new Int16Array(one.length + other.length)
  samples.set(one)
  samples.set(other, one.length)
  return samples
}
