import { describe, expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import { compileSession } from '../../src/session/compile.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { step } from '../../src/session/step.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { ack, asPirate, fates, inFlight, pirate, refusal } from './edits.ts'
import {
  created,
  done,
  doneWithCalls,
  edit,
  goOn,
  live,
  moment,
  orders,
  reported,
  reports,
  sent,
  sentTypes,
  server,
  text,
  toolDone,
  updated,
} from './story.ts'

describe('an edit', () => {
  test('is sent as the smallest update under an id of ours, and answered within three seconds', () => {
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

  test('is applied by the confirmation, with the generation it now has', () => {
    const story = goOn(inFlight(), asPirate)
    expect(reported(story, 'reload.applied')).toMatchObject([
      { fields: ['instructions'], ms: 0, offered: 2, generation: 2 },
    ])
    expect(orders(story)).toContain('stopTimer')
    expect(story.state.config).toMatchObject({ sent: null, confirmed: { number: 2 } })
  })

  test('is told with what changed and when that is heard, and how long it took to the wire and to the confirmation', () => {
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

  test('that changes nothing sends nothing and says nothing', () => {
    const story = goOn(live(), edit(2, agentWith({ places: new Map() })))
    expect(story.effects).toEqual([])
    expect(story.state.config.confirmed.number).toBe(2)
  })

  test('to what is already in force is not sent', () => {
    expect(sent(goOn(inFlight(), asPirate, edit(3, pirate)))).toEqual([])
  })

  test('an older or known generation is no offer', () => {
    const story = goOn(inFlight(), asPirate)
    expect(sent(goOn(story, edit(2, agentWith({ voice: 'Sarah' })), edit(1, agentWith({ voice: 'Sarah' }))))).toEqual(
      [],
    )
  })

  test('that is bad is told and changes nothing', () => {
    const before = live()
    const story = goOn(before, { type: 'agent.rejected', diagnostics: [] })
    expect(reported(story, 'reload.rejected')).toMatchObject([{ diagnostics: [], generation: 1 }])
    expect(story.state).toEqual(before.state)
  })

  test('of what only the runner needs is applied at once, without a message', () => {
    const tools = [toolNamed('look')]
    const slower = agentWith({ tools: [toolNamed('look', { timeoutMs: 9 })], description: 'x' })
    const story = goOn(live(agentWith({ tools })), created('r1'), edit(2, slower))
    expect(sent(story)).toEqual([])
    expect(fates(story)).toEqual([['applied', 'description', 'tools']])
  })

  test('of the greeting waits for the next session, and greets nobody', () => {
    const story = goOn(live(), edit(2, agentWith({ greeting: 'Ahoy!' })))
    expect(sent(story)).toEqual([])
    expect(reported(story, 'reload.deferred')).toMatchObject([
      { fields: ['greeting'], reason: 'a conversation is greeted once', offered: 2 },
    ])
  })

  test('of both kinds sends one part and defers the other, once each, by reason', () => {
    const agent = agentWith({
      voice: 'Sarah',
      greeting: 'Ahoy!',
      audio: { ...agentWith().audio, input: { format: 'pcm', rate: 8000 } },
      connection: { ...agentWith().connection, auth: 'bearer' },
    })
    const story = goOn(live(), edit(2, agent), updated({ audio: { output: { voice: 'Sarah' } } }))
    expect(fates(story)).toEqual([
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

describe('what is fixed when a session opens', () => {
  const semantic = { type: 'semantic_vad', create_response: true, interrupt_response: true } as const
  const manual = agentWith({ turn_detection: { type: 'manual' } })
  const reopen = [
    ...[{ type: 'socket.closed', code: 1006, reason: '' } as const, { type: 'timer.fired', timer: 'retry' } as const],
    ...[{ type: 'socket.opened' } as const, server({ type: 'session.created', session: {} }), updated()],
  ]

  test('and is edited back waits for nothing', () => {
    const story = goOn(goOn(live(), edit(2, manual)), edit(3, agentWith()))
    expect(story.effects).toEqual([])
    expect(fates(goOn(story, ...reopen))).toEqual([])
  })

  test('is compared with the opening: from deferred manual to another eagerness is applied', () => {
    const story = goOn(
      goOn(live(), edit(2, manual)),
      edit(3, agentWith({ turn_detection: { ...semantic, eagerness: 'low' } })),
    )
    expect(sentTypes(story)).toEqual(['session.update'])
    expect(fates(goOn(story, updated()))).toEqual([['applied', 'turn_detection.eagerness']])
  })

  test('waits although later edits change other things', () => {
    const story = goOn(live(), edit(2, manual), edit(3, agentWith({ ...manual, description: 'x' })))
    expect(fates(story)).toEqual([
      ['deferred', 'turn_detection.type', 'turn_detection.create_response', 'turn_detection.interrupt_response'],
      ['applied', 'description'],
    ])
    expect(fates(goOn(story, ...reopen))).toEqual([
      ['applied', 'turn_detection.type', 'turn_detection.create_response', 'turn_detection.interrupt_response'],
    ])
  })

  test('does not hide that the service keeps what was removed from provider_data', () => {
    const more = agentWith({ provider_data: { user_id: 'u' } })
    const story = goOn(live(), edit(2, more), updated({ providerData: { user_id: 'u' } }), edit(3, agentWith()))
    expect(fates(story)).toEqual([
      ['applied', 'provider_data.user_id'],
      ['deferred', 'provider_data.user_id'],
    ])
  })
})

describe('the moment of an update', () => {
  const busy: readonly [string, readonly SessionEvent[], readonly SessionEvent[]][] = [
    ['a response runs', [created('r1')], [done('r1')]],
    ['a response is asked for', [text('hi')], [created('r1'), done('r1')]],
    [
      'the caller speaks',
      [server({ type: 'input_audio_buffer.speech_started', item_id: 'u' })],
      [server({ type: 'input_audio_buffer.speech_stopped', item_id: 'u' })],
    ],
    [
      'a tool runs, and until its follow-up is said',
      [created('r1'), doneWithCalls('r1', 'look')],
      [toolDone('look'), created('r2'), done('r2')],
    ],
  ]
  test.each(busy)('waits while %s, says so once, and goes out after it', (_, events, over) => {
    const story = goOn(goOn(live(agentWith({ tools: [toolNamed('look')] })), ...events))
    const next = agentWith({ tools: [toolNamed('look')], instructions: 'New.' })
    const waiting = goOn(story, edit(2, next), server({ type: 'unknown', name: 'ping' }))
    expect(sent(waiting)).toEqual([])
    expect(fates(waiting)).toEqual([['waiting', 'instructions']])
    expect(waiting.effects).toContainEqual({ type: 'startTimer', timer: 'quiet', ms: 10_000 })
    const out = goOn(waiting, ...over)
    expect(sentTypes(out).at(-1)).toBe('session.update')
    expect(fates(out)).toEqual([])
  })

  test('a deferred setting is told once, although its update waits', () => {
    const story = goOn(live(), created('r1'), edit(2, agentWith({ voice: 'Sarah', greeting: 'Ahoy!' })), done('r1'))
    expect(fates(story)).toEqual([
      ['waiting', 'voice'],
      ['deferred', 'greeting'],
    ])
  })

  test('after ten seconds the end of a response is enough', () => {
    const tool = agentWith({ tools: [toolNamed('look')] })
    const speaking = server({ type: 'input_audio_buffer.speech_started', item_id: 'u' })
    const quiet: SessionEvent = { type: 'timer.fired', timer: 'quiet' }
    const offer = edit(2, agentWith({ ...tool, instructions: 'New.' }))
    const waiting = goOn(live(tool), created('r1'), doneWithCalls('r1', 'look'), speaking, offer)
    expect(sentTypes(waiting)).not.toContain('session.update')
    expect(sentTypes(goOn(waiting, quiet))).toEqual(['session.update'])
    const answering = goOn(live(tool), created('r1'), speaking, offer, quiet)
    expect(sentTypes(answering)).not.toContain('session.update')
    expect(sentTypes(goOn(answering, done('r1')))).toEqual(['session.update'])
  })

  test('patience with one edit is not used up for the next', () => {
    const story = goOn(
      live(),
      created('r1'),
      edit(2, pirate),
      { type: 'timer.fired', timer: 'quiet' },
      done('r1'),
      asPirate,
    )
    expect(story.state.config.patience).toBe('unused')
  })

  test('only the newest of several waiting edits is sent', () => {
    const story = goOn(live(), created('r1'), edit(2, pirate), edit(3, agentWith({ voice: 'Sarah' })), done('r1'))
    expect(JSON.stringify(sent(story))).not.toContain('pirate')
    expect(sentTypes(story)).toEqual(['session.update'])
  })

  test('an edit while one is in flight waits, and is diffed against what was confirmed', () => {
    const both = agentWith({ instructions: 'Speak like a pirate.', voice: 'Sarah' })
    const waiting = goOn(inFlight(), edit(3, both))
    expect(sent(waiting)).toEqual([])
    const [update] = sent(goOn(waiting, asPirate))
    expect(Object.keys(update?.type === 'session.update' ? update.session : {})).toEqual(['type', 'audio'])
    const refused = sent(goOn(waiting, refusal({ event_id: 'main-2' })))[0]
    expect(Object.keys(refused?.type === 'session.update' ? refused.session : {})).toEqual([
      'type',
      'instructions',
      'audio',
    ])
  })

  test('the next answer to the caller is made under it: a reply waits for the confirmation', () => {
    const story = goOn(inFlight(), text('hi'))
    expect(sentTypes(story)).toEqual(['conversation.item.create'])
    expect(sentTypes(goOn(story, asPirate))).toEqual(['response.create'])
  })

  test('a reply waits for three seconds at most', () => {
    expect(sentTypes(goOn(goOn(inFlight(), text('hi')), ack))).toEqual(['session.update', 'response.create'])
  })
})

describe('reload.apply', () => {
  const setTo = (apply: Agent['reload']['apply'], changes: Partial<Agent> = {}) =>
    agentWith({ ...changes, reload: { apply, ack_timeout: '3s' } })

  test('now sends at once, and cuts no speech', () => {
    const speaking = goOn(live(setTo('now')), created('r1'))
    const story = goOn(speaking, edit(2, setTo('now', { instructions: 'New.' })))
    expect(sentTypes(story)).toEqual(['session.update'])
    expect(story.effects.map(({ type }) => type)).not.toContain('clearPlayback')
    expect(story.state.turn.responses).toMatchObject([{ id: 'r1', silenced: false }])
  })

  test('next_session sends nothing, says so once with the reason, and the next session begins with it', () => {
    const story = goOn(live(setTo('next_session')), edit(2, setTo('next_session', { instructions: 'New.' })))
    expect(sent(story)).toEqual([])
    expect(reported(story, 'reload.deferred')).toMatchObject([
      { offered: 2, fields: ['instructions'], reason: 'reload.apply is next_session' },
    ])
    const after = goOn(story, text('hi'), created('r1'), done('r1'))
    expect(fates(after)).toEqual([])
    expect(after.state.config.confirmed.number).toBe(1)
    const again = goOn(
      after,
      ...[{ type: 'socket.closed', code: 1006, reason: '' } as const, { type: 'timer.fired', timer: 'retry' } as const],
      ...[{ type: 'socket.opened' } as const, server({ type: 'session.created', session: {} }), updated()],
    )
    expect(sent(again)[0]).toMatchObject({ session: { instructions: 'New.' } })
    expect(fates(again)).toEqual([['applied', 'instructions']])
  })

  test('next_session does not hold back an edit that changes nothing', () => {
    const story = goOn(live(setTo('next_session')), edit(2, setTo('next_session')))
    expect(story.state.config).toMatchObject({ confirmed: { number: 2 }, offers: [] })
  })

  test('set to turn again, it lets what was held back go on', () => {
    const held = goOn(live(setTo('next_session')), edit(2, setTo('next_session', { instructions: 'New.' })))
    const story = goOn(held, edit(3, setTo('turn', { instructions: 'New.', voice: 'Sarah' })))
    expect(sentTypes(story)).toEqual(['session.update'])
    expect(fates(goOn(story, updated({ instructions: 'New.' })))).toEqual([
      ['applied', 'voice', 'instructions', 'reload.apply'],
    ])
  })

  test('set to next_session, it counts from the next edit on', () => {
    const story = goOn(
      live(),
      edit(2, setTo('next_session', { instructions: 'New.' })),
      updated({ instructions: 'New.' }),
    )
    expect(sentTypes(story)).toEqual(['session.update'])
    expect(sent(goOn(story, edit(3, setTo('next_session', { voice: 'Sarah' }))))).toEqual([])
  })

  test('does not hold up what the conversation wants of itself', () => {
    const story = goOn(live(setTo('next_session')), { type: 'voice.chosen', voice: 'Dennis' })
    expect(sentTypes(story)).toEqual(['session.update'])
  })

  test('reload.ack_timeout is how long an answer is waited for', () => {
    const patient = agentWith({ reload: { apply: 'turn', ack_timeout: '1500ms' } })
    const story = goOn(live(patient), edit(2, agentWith({ ...patient, instructions: 'New.' })))
    expect(story.effects).toContainEqual({ type: 'startTimer', timer: 'ack', ms: 1_500 })
  })
})

describe('edits that follow one another', () => {
  const good = agentWith({ instructions: 'Good.' })
  const bad = agentWith({ voice: 'Nobody' })

  test('the newest goes first; one that it overtook has its turn when the service refuses the newest', () => {
    const waiting = goOn(live(), created('r1'), edit(2, good), edit(3, bad))
    const first = goOn(waiting, done('r1'))
    expect(sent(first)).toMatchObject([{ session: { audio: { output: { voice: 'Nobody' } } } }])
    const second = goOn(first, refusal({ event_id: 'main-2' }))
    expect(sent(second)).toMatchObject([{ session: { instructions: 'Good.' } }])
    expect(goOn(second, updated({ instructions: 'Good.' })).state.config).toMatchObject({
      confirmed: { number: 2 },
      offers: [],
    })
  })

  test('wait no longer than the first of them would have', () => {
    const waiting = goOn(live(), created('r1'), edit(2, good))
    expect(waiting.effects).toContainEqual({ type: 'startTimer', timer: 'quiet', ms: 10_000 })
    const more = goOn(waiting, edit(3, pirate), edit(4, good))
    expect(more.effects.filter(({ type }) => type === 'startTimer')).toEqual([])
    const speaking = server({ type: 'input_audio_buffer.speech_started', item_id: 'u' })
    expect(sentTypes(goOn(more, { type: 'timer.fired', timer: 'quiet' }, speaking, done('r1')))).toContain(
      'session.update',
    )
  })
})

describe('after a drop', () => {
  const open = [{ type: 'socket.opened' } as const, server({ type: 'session.created', session: {} })]
  const lose = [
    { type: 'socket.closed', code: 1006, reason: '' } as const,
    { type: 'timer.fired', timer: 'retry' } as const,
  ]

  test('an update that was in flight goes with the new session', () => {
    const story = goOn(inFlight(), ...lose, ...open)
    expect(sent(story)).toMatchObject([{ session: { instructions: 'Speak like a pirate.' } }])
    expect(fates(goOn(story, updated()))).toEqual([['applied', 'instructions']])
  })

  test('deferred settings are taken up, and told', () => {
    const agent = agentWith({
      greeting: 'Ahoy!',
      audio: { ...agentWith().audio, input: { format: 'pcmu', rate: 8000 } },
    })
    const story = goOn(goOn(live(), edit(2, agent)), ...lose, ...open, updated())
    expect(fates(story)).toEqual([['applied', 'audio.input.format', 'audio.input.rate']])
    expect(story.effects).toContainEqual({ type: 'openSound', input: agent.audio.input, output: agent.audio.output })
    expect(sentTypes(story)).toEqual(['session.update'])
  })

  test('a new generation that the new session refuses gives way to the confirmed one', () => {
    const refused = goOn(inFlight(), ...lose, ...open, refusal({ param: 'session.instructions' }))
    expect(fates(refused)).toEqual([['refused', 'instructions']])
    const again = goOn(refused, { type: 'timer.fired', timer: 'retry' }, ...open)
    expect(sent(again)).toMatchObject([{ session: { instructions: 'You are at the desk.' } }])
  })

  const byPhone = agentWith({ audio: { ...agentWith().audio, input: { format: 'pcmu', rate: 8000 } } })

  test.each([
    ['by name', { param: 'session.audio.input.format' }],
    ['without a word of what', {}],
  ])(
    'deferred settings that the new session refuses %s are asked for no more, and the conversation goes on',
    (_, error) => {
      const refused = goOn(goOn(live(), edit(2, byPhone)), ...lose, ...open, refusal(error))
      expect(fates(refused)).toEqual([['refused', 'audio.input.format', 'audio.input.rate']])
      const again = goOn(refused, { type: 'timer.fired', timer: 'retry' }, ...open, updated())
      expect(sent(again)).toMatchObject([{ session: compileSession(agentWith()) }])
      expect(again.state.phase).toBe('live')
      expect(fates(again)).toEqual([])
    },
  )

  test.each([
    ['another setting', { param: 'session.audio.output.voice' }],
    ['nothing, since the fault is its own', { type: 'server_error' }],
  ])('deferred settings are asked for again where the new session refuses %s', (_, error) => {
    const refused = goOn(goOn(live(), edit(2, byPhone)), ...lose, ...open, refusal(error))
    expect(fates(refused)).toEqual([])
    const again = goOn(refused, { type: 'timer.fired', timer: 'retry' }, ...open)
    expect(sent(again)).toMatchObject([{ session: compileSession(byPhone) }])
  })

  test('a fault of the service refuses nothing there either', () => {
    const failed = goOn(inFlight(), ...lose, ...open, refusal({ type: 'server_error' }))
    expect(fates(failed)).toEqual([])
    const again = goOn(failed, { type: 'timer.fired', timer: 'retry' }, ...open)
    expect(sent(again)).toMatchObject([{ session: { instructions: 'Speak like a pirate.' } }])
  })

  test('an update that was refused on a guess is not offered again', () => {
    const story = goOn(inFlight(), refusal({ code: null }), ...lose, ...open)
    expect(sent(story)).toMatchObject([{ session: { instructions: 'You are at the desk.' } }])
  })
})
