import { describe, expect, test } from 'vitest'
import type { ClientEvent } from '../../src/realtime/client-event.ts'
import type { ServiceError } from '../../src/realtime/server-event.ts'
import { compileSession } from '../../src/session/compile.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { step } from '../../src/session/step.ts'
import { agentWith } from '../helpers/agents.ts'
import {
  begin,
  created,
  done,
  edit,
  goOn,
  live,
  lost,
  moment,
  opened,
  orders,
  reported,
  type Story,
  sent,
  sentTypes,
  server,
  text,
  updated,
} from './story.ts'

const sessionCreated = server({ type: 'session.created', session: { temperature: 0.8 } })
const greeter = agentWith({ greeting: 'Welcome!' })

function audio(byte: number, bytes = 4): SessionEvent {
  return { type: 'caller.audio', audio: new Uint8Array(bytes).fill(byte) }
}

function refusedBy(changes: Partial<ServiceError>): SessionEvent {
  const none = { type: 'invalid_request_error', code: null, message: 'No.', param: null, event_id: null }
  return server({ type: 'error', error: { ...none, ...changes } })
}

function refused(status: number, retryAfterMs?: number): SessionEvent {
  const event = { type: 'socket.refused', status, message: 'try later' } as const
  return retryAfterMs === undefined ? event : { ...event, retryAfterMs }
}

function hasWords(event: ClientEvent): boolean {
  return event.type === 'response.create' && event.response.instructions !== undefined
}

/** Lost, tried again, and confirmed again. */
function reconnect(story: Story): Story {
  return goOn(story, lost, { type: 'timer.fired', timer: 'retry' }, opened, sessionCreated, updated())
}

describe('how long a connection may take to begin is the agent’s to say', () => {
  const { connection } = agentWith()
  const hasty = agentWith({ connection: { ...connection, connect_timeout: '2s', confirm_timeout: '700ms' } })
  const late = (timer: 'connect' | 'confirm'): SessionEvent => ({ type: 'timer.fired', timer })

  test('connection.connect_timeout until the service accepts it, tries after "busy" included', () => {
    expect(begin(hasty).effects).toContainEqual({ type: 'startTimer', timer: 'connect', ms: 2_000 })
    const { ending } = goOn(begin(hasty), late('connect')).state
    expect(ending?.reason).toBe('the service did not answer within 2 s')
    expect(goOn(begin(hasty), refused(429, 1_999)).state.phase).toBe('waiting')
    expect(goOn(begin(hasty), refused(429, 2_000)).state.phase).toBe('closing')
  })

  test('connection.confirm_timeout from there until it confirms the settings', () => {
    const configuring = goOn(begin(hasty), opened)
    expect(configuring.effects).toContainEqual({ type: 'startTimer', timer: 'confirm', ms: 700 })
    const { ending } = goOn(configuring, sessionCreated, late('confirm')).state
    expect(ending?.reason).toBe('the service did not confirm the settings within 0.7 s')
  })

  test('an edit of it counts from the next connection', () => {
    const next = reconnect(goOn(live(), edit(2, hasty)))
    expect(next.effects).toContainEqual({ type: 'startTimer', timer: 'connect', ms: 2_000 })
    expect(next.effects).toContainEqual({ type: 'startTimer', timer: 'confirm', ms: 700 })
  })
})

describe('opening', () => {
  test('connects as the agent says, and waits for ten seconds', () => {
    expect(begin().effects).toEqual([
      { type: 'connect', connection: agentWith().connection },
      { type: 'startTimer', timer: 'connect', ms: 10_000 },
    ])
  })

  test('sends nothing when the socket opens, and gives five seconds more', () => {
    expect(goOn(begin(), opened).effects).toEqual([
      { type: 'stopTimer', timer: 'connect' },
      { type: 'startTimer', timer: 'confirm', ms: 5_000 },
    ])
  })

  test('sends the whole session once, upon session.created', () => {
    const story = goOn(goOn(begin(), opened), sessionCreated, sessionCreated)
    expect(sent(story)).toEqual([{ type: 'session.update', event_id: 'main-1', session: compileSession(agentWith()) }])
  })

  test('nothing else goes out before session.updated, whatever happens', () => {
    const configuring = goOn(begin(greeter), opened, sessionCreated)
    const story = goOn(
      configuring,
      ...[text('hello'), audio(1), { type: 'caller.committed' } as const, edit(2, agentWith({ voice: 'Sarah' }))],
      ...[created('r0'), done('r0'), server({ type: 'input_audio_buffer.speech_started', item_id: 'u' })],
    )
    expect(sent(story)).toEqual([])
  })

  test('session.updated makes it live and opens the sound', () => {
    const story = goOn(goOn(begin(), opened, sessionCreated), updated())
    expect(story.effects).toContainEqual({
      type: 'openSound',
      input: { format: 'pcm', rate: 24000 },
      output: { format: 'pcm', rate: 24000 },
    })
    expect(reported(story, 'session.ready')).toMatchObject([{ ms: 0, generation: 1, t: moment.now }])
    expect(story.effects).toContainEqual({ type: 'stopTimer', timer: 'confirm' })
    expect(story.effects).toContainEqual({ type: 'startTimer', timer: 'healthy', ms: 5_000 })
  })

  test('an echo that differs is a warning at the line of the setting', () => {
    const echo = { model: 'openai/gpt-4.1-mini', audio: { output: { voice: 'Dennis', speed: 1 } } }
    const story = goOn(goOn(begin(), opened, sessionCreated), updated(echo))
    expect(reported(story, 'warning').map(({ message }) => message)).toEqual([
      'agents/desk.yaml:3:8 voice: asked for "Clive", the service shows "Dennis"',
    ])
  })
})

