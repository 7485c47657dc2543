import { durationMs, type SoundFormat } from '../../audio/format.ts'
import type { CallerEvent } from '../caller-event.ts'
import { emptyQueue, nextAt, type PlaybackEvent, stepPlayback } from './queue.ts'

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

  function take(event: PlaybackEvent): void {
    const at = now() + skippedMs
    const [after, told] = stepPlayback(queue, event, at)
    queue = after
    cancelTimer()
    const next = nextAt(queue)
    const leftMs = next === null ? 0 : Math.max(0, Math.ceil(next - at))
    if (isSkipping) skippedMs += leftMs
    cancelTimer = next === null ? () => {} : setTimer(() => take({ type: 'ticked' }), isSkipping ? 0 : leftMs)
    for (const one of told) emit(one)
  }

  return {
    play: (itemId, audio) => take({ type: 'played', itemId, ms: durationMs(audio.byteLength, format) }),
    pause: () => take({ type: 'paused' }),
    resume: () => take({ type: 'resumed' }),
    clear: () => take({ type: 'cleared' }),
    skip() {
      isSkipping = true
      take({ type: 'ticked' })
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
