import { expect, test } from 'vitest'
import { sameData } from '../../src/session/leaves.ts'
import { settle } from '../../src/session/settle.ts'
import { newSession, type SessionState } from '../../src/session/state.ts'
import { step } from '../../src/session/step.ts'
import fc from '../helpers/properties.ts'
import { type Choice, calm, life } from './happenings.ts'
import { INVARIANTS, type Witness } from './invariants.ts'
import { moment } from './story.ts'
import { World } from './world.ts'
import { firstAgent, patientAgent } from './world-agents.ts'

test('the invariants hold after every event of a thousand random lives', () => {
  fc.assert(
    fc.property(life, fc.boolean(), fc.boolean(), (choices, isFollowed, isPatient) => {
      const check = (witness: Witness) => {
        for (const [name, holds] of Object.entries(INVARIANTS)) if (!holds(witness)) throw new Error(`broken: ${name}`)
      }
      live(choices, isFollowed, check, isPatient ? patientAgent : firstAgent)
    }),
    { numRuns: 1000 },
  )
})

test('every finished call is answered once its tool has ended', () => {
  fc.assert(
    fc.property(life, fc.boolean(), (choices, isFollowed) => {
      const { world, state } = live([...choices, ...calm], isFollowed, () => {})
      const unanswered = [...world.outputs.entries()].filter(([, outputs]) => outputs !== 1)
      if (state.phase === 'live') expect(unanswered).toEqual([])
    }),
    { numRuns: 500 },
  )
})

test('every result from the background is told once, in whatever session, or the conversation is over', () => {
  let told = 0
  fc.assert(
    fc.property(life, fc.boolean(), (choices, isFollowed) => {
      const { world, state } = live([...choices, ...calm], isFollowed, () => {})
      told += world.told.size
      expect([...world.told.values()].filter((times) => times !== 1)).toEqual([])
      expect(new Set(world.endedBehind).size).toBe(world.endedBehind.length)
      if (state.phase === 'live' && state.life.over === null)
        expect(world.endedBehind.filter((callId) => !world.told.has(callId))).toEqual([])
    }),
    { numRuns: 500 },
  )
  expect(told).toBeGreaterThan(0)
})

test('what is accepted is what the service last confirmed', () => {
  fc.assert(
    fc.property(life, fc.boolean(), (choices, isFollowed) => {
      const { world, state } = live(choices, isFollowed, () => {})
      if (
        state.phase === 'live' &&
        world.updates.length === 0 &&
        state.config.sent === null &&
        state.config.unconfirmed === null
      ) {
        expect(sameData(state.config.accepted, world.session)).toBe(true)
      }
    }),
    { numRuns: 500 },
  )
})

/** The beginning of a life; a session that is soon followed has another one made ready beside it. */
const OPENING = ['open', 'session.created', 'servers late', 'answer'] as const
const FOLLOWED = ['unasked', 'roll over', 'next opens', 'next opens', 'next answers'] as const

function live(
  choices: readonly Choice[],
  isFollowed: boolean,
  check: (witness: Witness) => void,
  agent = firstAgent,
): { state: SessionState; world: World } {
  const world = new World(agent)
  let [state, effects] = settle(newSession('main', { number: 1, agent }), moment)
  world.note(effects)
  const opening: readonly Choice[] = [...OPENING, ...(isFollowed ? FOLLOWED : [])].map((what) => ({ what, pick: 0 }))
  for (const choice of [...opening, ...choices]) {
    const event = world.event(choice)
    if (event === null) continue
    const before = state
    const wasLive = world.live
    const wasNextReady = world.next?.live ?? false
    ;[state, effects] = step(state, event, moment)
    world.note(effects)
    check({ before, state, event, effects, world, wasLive, wasNextReady })
    if (state.phase === 'closed') break
  }
  return { state, world }
}