describe('what was said too early', () => {
  test('goes out in order once the session is live', () => {
    const frame = (byte: number) => audio(byte, 2_880)
    const early = goOn(begin(), frame(1), text('one'), opened, frame(2), sessionCreated, text('two'), frame(3))
    const story = goOn(early, updated())
    expect(sentTypes(story)).toEqual([
      ...['input_audio_buffer.append', 'input_audio_buffer.append', 'input_audio_buffer.append'],
      ...['conversation.item.create', 'conversation.item.create', 'response.create'],
    ])
    const heard = sent(story).flatMap((event) => (event.type === 'input_audio_buffer.append' ? [event.audio] : []))
    expect(heard.map((text) => Buffer.from(text, 'base64')[0])).toEqual([1, 2, 3])
    expect(reported(story, 'caller.transcript').map((report) => report.text)).toEqual(['one', 'two'])
  })

  test('audio is held up to its limit, the oldest goes first', () => {
    const limit = goOn(begin(), ...[1, 2, 3].map((byte) => audio(byte, 320_000)))
    expect(limit.state.sound.held.map((held) => held[0])).toEqual([1, 2, 3])
    expect(goOn(limit, audio(4, 2)).state.sound.held.map((held) => held[0])).toEqual([2, 3, 4])
  })

  test('pieces that are each too long are not heaped up', () => {
    const story = goOn(begin(), ...[1, 2, 3].map((byte) => audio(byte, 960_001)))
    expect(story.state.sound.held.map((held) => held[0])).toEqual([3])
  })

  test('lines are held up to their limit, and one more is lost with a warning', () => {
    const lines = Array.from({ length: 33 }, (_, index) => text(`${index}`))
    const story = goOn(begin(), ...lines)
    expect(story.state.turn.heldTexts).toHaveLength(32)
    expect(reported(story, 'warning')).toHaveLength(1)
  })
})

describe('the greeting', () => {
  test('goes out once, the instructions first and then the order to say it', () => {
    const story = goOn(goOn(begin(greeter), opened, sessionCreated), updated())
    const [create] = sent(story)
    expect(create).toMatchObject({ type: 'response.create', event_id: 'main-2' })
    const instructions = create?.type === 'response.create' ? create.response.instructions : ''
    expect(instructions).toMatch(/^You are at the desk\.\n\n.*"Welcome!"$/)
    expect(sent(goOn(story, created('r1'), done('r1'), updated(), updated()))).toEqual([])
  })

  test('is spoken before held lines are answered', () => {
    const story = goOn(begin(greeter), text('hi'), opened, sessionCreated, updated(), created('r1'), done('r1'))
    expect(sent(story).map((event) => [event.type, hasWords(event)])).toEqual([
      ['session.update', false],
      ['response.create', true],
      ['conversation.item.create', false],
      ['response.create', false],
    ])
  })

  test('that is interrupted by a line gives way to all lines, in order', () => {
    const greeting = goOn(begin(greeter), text('one'), opened, sessionCreated, updated(), created('r1'))
    const story = goOn(greeting, text('two'), done('r1', { status: 'cancelled' }))
    expect(reported(story, 'caller.transcript').map((report) => report.text)).toEqual(['one', 'two'])
    expect(sentTypes(story)).toEqual([
      ...['response.cancel', 'conversation.item.create', 'conversation.item.create', 'response.create'],
    ])
  })

  test('that waits for an update is still said, and a line typed meanwhile is answered after it', () => {
    const early = [edit(2, agentWith({ greeting: 'Welcome!', voice: 'Sarah' })), updated(), text('hi')]
    const story = goOn(goOn(begin(greeter), opened, sessionCreated), ...early)
    expect(sentTypes(story)).toEqual(['session.update', 'conversation.item.create'])
    const confirmed = goOn(story, updated({ audio: { output: { voice: 'Sarah' } } }), created('r1'), done('r1'))
    expect(sent(confirmed).map((event) => [event.type, hasWords(event)])).toEqual([
      ['response.create', true],
      ['response.create', false],
    ])
  })

  test('is not repeated after a drop, once some of it was said', () => {
    const word = server({ type: 'response.output_text.delta', response_id: 'r1', item_id: 'a', delta: 'Wel' })
    const story = reconnect(goOn(live(greeter), created('r1'), word, done('r1')))
    expect(sent(goOn(story, { type: 'timer.fired', timer: 'replay' })).filter(hasWords)).toEqual([])
  })

  test('is not said once the conversation has gone on without it', () => {
    const word = server({ type: 'response.output_text.delta', response_id: 'r2', item_id: 'a', delta: 'Yes?' })
    const failed = goOn(live(greeter), created('r1'), done('r1', { status: 'failed', output: [] }))
    const story = reconnect(goOn(failed, text('hi'), created('r2'), word, done('r2')))
    expect(sent(goOn(story, { type: 'timer.fired', timer: 'replay' })).filter(hasWords)).toEqual([])
  })

  test('is said after a drop when nothing of it was', () => {
    expect(sent(reconnect(goOn(live(greeter), created('r1')))).filter(hasWords)).toHaveLength(1)
  })

  test('is that of the newest file when it was edited before the first confirmation', () => {
    const story = goOn(begin(greeter), edit(2, agentWith({ greeting: 'Ahoy!' })), opened, sessionCreated, updated())
    expect(JSON.stringify(sent(story).at(-1))).toContain('Ahoy!')
  })
})

