import { expect, test } from 'vitest'
import { simulateLife } from './life.ts'

/** Lives in one run; each is decided by its seed, so that a run finds what the last one found. */
const LIVES = Number(process.env.SIMULATION_LIVES ?? 1_000)
/** Where the seeds begin; to see one life, give its seed here and 1 as the number of lives. */
const FIRST = Number(process.env.SIMULATION_SEED ?? 1)
/** The most lines of a story that are shown, from its end. */
const LINES_MAX = 60

test(`the invariants hold in ${LIVES} simulated lives, whatever goes wrong, and each ends with nothing left undone`, () => {
  let steps = 0
  let takeOvers = 0
  for (let seed = FIRST; seed < FIRST + LIVES; seed += 1) {
    const life = simulateLife(seed)
    steps += life.steps
    takeOvers += life.takeOvers
    if (life.broken !== null) {
      const again = `SIMULATION_SEED=${seed} SIMULATION_LIVES=1 npx vitest run test/simulation`
      throw new Error(`broken: ${life.broken}\nonce more: ${again}\n\n${life.story.slice(-LINES_MAX).join('\n')}`)
    }
  }
  expect(steps).toBeGreaterThan(LIVES * 20)
  expect(takeOvers).toBeGreaterThanOrEqual(Math.floor(LIVES / 10))
}, 600_000)

test('the same seed gives the same life, another seed another', () => {
  expect(simulateLife(7).story).toEqual(simulateLife(7).story)
  expect(simulateLife(7).story).not.toEqual(simulateLife(8).story)
})
