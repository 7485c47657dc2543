import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as valid from '../../src/generated/realtime-client-events.js'
import type { Effect } from '../../src/session/effect.ts'
import { pathOf, sameData, valueAt } from '../../src/session/leaves.ts'
import { settle } from '../../src/session/settle.ts'
import { newSession, type SessionState } from '../../src/session/state.ts'
import { step } from '../../src/session/step.ts'
import { moment } from './story.ts'
import { type Choice, firstAgent, life, World } from './world.ts'

/** What holds after every event, whatever the order of events. */
interface Witness {
  readonly before: SessionState
  readonly state: SessionState
  readonly effects: readonly Effect[]
  /** The world after the effects were carried out. */
  readonly world: World
  /** Whether the session was confirmed when the effects were ordered. */
  readonly wasLive: boolean
}

const INVARIANTS: { readonly [name: string]: (witness: Witness) => boolean } = {
  'a settled state settles to nothing': ({ state }) => {
    const [again, effects] = settle(state, moment)
    return effects.length === 0 && sameData(again as never, state as never)
  },
  'never two updates in flight': ({ state, world }) =>
    world.updates.length <= 1 || (state.config.sent?.repeated ?? false) || state.config.sent === null,
  'one active response': ({ state, effects, world }) => {
    const creates = count(effects, 'response.create')
    const begun = world.responses.filter((id) => !state.turn.ended.includes(id))
    return creates <= 1 && (creates === 0 || (begun.length === 0 && world.creates.length <= 1))
  },
  'nothing but the settings goes out before the first confirmation': ({ effects, wasLive }) =>
    wasLive || effects.every((effect) => effect.type !== 'send' || effect.event.type === 'session.update'),
  'no call is answered twice': ({ world }) => [...world.outputs.values()].every((outputs) => outputs <= 1),
  'a conversation is greeted once': ({ world }) => world.greetings <= 1,
  'whatever is sent is what the protocol allows': ({ effects }) =>
    effects.every((effect) => effect.type !== 'send' || valid.ClientEvent(effect.event)),
  'whatever is reported is a line of the JSONL': ({ effects }) =>
    effects.every((effect) => effect.type !== 'report' || isLine(JSON.parse(JSON.stringify(effect.report)))),
  'a report carries the generation in force, which never goes back': ({ before, state, effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'report' ||
        [before.config.confirmed.number, state.config.confirmed.number].includes(effect.report.generation),
    ) && before.config.confirmed.number <= state.config.confirmed.number,
  'a sound format never changes in a live session': ({ before, state }) =>
    before.phase !== 'live' ||
    state.phase !== 'live' ||
    ['input', 'output'].every((side) =>
      sameData(valueAt(before, formatOf(side)) as never, valueAt(state, formatOf(side)) as never),
    ),
  'nothing of an interrupted or ended response is played': ({ before, effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'play' ||
        (!before.turn.ended.some((id) => effect.itemId === `item_${id}`) &&
          !before.turn.responses.some(({ id, silenced }) => silenced && effect.itemId === `item_${id}`)),
    ),
  'a tool is run once for a call': ({ world }) => new Set(world.launched).size === world.launched.length,
  'a refused generation is never sent again': ({ before, state }) =>
    state.config.sent === null ||
    state.config.sent === before.config.sent ||
    !before.config.refused.includes(state.config.sent.generation.number),
  'what grows has a limit': ({ state: { turn, calls, config, sound, unanswered } }) =>
    [turn.ended, turn.items, turn.partials, config.refused, unanswered].every(({ length }) => length <= 64) &&
    calls.length <= 256 &&
    turn.heldTexts.length <= 32 &&
    turn.replyDue.length <= 4 &&
    sound.held.reduce((sum, { byteLength }) => sum + byteLength, 0) <= 960_000,
}

const isLine = new Ajv({ strict: false })
  .addSchema(JSON.parse(readFileSync(new URL('../../schemas/jsonl.schema.json', import.meta.url), 'utf8')), 'lines')
  .compile({ $ref: 'lines#/definitions/output' })

function formatOf(side: string) {
  return pathOf(`config.accepted.audio.${side}.format`)
}

test('the invariants hold after every event of a thousand random lives', () => {
  fc.assert(
    fc.property(life, (choices) => {
      live(choices, (witness) => {
        for (const [name, holds] of Object.entries(INVARIANTS)) if (!holds(witness)) throw new Error(`broken: ${name}`)
      })
    }),
    { numRuns: 1000 },
  )
})

test('every finished call is answered once its tool has ended', () => {
  fc.assert(
    fc.property(life, (choices) => {
      const { world, state } = live(choices, () => {})
      let now = state
      while (world.runningTools.length > 0) {
        const event = world.event({ what: 'tool ends', pick: 0 })
        if (event !== null) now = take(now, event, world)
      }
      const unanswered = [...world.outputs.entries()].filter(([, outputs]) => outputs !== 1)
      if (now.phase === 'live') expect(unanswered).toEqual([])
    }),
    { numRuns: 500 },
  )
})

test('what is accepted is what the service last confirmed', () => {
  fc.assert(
    fc.property(life, (choices) => {
      const { world, state } = live(choices, () => {})
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

function live(choices: readonly Choice[], check: (witness: Witness) => void): { state: SessionState; world: World } {
  const world = new World()
  let [state, effects] = settle(newSession('main', { number: 1, agent: firstAgent }), moment)
  world.note(effects)
  const opening: readonly Choice[] = (['open', 'session.created', 'confirm'] as const).map((what) => ({
    what,
    pick: 0,
  }))
  for (const choice of [...opening, ...choices]) {
    const event = world.event(choice)
    if (event === null) continue
    const before = state
    const wasLive = world.live
    ;[state, effects] = step(state, event, moment)
    world.note(effects)
    check({ before, state, effects, world, wasLive })
    if (state.phase === 'closed') break
  }
  return { state, world }
}

function take(state: SessionState, event: Parameters<typeof step>[1], world: World): SessionState {
  const [next, effects] = step(state, event, moment)
  world.note(effects)
  return next
}

function count(effects: readonly Effect[], type: string): number {
  return effects.filter((effect) => effect.type === 'send' && effect.event.type === type).length
}
