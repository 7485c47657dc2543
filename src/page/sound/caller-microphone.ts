import type { CaptureFrame } from './capture-worklet.ts'
import { type Microphone, openMicrophone } from './microphone.ts'

/** The caller's microphone, turned on and off any number of times; only one device is open at a time. */
interface CallerMicrophone {
  /** Opens it for sessions with this input rate, in Hz; does nothing if it is open at that rate, or being opened. */
  open(rate: number): void
  /** Whether the caller is heard. */
  hear(open: boolean): void
  /** When the caller was last loud enough to have said something, by `performance.now()`. */
  readonly spokeAt: number
  /** The caller has stopped: closes the device once the silence that turn detection needs has been sent. */
  letGo(): void
}

interface CallerMicrophoneOptions {
  readonly context: () => Promise<AudioContext>
  readonly onFrame: (frame: CaptureFrame) => void
  /** Whether it is open and capturing. */
  readonly onOpen: (isOpen: boolean) => void
  readonly onMuted: (isMuted: boolean) => void
  /** There is no microphone, or no longer; why, in words. */
  readonly onGone: (problem: string) => void
}

/** How long the device stays open after the caller has stopped, in ms: until the silence has been sent. */
const LET_GO_MS = 3_200
/** Louder than a quiet room and softer than speech, relative to full scale: -40 dB. */
const SPEECH_LEVEL = 0.01

export function createCallerMicrophone(options: CallerMicrophoneOptions): CallerMicrophone {
  const { onOpen, onMuted, onGone } = options
  let current: { readonly rate: number; device: Microphone | null } | null = null
  let isHeard = false
  let leaving: ReturnType<typeof setTimeout> | undefined
  let spokeAt = 0

  function onFrame(frame: CaptureFrame): void {
    if (frame.samples !== null && frame.level > SPEECH_LEVEL) spokeAt = performance.now()
    options.onFrame(frame)
  }

  function drop(): void {
    current?.device?.close()
    current = null
    onOpen(false)
    onFrame({ samples: null, level: 0 })
  }

  async function openDevice(mine: NonNullable<typeof current>): Promise<void> {
    const context = await options.context().catch(() => null)
    if (mine !== current) return
    if (context === null) return drop()
    const opened = await openMicrophone({ context, rate: mine.rate, onFrame, onMuted, onEnded: () => lose(GONE) })
    if (mine !== current) return typeof opened === 'string' ? undefined : opened.close()
    if (typeof opened === 'string') return lose(opened)
    mine.device = opened
    opened.hear(isHeard)
    onOpen(true)
  }

  function lose(problem: string): void {
    drop()
    onGone(problem)
  }

  return {
    open(rate) {
      clearTimeout(leaving)
      if (current?.rate === rate) return
      current?.device?.close()
      onOpen(false)
      current = { rate, device: null }
      void openDevice(current)
    },
    hear(open) {
      isHeard = open
      current?.device?.hear(open)
    },
    get spokeAt() {
      return spokeAt
    },
    letGo() {
      this.hear(false)
      clearTimeout(leaving)
      leaving = setTimeout(drop, LET_GO_MS)
    },
  }
}

const GONE = 'The microphone is gone: it was unplugged, or is not allowed any more. Press again once it is back.'
