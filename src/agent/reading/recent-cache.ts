/** The last few answers, by the very thing that was asked about. */
interface Recent<Key, Answer> {
  get(key: Key): Answer | undefined
  set(key: Key, answer: Answer): void
}

/**
 * Remembers as many answers as it is told, and then the newest in place of the oldest. No weak map: the engine takes the values of one for alive
 * until it looks through the whole heap, so that a thousand files pile up.
 */
export function createRecentCache<Key, Answer>(max: number): Recent<Key, Answer> {
  const kept: { readonly key: Key; readonly answer: Answer }[] = []
  let next = 0
  return {
    get: (key) => kept.find((each) => each.key === key)?.answer,
    set(key, answer) {
      kept[next] = { key, answer }
      next = (next + 1) % max
    },
  }
}
