import { RETAINED_SOUND_BYTES_MAX } from '../../audio/format.ts'
import type { ClientEvent } from '../../realtime/client-event.ts'

/** Bytes that may wait in the socket before the caller's sound is held back: about 4 s of PCM16 at 24 kHz in base64. */
const SOCKET_BYTES_MAX = 256_000

interface SoundQueueOptions {
  readonly send: (event: ClientEvent) => void
  /** Bytes waiting in the socket. */
  readonly waitingBytes: () => number
  /** Called with how many bytes of the caller's sound were dropped, once the connection keeps up again. */
  readonly onDropped: (bytes: number) => void
  readonly socketBytesMax?: number
  /** The most sound held back, in bytes: as much as a session may be given at once. Beyond that the oldest is dropped. */
  readonly heldBytesMax?: number
}

interface SoundQueue {
  /** Sends an event, or holds it back if it is sound and the connection is too slow for it. */
  send(event: ClientEvent): void
  /** The socket has sent something, so held events may follow. */
  drain(): void
}

/**
 * Keeps the caller's sound from filling the memory if the connection is slower than they speak. Other events overtake it; the end of a turn
 * stays behind its sound.
 */
export function createSoundQueue(options: SoundQueueOptions): SoundQueue {
  const {
    send,
    waitingBytes,
    onDropped,
    socketBytesMax = SOCKET_BYTES_MAX,
    heldBytesMax = RETAINED_SOUND_BYTES_MAX,
  } = options
  const held: ClientEvent[] = []
  let heldBytes = 0
  let droppedBytes = 0

  function drain(): void {
    while (waitingBytes() <= socketBytesMax) {
      const event = held.shift()
      if (event === undefined) break
      heldBytes -= soundBytes(event)
      send(event)
    }
    if (held.length > 0 || droppedBytes === 0) return
    onDropped(droppedBytes)
    droppedBytes = 0
  }

  function dropOldest(): void {
    const index = held.findIndex((event) => event.type === 'input_audio_buffer.append')
    const [event] = index < 0 ? [] : held.splice(index, 1)
    if (event?.type !== 'input_audio_buffer.append') return
    heldBytes -= soundBytes(event)
    droppedBytes += event.audio.byteLength
  }

  return {
    send(event) {
      if (!isAudioInput(event) || (held.length === 0 && waitingBytes() <= socketBytesMax)) return send(event)
      held.push(event)
      heldBytes += soundBytes(event)
      while (heldBytes > heldBytesMax) dropOldest()
    },
    drain,
  }
}

function isAudioInput({ type }: ClientEvent): boolean {
  return type.startsWith('input_audio_buffer.')
}

function soundBytes(event: ClientEvent): number {
  return event.type === 'input_audio_buffer.append' ? event.audio.byteLength : 0
}
