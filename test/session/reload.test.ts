import { describe, expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import type { ServiceError } from '../../src/realtime/server-event.ts'
import { compileSession } from '../../src/session/compile.ts'
import type { Generation } from '../../src/session/config-state.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { settle } from '../../src/session/settle.ts'
import { newSession } from '../../src/session/state.ts'
import { step } from '../../src/session/step.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
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
  type Story,
  sent,
  sentTypes,
  server,
  text,
  toolDone,
  updated,
} from './story.ts'

const pirate = agentWith({ instructions: 'Speak like a pirate.' })
const asPirate = updated({ instructions: 'Speak like a pirate.' })
const unasked = updated({ instructions: 'You are at the desk.', providerData: { memory: { state: {} } } })
const ack: SessionEvent = { type: 'timer.fired', timer: 'ack' }

/** A session that has an update in flight. */
function inFlight(agent: Agent = pirate): Story {
  return goOn(live(), edit(2, agent))
}

function refusal(changes: Partial<ServiceError> = {}): SessionEvent {
  const none = { type: 'invalid_request_error', code: 'invalid_value', message: 'No.', param: null, event_id: null }
  return server({ type: 'error', error: { ...none, ...changes } })
}

/** What the reports say became of edits: type without `reload.`, and the fields. */
function fates(story: Story) {
  return reports(story).flatMap((report) =>
    'fields' in report && report.type !== 'reload.sent' ? [[report.type.replace('reload.', ''), ...report.fields]] : [],
  )
}

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

describe('a confirmation', () => {
  test('unasked, with the old values, confirms nothing', () => {
    const story = goOn(inFlight(), unasked)
    expect(fates(story)).toEqual([])
    expect(story.state.config.sent).not.toBeNull()
    expect(fates(goOn(story, asPirate))).toEqual([['applied', 'instructions']])
  })

  test('unasked, with nothing in flight, changes nothing but what is reported', () => {
    const before = live()
    const story = goOn(before, unasked)
    expect(story.effects).toEqual([])
    expect(story.state.config.accepted).toEqual(before.state.config.accepted)
  })

  const echoes: readonly [string, Partial<Agent>, { readonly [key: string]: unknown }][] = [
    ['with memory before the prompt', { instructions: 'New. \n' }, { instructions: 'Memory: tea.\n\nNew.' }],
    [
      'with modalities in another order',
      { output_modalities: ['text', 'audio'] },
      { output_modalities: ['audio', 'text'] },
    ],
    [
      'with keys in another order',
      { provider_data: { stt: { a: 1, b: 2 } } },
      { providerData: { stt: { b: 2, a: 1, c: 3 } } },
    ],
    [
      'with tools that carry more or less',
      { tools: [toolNamed('look')] },
      { tools: [{ strict: false, type: 'function', name: 'look', parameters: { type: 'object' } }] },
    ],
    [
      'with formats as words',
      { voice: 'Sarah' },
      { audio: { input: { format: 'pcm16' }, output: { format: 'pcm16', voice: 'Sarah' } } },
    ],
    ['that shows none of it', { voice: 'Sarah' }, { id: 'sess_1' }],
  ]
  test.each(echoes)('%s is one, and no cause for a warning', (_, changes, echo) => {
    const story = goOn(
      goOn(live(agentWith({ output_modalities: ['text'] })), edit(2, agentWith(changes))),
      updated(echo),
    )
    expect(reported(story, 'reload.applied')).toHaveLength(1)
    expect(reported(story, 'warning')).toEqual([])
  })

  test('that shows one setting otherwise is one, with a warning at the line', () => {
    const agent = agentWith({ instructions: 'New.', voice: 'Sarah' })
    const story = goOn(
      goOn(live(), edit(2, agent)),
      updated({ instructions: 'New.', audio: { output: { voice: 'sarah' } } }),
    )
    expect(fates(story)).toEqual([['applied', 'voice', 'instructions']])
    expect(reported(story, 'warning')[0]?.diagnostic).toMatchObject({
      rule: 'RV911',
      level: 'warning',
      pointer: '/voice',
    })
    expect(reported(story, 'warning').map(({ message }) => message)).toEqual([
      'agents/desk.yaml:3:8 voice: asked for "Sarah", the service shows "sarah"',
    ])
    expect(story.state.config.accepted.audio?.output?.voice).toBe('Sarah')
  })

  test('in other words than ours is one, with a warning, where the value is new', () => {
    const known = goOn(live(), updated({ audio: { output: { voice: 'clive' } } }))
    const story = goOn(
      known,
      edit(2, agentWith({ voice: 'Sarah' })),
      updated({ audio: { output: { voice: 'sarah' } } }),
    )
    expect(fates(story)).toEqual([['applied', 'voice']])
    expect(reported(story, 'warning')).toHaveLength(1)
    const old = goOn(known, edit(2, agentWith({ voice: 'Sarah' })), updated({ audio: { output: { voice: 'clive' } } }))
    expect(fates(old)).toEqual([])
  })

  test('with a number in the precision of 32 bits is one, and no cause for a warning', () => {
    const tts = { model: 'inworld-tts-1.5-max', speed: 1.1 }
    const story = goOn(
      live(),
      edit(2, agentWith({ tts })),
      updated({ audio: { output: { speed: 1.100000023841858 } } }),
    )
    expect(fates(story)).toEqual([['applied', 'tts.speed']])
    expect(reported(story, 'warning')).toEqual([])
  })

  test('unasked, with the old prompt, does not confirm a prompt that is the end of it', () => {
    const long = agentWith({ instructions: 'Speak like a pirate.\nBe brief.' })
    const story = goOn(live(long), edit(2, agentWith({ instructions: 'Be brief.' })))
    expect(fates(goOn(story, updated({ instructions: 'Memory: tea.\nSpeak like a pirate.\nBe brief.' })))).toEqual([])
    expect(fates(goOn(story, updated({ instructions: 'Memory: tea.\nBe brief.' })))).toEqual([
      ['applied', 'instructions'],
    ])
    const longer = goOn(
      live(agentWith({ instructions: 'Be brief.' })),
      edit(2, long),
      updated({ instructions: long.instructions }),
    )
    expect(fates(longer)).toEqual([['applied', 'instructions']])
  })

  test('a different spelling never causes a second update', () => {
    const story = goOn(live(), edit(2, agentWith({ instructions: 'New.', voice: 'Sarah' })))
    const confirmed = goOn(story, updated({ instructions: 'New.', audio: { output: { voice: 'sarah' } } }))
    expect(sent(confirmed)).toEqual([])
    expect(sent(goOn(confirmed, updated({ audio: { output: { voice: 'sarah' } } }), text('hi')))).toHaveLength(2)
  })
})

