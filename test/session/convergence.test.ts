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

/** How many lives of a conversation are drawn. */
const LIVES = 1_500

/** What a session of an agent has to hold, setting by setting: a small model that the conversation is compared with. */
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

/** The settings that the service holds otherwise than an agent has them. One that was never sent is as in `session.created`. */
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

function ofEveryLife(check: (life: FreeLife) => void): void {
  fc.assert(
    fc.property(choices, (choices) => {
      const merging = choices.length % 2 === 0 ? 'deeply' : 'by parts'
      const life = new FreeLife({ merging }).live(choices).settleDown()
      if (life.isOver) return
      expect(life.state).toMatchObject({ phase: 'live', config: { sent: null } })
      expect(nextOffer(life.state.config)).toBeNull()
      check(life)
    }),
    { numRuns: LIVES },
  )
}

test('whatever happens, a conversation ends up on the newest generation that the service accepts', () => {
  ofEveryLife((life) => {
    // An update that was given up is asked for again with the next offer.
    if (life.state.config.unconfirmed !== null)
      life.take(life.world.offer(life.world.offers.at(-1)?.agent ?? firstAgent))
    life.settleDown()
    expect(life.state.config.confirmed.number).toBe(newest(life))
  })
})

test('no generation that the service would accept is marked as refused', () => {
  ofEveryLife((life) => {
    if (life.world.isVague) return
    for (const { number, agent } of life.world.offers) {
      if (life.outcomes.get(number) === 'reload.refused') expect(refusedSetting(compileSession(agent))).toBeDefined()
    }
  })
})

test('whatever happens, the service holds all of one generation and nothing of another', () => {
  ofEveryLife((life) => {
    const { confirmed, possiblyAccepted } = life.state.config
    if (possiblyAccepted.length === 0) expect(differing(life.world, confirmed.agent)).toEqual([])
  })
})

test('after uncertain updates, the next edit makes the service hold all of one generation', () => {
  ofEveryLife((life) => {
    life.take(life.world.offer(firstAgent))
    life.settleDown()
    if (life.isOver) return
    expect(life.state.config.possiblyAccepted).toEqual([])
    expect(differing(life.world, life.state.config.confirmed.agent)).toEqual([])
  })
})
