import { describe, expect, test } from 'vitest'
import { step } from '../../src/session/step.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { ack, asPirate, inFlight, outcomes, pirate } from './edits.ts'
import {
  created,
  done,
  edit,
  effectTypes,
  goOn,
  live,
  lost,
  moment,
  reopening,
  reported,
  reports,
  sent,
  sentTypes,
  updated,
} from './story.ts'

describe('an edit', () => {
  test('is sent as the smallest update under an id of ours, with 3 s for an answer', () => {
    const story = inFlight()
    expect(sent(story)).toEqual([
      {
        type: 'session.update',
        event_id: 'main-2',
        session: { type: 'realtime', instructions: 'Speak like a pirate.' },
      },
    ])
    expect(story.effects).toContainEqual({ type: 'startTimer', timer: 'ack', ms: 3_000 })
    expect(reports(story)).toMatchObject([{ type: 'reload.sent', offered: 2, fields: ['instructions'], ms: 0 }])
  })

  test('is applied by its confirmation, which names the new generation', () => {
    const story = goOn(inFlight(), asPirate)
    expect(reported(story, 'reload.applied')).toMatchObject([
      { fields: ['instructions'], ms: 0, offered: 2, generation: 2 },
    ])
    expect(effectTypes(story)).toContain('stopTimer')
    expect(story.state.config).toMatchObject({ sent: null, confirmed: { number: 2 } })
  })

  test('is reported with its changes, when they take effect, and how long sending and confirmation took', () => {
    const at = (ms: number) => ({ ...moment, now: moment.now + ms })
    const [waiting] = step(goOn(live(), created('r1')).state, edit(2, agentWith({ voice: 'Sarah' })), at(200))
    const [out] = step(waiting, done('r1'), at(700))
    const [, effects] = step(out, updated({ audio: { output: { voice: 'Sarah' } } }), at(790))
    expect(reported({ state: out, effects }, 'reload.applied')).toMatchObject([
      {
        ms_wire: 700,
        ms: 790,
        t: moment.now + 790,
        changes: [{ field: 'voice', summary: 'Clive → Sarah', lines: [], when: 'next response' }],
      },
    ])
  })

  test('that changes nothing sends nothing, and is reported as applied: somebody may wait for it', () => {
    const story = goOn(live(), edit(2, agentWith({ places: new Map() })))
    expect(reports(story)).toEqual(
      story.effects.map(() => expect.objectContaining({ type: 'reload.applied', offered: 2, fields: [] })),
    )
    expect(story.state.config.confirmed.number).toBe(2)
  })

  test('that reverts edits this conversation never had is applied in their place', () => {
    const busy = goOn(live(), created('r1'))
    const story = goOn(busy, edit(2, pirate), edit(3, agentWith({ voice: 'Sarah' })), edit(4, agentWith()))
    expect(reports(story)).toMatchObject([
      { type: 'reload.waiting', offered: 2 },
      { type: 'reload.superseded', offered: 2, by: 3 },
      { type: 'reload.waiting', offered: 3 },
      { type: 'reload.superseded', offered: 3, by: 4 },
      { type: 'reload.applied', offered: 4, generation: 4, fields: [], changes: [], ms_wire: null },
    ])
    expect(sent(goOn(story, done('r1')))).toEqual([])
  })

  test('to what is already in force is not sent', () => {
    expect(sent(goOn(inFlight(), asPirate, edit(3, pirate)))).toEqual([])
  })

  test('is ignored if its generation is older or known', () => {
    const story = goOn(inFlight(), asPirate)
    expect(sent(goOn(story, edit(2, agentWith({ voice: 'Sarah' })), edit(1, agentWith({ voice: 'Sarah' }))))).toEqual(
      [],
    )
  })

  test('that is bad is reported and changes nothing', () => {
    const before = live()
    const story = goOn(before, { type: 'agent.rejected', diagnostics: [] })
    expect(reported(story, 'reload.rejected')).toMatchObject([{ diagnostics: [], generation: 1 }])
    expect(story.state).toEqual(before.state)
  })

  test('that is held until it is saved once more is reported and changes nothing', () => {
    const story = goOn(live(), { type: 'agent.held', diagnostics: [] })
    expect(reports(story)).toMatchObject([{ type: 'reload.held', diagnostics: [], generation: 1 }])
    expect(story.state).toEqual(live().state)
  })

  test('that fixes a bad save is reported as applied, without changes', () => {
    const restored = (generation: number) =>
      ({ type: 'agent.restored', generation, noticedAt: moment.now - 250 }) as const
    const story = goOn(live(), { type: 'agent.rejected', diagnostics: [] }, restored(1))
    expect(reported(story, 'reload.applied')).toMatchObject([{ offered: 1, fields: [], changes: [], ms: 250 }])
    expect(sent(story)).toEqual([])
  })

  test('that fixes a bad save while still waiting or in flight is reported by its own outcome', () => {
    const restored = { type: 'agent.restored', generation: 2, noticedAt: 0 } as const
    expect(outcomes(goOn(inFlight(), restored))).toEqual([])
    expect(outcomes(goOn(live(), created('r1'), edit(2, pirate), restored))).toEqual([['waiting', 'instructions']])
  })

  test('that fixes a bad save and was never answered is reported as unconfirmed again', () => {
    const restored = { type: 'agent.restored', generation: 2, noticedAt: 0 } as const
    const story = goOn(goOn(inFlight(), ack, ack), { type: 'agent.rejected', diagnostics: [] }, restored)
    expect(outcomes(story)).toEqual([['unconfirmed', 'instructions']])
    expect(sent(story)).toEqual([])
  })

  test('of settings that only the runner needs is applied at once, without a message', () => {
    const tools = [toolNamed('look')]
    const slower = agentWith({ tools: [toolNamed('look', { timeoutMs: 9 })], description: 'x' })
    const story = goOn(live(agentWith({ tools })), created('r1'), edit(2, slower))
    expect(sent(story)).toEqual([])
    expect(outcomes(story)).toEqual([['applied', 'description', 'tools']])
    expect(reported(story, 'reload.applied')).toMatchObject([{ ms: 0, ms_wire: null }])
  })

  test('of the greeting waits for the next session, and greets nobody', () => {
    const story = goOn(live(), edit(2, agentWith({ greeting: 'Ahoy!' })))
    expect(sent(story)).toEqual([])
    expect(reported(story, 'reload.deferred')).toMatchObject([
      { fields: ['greeting'], reason: 'a conversation is greeted once', offered: 2 },
    ])
  })

  test('of both kinds sends one part and defers the other, each reported once by reason', () => {
    const agent = agentWith({
      voice: 'Sarah',
      greeting: 'Ahoy!',
      audio: { ...agentWith().audio, input: { format: 'pcm', rate: 8000 } },
      connection: { ...agentWith().connection, auth: 'bearer' },
    })
    const story = goOn(live(), edit(2, agent), updated({ audio: { output: { voice: 'Sarah' } } }))
    expect(outcomes(story)).toEqual([
      ['deferred', 'audio.input.rate'],
      ['deferred', 'connection.auth'],
      ['deferred', 'greeting'],
      ['applied', 'voice'],
    ])
  })

  test('that removes a setting the service never reported is deferred with that reason', () => {
    const story = goOn(live(agentWith({ temperature: 0.1 })), edit(2, agentWith()))
    expect(sent(story)).toEqual([])
    expect(reported(story, 'reload.deferred')).toMatchObject([
      { fields: ['temperature'], reason: 'the service never reported its own value for it' },
    ])
  })
})

