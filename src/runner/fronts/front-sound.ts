import type { AudioFormat } from '../../agent/agent.ts'
import type { CallerEvent } from '../../channels/caller-event.ts'
import { createPlaybackClock, type SkippablePlayback } from '../../channels/playback/clock.ts'
import { createPrintedPlayback } from '../../channels/playback/printed.ts'
import type { WavRecorder } from '../../channels/wav/recorder.ts'
import type { Sound } from '../conversation.ts'

interface FrontSoundOptions {
  /** `clock`: what would have been played by now counts as heard; `printed`: what is printed does. */
  readonly heardBy: 'clock' | 'printed'
  /** Somebody listens to the sound, so the end of the conversation waits for it. */
  readonly isListenedTo?: boolean
  readonly emit: (event: CallerEvent) => void
  readonly microphone?: { open(input: AudioFormat): void }
}

/** How a caller's sound reaches their conversation. */
export interface CallerLine {
  emit(event: CallerEvent): void
  /** Whether the caller marks their turns in the open session: an edit may change that for the next one. */
  isManual(): boolean
}

/** How the caller of a front hears. */
export interface FrontSound extends Sound {
  /** The conversation will end once it was heard: from here on, sound that nobody listens to counts as heard at once. */
  beginEnding?(): void
  close(): void
}

/** The sound of a caller without a loudspeaker, heard by the clock or as it is printed. */
export function createFrontSound(options: FrontSoundOptions): FrontSound {
  const { heardBy, emit, microphone, isListenedTo = false } = options
  let playback: SkippablePlayback | null = null
  let isSkipping = false

  return {
    open(input, output) {
      playback?.close()
      const create = heardBy === 'clock' ? createPlaybackClock : createPrintedPlayback
      playback = create({ format: output, emit })
      if (isSkipping) playback.skip()
      microphone?.open(input)
    },
    play: (itemId, audio) => playback?.play(itemId, audio),
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

/** Opens a caller's sound, and records what they hear of it if there is a recorder: what was cut off is removed. */
export function openRecordedSound(
  recorder: WavRecorder | null,
  line: CallerLine,
  openSound: (line: CallerLine) => FrontSound,
): FrontSound {
  if (recorder === null) return openSound(line)
  const sound = openSound({
    ...line,
    emit(event) {
      if (event.type === 'playback.cleared') recorder.cut(event.heard)
      line.emit(event)
    },
  })
  return {
    ...sound,
    open(input, output) {
      recorder.open(output)
      sound.open(input, output)
    },
    play(itemId, audio) {
      recorder.record(itemId, audio)
      sound.play(itemId, audio)
    },
  }
}
