import type { Client } from './client.ts'
import type { PageState } from './page-state.ts'
import { createCallerMicrophone } from './sound/caller-microphone.ts'
import type { CaptureFrame } from './sound/capture-worklet.ts'
import type { Store } from './store.ts'
import type { TurnButtons } from './turn-buttons.ts'
import { isManual } from './view.ts'

/** The caller's microphone buttons, and what they send to the runner. */
export interface MicrophoneControls {
  /** Sets the rate of the session's input, in Hz. */
  setInputRate(rateHz: number): void
  /** Turns the microphone on or off; with manual turn detection, this begins and ends a turn. */
  talk(isOn: boolean): void
  mute(isMuted: boolean): void
  /** Turns the microphone off and ends a turn, so that the new mode never starts with somebody being heard. */
  setMode(mode: PageState['mode']): void
  /** With `hold`: whether the button is down. */
  hold(isDown: boolean): void
  turnOff(): void
  /** When the caller was last loud enough to have said something, by `performance.now()`. */
  readonly lastSpokeAt: number
}

interface MicrophoneControlsOptions {
  readonly page: Store<PageState>
  readonly client: () => Client
  readonly buttons: TurnButtons
  readonly openAudio: () => Promise<AudioContext>
  /** The caller wants to talk, now. */
  readonly onTalk: () => void
  readonly onInterrupt: () => void
  readonly onFrame: (frame: CaptureFrame) => void
}

export function createMicrophoneControls({
  page,
  client,
  buttons,
  openAudio,
  onTalk,
  onInterrupt,
  onFrame,
}: MicrophoneControlsOptions): MicrophoneControls {
  const { set } = page
  let inputRateHz = 0
  const microphone = createCallerMicrophone({
    openAudio,
    onFrame,
    onOpen: (isMicrophoneOpen) => set(isMicrophoneOpen ? { isMicrophoneOpen, problem: null } : { isMicrophoneOpen }),
    onMuted(isMuted) {
      if (isMuted) set({ problem: SYSTEM_MUTED })
      else if (page.value.problem === SYSTEM_MUTED) set({ problem: null })
    },
    onLost(problem) {
      set({ problem })
      stopTalking()
    },
  })

  function turnOn(): void {
    set({ isMicrophoneOn: true, isMuted: false, problem: null })
    onTalk()
    client().resume()
    if (inputRateHz > 0) microphone.open(inputRateHz)
    updateMicrophone()
  }

  function turnOff(): void {
    if (!page.value.isMicrophoneOn) return
    set({ isMicrophoneOn: false, isHeld: false, isMuted: false })
    microphone.release()
  }

  /** Turns the microphone off, and ends a turn. */
  function stopTalking(): void {
    const wasInTurn = isInTurn()
    turnOff()
    if (wasInTurn) commit()
  }

  function updateMicrophone(): void {
    microphone.setHeard(isInTurn() && !page.value.isMuted)
  }

  function isInTurn(): boolean {
    const { isMicrophoneOn, mode, isHeld } = page.value
    return isMicrophoneOn && (mode === 'toggle' || isHeld)
  }

  /** Only with manual turn detection does the button mark where turns begin and end. */
  function press(): void {
    if (isManual(page.value.view)) buttons.send('press')
  }

  function commit(): void {
    if (isManual(page.value.view)) buttons.send('commit')
  }

  return {
    setInputRate(rateHz) {
      inputRateHz = rateHz
      if (page.value.isMicrophoneOn) microphone.open(rateHz)
    },
    talk(isOn) {
      if (!isOn) return stopTalking()
      turnOn()
      press()
    },
    mute(isMuted) {
      set({ isMuted })
      updateMicrophone()
    },
    setMode(mode) {
      stopTalking()
      set({ mode })
    },
    hold(isHeld) {
      if (isHeld === page.value.isHeld) return
      set({ isHeld })
      if (isHeld && !page.value.isMicrophoneOn) turnOn()
      updateMicrophone()
      if (!isHeld) return commit()
      onInterrupt()
      press()
    },
    turnOff,
    get lastSpokeAt() {
      return microphone.lastSpokeAt
    },
  }
}

const SYSTEM_MUTED = 'The system has muted the microphone: you are not heard.'