describe('a failed start', () => {
  const phases = { connecting: begin(), configuring: goOn(begin(), opened, sessionCreated) }
  const cases: readonly [string, keyof typeof phases, SessionEvent, string][] = [
    [
      'an error',
      'configuring',
      refusedBy({ message: 'Tool calling is currently restricted.' }),
      'Tool calling is currently restricted.',
    ],
    ['a fault of the service', 'configuring', refusedBy({ type: 'server_error', message: 'Upstream.' }), 'Upstream.'],
    [
      'an error that names a setting',
      'configuring',
      refusedBy({ param: 'session.audio.output.voice' }),
      '(voice): No.',
    ],
    ['a close', 'configuring', { type: 'socket.closed', code: 1008, reason: 'policy' }, 'policy'],
    ['a close without a word', 'configuring', { type: 'socket.closed', code: 1006, reason: '' }, 'code 1006'],
    [
      'a network that is not there',
      'connecting',
      { type: 'socket.closed', code: 1006, reason: 'ENOTFOUND' },
      'ENOTFOUND',
    ],
    ['no answer', 'connecting', { type: 'timer.fired', timer: 'connect' }, 'within 10 s'],
    ['no confirmation', 'configuring', { type: 'timer.fired', timer: 'confirm' }, 'within 5 s'],
    ...[401, 402, 403, 400, 404, 500, 503].map((status): [string, keyof typeof phases, SessionEvent, string] => [
      `HTTP ${status}`,
      'connecting',
      refused(status),
      `(HTTP ${status}): try later`,
    ]),
  ]
  test.each(cases)(
    '%s while %s is told in the service’s own words, and is not tried again',
    (_, phase, event, words) => {
      const story = goOn(phases[phase], event)
      expect(reported(story, 'error')[0]?.message).toContain(words)
      expect(orders(story)).toContain('close')
      expect(orders(story)).not.toContain('startTimer')
      expect(story.state).toMatchObject({ phase: 'closing', ending: { failed: true } })
      const closed = goOn(story, lost)
      expect(reported(closed, 'session.closed')).toMatchObject([
        { reason: expect.stringContaining(words), failed: true },
      ])
      expect(closed.state.phase).toBe('closed')
    },
  )

  test('the code of the ending is the status of the handshake, or the code of the close', () => {
    expect(goOn(begin(), refused(402)).state.ending?.code).toBe(402)
    expect(goOn(begin(), opened, { type: 'socket.closed', code: 1008, reason: 'x' }).state.ending?.code).toBe(1008)
  })
})

