import { decode, encode } from '../audio/coding.ts'
import type { SoundFormat } from '../audio/format.ts'

/** An audio format as `session.created` and `session.updated` show it. */
export type WireFormat =
  | { readonly type: 'audio/pcm' | 'audio/float32'; readonly rate: number }
  | { readonly type: 'audio/pcmu' | 'audio/pcma' }

/** A format as clients may write it (object or short string), in full; PCM without a rate is 24000 Hz. */
export function normalizeFormat(given: string | { readonly type: string; readonly rate?: number }): WireFormat {
  const { type, rate } = typeof given === 'string' ? { type: given } : given
  switch (type) {
    case 'audio/pcmu':
    case 'g711_ulaw':
      return { type: 'audio/pcmu' }
    case 'audio/pcma':
    case 'g711_alaw':
      return { type: 'audio/pcma' }
    case 'audio/float32':
    case 'float32':
      return { type: 'audio/float32', rate: rate ?? DEFAULT_RATE_HZ }
    default:
      return { type: 'audio/pcm', rate: rate ?? DEFAULT_RATE_HZ }
  }
}

/** In Hz. */
export function rateOf(format: WireFormat): number {
  return 'rate' in format ? format.rate : 8_000
}

/** Decodes sound to samples at the format's own rate. */
export function decodeSound(bytes: Uint8Array, format: WireFormat): Int16Array {
  if (format.type === 'audio/float32') return fromFloats(bytes)
  return decode(bytes, soundFormat(format))
}

/** Encodes samples that already have the format's rate. */
export function encodeSound(samples: Int16Array, format: WireFormat): Uint8Array {
  if (format.type === 'audio/float32') return toFloats(samples)
  return encode(samples, soundFormat(format))
}

/** Bytes of one sample: an incomplete one waits for the next append. */
export function sampleBytes(format: WireFormat): number {
  return { 'audio/pcm': 2, 'audio/float32': 4, 'audio/pcmu': 1, 'audio/pcma': 1 }[format.type]
}

/** The duration of coded sound, in ms. */
export function durationOf(bytes: Uint8Array, format: WireFormat): number {
  return (bytes.byteLength / sampleBytes(format) / rateOf(format)) * 1_000
}

/** Rate of PCM if a client names none, in Hz (docs.inworld.ai, realtime-websocket). */
const DEFAULT_RATE_HZ = 24_000

function soundFormat(format: WireFormat): SoundFormat {
  if (format.type === 'audio/pcmu') return { format: 'pcmu', rate: 8_000 }
  if (format.type === 'audio/pcma') return { format: 'pcma', rate: 8_000 }
  return { format: 'pcm', rate: rateOf(format) }
}

function fromFloats(bytes: Uint8Array): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const samples = new Int16Array(bytes.byteLength >> 2)
  for (let index = 0; index < samples.length; index += 1) {
    samples[index] = Math.max(-1, Math.min(1, view.getFloat32(index * 4, true))) * 32_767
  }
  return samples
}

function toFloats(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 4)
  const view = new DataView(bytes.buffer)
  for (const [index, sample] of samples.entries()) view.setFloat32(index * 4, sample / 32_768, true)
  return bytes
}
