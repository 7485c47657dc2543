import type { CaptureFrame } from './capture-worklet.ts'
import { type Microphone, openMicrophone } from './microphone.ts'

/** The caller's microphone, turned on and off any number of times; only one device is open at a time. */
interface CallerMicrophone {
  /** Opens it for sessions with this input rate, in Hz; does nothing if it is open at that rate, or being opened. */
  open(rateHz: number): void
  /** Whether the caller is heard. */
  setHeard(isHeard: boolean): void
  /** When the caller was last loud enough to have said something, by `performance.now()`. */
  readonly lastSpokeAt: number
  /** The caller has stopped: closes the device once the silence that turn detection needs has been sent. */
  release(): void
}

interface CallerMicrophoneOptions {
  readonly openAudio: () => Promise<AudioContext>
  readonly onFrame: (frame: CaptureFrame) => void
  /** Whether it is open and capturing. */
  readonly onOpen: (isOpen: boolean) => void
  readonly onMuted: (isMuted: boolean) => void
  /** There is no microphone, or no longer; `problem` says why. */
  readonly onLost: (problem: string) => void
}

/** How long the device stays open after the caller has stopped, in ms: until the silence has been sent. */
const RELEASE_AFTER_MS = 3_200
/** Louder than a quiet room and softer than speech, relative to full scale: -40 dB. */
const SPEECH_LEVEL = 0.01

export function createCallerMicrophone(options: CallerMicrophoneOptions): CallerMicrophone {
  const { onOpen, onMuted, onLost } = options
  let current: { readonly rateHz: number; device: Microphone | null } | null = null
  let isHeard = false
  let releaseTimer: ReturnType<typeof setTimeout> | undefined
  let lastSpokeAt = 0

  function onFrame(frame: CaptureFrame): void {
    if (frame.samples !== null && frame.level > SPEECH_LEVEL) lastSpokeAt = performance.now()
    options.onFrame(frame)
  }

  function closeDevice(): void {
    current?.device?.close()
    current = null
    onOpen(false)
    onFrame({ samples: null, level: 0 })
  }

  async function openDevice(requested: NonNullable<typeof current>): Promise<void> {
    const context = await options.openAudio().catch(() => null)
    if (requested !== current) return
    if (context === null) return closeDevice()
    const opened = await openMicrophone({
      context,
      rateHz: requested.rateHz,
      onFrame,
      onMuted,
      onEnded: () => onDeviceLost(LOST),
    })
    if (requested !== current) return typeof opened === 'string' ? undefined : opened.close()
    if (typeof opened === 'string') return onDeviceLost(opened)
    requested.device = opened
    opened.setHeard(isHeard)
    onOpen(true)
  }

  function onDeviceLost(problem: string): void {
    closeDevice()
    onLost(problem)
  }

  return {
    open(rateHz) {
      clearTimeout(releaseTimer)
      if (current?.rateHz === rateHz) return
      current?.device?.close()
      onOpen(false)
      current = { rateHz, device: null }
      void openDevice(current)
    },
    setHeard(nowHeard) {
      isHeard = nowHeard
      current?.device?.setHeard(nowHeard)
    },
    get lastSpokeAt() {
      return lastSpokeAt
    },
    release() {
      this.setHeard(false)
      clearTimeout(releaseTimer)
      releaseTimer = setTimeout(closeDevice, RELEASE_AFTER_MS)
    },
  }
}

const LOST = 'The microphone is gone: it was unplugged, or is not allowed any more. Press again once it is back.'
