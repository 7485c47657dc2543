import { decodeG711 } from './g711.ts'

/** Where the sound of a WAV file is, and how it is coded. */
export interface WavHeader {
  readonly coding: 'integer' | 'float' | 'pcmu' | 'pcma'
  readonly bitsPerSample: 8 | 16 | 24 | 32 | 64
  readonly channels: number
  readonly rateHz: number
  readonly dataOffset: number
  /** Bytes of sound actually present, in whole frames (one sample of every channel). */
  readonly dataBytes: number
}

type WavParsed = { readonly ok: true; readonly header: WavHeader } | { readonly ok: false; readonly message: string }

/**
 * Reads the header of a WAV file: PCM of 8 to 32 bits, float of 32 or 64, or G.711, 1 to 8 channels. The sound of a file that is cut short,
 * or of unknown length, extends to its end.
 */
export function parseWav(bytes: Uint8Array): WavParsed {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.byteLength === 0) return { ok: false, message: 'not a WAV file: it is empty' }
  if (bytes.byteLength < 12 || !['RIFF', 'RF64'].includes(chunkId(bytes, 0)) || chunkId(bytes, 8) !== 'WAVE') {
    const found = JSON.stringify(chunkId(bytes, 0).replace(/[^ -~]/g, '.'))
    return { ok: false, message: `not a WAV file: it begins with ${found}, not with RIFF … WAVE; ${CONVERT_HELP}` }
  }
  let sound: ReturnType<typeof parseFormat> | undefined
  for (let at = 12; at + 8 <= bytes.byteLength; ) {
    const body = at + 8
    const size = view.getUint32(at + 4, true)
    if (chunkId(bytes, at) === 'fmt ') sound = parseFormat(view, body, size)
    if (sound?.ok === false) return sound
    if (chunkId(bytes, at) === 'data') {
      if (sound === undefined) return { ok: false, message: 'a damaged WAV file: its sound comes before its format' }
      const frame = (sound.bitsPerSample / 8) * sound.channels
      const { ok: _, ...format } = sound
      // A recorder that was cut off left no length: it is written last.
      const whole = Math.floor(Math.min(size || UNKNOWN_LENGTH, bytes.byteLength - body) / frame) * frame
      return { ok: true, header: { ...format, dataOffset: body, dataBytes: whole } }
    }
    at = body + size + (size % 2)
  }
  return { ok: false, message: `a damaged WAV file: no ${sound === undefined ? 'format' : 'sound'} in it` }
}

/** Decodes a stretch of a WAV file to mono samples (the mean of the channels), at the file's rate; frames are counted from 0. */
export function decodeWav(
  bytes: Uint8Array,
  header: WavHeader,
  fromFrame = 0,
  toFrame = frameCount(header),
): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset + header.dataOffset, header.dataBytes)
  const { channels, bitsPerSample } = header
  const read = sampleReader(header)
  const samples = new Int16Array(Math.max(0, Math.min(toFrame, frameCount(header)) - fromFrame))
  for (let frame = 0; frame < samples.length; frame += 1) {
    let sum = 0
    for (let channel = 0; channel < channels; channel += 1) {
      sum += read(view, ((fromFrame + frame) * channels + channel) * (bitsPerSample / 8))
    }
    samples[frame] = Math.max(-32_768, Math.min(32_767, Math.round(sum / channels)))
  }
  return samples
}

/** Frames (one sample of every channel) in a WAV file. */
export function frameCount(header: WavHeader): number {
  return header.dataBytes / ((header.bitsPerSample / 8) * header.channels)
}

/** The 44-byte header of this many bytes of PCM16 mono. `UNKNOWN_LENGTH` stands for a file that is still being written. */
export function wavHeader(dataBytes: number, rateHz: number): Uint8Array {
  const bytes = new Uint8Array(44)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode('RIFF    WAVEfmt '))
  view.setUint32(4, Math.min(UNKNOWN_LENGTH, dataBytes + 36), true)
  view.setUint32(16, 16, true)
  view.setUint16(20, PCM, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, rateHz, true)
  view.setUint32(28, rateHz * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  bytes.set(new TextEncoder().encode('data'), 36)
  view.setUint32(40, Math.min(UNKNOWN_LENGTH, dataBytes), true)
  return bytes
}

