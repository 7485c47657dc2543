import type { Played, Speaker } from './hearing.ts'

/** How often a reader reports what has come, in ms. */
const READ_MS = 40

/** A speaker for readers: whatever arrives counts as heard. It reports at intervals, since sound may come faster than it is spoken. */
export function createReader(): Speaker {
  let rate = 24_000
  let tell: (played: Played) => void = () => {}
  let telling: ReturnType<typeof setTimeout> | undefined
  let last = 0
  const heard = new Map<string, number>()

  function tellDrained(): void {
    telling = undefined
    tell({ type: 'playback.drained', piece: last })
  }

  return {
    open(rateHz, tellPlayed) {
      rate = rateHz
      tell = tellPlayed
    },
    play(itemId, { piece, fromMs, sound }) {
      if (!heard.has(itemId)) tell({ type: 'playback.started', item_id: itemId })
      heard.set(itemId, Math.floor(fromMs + (sound.byteLength / 2 / rate) * 1_000))
      last = piece
      telling ??= setTimeout(tellDrained, READ_MS)
    },
    clear() {
      clearTimeout(telling)
      telling = undefined
      const all = [...heard].map(([item_id, ms]) => ({ item_id, ms }))
      heard.clear()
      return all
    },
  }
}