describe('an update without an answer', () => {
  const repeated = goOn(inFlight(), ack)
  const unconfirmed = goOn(repeated, ack)

  test('is sent once more, as the whole snapshot, under a new id', () => {
    expect(sent(repeated)).toEqual([{ type: 'session.update', event_id: 'main-3', session: compileSession(pirate) }])
    expect(repeated.effects).toContainEqual({ type: 'startTimer', timer: 'ack', ms: 3_000 })
    expect(fates(goOn(repeated, asPirate))).toEqual([['applied', 'instructions']])
  })

  test('is refused by the id of the second', () => {
    expect(fates(goOn(repeated, refusal({ event_id: 'main-3' })))).toEqual([['refused', 'instructions']])
  })

  test('twice is unconfirmed, and the conversation goes on with the last confirmed tools', () => {
    expect(fates(unconfirmed)).toEqual([['unconfirmed', 'instructions']])
    expect(sent(unconfirmed)).toEqual([])
    expect(unconfirmed.state.config).toMatchObject({ sent: null, confirmed: { number: 1 } })
    expect(sentTypes(goOn(unconfirmed, text('hi')))).toEqual(['conversation.item.create', 'response.create'])
  })

  test('twice, while the service shows the old value, is told with the line: it may have passed over what it does not know', () => {
    const asked = goOn(live(), edit(2, agentWith({ voice: 'Nobody' })))
    const shown = updated({ audio: { output: { voice: 'Clive' } } })
    expect(reported(goOn(asked, ack, ack), 'warning')).toEqual([])
    const story = goOn(asked, shown, ack, shown, ack)
    expect(fates(story)).toEqual([['unconfirmed', 'voice']])
    expect(reported(story, 'warning').map(({ message }) => message)).toEqual([
      'agents/desk.yaml:3:8 voice: asked for "Nobody", the service shows "Clive"',
    ])
  })

  test('is what the next session begins with, its connection too', () => {
    const elsewhere = agentWith({ ...pirate, connection: { ...pirate.connection, base_url: 'wss://elsewhere.test/' } })
    const lost = goOn(inFlight(elsewhere), ack, ack, { type: 'socket.closed', code: 1006, reason: '' })
    const again = goOn(lost, { type: 'timer.fired', timer: 'retry' })
    expect(again.effects[0]).toEqual({ type: 'connect', connection: elsewhere.connection })
    const opened = goOn(again, { type: 'socket.opened' }, server({ type: 'session.created', session: {} }))
    expect(sent(opened)).toMatchObject([{ session: compileSession(pirate) }])
    expect(goOn(opened, updated()).state.config).toMatchObject({ confirmed: { number: 2 }, unconfirmed: null })
  })

  test('that the next session refuses is not offered again', () => {
    const lost = goOn(
      unconfirmed,
      { type: 'socket.closed', code: 1006, reason: '' },
      { type: 'timer.fired', timer: 'retry' },
    )
    const open = [{ type: 'socket.opened' } as const, server({ type: 'session.created', session: {} })]
    const refused = goOn(goOn(lost, ...open), refusal({ param: 'session.instructions' }))
    expect(fates(refused)).toEqual([['refused', 'instructions']])
    const again = goOn(refused, { type: 'timer.fired', timer: 'retry' }, ...open)
    expect(sent(again)).toMatchObject([{ session: { instructions: 'You are at the desk.' } }])
  })
})

