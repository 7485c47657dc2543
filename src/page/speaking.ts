import type { Buttons } from './buttons.ts'
import type { Client } from './client.ts'
import type { Observed } from './observed.ts'
import type { PageState } from './page-state.ts'
import { createCallerMicrophone } from './sound/caller-microphone.ts'
import type { CaptureFrame } from './sound/capture-worklet.ts'
import { isManual } from './view.ts'

/** The caller's microphone buttons, and what they send to the runner. */
export interface Speaking {
  /** Sets the rate of the session's input, in Hz. */
  setRate(rate: number): void
  /** Turns the microphone on or off; with manual turn detection, this begins and ends a turn. */
  talk(on: boolean): void
  mute(on: boolean): void
  /** Turns the microphone off and ends a turn, so that the new mode never starts with somebody being heard. */
  setMode(mode: PageState['mode']): void
  /** With `hold`: whether the button is down. */
  hold(down: boolean): void
  close(): void
  /** When the caller was last loud enough to have said something, by `performance.now()`. */
  readonly spokeAt: number
}

interface SpeakingOptions {
  readonly page: Observed<PageState>
  readonly client: () => Client
  readonly buttons: Buttons
  readonly context: () => Promise<AudioContext>
  /** The caller wants to talk, now. */
  readonly onBegin: () => void
  readonly onInterrupt: () => void
  readonly onFrame: (frame: CaptureFrame) => void
}

export function createSpeaking({
  page,
  client,
  buttons,
  context,
  onBegin,
  onInterrupt,
  onFrame,
}: SpeakingOptions): Speaking {
  const { set } = page
  let inputRate = 0
  const microphone = createCallerMicrophone({
    context,
    onFrame,
    onOpen: (isMicrophoneOpen) => set(isMicrophoneOpen ? { isMicrophoneOpen, problem: null } : { isMicrophoneOpen }),
    onMuted(isMuted) {
      if (isMuted) set({ problem: MUTED })
      else if (page.value.problem === MUTED) set({ problem: null })
    },
    onGone(problem) {
      set({ problem })
      close()
    },
  })

  function open(): void {
    set({ isMicrophoneOn: true, isMuted: false, problem: null })
    onBegin()
    client().resume()
    if (inputRate > 0) microphone.open(inputRate)
    tell()
  }

  function close(): void {
    if (!page.value.isMicrophoneOn) return
    set({ isMicrophoneOn: false, isHeld: false, isMuted: false })
    microphone.letGo()
  }

  function tell(): void {
    microphone.hear(isInTurn() && !page.value.isMuted)
  }

  function isInTurn(): boolean {
    const { isMicrophoneOn, mode, isHeld } = page.value
    return isMicrophoneOn && (mode === 'toggle' || isHeld)
  }

  /** Only with manual turn detection does the button mark where turns begin and end. */
  function press(): void {
    if (isManual(page.value.view)) buttons.tell('press')
  }

  function commit(): void {
    if (isManual(page.value.view)) buttons.tell('commit')
  }

  return {
    setRate(rate) {
      inputRate = rate
      if (page.value.isMicrophoneOn) microphone.open(rate)
    },
    talk(on) {
      if (on) {
        open()
        return press()
      }
      close()
      commit()
    },
    mute(isMuted) {
      set({ isMuted })
      tell()
    },
    setMode(mode) {
      const wasInTurn = isInTurn()
      close()
      if (wasInTurn) commit()
      set({ mode })
    },
    hold(isHeld) {
      if (isHeld === page.value.isHeld) return
      set({ isHeld })
      if (isHeld && !page.value.isMicrophoneOn) open()
      tell()
      if (!isHeld) return commit()
      onInterrupt()
      press()
    },
    close,
    get spokeAt() {
      return microphone.spokeAt
    },
  }
}

const MUTED = 'The system has muted the microphone: you are not heard.'
