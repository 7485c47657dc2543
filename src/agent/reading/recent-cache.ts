/** The last few answers, by the very thing that was asked about. */
interface RecentCache<Key, Answer> {
  get(key: Key): Answer | undefined
  set(key: Key, answer: Answer): void
}

/**
 * Remembers at most so many answers; then the newest takes the place of the oldest. No weak map: the engine takes the values of one for alive
 * until it looks through the whole heap, so that a thousand files pile up.
 */
export function createRecentCache<Key, Answer>(max: number): RecentCache<Key, Answer> {
  const entries: { readonly key: Key; readonly answer: Answer }[] = []
  let next = 0
  return {
    get: (key) => entries.find((entry) => entry.key === key)?.answer,
    set(key, answer) {
      entries[next] = { key, answer }
      next = (next + 1) % max
    },
  }
}
