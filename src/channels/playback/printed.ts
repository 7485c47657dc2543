import { durationMs, type SoundFormat } from '../../audio/format.ts'
import type { CallerEvent } from '../caller-event.ts'
import type { SkippablePlayback } from './clock.ts'

/** Items whose length is remembered for `clear()`; the oldest goes first. */
const ITEMS_MAX = 64

/** Playback for readers (a text terminal, a pipe): whatever is printed counts as heard in full, at once. */
export function createPrintedPlayback(options: {
  readonly format: SoundFormat
  readonly emit: (event: CallerEvent) => void
}): SkippablePlayback {
  const { format, emit } = options
  const bytesByItem = new Map<string, number>()

  return {
    play(itemId, audio) {
      if (!bytesByItem.has(itemId)) emit({ type: 'playback.started', itemId })
      bytesByItem.set(itemId, (bytesByItem.get(itemId) ?? 0) + audio.byteLength)
      const oldest = bytesByItem.keys().next()
      if (bytesByItem.size > ITEMS_MAX && oldest.done !== true) bytesByItem.delete(oldest.value)
      emit({ type: 'playback.drained' })
    },
    /** Printed text cannot pause. */
    pause() {},
    resume() {},
    clear() {
      const heard = [...bytesByItem].map(([itemId, bytes]) => ({ itemId, ms: Math.floor(durationMs(bytes, format)) }))
      bytesByItem.clear()
      emit({ type: 'playback.cleared', heard })
    },
    /** Printed text counts as heard already. */
    skip() {},
    close: () => bytesByItem.clear(),
  }
}
