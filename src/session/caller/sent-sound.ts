import { bytesPerMs, RETAINED_SOUND_BYTES_MAX, type SoundFormat } from '../../audio/format.ts'
import type { SentSound } from '../sound-state.ts'

/**
 * Sound from before the reported beginning of a turn that may belong to it, in ms: twice the usual padding, since the report comes late.
 */
const LEAD_MS = 600

/** What is kept in a turn: the newest sound, up to the limit. */
export function newestSent(sent: readonly SentSound[], bytesMax = RETAINED_SOUND_BYTES_MAX): readonly SentSound[] {
  const pieces = sent.map(({ audio }) => audio)
  return sent.slice(-newestPieces(pieces, bytesMax).length)
}

/**
 * What is kept before a turn: sound is forgotten once `LEAD_MS` of sound have come after it, and as much time has passed. Much may be sent at
 * once, such as held sound, or the silence after a mute.
 */
export function leadOf(sent: readonly SentSound[], format: SoundFormat, now: number): readonly SentSound[] {
  const recent = sent.filter(({ sentAt }) => sentAt > now - LEAD_MS)
  const bytes = Math.max(totalBytes(recent), LEAD_MS * bytesPerMs(format))
  return newestSent(sent, Math.min(bytes, RETAINED_SOUND_BYTES_MAX))
}

export function totalBytes(sent: readonly SentSound[]): number {
  return sent.reduce((sum, { audio }) => sum + audio.byteLength, 0)
}

/** The last pieces that fit the limit, and always the very last. */
export function newestPieces(
  pieces: readonly Uint8Array[],
  bytesMax = RETAINED_SOUND_BYTES_MAX,
): readonly Uint8Array[] {
  let first = Math.max(0, pieces.length - 1)
  let bytes = pieces[first]?.byteLength ?? 0
  for (; first > 0; first -= 1) {
    bytes += pieces[first - 1]?.byteLength ?? 0
    if (bytes > bytesMax) break
  }
  return first === 0 ? pieces : pieces.slice(first)
}
