import { expect, test } from 'vitest'
import { createOfferPacer, OFFERS_PER_SECOND } from '../../src/runner/generations/offer-pacer.ts'

/** Waits until so many were given. */
function gather(count: number, perSecond = OFFERS_PER_SECOND) {
  const given: string[] = []
  const times: number[] = []
  const all = Promise.withResolvers<void>()
  const spread = createOfferPacer<string>((conversation, offer) => {
    given.push(`${conversation}:${offer}`)
    times.push(performance.now())
    if (given.length === count) all.resolve()
  }, perSecond)
  return { spread, given, times, all: all.promise }
}

test('the first is given at once, the others in their order and no faster than the rate', async () => {
  const { spread, given, times, all } = gather(40)
  for (let index = 0; index < 40; index += 1) spread.queue(`c${index}`, 'g2')
  expect(given).toEqual(['c0:g2'])
  await all
  expect(given).toEqual(Array.from({ length: 40 }, (_, index) => `c${index}:g2`))
  // A timer may fire a millisecond early.
  const least = (39 * 1_000) / OFFERS_PER_SECOND - 39
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(least)
})

test('a newer offer takes the place of one that still waits', async () => {
  const { spread, given, all } = gather(2)
  spread.queue('a', 'g2')
  expect(spread.queue('b', 'g2')).toBeUndefined()
  expect(spread.queue('b', 'g3')).toBe('g2')
  await all
  expect(given).toEqual(['a:g2', 'b:g3'])
})

test('after its end nothing is given', async () => {
  const { spread, given } = gather(9, 1_000)
  spread.queue('a', 'g2')
  spread.queue('b', 'g2')
  spread.close()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(given).toEqual(['a:g2'])
})
