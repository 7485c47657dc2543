/** Gives offers to many conversations, one after another, so that one save is not a burst at the service. */
interface Spread<Offer> {
  /** Waits for its turn; an offer of the same conversation that still waits gives way to it, and is returned. */
  put(conversation: string, offer: Offer): Offer | undefined
  remove(conversation: string): void
  close(): void
}

/** Offers a second: two hundred conversations have theirs within two seconds, and the service is asked at most so often. */
export const OFFERS_PER_SECOND = 100

/** `give` is called once for each offer that was not replaced or removed while it waited. */
export function createSpread<Offer>(
  give: (conversation: string, offer: Offer) => void,
  perSecond = OFFERS_PER_SECOND,
): Spread<Offer> {
  const waiting = new Map<string, Offer>()
  let timer: NodeJS.Timeout | undefined

  /** The first is given at once, each other one in its own slot. */
  function goOn(): void {
    const [first] = waiting
    timer = undefined
    if (first === undefined) return
    const [conversation, offer] = first
    waiting.delete(conversation)
    timer = setTimeout(goOn, 1_000 / perSecond)
    give(conversation, offer)
  }

  return {
    put(conversation, offer) {
      const before = waiting.get(conversation)
      waiting.set(conversation, offer)
      if (timer === undefined) goOn()
      return before
    },
    remove: (conversation) => void waiting.delete(conversation),
    close() {
      clearTimeout(timer)
      timer = undefined
      waiting.clear()
    },
  }
}
