/**
 * How much of the agent's sound is on its way to a client. What is underway is heard before the order to fall silent is, wherever it waits:
 * here, in a proxy, in the client's modem. So no more is sent until a ping that was sent behind it is answered.
 */
interface SoundRoom {
  /** So much goes out; gives the words of the ping that is to follow it, or null where it needs none. */
  sent(bytes: number): string | null
  /** A ping came back. */
  answered(words: string): void
  /** The client has played all that came, while more was held back: a line that answers so late holds more. */
  ranDry(): void
  /** Whether more may go out. */
  readonly isThere: boolean
}

/** So much may be underway, in bytes: a second of PCM16 at 24 kHz, so that a line which answers within one lets sound come as fast as it is heard. */
const UNDERWAY_BYTES = 48_000
/** So much more each time that the client ran dry, in bytes: half a second; and the most, two seconds, since on a narrow line it helps nothing. */
const MORE_BYTES = 24_000
const UNDERWAY_BYTES_MAX = 96_000
/** How far it is between two pings, in bytes: a tenth of a second. */
const PING_BYTES = 4_800

export function createSoundRoom(): SoundRoom {
  let sentBytes = 0
  let askedBytes = 0
  let cameBytes = 0
  let bytesMax = UNDERWAY_BYTES
  return {
    sent(bytes) {
      sentBytes += bytes
      if (sentBytes - askedBytes < PING_BYTES) return null
      askedBytes = sentBytes
      return String(sentBytes)
    },
    answered(words) {
      const bytes = Number(words)
      if (bytes > cameBytes) cameBytes = bytes
    },
    ranDry() {
      bytesMax = Math.min(UNDERWAY_BYTES_MAX, bytesMax + MORE_BYTES)
    },
    get isThere() {
      return sentBytes - cameBytes < bytesMax
    },
  }
}
