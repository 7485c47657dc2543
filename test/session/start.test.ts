import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { compileSession } from '../../src/session/settings/compile.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import {
  begin,
  created,
  done,
  edit,
  effectTypes,
  failure,
  fired,
  goOn,
  live,
  lost,
  moment,
  opened,
  reopening,
  reported,
  sent,
  sentTypes,
  sessionCreated,
  started,
  text,
  timerDurations,
  updated,
} from './story.ts'

function refused(status: number, retryAfterMs?: number): SessionEvent {
  const event = { type: 'socket.refused', status, message: 'try later' } as const
  return retryAfterMs === undefined ? event : { ...event, retryAfterMs }
}

function audio(byte: number, bytes = 4): SessionEvent {
  return { type: 'caller.audio', audio: new Uint8Array(bytes).fill(byte) }
}

const greeter = agentWith({ greeting: 'Welcome!' })

describe('opening', () => {
  test('connects as the agent says, and waits for 10 s', () => {
    expect(begin().effects).toEqual([
      { type: 'connect', connection: agentWith().connection },
      { type: 'startTimer', timer: 'connect', ms: 10_000 },
    ])
  })

  test('sends nothing when the socket opens, and allows 5 s more', () => {
    expect(goOn(begin(), opened).effects).toEqual([
      { type: 'stopTimer', timer: 'connect' },
      { type: 'startTimer', timer: 'confirm', ms: 5_000 },
    ])
  })

  test('sends the whole session once, upon session.created', () => {
    const story = goOn(goOn(begin(), opened), sessionCreated, sessionCreated)
    expect(sent(story)).toEqual([{ type: 'session.update', event_id: 'main-1', session: compileSession(agentWith()) }])
  })

  test('sends nothing else before session.updated, whatever happens', () => {
    const configuring = goOn(begin(greeter), opened, sessionCreated)
    const story = goOn(
      configuring,
      ...[text('hello'), audio(1), { type: 'caller.committed' } as const, edit(2, agentWith({ voice: 'Sarah' }))],
      ...[created('r0'), done('r0'), started],
    )
    expect(sent(story)).toEqual([])
  })

  test('goes live and opens the sound upon session.updated', () => {
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

  test('warns of tools that are echoed differently or missing, not of keys left out of one', () => {
    const tools = [toolNamed('look'), toolNamed('dig')]
    const [look, dig] = [
      { name: 'look', description: 'Does look.' },
      { name: 'dig', parameters: { type: 'object' } },
    ]
    const warnings = (...shown: readonly unknown[]) =>
      reported(goOn(begin(agentWith({ tools })), opened, sessionCreated, updated({ tools: shown })), 'warning').length
    expect([warnings(look, dig), warnings(look, { ...dig, description: 'Digs.' }), warnings(look)]).toEqual([0, 1, 1])
  })

  test('warns of an echo that differs, at the line of the setting', () => {
    const echo = { model: 'openai/gpt-4.1-mini', audio: { output: { voice: 'Dennis', speed: 1 } } }
    const story = goOn(goOn(begin(), opened, sessionCreated), updated(echo))
    expect(reported(story, 'warning').map(({ message }) => message)).toEqual([
      'agents/desk.yaml:3:8 voice: asked for "Clive", the service shows "Dennis"',
    ])
  })
})

describe('the agent sets how long a connection may take to open', () => {
  const { connection } = agentWith()
  const hasty = agentWith({ connection: { ...connection, connect_timeout: '2s', confirm_timeout: '700ms' } })

  test('connection.connect_timeout until the service accepts it, including retries while it is busy', () => {
    expect(begin(hasty).effects).toContainEqual({ type: 'startTimer', timer: 'connect', ms: 2_000 })
    const { ending } = goOn(begin(hasty), fired('connect')).state
    expect(ending?.reason).toBe('the service did not answer within 2 s')
    expect(goOn(begin(hasty), refused(429, 1_999)).state.phase).toBe('waiting')
    expect(goOn(begin(hasty), refused(429, 2_000)).state.phase).toBe('closing')
  })

  test('connection.confirm_timeout from there until it confirms the settings', () => {
    const configuring = goOn(begin(hasty), opened)
    expect(configuring.effects).toContainEqual({ type: 'startTimer', timer: 'confirm', ms: 700 })
    const { ending } = goOn(configuring, sessionCreated, fired('confirm')).state
    expect(ending?.reason).toBe('the service did not confirm the settings within 0.7 s')
    const silent = goOn(configuring, fired('confirm')).state
    expect(silent.ending?.reason).toBe('the service did not begin a session within 0.7 s')
  })

  test('an edit of it counts from the next connection', () => {
    const next = goOn(live(), edit(2, hasty), lost, ...reopening, updated())
    expect(next.effects).toContainEqual({ type: 'startTimer', timer: 'connect', ms: 2_000 })
    expect(next.effects).toContainEqual({ type: 'startTimer', timer: 'confirm', ms: 700 })
  })
})

describe('what was said too early', () => {
  test('is sent in order once the session is live', () => {
    const frame = (byte: number) => audio(byte, 2_880)
    const early = goOn(begin(), frame(1), text('one'), opened, frame(2), sessionCreated, text('two'), frame(3))
    const story = goOn(early, updated())
    expect(sentTypes(story)).toEqual([
      ...['input_audio_buffer.append', 'input_audio_buffer.append', 'input_audio_buffer.append'],
      ...['conversation.item.create', 'conversation.item.create', 'response.create'],
    ])
    const heard = sent(story).flatMap((event) => (event.type === 'input_audio_buffer.append' ? [event.audio] : []))
    expect(heard.map(([first]) => first)).toEqual([1, 2, 3])
    expect(reported(story, 'caller.transcript').map((report) => report.text)).toEqual(['one', 'two'])
  })

  test('is held up to a limit as audio, dropping the oldest', () => {
    const limit = goOn(begin(), ...[1, 2, 3].map((byte) => audio(byte, 320_000)))
    expect(limit.state.sound.held.map(({ audio }) => audio[0])).toEqual([1, 2, 3])
    expect(goOn(limit, audio(4, 2)).state.sound.held.map(({ audio }) => audio[0])).toEqual([2, 3, 4])
  })

  test('does not pile up in pieces that are each too long', () => {
    const story = goOn(begin(), ...[1, 2, 3].map((byte) => audio(byte, 960_001)))
    expect(story.state.sound.held.map(({ audio }) => audio[0])).toEqual([3])
  })

  test('is held up to a limit as lines, and one more is dropped with a warning', () => {
    const lines = Array.from({ length: 33 }, (_, index) => text(`${index}`))
    const story = goOn(begin(), ...lines)
    expect(story.state.turn.heldTexts).toHaveLength(32)
    expect(reported(story, 'warning')).toHaveLength(1)
  })
})

describe('a failed start', () => {
  const phases = { connecting: begin(), configuring: goOn(begin(), opened, sessionCreated) }
  const cases: readonly [string, keyof typeof phases, SessionEvent, string][] = [
    [
      'an error',
      'configuring',
      failure({ message: 'Tool calling is currently restricted.' }),
      'Tool calling is currently restricted.',
    ],
    ['a fault of the service', 'configuring', failure({ type: 'server_error', message: 'Upstream.' }), 'Upstream.'],
    ['an error that names a setting', 'configuring', failure({ param: 'session.audio.output.voice' }), '(voice): No.'],
    ['a close', 'configuring', { type: 'socket.closed', code: 1008, reason: 'policy' }, 'policy'],
    ['a close without a word', 'configuring', lost, 'code 1006'],
    [
      'a network that is not there',
      'connecting',
      { type: 'socket.closed', code: 1006, reason: 'ENOTFOUND' },
      'ENOTFOUND',
    ],
    ['no answer', 'connecting', fired('connect'), 'within 10 s'],
    ['no confirmation', 'configuring', fired('confirm'), 'within 5 s'],
    ...[401, 402, 403, 400, 404, 500, 503].map((status): [string, keyof typeof phases, SessionEvent, string] => [
      `HTTP ${status}`,
      'connecting',
      refused(status),
      `(HTTP ${status}): try later`,
    ]),
  ]
  test.each(cases)(
    '%s while %s is reported in the service’s own words, and is not tried again',
    (_, phase, event, words) => {
      const story = goOn(phases[phase], event)
      expect(reported(story, 'error')[0]?.message).toContain(words)
      expect(effectTypes(story)).toContain('close')
      expect(effectTypes(story)).not.toContain('startTimer')
      expect(story.state).toMatchObject({ phase: 'closing', ending: { failed: true } })
      const closed = goOn(story, lost)
      expect(reported(closed, 'session.closed')).toMatchObject([
        { reason: expect.stringContaining(words), failed: true },
      ])
      expect(closed.state.phase).toBe('closed')
    },
  )

  test('a refused key is reported with the variable that it came from', () => {
    const elsewhere = agentWith({ connection: { ...agentWith().connection, api_key_env: 'SHOP_KEY' } })
    const story = goOn(begin(elsewhere), refused(401))
    expect(reported(story, 'error')[0]?.message).toMatch(/ \(HTTP 401\): try later; look at the key in SHOP_KEY$/)
  })

  test('has the status of the handshake, or the close code, as its code', () => {
    expect(goOn(begin(), refused(402)).state.ending?.code).toBe(402)
    expect(goOn(begin(), opened, { type: 'socket.closed', code: 1008, reason: 'x' }).state.ending?.code).toBe(1008)
  })
})

describe('HTTP 429', () => {
  test('is tried again with growing waits', () => {
    let story = begin()
    const found: number[] = []
    for (let tries = 0; tries < 4; tries += 1) {
      story = goOn(story, refused(429))
      found.push(...timerDurations(story, 'retry'))
      story = goOn(story, fired('retry'))
      expect(effectTypes(story)).toEqual(['connect'])
    }
    expect(found).toEqual([250, 500, 1_000, 2_000])
  })

  test('waits as long as the service asks', () => {
    expect(timerDurations(goOn(begin(), refused(429, 3_000)), 'retry')).toEqual([3_000])
  })

  test('is final if the wait would go beyond 10 s', () => {
    expect(goOn(begin(), refused(429, 9_999)).state.phase).toBe('waiting')
    expect(goOn(begin(), refused(429, 10_000)).state.phase).toBe('closing')
  })

  test('has 10 s for all attempts together', () => {
    const waiting = goOn(begin(), refused(429))
    expect(goOn(waiting, fired('connect')).state.phase).toBe('closing')
  })
})
