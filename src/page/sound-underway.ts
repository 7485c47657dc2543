/** The caller's sound on its way to the runner, over one connection. */
interface SoundUnderway {
  /** A new connection. */
  begin(): void
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
 * More than this is not let wait, in bytes: late sound is of no use. Twelve seconds of PCM16 at 24 kHz, which is longer than a connection may be
 * silent before it is taken for lost; no more than the runner takes at once where they come at last.
 */
const UNDERWAY_BYTES_MAX = 576_000

export function createSoundUnderway(): SoundUnderway {
  let sentBytes = 0
  let underway = 0
  return {
    begin() {
      sentBytes = 0
      underway = 0
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
    isTooMuch: (waitingBytes) => Math.max(underway, waitingBytes) > UNDERWAY_BYTES_MAX,
  }
}
