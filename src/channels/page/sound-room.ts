/**
 * How much of the agent's sound is on its way to a client. Sound underway is heard before an order to fall silent takes effect, wherever it
 * waits: here, in a proxy, in the client's modem. So no more is sent until a ping that followed it is answered.
 */
interface SoundRoom {
  /** Counts bytes sent; returns the data of a ping to send after them, or null if none is needed yet. */
  sent(bytes: number): string | null
  /** A ping with this data was answered. */
  answered(words: string): void
  /** The client has played all it received while more was held back: a line with such a delay needs more underway. */
  ranDry(): void
  /** Whether more may be sent. */
  readonly isThere: boolean
}

/** How much may be underway, in bytes: one second of PCM16 at 24 kHz, enough for real time on a line that answers within a second. */
const UNDERWAY_BYTES = 48_000
/**
 * How much is added each time the client runs dry, in bytes: half a second. The limit is two seconds, since on a narrow line more does not
 * help.
 */
const MORE_BYTES = 24_000
const UNDERWAY_BYTES_MAX = 96_000
/** The distance between two pings, in bytes: a tenth of a second. */
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
