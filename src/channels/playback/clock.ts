import { durationMs, type SoundFormat } from '../../audio/format.ts'
import type { CallerEvent } from '../caller-event.ts'
import { emptyQueue, nextAt, type PlaybackEvent, stepPlayback } from './queue.ts'

/** How a caller hears: sound in the session's output format goes in, what was heard comes out as caller events. */
export interface Playback {
  play(itemId: string, audio: Uint8Array): void
  /** Stands still where it is until `resume()` or `clear()`; what is played meanwhile waits behind it. */
  pause(): void
  resume(): void
  /** Falls silent at once; what was heard is told as `playback.cleared`. */
  clear(): void
  /** Stops without a word. */
  close(): void
}

/** Playback that may count as heard sooner than it would be. */
export interface SkippingPlayback extends Playback {
  /** From here on all that is played counts as heard at once, and so does what is playing. */
  skip(): void
}

interface PlaybackClockOptions {
  readonly format: SoundFormat
  readonly emit: (event: CallerEvent) => void
  /** A clock that never runs backwards, in ms. */
  readonly now?: () => number
  /** Calls back after so many ms; gives what takes the call back. */
  readonly setTimer?: (callback: () => void, ms: number) => () => void
}

/** Playback for a sink that makes no sound itself (JSONL, a WAV file): heard is what would have been played by now. */
export function createPlaybackClock(options: PlaybackClockOptions): SkippingPlayback {
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
