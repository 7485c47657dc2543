import type { ClientEvent } from './client-event.ts'

/** What stands before and behind the sound in a frame of it. */
const SOUND_HEAD = '{"type":"input_audio_buffer.append","audio":"'
const SOUND_TAIL = '"}'

/** A client event as the text of one frame, in UTF-8. */
export function encode(event: ClientEvent): Buffer {
  return event.type === 'input_audio_buffer.append' ? encodeSound(event.audio) : Buffer.from(JSON.stringify(event))
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
