import { bytesPerMs, RETAINED_SOUND_BYTES_MAX, type SoundFormat } from '../../audio/format.ts'
import type { HeldSound, SentSound } from '../sound-state.ts'

/**
 * Sound from before the reported beginning of a turn that may belong to it, in ms: twice the usual padding, since the report comes late.
 */
const LEAD_MS = 600

/** What is kept in a turn: the newest sound, up to the limit. */
export function newestSent(sent: readonly SentSound[]): readonly SentSound[] {
  return newest(sent, isWithinLimit)
}

/**
 * What is kept before a turn: sound is forgotten once `LEAD_MS` of sound have come after it, and as much time has passed. Much may be sent at
 * once, such as held sound, or the silence after a mute.
 */
export function leadOf(sent: readonly SentSound[], format: SoundFormat, now: number): readonly SentSound[] {
  const leadBytes = LEAD_MS * bytesPerMs(format)
  return newest(sent, (bytes, { sentAt }) => bytes <= leadBytes || (sentAt > now - LEAD_MS && isWithinLimit(bytes)))
}

export function totalBytes(sent: readonly SentSound[]): number {
  return sent.reduce((sum, { audio }) => sum + audio.byteLength, 0)
}

/** The newest pieces of sound that were not sent yet, up to the limit. */
export function newestHeld(held: readonly HeldSound[]): readonly HeldSound[] {
  return newest(held, isWithinLimit)
}

/** The last pieces that fit, and always the very last; `bytes` is how much a piece is together with all after it. */
function newest<Piece extends { readonly audio: Uint8Array }>(
  pieces: readonly Piece[],
  fits: (bytes: number, piece: Piece) => boolean,
): readonly Piece[] {
  let bytes = 0
  const beyond = pieces.findLastIndex((piece, index) => {
    bytes += piece.audio.byteLength
    return index < pieces.length - 1 && !fits(bytes, piece)
  })
  return beyond < 0 ? pieces : pieces.slice(beyond + 1)
}

function isWithinLimit(bytes: number): boolean {
  return bytes <= RETAINED_SOUND_BYTES_MAX
}
