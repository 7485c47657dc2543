/**
 * How much of the agent's sound is on its way to a client. What is underway is heard before the order to fall silent is, wherever it waits:
 * here, in a proxy, in the client's modem. So no more is sent until a ping that was sent behind it is answered.
 */
interface SoundRoom {
  /** So much goes out; gives the words of the ping that is to follow it. */
  sent(bytes: number, nowMs: number): string
  /** A ping came back. */
  answered(words: string, nowMs: number): void
  /** Whether more may go out. */
  readonly isThere: boolean
}

/** So much may be underway on every line, in bytes: a quarter of a second of PCM16 at 24 kHz. */
const UNDERWAY_BYTES = 12_000
/** And on a line on which each answer takes a while: three times what is heard meanwhile, in bytes each ms of it. */
const UNDERWAY_BYTES_PER_MS = 144

export function createSoundRoom(): SoundRoom {
  let sentBytes = 0
  let cameBytes = 0
  /** How long the quickest answer took: a line that is full answers late. */
  let quickestMs = Number.POSITIVE_INFINITY
  return {
    sent(bytes, nowMs) {
      sentBytes += bytes
      return `${sentBytes} ${nowMs}`
    },
    answered(words, nowMs) {
      const [bytes = 0, atMs = nowMs] = words.split(' ').map(Number)
      if (Number.isNaN(bytes + atMs)) return
      cameBytes = Math.max(cameBytes, bytes)
      quickestMs = Math.min(quickestMs, nowMs - atMs)
    },
    get isThere() {
      const more = Number.isFinite(quickestMs) ? quickestMs * UNDERWAY_BYTES_PER_MS : 0
      return sentBytes - cameBytes < Math.max(UNDERWAY_BYTES, more)
    },
  }
}
