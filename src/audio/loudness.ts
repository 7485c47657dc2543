import { decode } from './coding.ts'
import type { SoundFormat } from './format.ts'

/** Sound softer than this is inaudible, in dB of full scale. */
const AUDIBLE_DB = -50
/** Length of the stretches whose level is measured, in ms. */
const WINDOW_MS = 10
/** One of this many samples is measured: most of the energy of speech is far below the remaining rate. */
const STRIDE = 4

/** Level of a piece of sound, in dB of full scale; silence is -100. */
export function levelDb(audio: Uint8Array, format: SoundFormat): number {
  return format.format === 'pcm' ? levelOfBytes(audio) : level(decode(audio, format))
}

/** Ms from the beginning of a piece of sound to its first audible stretch; null if all of it is silent. */
export function audibleAfterMs(audio: Uint8Array, format: SoundFormat): number | null {
  const samples = decode(audio, format)
  const window = Math.max(1, Math.round((format.rate * WINDOW_MS) / 1_000))
  for (let from = 0; from < samples.length; from += window) {
    if (level(samples.subarray(from, from + window)) > AUDIBLE_DB) return (from * 1_000) / format.rate
  }
  return null
}

function level(samples: Int16Array): number {
  let sum = 0
  let count = 0
  for (let index = 0; index < samples.length; index += STRIDE) {
    const sample = samples[index] ?? 0
    sum += sample * sample
    count += 1
  }
  return decibels(sum, count)
}

/** The same for PCM16 bytes, without decoding: this runs for every frame of every caller, and most samples are skipped. */
function levelOfBytes(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let sum = 0
  let count = 0
  for (let at = 0; at + 1 < bytes.byteLength; at += 2 * STRIDE) {
    const sample = view.getInt16(at, true)
    sum += sample * sample
    count += 1
  }
  return decibels(sum, count)
}

function decibels(sum: number, count: number): number {
  return 10 * Math.log10(sum / Math.max(1, count) / 32_768 ** 2 + 1e-10)
}
