import type { ConfigState, Generation, Waiting } from '../config-state.ts'
import type { Moment } from '../event.ts'
import type { SessionState } from '../state.ts'
import { report, type Step, sequence, unchanged } from '../stepping.ts'

/** A generation that waits to be sent. */
export interface Offer extends Generation, Waiting {
  /** It was told that a newer one took its place, and it has not had its turn since. */
  readonly overtaken: boolean
}

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

/** Those that a newer generation leaves without a turn are told that, once; one that has its turn all the same is told of anew. */
export function overtake(state: SessionState, by: number, moment: Moment): Step {
  const { offers } = state.config
  const untold = offers.filter(({ number, overtaken }) => number < by && !overtaken)
  const marked = offers.map((offer) =>
    untold.includes(offer) ? { ...offer, overtaken: true, waitingReported: false } : offer,
  )
  return sequence(
    { ...state, config: { ...state.config, offers: marked } },
    ...untold.map(({ number }) => report({ type: 'reload.superseded', offered: number, by }, moment)),
  )
}

/** Once a generation is in force, older ones are of no more use. */
export function dropOlderOffers(state: SessionState, inForce: number, moment: Moment): Step {
  return sequence(
    state,
    (now) => overtake(now, inForce, moment),
    (now) => {
      const offers = now.config.offers.filter(({ number }) => number > inForce)
      return unchanged({ ...now, config: { ...now.config, offers } })
    },
  )
}
