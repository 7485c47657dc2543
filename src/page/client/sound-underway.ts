/** The caller's sound on its way to the runner, over one connection. */
interface SoundUnderway {
  /** A new connection. */
  begin(): void
  /** From now on it is PCM16 at this rate. */
  setRate(rateHz: number): void
  /** So many bytes were given to the connection, which keeps them until they can be sent. */
  sent(bytes: number): void
  /** The runner says how many have come; one that does not say counts as having all. */
  came(bytes: number | undefined): void
  /** What the runner had not got when it last said so, in bytes. */
  readonly bytes: number
  /** Whether no more is let wait; so many bytes wait here. */
  isTooMuch(waitingBytes: number): boolean
}

/**
 * More than this is not let wait, since late sound is of no use; in ms: longer than a connection may be silent before it is taken for lost. Neither
 * that, in frames of 40 ms, nor this, in bytes, is more than the runner takes at once where all comes at last.
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
