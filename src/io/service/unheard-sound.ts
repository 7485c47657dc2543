import { KEPT_SOUND_BYTES_MAX } from '../../audio/format.ts'
import type { ClientEvent } from '../../realtime/client-event.ts'

/** Room to begin with: more than PCM16 at 24 kHz takes between two signs of life. It is doubled where it does not do. */
const ROOM_BYTES = 128_000

interface UnheardSound {
  /** Notes what goes out: sound is kept, and a turn that is ended or begun anew by hand has none yet. */
  sent(event: ClientEvent): void
  /** The service is there: what went out by now has reached it. */
  heard(): void
  /** What went out since the service was last heard of, up to the limit, the newest; valid until more goes out. */
  readonly bytes: Uint8Array
}

/**
 * Keeps the caller's sound until the service is known to have it: a line may be dead long before that is noticed. All of it lies in one buffer
 * that is written over, since pieces of their own would each live long enough to burden the collection of garbage.
 */
export function createUnheardSound(): UnheardSound {
  let room = Buffer.alloc(0)
  let length = 0

  /** Room for so many bytes more; of what was kept goes along what still counts. */
  function makeRoom(bytes: number): void {
    if (length + bytes <= room.byteLength) return
    const kept = room.subarray(Math.max(0, length - KEPT_SOUND_BYTES_MAX), length)
    length = kept.byteLength
    const larger = Buffer.allocUnsafeSlow(Math.max(ROOM_BYTES, 2 * (length + bytes)))
    larger.set(kept)
    room = larger
  }

  return {
    sent(event) {
      if (event.type === 'input_audio_buffer.append') {
        makeRoom(event.audio.byteLength)
        room.set(event.audio, length)
        length += event.audio.byteLength
      } else if (event.type === 'input_audio_buffer.commit' || event.type === 'input_audio_buffer.clear') length = 0
    },
    heard() {
      length = 0
    },
    get bytes() {
      return room.subarray(Math.max(0, length - KEPT_SOUND_BYTES_MAX), length)
    },
  }
}