describe('a setting that is fixed when a session opens', () => {
  const semantic = { type: 'semantic_vad', create_response: true, interrupt_response: true } as const
  const manual = agentWith({ turn_detection: { type: 'manual' } })
  const reopen = [lost, ...reopening, updated()]

  test('and is edited back waits for nothing, and that is reported', () => {
    const story = goOn(goOn(live(), edit(2, manual)), edit(3, agentWith()))
    expect(outcomes(story)).toEqual([['applied']])
    expect(story.state.config.deferred).toEqual([])
    expect(outcomes(goOn(story, ...reopen))).toEqual([])
  })

  test('is compared with the opening: from deferred manual to another eagerness is applied', () => {
    const story = goOn(
      goOn(live(), edit(2, manual)),
      edit(3, agentWith({ turn_detection: { ...semantic, eagerness: 'low' } })),
    )
    expect(sentTypes(story)).toEqual(['session.update'])
    expect(outcomes(goOn(story, updated()))).toEqual([['applied', 'turn_detection.eagerness']])
  })

  test('waits although later edits change other things', () => {
    const story = goOn(live(), edit(2, manual), edit(3, agentWith({ ...manual, description: 'x' })))
    expect(outcomes(story)).toEqual([
      ['deferred', 'turn_detection.type', 'turn_detection.create_response', 'turn_detection.interrupt_response'],
      ['applied', 'description'],
    ])
    expect(outcomes(goOn(story, ...reopen))).toEqual([
      ['applied', 'turn_detection.type', 'turn_detection.create_response', 'turn_detection.interrupt_response'],
    ])
  })

  test('does not hide that the service keeps what was removed from provider_data', () => {
    const more = agentWith({ provider_data: { user_id: 'u' } })
    const story = goOn(live(), edit(2, more), updated({ providerData: { user_id: 'u' } }), edit(3, agentWith()))
    expect(outcomes(story)).toEqual([
      ['applied', 'provider_data.user_id'],
      ['deferred', 'provider_data.user_id'],
    ])
  })
})
