/** How long the room echoes after the agent, in ms. */
const ECHO_MS = 250

/** The agent's voice in the room, which a microphone would take for the caller's. */
interface RoomEcho {
  /** The agent speaks from now on, or once it is resumed. */
  begin(): void
  pause(): void
  resume(): void
  /** The agent has said all. */
  end(): void
  readonly isAudible: boolean
}

/** Silent until `begin()`. */
export function createRoomEcho(): RoomEcho {
  let isSpeaking = false
  let isPaused = false
  /** When the last echo ends, on the monotonic clock in ms. */
  let fadedAt = 0

  return {
    begin() {
      isSpeaking = true
    },
    pause() {
      isPaused = true
      fadedAt = performance.now() + ECHO_MS
    },
    resume() {
      isPaused = false
    },
    end() {
      isSpeaking = false
      fadedAt = performance.now() + ECHO_MS
    },
    get isAudible() {
      return (isSpeaking && !isPaused) || performance.now() < fadedAt
    },
  }
}
