import type { ClientEvent } from './client-event.ts'

/** What comes before and after the sound in its frame. */
const SOUND_HEAD = '{"type":"input_audio_buffer.append","audio":"'
const SOUND_TAIL = '"}'

/** A client event as the text of one frame, in UTF-8. */
export function encode(event: ClientEvent): Buffer {
  if (event.type === 'input_audio_buffer.append') return encodeSound(event.audio)
  return Buffer.from(JSON.stringify(event, wellFormed))
}

/** Replaces half of a surrogate pair, as left at the end of a text that was cut there: not every JSON reader accepts it. */
function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value
}

/**
 * Encodes sound without JSON.stringify: base64 has nothing to escape, and looking for it would cost more than the rest of the frame; so
 * would a string that holds all of it.
 */
function encodeSound(sound: Uint8Array): Buffer {
  const audio = Buffer.from(sound.buffer, sound.byteOffset, sound.byteLength).toString('base64')
  const tailAt = SOUND_HEAD.length + audio.length
  const frame = Buffer.allocUnsafe(tailAt + SOUND_TAIL.length)
  frame.write(SOUND_HEAD, 0, 'latin1')
  frame.write(audio, SOUND_HEAD.length, 'latin1')
  frame.write(SOUND_TAIL, tailAt, 'latin1')
  return frame
}
