/** The caller's sound on its way to the runner, over one connection. */
interface SoundUnderway {
  /** Begins a new connection. */
  begin(): void
  /** From now on it is PCM16 at this rate. */
  setRate(rateHz: number): void
  /** Notes bytes given to the connection, which keeps them until they can be sent. */
  sent(bytes: number): void
  /** The runner has received this many; one that does not say counts as having received all. */
  came(bytes: number | undefined): void
  /** What the runner had not received by its last word, in bytes. */
  readonly bytes: number
  /** Whether too much is underway to send more; `waitingBytes` wait in the connection. */
  isTooMuch(waitingBytes: number): boolean
}

/**
 * The most sound underway, in ms, since late sound is useless: longer than the silence after which a connection counts as lost. Neither
 * this time, in frames of 40 ms, nor the bytes exceed what the runner accepts at once, should all arrive together.
 */
const UNDERWAY_MS_MAX = 12_000
const UNDERWAY_BYTES_MAX = 576_000

export function createSoundUnderway(): SoundUnderway {
  let bytesMax = UNDERWAY_BYTES_MAX
  let sentBytes = 0
  let underway = 0
  return {
    begin() {
      sentBytes = 0
      underway = 0
    },
    setRate(rateHz) {
      bytesMax = Math.min(UNDERWAY_BYTES_MAX, (UNDERWAY_MS_MAX / 1_000) * 2 * rateHz)
    },
    sent(bytes) {
      sentBytes += bytes
    },
    came(bytes = sentBytes) {
      underway = sentBytes - bytes
    },
    get bytes() {
      return underway
    },
    isTooMuch: (waitingBytes) => Math.max(underway, waitingBytes) > bytesMax,
  }
}
