import type { Heard } from '../caller-event.ts'

/** The place of an item's sound in a recording, in bytes of PCM16. */
export interface RecordedItem {
  readonly itemId: string
  readonly from: number
  readonly to: number
}

/** Items that can still be cut; beyond that, the oldest stay as they are. */
const ITEMS_MAX = 64

/** Adds sound at the end. */
export function appendRecorded(items: readonly RecordedItem[], added: RecordedItem): readonly RecordedItem[] {
  const before = items.at(-1)
  const isMore = before?.itemId === added.itemId && before.to === added.from
  return isMore ? [...items.slice(0, -1), { ...before, to: added.to }] : [...items, added].slice(-ITEMS_MAX)
}

/**
 * Where a recording ends without what was not heard: at the first item heard only in part, since nothing after it was heard. Null if
 * nothing is cut.
 */
export function endAfterCut(items: readonly RecordedItem[], heard: readonly Heard[], rateHz: number): number | null {
  const ends = heard.flatMap(({ itemId, ms }) => {
    let left = 2 * Math.floor((ms * rateHz) / 1_000)
    for (const item of items.filter((one) => one.itemId === itemId)) {
      if (item.to - item.from > left) return [item.from + left]
      left -= item.to - item.from
    }
    return []
  })
  return ends.length === 0 ? null : Math.min(...ends)
}
