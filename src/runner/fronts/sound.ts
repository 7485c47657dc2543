import type { AudioFormat } from '../../agent/agent.ts'
import type { CallerEvent, Heard } from '../../channels/caller-event.ts'
import { createPlaybackClock, type SkippingPlayback } from '../../channels/playback/clock.ts'
import { createPrintedPlayback } from '../../channels/playback/printed.ts'
import type { Sound } from '../conversation.ts'

interface SoundOptions {
  /** `clock`: heard is what would have been played by now; `printed`: what is printed counts as heard. */
  readonly heardBy: 'clock' | 'printed'
  /** Somebody listens to it, and is waited for when the conversation is to end. */
  readonly isListenedTo?: boolean
  readonly emit: (event: CallerEvent) => void
  readonly recorder?: Recorder
  readonly microphone?: { open(input: AudioFormat): void }
}

/** How a caller's sound reaches his conversation. */
export interface CallerLine {
  emit(event: CallerEvent): void
  /** Whether he himself says where his turns begin and end, in the session that is open: an edit may change it for the next one. */
  isManual(): boolean
}

/** Keeps what the agent says, and takes back what was cut off. */
export interface Recorder {
  /** Each time a session is ready for sound: what comes from here on is coded so. */
  open(output: AudioFormat): void
  record(itemId: string, audio: Uint8Array): void
  cut(heard: readonly Heard[]): void
}

/** How the caller of a front hears. */
export interface FrontSound extends Sound {
  /** The conversation is to end once it was heard: what nobody listens to counts as that from here on. */
  ending?(): void
  close(): void
}

/** How a caller without a loudspeaker hears: by the clock of the sound, or by reading. */
export function createSound(options: SoundOptions): FrontSound {
  const { recorder, microphone, isListenedTo = false } = options
  let playback: SkippingPlayback | null = null
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
    ending() {
      isSkipping = !isListenedTo
      if (isSkipping) playback?.skip()
    },
    close: () => playback?.close(),
  }
}
