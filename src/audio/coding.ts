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

/** Gives each chunk on in whole samples: the odd byte of PCM16 waits for the next chunk, else all that follows is noise. */
export function createSampleCarry(format: SoundFormat): (chunk: Uint8Array) => Uint8Array {
  let odd: Uint8Array = new Uint8Array(0)
  return (chunk) => {
    if (format.format !== 'pcm') return chunk
    const joined = new Uint8Array(odd.byteLength + chunk.byteLength)
    joined.set(odd)
    joined.set(chunk, odd.byteLength)
    const whole = joined.byteLength - (joined.byteLength % 2)
    odd = joined.slice(whole)
    return joined.subarray(0, whole)
  }
}
