import type { AudioFormat } from '../../agent/agent.ts'
import type { CallerEvent, Heard } from '../../channels/caller-event.ts'
import { createPlaybackClock, type SkippablePlayback } from '../../channels/playback/clock.ts'
import { createPrintedPlayback } from '../../channels/playback/printed.ts'
import type { Sound } from '../conversation.ts'

interface FrontSoundOptions {
  /** `clock`: what would have been played by now counts as heard; `printed`: what is printed does. */
  readonly heardBy: 'clock' | 'printed'
  /** Somebody listens to the sound, so the end of the conversation waits for it. */
  readonly isListenedTo?: boolean
  readonly emit: (event: CallerEvent) => void
  readonly recorder?: Recorder
  readonly microphone?: { open(input: AudioFormat): void }
}

/** How a caller's sound reaches their conversation. */
export interface CallerLine {
  emit(event: CallerEvent): void
  /** Whether the caller marks their turns in the open session: an edit may change that for the next one. */
  isManual(): boolean
}

/** Records the agent's sound, and removes what was cut off. */
export interface Recorder {
  /** Called each time a session is ready for sound, with the format of the sound that follows. */
  open(output: AudioFormat): void
  record(itemId: string, audio: Uint8Array): void
  cut(heard: readonly Heard[]): void
}

/** How the caller of a front hears. */
export interface FrontSound extends Sound {
  /** The conversation will end once it was heard: from here on, sound that nobody listens to counts as heard at once. */
  beginEnding?(): void
  close(): void
}

/** The sound of a caller without a loudspeaker, heard by the clock or as it is printed. */
export function createFrontSound(options: FrontSoundOptions): FrontSound {
  const { recorder, microphone, isListenedTo = false } = options
  let playback: SkippablePlayback | null = null
  let isSkipping = false

  function emit(event: CallerEvent): void {
    if (event.type === 'playback.cleared') recorder?.cut(event.heard)
    options.emit(event)
  }

  return {
    open(input, output) {
      playback?.close()
      const create = options.heardBy === 'clock' ? createPlaybackClock : createPrintedPlayback
      playback = create({ format: output, emit })
      if (isSkipping) playback.skip()
      recorder?.open(output)
      microphone?.open(input)
    },
    play(itemId, audio) {
      recorder?.record(itemId, audio)
      playback?.play(itemId, audio)
    },
    pause: () => playback?.pause(),
    resume: () => playback?.resume(),
    clear: () => playback?.clear(),
    beginEnding() {
      isSkipping = !isListenedTo
      if (isSkipping) playback?.skip()
    },
    close: () => playback?.close(),
  }
}
