import { expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import { deepEqual } from '../../src/session/settings/leaves.ts'
import fc from '../helpers/seeded-fast-check.ts'
import { drawAgent, firstAgent, patientAgent } from '../lives/agents.ts'
import { brokenInvariant } from '../lives/invariants.ts'
import type { ObservedStep } from '../lives/observer.ts'
import { createRandom } from '../lives/random.ts'
import { unfinishedWork } from '../lives/unfinished.ts'
import { choices } from './free/choices.ts'
import { BEGINNING_NAMES, FreeLife } from './free/life.ts'

/** One that has all there is, or any: by a number, which shrinks and is short to read. */
const agent = fc.oneof({ arbitrary: fc.nat(1), weight: 3 }, { arbitrary: fc.nat(), weight: 1 })
const beginning = fc.constantFrom(...BEGINNING_NAMES)

function agentOf(number: number): Agent {
  return [firstAgent, patientAgent][number] ?? drawAgent(createRandom(number))
}

function watch(observed: ObservedStep): void {
  const broken = brokenInvariant(observed)
  if (broken !== null) throw new Error(`broken: ${broken}`)
}

test('the invariants hold after every event of a thousand random lives, and nothing is due at their end', () => {
  let delivered = 0
  fc.assert(
    fc.property(choices, beginning, agent, (choices, beginning, agent) => {
      const { observer, state } = new FreeLife({ agent: agentOf(agent), beginning, watch }).live(choices).settleDown()
      delivered += observer.delivered.size
      if (state.phase === 'live') expect(unfinishedWork(observer, state)).toEqual([])
    }),
    { numRuns: 1000 },
  )
  expect(delivered).toBeGreaterThan(0)
})

test('the accepted settings are what the service last confirmed', () => {
  fc.assert(
    fc.property(choices, beginning, agent, (choices, beginning, agent) => {
      const { world, state } = new FreeLife({ agent: agentOf(agent), beginning }).live(choices)
      const { sent, unconfirmed, accepted } = state.config
      const settings = world.service?.settings
      if (state.phase !== 'live' || settings === undefined || settings.updates.length > 0) return
      if (sent === null && unconfirmed === null) expect(deepEqual(accepted, settings.held)).toBe(true)
    }),
    { numRuns: 500 },
  )
})
