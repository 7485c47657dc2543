import { HEARD_MAX } from '../protocol.ts'
import type { Played, Speaker } from './playback.ts'

/** How often a reader reports what has come, in ms. */
const REPORT_MS = 40

/** A speaker for readers: whatever arrives counts as heard. It reports at intervals, since sound may come faster than it is spoken. */
export function createReader(): Speaker {
  let rate = 24_000
  let report: (played: Played) => void = () => {}
  let drainedTimer: ReturnType<typeof setTimeout> | undefined
  let lastPiece = 0
  const heard = new Map<string, number>()

  function reportDrained(): void {
    drainedTimer = undefined
    report({ type: 'playback.drained', piece: lastPiece })
  }

  return {
    open(rateHz, reportPlayed) {
      rate = rateHz
      report = reportPlayed
    },
    play(itemId, { piece, fromMs, sound }) {
      if (!heard.has(itemId)) report({ type: 'playback.started', item_id: itemId })
      heard.set(itemId, Math.floor(fromMs + (sound.byteLength / 2 / rate) * 1_000))
      const [oldest] = heard.keys()
      if (heard.size > HEARD_MAX && oldest !== undefined) heard.delete(oldest)
      lastPiece = piece
      drainedTimer ??= setTimeout(reportDrained, REPORT_MS)
    },
    clear() {
      clearTimeout(drainedTimer)
      drainedTimer = undefined
      const all = [...heard].map(([item_id, ms]) => ({ item_id, ms }))
      heard.clear()
      return all
    },
  }
}
