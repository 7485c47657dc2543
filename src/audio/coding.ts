import type { SoundFormat } from './format.ts'
import { decodeG711, encodeG711 } from './g711.ts'
import { toBytes, toSamples } from './pcm16.ts'

/** Decodes sound to samples at the format's own rate. */
export function decode(bytes: Uint8Array, format: SoundFormat): Int16Array {
  return format.format === 'pcm' ? toSamples(bytes) : decodeG711(bytes, format.format)
}

/** Encodes samples that are already at the format's rate. */
export function encode(samples: Int16Array, format: SoundFormat): Uint8Array {
  return format.format === 'pcm' ? toBytes(samples) : encodeG711(samples, format.format)
}

/** Returns a function that passes chunks on in whole samples. */
export function createSampleCarry(format: SoundFormat): (chunk: Uint8Array) => Uint8Array {
  let left: Uint8Array = new Uint8Array(0)
  return (chunk) => {
    const samples = splitWholeSamples(left, chunk, format)
    left = samples.left
    return samples.whole
  }
}

/**
 * Joins a chunk to what was left of the one before, and splits off an incomplete sample: the odd byte of PCM16 waits for the next chunk, or
 * everything after it would be noise.
 */
export function splitWholeSamples(
  before: Uint8Array,
  chunk: Uint8Array,
  { format }: SoundFormat,
): { readonly whole: Uint8Array; readonly left: Uint8Array } {
  const bytes = before.byteLength === 0 ? chunk : Buffer.concat([before, chunk])
  const length = format === 'pcm' ? bytes.byteLength - (bytes.byteLength % 2) : bytes.byteLength
  return { whole: bytes.subarray(0, length), left: new Uint8Array(bytes.subarray(length)) }
}
