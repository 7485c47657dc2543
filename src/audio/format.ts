/** How sound is coded. `pcm` is PCM16, little-endian, mono; G.711 (`pcmu`, `pcma`) is one byte a sample, always at 8000 Hz. */
export type SoundFormat = { readonly format: 'pcm' | 'pcmu' | 'pcma'; readonly rate: number }

/**
 * How much of the caller's sound is kept until a session can hear it, or hear it again, in bytes: 10 s of PCM16 at 48 kHz. The newest is
 * kept.
 */
export const RETAINED_SOUND_BYTES_MAX = 960_000

/** Whether sound in one format is also sound in the other. */
export function isSameFormat(one: SoundFormat, other: SoundFormat): boolean {
  return one.format === other.format && one.rate === other.rate
}

/** Bytes of one ms of sound. */
export function bytesPerMs(format: SoundFormat): number {
  return format.format === 'pcm' ? (format.rate * 2) / 1_000 : 8
}

/** How long this many bytes last, in ms, with fraction. */
export function durationMs(byteLength: number, format: SoundFormat): number {
  return byteLength / bytesPerMs(format)
}

/** Silence of this many ms, in whole samples. G.711 has silence values of its own: a zero byte would be a loud pop. */
export function silence(ms: number, format: SoundFormat): Uint8Array {
  if (format.format === 'pcm') return new Uint8Array(2 * Math.round((ms * format.rate) / 1_000))
  return new Uint8Array(Math.round(ms * 8)).fill(format.format === 'pcmu' ? 0xff : 0xd5)
}
