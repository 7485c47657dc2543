import { expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import { compileSession } from '../../src/session/compile.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { pathOf, valueAt } from '../../src/session/leaves.ts'
import { nextOffer } from '../../src/session/offers.ts'
import { settle } from '../../src/session/settle.ts'
import { newSession, type SessionState } from '../../src/session/state.ts'
import { step } from '../../src/session/step.ts'
import fc from '../helpers/properties.ts'
import { type Choice, life } from './happenings.ts'
import { moment } from './story.ts'
import { CREATED, World } from './world.ts'
import { firstAgent, unacceptable } from './world-agents.ts'

/** Lives of one conversation that are drawn. */
const LIVES = 3_000

/** A conversation and the service that it talks with, and what it said of each generation last. */
class Life {
  readonly world = new World()
  readonly fates = new Map<number, string>()
  state: SessionState

  constructor(choices: readonly Choice[]) {
    const [state, effects] = settle(newSession('main', { number: 1, agent: firstAgent }), moment)
    this.state = state
    this.world.note(effects)
    this.world.merges = choices.length % 2 === 0 ? 'deeply' : 'by parts'
    this.happen('open', 'session.created', 'servers late', 'answer')
    for (const choice of choices) this.take(this.world.event(choice))
  }

  take(event: SessionEvent | null): boolean {
    if (event === null || this.isOver) return false
    const [state, effects] = step(this.state, event, moment)
    this.state = state
    this.world.note(effects)
    if (event.type === 'agent.withdrawn' && this.fates.get(event.generation) !== 'reload.applied')
      this.fates.set(event.generation, 'reload.refused')
    for (const effect of effects) {
      if (effect.type !== 'report' || !('fields' in effect.report) || effect.report.own) continue
      if (effect.report.offered !== null) this.fates.set(effect.report.offered, effect.report.type)
    }
    return true
  }

  happen(...whats: readonly Choice['what'][]): void {
    for (const what of whats) this.take(this.world.event({ what, pick: 0 }))
  }

  get isOver(): boolean {
    return ['stopping', 'closing', 'closed'].includes(this.state.phase)
  }

  /** From here on nothing is lost, held back or said: what was begun ends, and every update is answered. */
  calm(): void {
    this.happen('resume', 'committed by hand')
    const { offers, confirmed } = this.state.config
    const last = offers.at(-1)?.agent ?? confirmed.authored
    if (confirmed.agent.reload.apply === 'next_session')
      this.take(this.world.offer({ ...last, reload: firstAgent.reload }))
    for (let round = 0; round < 30 && !this.isOver; round += 1) {
      const { phase, config } = this.state
      if (phase === 'waiting') this.take({ type: 'timer.fired', timer: 'retry' })
      if (phase === 'connecting') this.happen('open')
      if (phase === 'replaying') this.take({ type: 'timer.fired', timer: 'replay' })
      if (phase === 'configuring' && config.sent === null) this.happen('session.created')
      if (config.sent !== null && this.world.updates.length === 0) this.take({ type: 'timer.fired', timer: 'ack' })
      this.happen('answer', 'speech stopped', 'tool ends', 'begin response', 'busy', 'end response', 'drained')
      if (this.world.creates.length === 0) this.take({ type: 'timer.fired', timer: 'progress' })
    }
  }
}

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
    const held = valueAt(world.session, pathOf(path)) ?? valueAt(CREATED, pathOf(path))
    const shown = path === 'tools' ? (held as { name: string }[]).map(({ name }) => name) : held
    return JSON.stringify(shown) === JSON.stringify(value) ? [] : [`${path}: ${JSON.stringify(shown)}`]
  })
}

/** The newest generation that the service did not refuse; the file that the conversation began with it never refuses. */
function newest({ world, fates }: Life): number | undefined {
  return world.offers.findLast(({ number }) => fates.get(number) !== 'reload.refused')?.number
}

function ofEveryLife(check: (one: Life) => void): void {
  fc.assert(
    fc.property(life, (choices) => {
      const one = new Life(choices)
      one.calm()
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
    one.calm()
    expect(one.state.config.confirmed.number).toBe(newest(one))
  })
})

test('no generation is called refused that the service would have taken', () => {
  ofEveryLife((one) => {
    if (one.world.vague) return
    for (const { number, agent } of one.world.offers) {
      if (one.fates.get(number) === 'reload.refused') expect(unacceptable(compileSession(agent))).toBeDefined()
    }
  })
})

test('whatever happens, the service holds all of one generation and nothing of another', () => {
  ofEveryLife((one) => {
    const { confirmed, doubts } = one.state.config
    if (doubts.length === 0) expect(differing(one.world, confirmed.agent)).toEqual([])
  })
})

test('after doubts, the next edit brings all of one generation', () => {
  ofEveryLife((one) => {
    one.take(one.world.offer(firstAgent))
    one.calm()
    if (one.isOver) return
    expect(one.state.config.doubts).toEqual([])
    expect(differing(one.world, one.state.config.confirmed.agent)).toEqual([])
  })
})