describe('HTTP 429', () => {
  const retryMs = (story: Story) =>
    story.effects.flatMap((effect) => (effect.type === 'startTimer' && effect.timer === 'retry' ? [effect.ms] : []))

  test('is tried again with a growing wait', () => {
    let story = begin()
    const waits = []
    for (let tries = 0; tries < 4; tries += 1) {
      story = goOn(story, refused(429))
      waits.push(...retryMs(story))
      story = goOn(story, { type: 'timer.fired', timer: 'retry' })
      expect(orders(story)).toEqual(['connect'])
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000])
  })

  test('waits as long as the service asks', () => {
    expect(retryMs(goOn(begin(), refused(429, 3_000)))).toEqual([3_000])
  })

  test('is final where the wait would go beyond the ten seconds', () => {
    expect(goOn(begin(), refused(429, 9_999)).state.phase).toBe('waiting')
    expect(goOn(begin(), refused(429, 10_000)).state.phase).toBe('closing')
  })

  test('has ten seconds for all tries together', () => {
    const waiting = goOn(begin(), refused(429))
    expect(goOn(waiting, { type: 'timer.fired', timer: 'connect' }).state.phase).toBe('closing')
  })
})

describe('after a drop', () => {
  test('it connects again after a short wait and sends the whole session', () => {
    const story = goOn(live(), lost)
    expect(story.effects).toContainEqual({ type: 'startTimer', timer: 'retry', ms: 250 })
    const again = goOn(story, { type: 'timer.fired', timer: 'retry' })
    expect(orders(again)).toEqual(['connect', 'startTimer'])
    expect(sent(goOn(again, opened, sessionCreated))).toEqual([
      { type: 'session.update', event_id: 'main-2', session: compileSession(agentWith()) },
    ])
  })

  test('chance takes up to half of the wait away', () => {
    const [, effects] = step(live().state, lost, { ...moment, chance: 0.5 })
    expect(effects).toContainEqual({ type: 'startTimer', timer: 'retry', ms: 188 })
  })

  test('what the caller says meanwhile is held and answered', () => {
    const story = goOn(live(), lost, text('still there?'), { type: 'timer.fired', timer: 'retry' }, opened)
    expect(sentTypes(goOn(story, sessionCreated, updated()))).toEqual([
      ...['session.update', 'conversation.item.create', 'response.create'],
    ])
  })

  test('ids of the lost session may come again', () => {
    const spoken = goOn(live(), created('r1'), done('r1'))
    const words = { type: 'response.output_text.delta', response_id: 'r1', item_id: 'i', delta: 'Hi' } as const
    const item = server({ type: 'conversation.item.added', item: { id: 'i', type: 'message', role: 'assistant' } })
    const story = goOn(reconnect(goOn(spoken, item)), created('r1'), server(words), item)
    expect(reported(story, 'agent.transcript.delta')).toHaveLength(1)
    expect(reported(story, 'item.created')).toHaveLength(1)
  })

  const losses: readonly [string, SessionEvent][] = [
    ['a close', lost],
    ['an expired session', refusedBy({ code: 'session_expired' })],
  ]
  test.each(losses)('%s is a loss', (_, event) => {
    expect(goOn(live(), event).state.phase).toBe('waiting')
  })

  test.each([
    ['no answer', [], { type: 'timer.fired', timer: 'connect' } as const],
    ['no confirmation', [opened, sessionCreated], { type: 'timer.fired', timer: 'confirm' } as const],
    ['an error', [opened, sessionCreated], refusedBy({})],
    ['HTTP 503', [], refused(503)],
  ])('%s while it opens again is one more loss', (_, opening, event) => {
    const again = goOn(live(), lost, { type: 'timer.fired', timer: 'retry' }, ...opening)
    const story = goOn(again, event)
    expect(story.state).toMatchObject({ phase: 'waiting', connection: { losses: 2 } })
  })

  test.each([401, 402, 403])('HTTP %d ends it', (status) => {
    expect(goOn(live(), lost, { type: 'timer.fired', timer: 'retry' }, refused(status)).state.ending?.failed).toBe(true)
  })

  test('it is given up after five quick losses', () => {
    let story = live()
    const waits = []
    for (let losses = 1; losses <= 5; losses += 1) {
      story = reconnect(story)
      waits.push(
        ...story.effects.flatMap((effect) =>
          effect.type === 'startTimer' && effect.timer === 'retry' ? [effect.ms] : [],
        ),
      )
      expect(story.state.phase).toBe('live')
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000])
    const last = goOn(story, lost)
    expect(last.state).toMatchObject({ phase: 'closing', ending: { failed: true, code: 1006 } })
    expect(last.state.ending?.reason).toContain('6 times in a row')
  })

  test('a healthy connection forgets earlier losses', () => {
    const story = goOn(reconnect(reconnect(live())), { type: 'timer.fired', timer: 'healthy' }, lost)
    expect(story.state.connection.losses).toBe(1)
  })

  test('a fatal error is no loss', () => {
    for (const code of ['invalid_api_key', 'insufficient_quota']) {
      expect(goOn(live(), refusedBy({ code })).state).toMatchObject({ phase: 'closing', ending: { failed: true } })
    }
    const words = refusedBy({ type: 'error', message: 'Invalid authorization credentials' })
    expect(goOn(live(), words).state.phase).toBe('closing')
  })
})