/** The length that readers take for "to the end of the file": a recording that was cut off stays readable. */
export const UNKNOWN_LENGTH = 0xffff_ffff

/** Format codes of the WAVE registry (RFC 2361; `EXTENSIBLE` names the real one in its first two bytes of GUID). */
const PCM = 1
const EXTENSIBLE = 0xfffe
/** The codings that are read, by format code. */
const CODINGS: {
  readonly [code: number]: Pick<Coded, 'coding'> & { readonly widths: readonly Coded['bitsPerSample'][] }
} = {
  [PCM]: { coding: 'integer', widths: [8, 16, 24, 32] },
  3: { coding: 'float', widths: [32, 64] },
  6: { coding: 'pcma', widths: [8] },
  7: { coding: 'pcmu', widths: [8] },
}
const CONVERT_HELP = 'ffmpeg -i <this file> new.wav makes one'
const SUPPORTED = `PCM of 8, 16, 24 or 32 bits, float of 32 or 64, or G.711 is wanted; ${CONVERT_HELP}`
const CHANNELS_MAX = 8
/** The rates that the resampler accepts, in Hz. */
const RATE_MIN_HZ = 1_000
const RATE_MAX_HZ = 192_000

type Coded = Pick<WavHeader, 'coding' | 'bitsPerSample'>
type Sound = { readonly ok: true } & Coded & Pick<WavHeader, 'channels' | 'rateHz'>

function parseFormat(
  view: DataView,
  at: number,
  size: number,
): Sound | { readonly ok: false; readonly message: string } {
  if (size < 16 || at + Math.min(size, 40) > view.byteLength)
    return { ok: false, message: 'a damaged WAV file: its format is cut short' }
  const formatCode = view.getUint16(at, true)
  const code = formatCode === EXTENSIBLE && size >= 40 ? view.getUint16(at + 24, true) : formatCode
  const channels = view.getUint16(at + 2, true)
  const rateHz = view.getUint32(at + 4, true)
  const bits = view.getUint16(at + 14, true)
  const known = CODINGS[code]
  const bitsPerSample = known?.widths.find((width) => width === bits)
  if (known === undefined || bitsPerSample === undefined) {
    const found = known === undefined ? `coding ${code}` : `${bits} bits`
    return { ok: false, message: `a WAV file with ${found}: ${SUPPORTED}` }
  }
  if (channels < 1 || channels > CHANNELS_MAX) {
    return { ok: false, message: `a WAV file with ${channels} channels: 1 to ${CHANNELS_MAX} are wanted` }
  }
  if (rateHz < RATE_MIN_HZ || rateHz > RATE_MAX_HZ) {
    return { ok: false, message: `a WAV file at ${rateHz} Hz: ${RATE_MIN_HZ} to ${RATE_MAX_HZ} Hz is wanted` }
  }
  return { ok: true, coding: known.coding, bitsPerSample, channels, rateHz }
}

/** A reader of one sample, on a 16-bit scale with its fraction. */
function sampleReader({ coding, bitsPerSample }: WavHeader): (view: DataView, at: number) => number {
  if (coding === 'pcmu' || coding === 'pcma') {
    const samples = decodeG711(
      Uint8Array.from({ length: 256 }, (_, code) => code),
      coding,
    )
    return (view, at) => samples[view.getUint8(at)] ?? 0
  }
  switch (bitsPerSample) {
    case 8:
      return (view, at) => (view.getUint8(at) - 128) * 256
    case 16:
      return (view, at) => view.getInt16(at, true)
    case 24:
      return (view, at) => view.getInt16(at + 1, true) + view.getUint8(at) / 256
    case 32:
      if (coding === 'float') return (view, at) => finite(view.getFloat32(at, true)) * 32_768
      return (view, at) => view.getInt32(at, true) / 65_536
    case 64:
      return (view, at) => finite(view.getFloat64(at, true)) * 32_768
    default:
      return bitsPerSample satisfies never
  }
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0
}

function chunkId(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4))
}
