import type { Item } from './item.ts'

/** The conversation of one connection: items in order, and the length of each assistant item's sound. */
export interface History {
  items(): readonly Item[]
  find(id: string): Item | undefined
  /** The id of the item before this one; null at the front. */
  before(id: string): string | null
  lastId(): string | null
  /** Inserts an item after `previousId`, at the front (`root`) or at the end (null); false if there is no such item. */
  insert(item: Item, previousId: string | null): boolean
  replace(item: Item): void
  remove(id: string): boolean
  /** Sound of an item so far, in ms. */
  audioMs(id: string): number
  setAudioMs(id: string, ms: number): void
}

/** The most items kept; the oldest goes first, so that a rehearsal of days does not grow. */
const ITEMS_MAX = 5_000

export function createHistory(): History {
  let items: readonly Item[] = []
  const sound = new Map<string, number>()

  const remove = (id: string): boolean => {
    const before = items.length
    items = items.filter((item) => item.id !== id)
    sound.delete(id)
    return items.length < before
  }
  const indexOf = (id: string): number => items.findIndex((item) => item.id === id)

  return {
    items: () => items,
    find: (id) => items.find((item) => item.id === id),
    before: (id) => items[indexOf(id) - 1]?.id ?? null,
    lastId: () => items.at(-1)?.id ?? null,
    insert(item, previousId) {
      const found = previousId === null || previousId === 'root' ? null : indexOf(previousId)
      if (found === -1) return false
      const at = previousId === 'root' ? 0 : found === null ? items.length : found + 1
      items = items.toSpliced(at, 0, item)
      const oldest = items[0]
      if (items.length > ITEMS_MAX && oldest !== undefined) remove(oldest.id)
      return true
    },
    replace(item) {
      items = items.map((each) => (each.id === item.id ? item : each))
    },
    remove,
    audioMs: (id) => sound.get(id) ?? 0,
    setAudioMs: (id, ms) => void sound.set(id, ms),
  }
}
