import type { ConfigState, Generation, Waiting } from '../config-state.ts'

/** A generation that waits to be sent. */
export type Offer = Generation & Waiting

/** Generations that wait at once, as many as are kept to fall back on. */
const OFFERS_MAX = 20

/** The one to send next: the newest. It skips the others, which have their turn only if the service refuses it. */
export function nextOffer({ offers, unconfirmed }: Pick<ConfigState, 'offers' | 'unconfirmed'>): Offer | null {
  const newest = offers.at(-1)
  if (newest === undefined || newest.number <= (unconfirmed?.generation.number ?? 0)) return null
  return newest
}

/** In the order of their numbers. */
export function withOffer(offers: readonly Offer[], offer: Offer): readonly Offer[] {
  const others = offers.filter(({ number }) => number !== offer.number)
  return [...others, offer].sort((one, other) => one.number - other.number).slice(-OFFERS_MAX)
}

export function withoutOffer(offers: readonly Offer[], gone: number): readonly Offer[] {
  return offers.filter(({ number }) => number !== gone)
}

/** Once a generation is in force, older ones are of no more use. */
export function offersAfter(offers: readonly Offer[], confirmed: number): readonly Offer[] {
  return offers.filter(({ number }) => number > confirmed)
}
