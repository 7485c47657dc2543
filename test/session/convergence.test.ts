import { expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import { nextOffer } from '../../src/session/edits/offers.ts'
import { compileSession } from '../../src/session/settings/compile.ts'
import { pathOf, valueAt } from '../../src/session/settings/leaves.ts'
import fc from '../helpers/seeded-fast-check.ts'
import { firstAgent, refusedSetting } from '../lives/agents.ts'
import { choices } from './free/choices.ts'
import { FreeLife } from './free/life.ts'
import { CREATED } from './free/settings.ts'
import type { World } from './free/world.ts'

/** Lives of one conversation that are drawn. */
const LIVES = 1_500

/** What a session of an agent is like, setting by setting; the tiny model that the conversation is held against. */
function settingsOf(agent: Agent): readonly (readonly [path: string, value: unknown])[] {
  return [
    ['instructions', agent.instructions],
    ['temperature', agent.temperature ?? CREATED.temperature],
    ['audio.output.voice', agent.voice],
    ['audio.output.model', agent.tts.model],
    ['audio.output.speed', agent.tts.speed ?? CREATED.audio.output.speed],
    ['audio.input.transcription.model', agent.stt.model],
    ['audio.input.transcription.language', agent.stt.language ?? CREATED.audio.input.transcription.language],
    ['tools', agent.tools.map(({ name }) => name)],
  ]
}

/** The settings that the service holds otherwise than an agent has them. One it was never told is as it began. */
function differing(world: World, agent: Agent): readonly string[] {
  return settingsOf(agent).flatMap(([path, value]) => {
    const held = valueAt(world.service?.settings.held, pathOf(path)) ?? valueAt(CREATED, pathOf(path))
    const shown = path === 'tools' ? (held as { name: string }[]).map(({ name }) => name) : held
    return JSON.stringify(shown) === JSON.stringify(value) ? [] : [`${path}: ${JSON.stringify(shown)}`]
  })
}

/** The newest generation that the service did not refuse; the file that the conversation began with it never refuses. */
function newest({ world, outcomes }: FreeLife): number | undefined {
  return world.offers.findLast(({ number }) => outcomes.get(number) !== 'reload.refused')?.number
}

function ofEveryLife(check: (one: FreeLife) => void): void {
  fc.assert(
    fc.property(choices, (choices) => {
      const merging = choices.length % 2 === 0 ? 'deeply' : 'by parts'
      const one = new FreeLife({ merging }).live(choices).settleDown()
      if (one.isOver) return
      expect(one.state).toMatchObject({ phase: 'live', config: { sent: null } })
      expect(nextOffer(one.state.config)).toBeNull()
      check(one)
    }),
    { numRuns: LIVES },
  )
}

test('whatever happens, a conversation ends up on the newest generation that the service accepts', () => {
  ofEveryLife((one) => {
    // An update that was given up is asked for again with the next offer.
    if (one.state.config.unconfirmed !== null) one.take(one.world.offer(one.world.offers.at(-1)?.agent ?? firstAgent))
    one.settleDown()
    expect(one.state.config.confirmed.number).toBe(newest(one))
  })
})

test('no generation that the service would accept is marked as refused', () => {
  ofEveryLife((one) => {
    if (one.world.isVague) return
    for (const { number, agent } of one.world.offers) {
      if (one.outcomes.get(number) === 'reload.refused') expect(refusedSetting(compileSession(agent))).toBeDefined()
    }
  })
})

test('whatever happens, the service holds all of one generation and nothing of another', () => {
  ofEveryLife((one) => {
    const { confirmed, possiblyAccepted } = one.state.config
    if (possiblyAccepted.length === 0) expect(differing(one.world, confirmed.agent)).toEqual([])
  })
})

test('after uncertain updates, the next edit sends all of one generation', () => {
  ofEveryLife((one) => {
    one.take(one.world.offer(firstAgent))
    one.settleDown()
    if (one.isOver) return
    expect(one.state.config.possiblyAccepted).toEqual([])
    expect(differing(one.world, one.state.config.confirmed.agent)).toEqual([])
  })
})
