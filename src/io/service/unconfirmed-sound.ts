import { RETAINED_SOUND_BYTES_MAX } from '../../audio/format.ts'
import type { ClientEvent } from '../../realtime/client-event.ts'

/** The first size of the buffer: more than PCM16 at 24 kHz needs between two signs of life. It grows as needed. */
const ROOM_BYTES = 128_000

interface UnconfirmedSound {
  /** Notes an event sent: sound is kept; ending or beginning a turn by hand drops it. */
  recordSent(event: ClientEvent): void
  /** A sign of life: what was sent so far has reached the service. */
  confirmAll(): void
  /** The newest sound sent since the last sign of life, up to the limit; valid until more is sent. */
  readonly bytes: Uint8Array
}

/**
 * Keeps the caller's sound until the service is known to have it: a connection may be dead long before that is noticed. All of it is in one
 * buffer that is overwritten, since separate pieces would live long enough to burden the garbage collector.
 */
export function createUnconfirmedSound(): UnconfirmedSound {
  let room = Buffer.alloc(0)
  let length = 0

  /** Makes room for `bytes` more, keeping only the sound that still counts. */
  function makeRoom(bytes: number): void {
    if (length + bytes <= room.byteLength) return
    const kept = room.subarray(Math.max(0, length - RETAINED_SOUND_BYTES_MAX), length)
    length = kept.byteLength
    const larger = Buffer.allocUnsafeSlow(Math.max(ROOM_BYTES, 2 * (length + bytes)))
    larger.set(kept)
    room = larger
  }

  return {
    recordSent(event) {
      if (event.type === 'input_audio_buffer.append') {
        makeRoom(event.audio.byteLength)
        room.set(event.audio, length)
        length += event.audio.byteLength
      } else if (event.type === 'input_audio_buffer.commit' || event.type === 'input_audio_buffer.clear') length = 0
    },
    confirmAll() {
      length = 0
    },
    get bytes() {
      return room.subarray(Math.max(0, length - RETAINED_SOUND_BYTES_MAX), length)
    },
  }
}
