/** Gives offers to many conversations one after another, so that one save does not hit the service in a burst. */
interface OfferPacer<Offer> {
  /** Queues an offer. It replaces one still waiting for the same conversation, which is returned. */
  queue(conversation: string, offer: Offer): Offer | undefined
  remove(conversation: string): void
  close(): void
}

/** Offers per second: two hundred conversations get theirs within two seconds, and the service gets no more than this. */
export const OFFERS_PER_SECOND = 100

/** Calls `deliver` once for each offer that was not replaced or removed while it waited. */
export function createOfferPacer<Offer>(
  deliver: (conversation: string, offer: Offer) => void,
  perSecond = OFFERS_PER_SECOND,
): OfferPacer<Offer> {
  const waiting = new Map<string, Offer>()
  let timer: NodeJS.Timeout | undefined

  /** Delivers the first at once, each other one in its own slot. */
  function deliverNext(): void {
    const [first] = waiting
    timer = undefined
    if (first === undefined) return
    const [conversation, offer] = first
    waiting.delete(conversation)
    timer = setTimeout(deliverNext, 1_000 / perSecond)
    deliver(conversation, offer)
  }

  return {
    queue(conversation, offer) {
      const before = waiting.get(conversation)
      waiting.set(conversation, offer)
      if (timer === undefined) deliverNext()
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