describe('an update that was given up', () => {
  const given = goOn(inFlight(), ack, ack)
  const back = agentWith()

  test('is applied by a confirmation that comes late', () => {
    const story = goOn(given, asPirate)
    expect(fates(story)).toEqual([['applied', 'instructions']])
    expect(story.state.config).toMatchObject({ confirmed: { number: 2 }, unconfirmed: null, doubts: [] })
  })

  test('is not applied by one that shows the old settings, or none', () => {
    expect(fates(goOn(given, unasked, updated()))).toEqual([])
  })

  test('is refused by an answer that comes late, to either of the two times that it was sent', () => {
    for (const id of ['main-2', 'main-3']) {
      const story = goOn(given, refusal({ event_id: id, param: 'session.instructions' }))
      expect(fates(story)).toEqual([['refused', 'instructions']])
      expect(story.state.config).toMatchObject({ unconfirmed: null, doubts: [], refused: [2] })
    }
  })

  test('is refused by a late answer that names a setting, while no other is on its way', () => {
    const story = goOn(given, refusal({ param: 'session.instructions' }))
    expect(reported(story, 'reload.refused')).toMatchObject([{ fields: ['instructions'], certain: true }])
    expect(story.state.config).toMatchObject({ unconfirmed: null, refused: [2] })
  })

  test('leaves a doubt about the next one, where a refusal names a setting and no update', () => {
    const next = goOn(given, edit(3, agentWith({ voice: 'Sarah' })))
    expect(goOn(next, refusal({ param: 'session.instructions' })).state.config.doubts).toHaveLength(2)
    expect(goOn(next, refusal({ event_id: 'main-4' })).state.config.doubts).toHaveLength(1)
  })

  test('makes the next update bring everything, since the service may have taken it', () => {
    const story = goOn(given, edit(3, back))
    expect(sent(story)).toMatchObject([{ session: compileSession(back) }])
    expect(fates(goOn(story, updated({ instructions: back.instructions })))).toEqual([['applied', 'instructions']])
  })

  test('is taken back by an edit to what was before, in whatever words the service shows that', () => {
    const clive = updated({ audio: { output: { voice: 'clive' } } })
    const unsure = goOn(live(), clive, edit(2, agentWith({ voice: 'Sarah' })), ack, ack)
    expect(goOn(unsure, edit(3, back), clive).state.config).toMatchObject({ confirmed: { number: 3 }, doubts: [] })
  })

  test('does not confirm the next one by its own late answer', () => {
    const both = agentWith({ ...pirate, voice: 'Sarah' })
    const late = goOn(goOn(given, edit(3, both)), updated({ ...compileSession(pirate) }))
    expect(fates(late)).toEqual([['applied', 'instructions']])
    expect(late.state.config).toMatchObject({ confirmed: { number: 2 }, sent: { generation: { number: 3 } } })
    expect(goOn(late, updated({ ...compileSession(both) })).state.config).toMatchObject({ confirmed: { number: 3 } })
  })

  test('makes no whole update once the service has confirmed another', () => {
    const story = goOn(given, edit(3, back), updated({ instructions: back.instructions }), edit(4, pirate))
    expect(sent(story).at(-1)).toMatchObject({ session: { type: 'realtime', instructions: pirate.instructions } })
    expect(Object.keys((sent(story).at(-1) as { session: object }).session)).toEqual(['type', 'instructions'])
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

describe('a generation that the service refuses at the start', () => {
  const lastGood = { number: 7, agent: agentWith({ voice: 'Sarah', greeting: 'Hello.' }) }
  const bad = { number: 9, agent: agentWith({ voice: 'Nobody' }) }
  const opening = [{ type: 'socket.opened' } as const, server({ type: 'session.created', session: {} })]
  const no = refusal({ event_id: 'main-1', param: 'session.audio.output.voice' })
  const starting = (fallback: Generation | null) =>
    goOn({ state: settle(newSession('main', bad, fallback), moment)[0], effects: [] }, ...opening)

  test('gives way to the one that the service last confirmed, on the same socket, and it is said', () => {
    const story = goOn(starting(lastGood), no)
    expect(reported(story, 'reload.refused')).toMatchObject([
      { offered: 9, certain: true, fields: ['voice'], file: 'agents/desk.yaml', line: 3 },
    ])
    expect(reported(story, 'warning').map(({ message }) => message)).toEqual([
      'the service refused generation 9; this conversation begins with generation 7',
    ])
    expect(sent(story)).toMatchObject([{ session: compileSession(lastGood.agent) }])
    const on = goOn(story, updated())
    expect(reported(on, 'session.ready')).toMatchObject([{ generation: 7 }])
    expect(sentTypes(on)).toEqual(['response.create'])
    expect(sent(goOn(on, edit(9, bad.agent)))).toEqual([])
  })

  test('gives way once: a second refusal ends it, and so does one where there is nothing to fall back on', () => {
    const again = goOn(starting(lastGood), no, refusal({ event_id: 'main-2' }))
    expect(again.state).toMatchObject({ phase: 'closing', ending: { failed: true } })
    const alone = goOn(starting(null), no)
    expect(alone.state.ending?.reason).toBe('the service refused the settings (voice): No.')
    expect(reported(alone, 'reload.refused')).toMatchObject([{ offered: 9, certain: true, line: 3 }])
  })

  test('is not blamed for a fault of the service', () => {
    const story = goOn(starting(lastGood), refusal({ type: 'server_error', event_id: 'main-1' }))
    expect(story.state).toMatchObject({ phase: 'closing', ending: { failed: true } })
    expect(reported(story, 'reload.refused')).toEqual([])
  })

  test('gives way to a newer edit, if there is one by then', () => {
    const story = goOn(starting(lastGood), edit(10, pirate), no)
    expect(sent(story)).toMatchObject([{ session: { instructions: pirate.instructions } }])
  })
})

describe('a generation that is withdrawn, since another conversation was refused it', () => {
  const withdrawn = (generation: number): SessionEvent => ({ type: 'agent.withdrawn', generation })

  test('is not sent, and not offered again', () => {
    const waiting = goOn(live(), created('r1'), edit(2, pirate), withdrawn(2), edit(2, pirate))
    expect(sent(goOn(waiting, done('r1')))).toEqual([])
  })

  test('leaves the one that it overtook its turn', () => {
    const waiting = goOn(live(), created('r1'), edit(2, pirate), edit(3, agentWith({ voice: 'X' })))
    expect(reported(waiting, 'reload.superseded')).toMatchObject([{ offered: 2, by: 3 }])
    expect(sent(goOn(waiting, withdrawn(3), done('r1')))).toMatchObject([
      { session: { instructions: pirate.instructions } },
    ])
  })

  test('has its own answer where it is on its way, and stays where it is confirmed', () => {
    expect(fates(goOn(inFlight(), withdrawn(2), asPirate))).toEqual([['applied', 'instructions']])
    expect(goOn(inFlight(), asPirate, withdrawn(2)).state.config).toMatchObject({ refused: [] })
  })
})

describe('a refusal', () => {
  const withTool = agentWith({ tools: [toolNamed('look')] })
  const edited = agentWith({ tools: [toolNamed('look', { timeoutMs: 9 })], stt: { model: 'acme/none' } })
  const story = goOn(live(withTool), edit(2, edited))
  const certain: readonly [string, Partial<ServiceError>][] = [
    ['our event_id', { event_id: 'main-2', param: 'session.audio.input.transcription.model' }],
    ['a param of the session', { param: 'session.audio.input.transcription.model' }],
    ['our event_id, without a param', { event_id: 'main-2' }],
  ]
  test.each(certain)('by %s names file, line and field; everything stays', (_, changes) => {
    const refused = goOn(story, refusal(changes))
    expect(reported(refused, 'reload.refused')).toMatchObject([
      {
        offered: 2,
        generation: 1,
        fields: ['stt.model', 'tools'],
        message: 'No.',
        code: 'invalid_value',
        file: 'agents/desk.yaml',
        line: 6,
        column: 8,
      },
    ])
    expect(reported(refused, 'error')).toEqual([])
    expect(refused.state.config).toMatchObject({ sent: null, confirmed: { number: 1 }, refused: [2] })
    expect(refused.state.config.accepted).toEqual(compileSession(withTool))
    expect(sent(goOn(refused, updated({}), done('r0')))).toEqual([])
  })

  test('of a tool is shown at its entry, though entries of servers stand before it', () => {
    const at = (line: number) => {
      const start = { line, column: 5, offset: 0 }
      return { file: 'agents/desk.yaml', start, end: start }
    }
    const places = new Map([
      ...([
        ['tools', at(8)],
        ['tools[0]', at(9)],
        ['tools[0].mcp', at(9)],
      ] as const),
      ...([
        ['tools[1]', at(10)],
        ['tools[1].description', at(11)],
      ] as const),
    ])
    const two = agentWith({ tools: [toolNamed('look', { description: 'Looks.' })], places })
    for (const param of ['session.tools[0].description', 'session.tools.0.description']) {
      const refused = goOn(live(), edit(2, two), refusal({ param }))
      expect(reported(refused, 'reload.refused')).toMatchObject([
        {
          line: 11,
          diagnostic: { message: 'tools[1].description: No. (invalid_value)', pointer: '/tools/1/description' },
        },
      ])
    }
    expect(
      reported(goOn(live(), edit(2, two), refusal({ param: 'session.tools[4]' })), 'reload.refused')[0]?.line,
    ).toBe(8)
  })

  test('is a diagnostic as well, with the path on the wire and the time it took', () => {
    const param = 'session.audio.input.transcription.model'
    const refused = goOn(story, refusal({ event_id: 'main-2', param }))
    expect(reported(refused, 'reload.refused')[0]?.diagnostic).toMatchObject({
      rule: 'RV910',
      level: 'error',
      file: 'agents/desk.yaml',
      pointer: '/stt/model',
      ...{
        message: 'stt.model: No. (invalid_value)',
        help: `Sent as ${param}, and refused by the service after 0 ms.`,
      },
      range: { start: { line: 6, column: 8 }, end: { line: 6, column: 12 } },
    })
  })

  test('leaves the tools of the confirmed generation in force, and the refused one is not offered again', () => {
    const refused = goOn(story, refusal({ event_id: 'main-2' }), edit(2, edited))
    const ran = goOn(refused, created('r1'), doneWithCalls('r1', 'look'))
    expect(sentTypes(ran)).toEqual([])
    expect(ran.effects.find((effect) => effect.type === 'runTool')).toMatchObject({
      generation: 1,
      tool: { timeoutMs: 8000 },
    })
  })

  test('a later edit is diffed against what was accepted before', () => {
    const next = goOn(story, refusal({ event_id: 'main-2' }), edit(3, agentWith({ ...edited, stt: { model: 'a/b' } })))
    expect(sent(next)).toMatchObject([
      { session: { type: 'realtime', audio: { input: { transcription: { model: 'a/b' } } } } },
    ])
  })

  test('a field that stands nowhere is shown at its nearest parent, else at no place', () => {
    const given = goOn(
      live(),
      edit(2, agentWith({ stt: { model: 'assemblyai/u3-rt-pro', language: 'xx' }, temperature: 2 })),
    )
    const place = (param: string) => reported(goOn(given, refusal({ param })), 'reload.refused')[0]?.line
    expect(place('session.audio.input.transcription.language')).toBe(5)
    expect(place('session.temperature')).toBeNull()
  })

  describe('without id and param', () => {
    const vague = refusal({ code: null, message: 'Tool calling is currently restricted on your plan.' })

    test('is told at once and is final after three seconds', () => {
      const refused = goOn(inFlight(), vague)
      expect(reported(refused, 'reload.refused')).toMatchObject([{ fields: ['instructions'], certain: false }])
      expect(refused.state.config.sent).not.toBeNull()
      const over = goOn(refused, ack)
      expect(over.state.config).toMatchObject({ sent: null, refused: [2] })
      expect(fates(over)).toEqual([])
      expect(sent(goOn(over, edit(2, pirate)))).toEqual([])
    })

    test('turns into applied by a matching confirmation within that time', () => {
      expect(fates(goOn(inFlight(), vague, unasked, asPirate))).toEqual([
        ['refused', 'instructions'],
        ['applied', 'instructions'],
      ])
    })

    test('is not taken back by a confirmation that shows nothing of it', () => {
      expect(fates(goOn(inFlight(), vague, updated({ providerData: { memory: {} } })))).toEqual([
        ['refused', 'instructions'],
      ])
    })

    test('is no refusal while anything of ours is unanswered, whatever else is answered', () => {
      const asked = goOn(live(), text('hi'), created('r1'), done('r1'), edit(2, pirate))
      const other = server({ type: 'conversation.item.deleted', item_id: 'x' })
      expect(fates(goOn(asked, other, vague))).toEqual([])
      const item = { id: 'main-item-2', type: 'message', role: 'user' }
      const added = server({ type: 'conversation.item.added', item })
      expect(fates(goOn(asked, other, added, vague))).toEqual([['refused', 'instructions']])
    })

    test('holds up no reply', () => {
      expect(sentTypes(goOn(inFlight(), vague, text('hi')))).toEqual(['conversation.item.create', 'response.create'])
    })
  })

  const others: readonly [string, readonly SessionEvent[], Partial<ServiceError>][] = [
    ['a fault of the service', [], { type: 'server_error', code: null, event_id: 'main-2' }],
    ['a fault of the service with our param', [], { type: 'server_error', param: 'session.voice' }],
    ['the id of another request', [], { event_id: 'main-1' }],
    ['the param of another request', [], { param: 'item_id' }],
    ['a code of the input buffer', [], { code: 'input_audio_buffer_commit_empty' }],
    ['words about an item', [], { code: null, message: 'Item not found.' }],
    ['an event that it does not know', [], { code: 'unknown_event_type' }],
    ['no type of ours', [], { type: 'rate_limit_error' }],
    ['a request of ours that has no answer', [text('hi')], {}],
  ]
  test.each(others)('%s refuses nothing', (_, events, changes) => {
    const other = goOn(goOn(inFlight(), ...events), refusal(changes))
    expect(fates(other)).toEqual([])
    expect(reported(other, 'error')).toHaveLength(1)
    expect(fates(goOn(other, asPirate))).toEqual([['applied', 'instructions']])
  })

  test.each([
    [{ code: 'response_cancel_not_active' }],
    [{ code: 'conversation_already_has_active_response' }],
    [{ code: null, message: 'Audio content of 1ms is already shorter than 2ms' }],
  ])('%j is nobody’s fault', (changes) => {
    const story = goOn(inFlight(), refusal(changes))
    expect(reports(story)).toEqual([])
    expect(fates(goOn(story, asPirate))).toEqual([['applied', 'instructions']])
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
