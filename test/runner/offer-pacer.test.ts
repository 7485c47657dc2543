import { expect, test } from 'vitest'
import { createOfferPacer, OFFERS_PER_SECOND } from '../../src/runner/generations/offer-pacer.ts'

/** A pacer, and what it delivers; `all` resolves after that many offers. */
function createGatheringPacer(count: number, perSecond = OFFERS_PER_SECOND) {
  const delivered: string[] = []
  const times: number[] = []
  const all = Promise.withResolvers<void>()
  const pacer = createOfferPacer<string>((conversation, offer) => {
    delivered.push(`${conversation}:${offer}`)
    times.push(performance.now())
    if (delivered.length === count) all.resolve()
  }, perSecond)
  return { pacer, delivered, times, all: all.promise }
}

test('the first offer is delivered at once, the others in order and no faster than the rate', async () => {
  const { pacer, delivered, times, all } = createGatheringPacer(40)
  for (let index = 0; index < 40; index += 1) pacer.queue(`c${index}`, 'g2')
  expect(delivered).toEqual(['c0:g2'])
  await all
  expect(delivered).toEqual(Array.from({ length: 40 }, (_, index) => `c${index}:g2`))
  // A timer may fire a millisecond early.
  const least = (39 * 1_000) / OFFERS_PER_SECOND - 39
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(least)
})

test('a newer offer replaces a queued one of the same conversation', async () => {
  const { pacer, delivered, all } = createGatheringPacer(2)
  pacer.queue('a', 'g2')
  expect(pacer.queue('b', 'g2')).toBeUndefined()
  expect(pacer.queue('b', 'g3')).toBe('g2')
  await all
  expect(delivered).toEqual(['a:g2', 'b:g3'])
})

test('nothing is delivered after close', async () => {
  const { pacer, delivered } = createGatheringPacer(9, 1_000)
  pacer.queue('a', 'g2')
  pacer.queue('b', 'g2')
  pacer.close()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(delivered).toEqual(['a:g2'])
})
