/**
 * How much of the agent's sound may be in flight to a client. Sound in flight is heard before an order to fall silent takes effect,
 * wherever it waits: here, in a proxy, in the client's modem. So no more is sent until a ping that followed it is answered.
 */
interface SendWindow {
  /** Counts bytes sent; returns the data of a ping to send after them, or null if none is needed yet. */
  countSent(bytes: number): string | null
  /** A ping with this data was answered. */
  acknowledge(payload: string): void
  /** The client has played all it received while more was held back: a connection with such a delay needs a larger window. */
  widen(): void
  /** Whether more may be sent. */
  readonly isOpen: boolean
}

/** How much may be in flight, in bytes: one second of PCM16 at 24 kHz, enough for real time on a connection that answers within a second. */
const WINDOW_BYTES = 48_000
/**
 * How much is added each time the client runs dry, in bytes: half a second. The limit is two seconds, since on a slow connection more
 * does not help.
 */
const WINDOW_STEP_BYTES = 24_000
const WINDOW_BYTES_MAX = 96_000
/** The distance between two pings, in bytes: a tenth of a second. */
const PING_BYTES = 4_800

export function createSendWindow(): SendWindow {
  let sentBytes = 0
  let pingedBytes = 0
  let acknowledgedBytes = 0
  let windowBytes = WINDOW_BYTES
  return {
    countSent(bytes) {
      sentBytes += bytes
      if (sentBytes - pingedBytes < PING_BYTES) return null
      pingedBytes = sentBytes
      return String(sentBytes)
    },
    acknowledge(payload) {
      const bytes = Number(payload)
      if (bytes > acknowledgedBytes) acknowledgedBytes = bytes
    },
    widen() {
      windowBytes = Math.min(WINDOW_BYTES_MAX, windowBytes + WINDOW_STEP_BYTES)
    },
    get isOpen() {
      return sentBytes - acknowledgedBytes < windowBytes
    },
  }
}
