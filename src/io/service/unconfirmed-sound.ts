import { RETAINED_SOUND_BYTES_MAX } from '../../audio/format.ts'
import type { ClientEvent } from '../../realtime/client-event.ts'

/** The first size of the buffer: more than PCM16 at 24 kHz needs between two signs of life. It grows as needed. */
const BUFFER_BYTES = 128_000

interface UnconfirmedSound {
  /** Notes an event sent: sound is retained; ending or beginning a turn by hand drops it. */
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
  let buffer = Buffer.alloc(0)
  let length = 0

  /** Makes room for `bytes` more, keeping only the sound that still counts. */
  function reserve(bytes: number): void {
    if (length + bytes <= buffer.byteLength) return
    const unconfirmed = buffer.subarray(Math.max(0, length - RETAINED_SOUND_BYTES_MAX), length)
    length = unconfirmed.byteLength
    const larger = Buffer.allocUnsafeSlow(Math.max(BUFFER_BYTES, 2 * (length + bytes)))
    larger.set(unconfirmed)
    buffer = larger
  }

  return {
    recordSent(event) {
      if (event.type === 'input_audio_buffer.append') {
        reserve(event.audio.byteLength)
        buffer.set(event.audio, length)
        length += event.audio.byteLength
      } else if (event.type === 'input_audio_buffer.commit' || event.type === 'input_audio_buffer.clear') length = 0
    },
    confirmAll() {
      length = 0
    },
    get bytes() {
      return buffer.subarray(Math.max(0, length - RETAINED_SOUND_BYTES_MAX), length)
    },
  }
}
