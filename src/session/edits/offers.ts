import type { ConfigState, Offer } from '../config-state.ts'
import { type SessionState, withConfig } from '../state.ts'
import { report, type Step, sequence, withoutEffects } from '../stepping.ts'

/** Generations that may wait at once, as many as the history keeps. */
const OFFERS_MAX = 20

/** The offer to send next: the newest. Older ones have their turn only if the service refuses it. */
export function nextOffer({ offers, unconfirmed }: Pick<ConfigState, 'offers' | 'unconfirmed'>): Offer | null {
  const newest = offers.at(-1)
  if (newest === undefined || newest.number <= (unconfirmed?.generation.number ?? 0)) return null
  return newest
}

/** Adds an offer, in order of number. */
export function withOffer(offers: readonly Offer[], offer: Offer): readonly Offer[] {
  const others = offers.filter(({ number }) => number !== offer.number)
  return [...others, offer].sort((one, other) => one.number - other.number).slice(-OFFERS_MAX)
}

export function withoutOffer(offers: readonly Offer[], removed: number): readonly Offer[] {
  return offers.filter(({ number }) => number !== removed)
}

/** Reports, once each, the generations that a newer one supersedes; one that has its turn after all is reported again. */
export function supersedeOlder(state: SessionState, by: number): Step {
  const { offers } = state.config
  const unreported = offers.filter(({ number, superseded }) => number < by && !superseded)
  const marked = offers.map((offer) =>
    unreported.includes(offer) ? { ...offer, superseded: true, waitingReported: false } : offer,
  )
  return sequence(
    withConfig(state, { offers: marked }),
    ...unreported.map(({ number }) => report({ type: 'reload.superseded', offered: number, by })),
  )
}

/** Drops offers older than the generation in force. */
export function dropOlderOffers(state: SessionState, inForce: number): Step {
  return sequence(
    state,
    (now) => supersedeOlder(now, inForce),
    (now) => {
      const offers = now.config.offers.filter(({ number }) => number > inForce)
      return withoutEffects(withConfig(now, { offers }))
    },
  )
}
