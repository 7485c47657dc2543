import type { ClientEvent } from './client-event.ts'

/** What stands before and behind the sound in a frame of it. */
const SOUND_HEAD = '{"type":"input_audio_buffer.append","audio":"'
const SOUND_TAIL = '"}'

/** A client event as the text of one frame, in UTF-8. */
export function encode(event: ClientEvent): Buffer {
  if (event.type === 'input_audio_buffer.append') return encodeSound(event.audio)
  return Buffer.from(JSON.stringify(event, wellFormed))
}

/** Half of a surrogate pair, such as text has at its end that was cut there, is nothing that every reader of JSON takes. */
function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value
}

/** Base64 has nothing to escape, and looking for it would cost more than all the rest of a frame; so would a string that holds all of it. */
function encodeSound(sound: Uint8Array): Buffer {
  const audio = Buffer.from(sound.buffer, sound.byteOffset, sound.byteLength).toString('base64')
  const tailAt = SOUND_HEAD.length + audio.length
  const frame = Buffer.allocUnsafe(tailAt + SOUND_TAIL.length)
  frame.write(SOUND_HEAD, 0, 'latin1')
  frame.write(audio, SOUND_HEAD.length, 'latin1')
  frame.write(SOUND_TAIL, tailAt, 'latin1')
  return frame
}
