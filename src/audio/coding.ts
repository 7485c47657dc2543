import type { SoundFormat } from './format.ts'
import { decodeG711, encodeG711 } from './g711.ts'
import { toBytes, toSamples } from './pcm16.ts'

/** Coded sound as samples at the format's own rate. */
export function decode(bytes: Uint8Array, format: SoundFormat): Int16Array {
  return format.format === 'pcm' ? toSamples(bytes) : decodeG711(bytes, format.format)
}

/** Samples, already at the format's rate, as coded sound. */
export function encode(samples: Int16Array, format: SoundFormat): Uint8Array {
  return format.format === 'pcm' ? toBytes(samples) : encodeG711(samples, format.format)
}

/** Gives each chunk on in whole samples. */
export function createSampleCarry(format: SoundFormat): (chunk: Uint8Array) => Uint8Array {
  let left: Uint8Array = new Uint8Array(0)
  return (chunk) => {
    const samples = wholeSamples(left, chunk, format)
    left = samples.left
    return samples.whole
  }
}

/** A chunk behind what was left of the one before it, and what is left of it: the odd byte of PCM16 waits for the next, else all that follows is noise. */
export function wholeSamples(
  before: Uint8Array,
  chunk: Uint8Array,
  { format }: SoundFormat,
): { readonly whole: Uint8Array; readonly left: Uint8Array } {
  const bytes = before.byteLength === 0 ? chunk : Buffer.concat([before, chunk])
  const length = format === 'pcm' ? bytes.byteLength - (bytes.byteLength % 2) : bytes.byteLength
  return { whole: bytes.subarray(0, length), left: new Uint8Array(bytes.subarray(length)) }
}
