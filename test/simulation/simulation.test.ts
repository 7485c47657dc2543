import { expect, test } from 'vitest'
import { simulateLife } from './life.ts'

/** Lives that are lived in one run; each is decided by its seed, so that a run finds what the last one found. */
const LIVES = Number(process.env.SIMULATION_LIVES ?? 1_000)
/** Where the seeds begin; to see one life, give its seed here and 1 as the number of lives. */
const FIRST = Number(process.env.SIMULATION_SEED ?? 1)
/** Lines of a story that are shown, the last ones. */
const SHOWN = 60

test(`the invariants hold in ${LIVES} whole lives of a conversation, whatever goes wrong, and all of them end`, () => {
  let steps = 0
  let followed = 0
  for (let seed = FIRST; seed < FIRST + LIVES; seed += 1) {
    const { broken, story, steps: taken, takeOvers } = simulateLife(seed)
    steps += taken
    followed += takeOvers
    if (broken !== null) {
      const again = `SIMULATION_SEED=${seed} SIMULATION_LIVES=1 npx vitest run test/simulation`
      throw new Error(`broken: ${broken}\nonce more: ${again}\n\n${story.slice(-SHOWN).join('\n')}`)
    }
  }
  expect(steps).toBeGreaterThan(LIVES * 20)
  expect(followed).toBeGreaterThanOrEqual(Math.floor(LIVES / 10))
}, 600_000)

test('a seed gives the same life again', () => {
  expect(simulateLife(7).story).toEqual(simulateLife(7).story)
  expect(simulateLife(7).story).not.toEqual(simulateLife(8).story)
})
