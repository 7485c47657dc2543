import { durationMs, type SoundFormat } from '../../audio/format.ts'
import type { CallerEvent } from '../caller-event.ts'
import { emptyQueue, nextEventAt, type PlaybackEvent, stepPlayback } from './queue.ts'

/** A caller's playback: sound in the session's output format goes in, and caller events say what was heard. */
export interface Playback {
  play(itemId: string, audio: Uint8Array): void
  /** Stops at the current position until `resume()` or `clear()`; sound played meanwhile queues behind it. */
  pause(): void
  resume(): void
  /** Falls silent at once; `playback.cleared` reports what was heard. */
  clear(): void
  /** Stops without an event. */
  close(): void
}

/** Playback that can count sound as heard early. */
export interface SkippablePlayback extends Playback {
  /** From here on, sound counts as heard at once, including what is playing. */
  skip(): void
}

interface PlaybackClockOptions {
  readonly format: SoundFormat
  readonly emit: (event: CallerEvent) => void
  /** A clock that never runs backwards, in ms. */
  readonly now?: () => number
  /** Calls back after `ms`; returns a function that cancels the call. */
  readonly setTimer?: (callback: () => void, ms: number) => () => void
}

/** Playback for a sink without a loudspeaker (JSONL, a WAV file): what would have been played by now counts as heard. */
export function createPlaybackClock(options: PlaybackClockOptions): SkippablePlayback {
  const { format, emit, now = () => performance.now(), setTimer = startTimer } = options
  let queue = emptyQueue
  let cancelTimer = () => {}
  let isSkipping = false
  let skippedMs = 0

  function apply(event: PlaybackEvent): void {
    const at = now() + skippedMs
    const [after, events] = stepPlayback(queue, event, at)
    queue = after
    cancelTimer()
    const next = nextEventAt(queue)
    const waitMs = next === null ? 0 : Math.max(0, Math.ceil(next - at))
    if (isSkipping) skippedMs += waitMs
    cancelTimer = next === null ? () => {} : setTimer(() => apply({ type: 'ticked' }), isSkipping ? 0 : waitMs)
    for (const one of events) emit(one)
  }

  return {
    play: (itemId, audio) => apply({ type: 'played', itemId, ms: durationMs(audio.byteLength, format) }),
    pause: () => apply({ type: 'paused' }),
    resume: () => apply({ type: 'resumed' }),
    clear: () => apply({ type: 'cleared' }),
    skip() {
      isSkipping = true
      apply({ type: 'ticked' })
    },
    close: () => {
      cancelTimer()
      queue = emptyQueue
    },
  }
}

function startTimer(callback: () => void, ms: number): () => void {
  const timer = setTimeout(callback, ms)
  return () => clearTimeout(timer)
}
