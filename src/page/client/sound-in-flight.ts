/** The caller's sound that the runner has not received yet, over one connection. */
interface SoundInFlight {
  /** Begins a new connection. */
  reset(): void
  /** From now on it is PCM16 at this rate. */
  setRate(rateHz: number): void
  /** Notes bytes given to the connection, which keeps them until they can be sent. */
  addSent(bytes: number): void
  /** The runner has received this many; one that does not say counts as having received all. */
  acknowledge(bytes: number | undefined): void
  /** What the runner had not received by its last `alive`, in bytes. */
  readonly bytes: number
  /** Whether too much is in flight to send more; `bufferedBytes` wait in the connection. */
  isFull(bufferedBytes: number): boolean
}

/**
 * The most sound in flight, in ms, since late sound is useless: longer than the silence after which a connection counts as lost. Neither
 * this time, in frames of 40 ms, nor the bytes exceed what the runner accepts at once, should all arrive together.
 */
const IN_FLIGHT_MS_MAX = 12_000
const IN_FLIGHT_BYTES_MAX = 576_000

export function createSoundInFlight(): SoundInFlight {
  let bytesMax = IN_FLIGHT_BYTES_MAX
  let sentBytes = 0
  let inFlightBytes = 0
  return {
    reset() {
      sentBytes = 0
      inFlightBytes = 0
    },
    setRate(rateHz) {
      bytesMax = Math.min(IN_FLIGHT_BYTES_MAX, (IN_FLIGHT_MS_MAX / 1_000) * 2 * rateHz)
    },
    addSent(bytes) {
      sentBytes += bytes
    },
    acknowledge(bytes = sentBytes) {
      inFlightBytes = sentBytes - bytes
    },
    get bytes() {
      return inFlightBytes
    },
    isFull: (bufferedBytes) => Math.max(inFlightBytes, bufferedBytes) > bytesMax,
  }
}
