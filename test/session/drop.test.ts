import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { compileSession } from '../../src/session/settings/compile.ts'
import { step } from '../../src/session/step.ts'
import { agentWith } from '../helpers/agents.ts'
import { cleared, sound, words } from './speech.ts'
import {
  begin,
  created,
  done,
  drained,
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
  type Story,
  sent,
  sentTypes,
  server,
  sessionCreated,
  text,
  timerDurations,
  updated,
} from './story.ts'

/** Lost, tried again, and confirmed again. */
function reconnect(story: Story): Story {
  return goOn(story, lost, ...reopening, updated())
}

function refused(status: number, retryAfterMs?: number): SessionEvent {
  const event = { type: 'socket.refused', status, message: 'try later' } as const
  return retryAfterMs === undefined ? event : { ...event, retryAfterMs }
}

describe('after a lost connection', () => {
  test('the conversation reconnects after a short wait and sends the whole session', () => {
    const story = goOn(live(), lost)
    expect(story.effects).toContainEqual({ type: 'startTimer', timer: 'retry', ms: 250 })
    const again = goOn(story, fired('retry'))
    expect(effectTypes(again)).toEqual(['connect', 'startTimer'])
    expect(sent(goOn(again, opened, sessionCreated))).toEqual([
      { type: 'session.update', event_id: 'main-2', session: compileSession(agentWith()) },
    ])
  })

  test('chance takes off up to half of the wait', () => {
    const [, effects] = step(live().state, lost, { ...moment, chance: 0.5 })
    expect(effects).toContainEqual({ type: 'startTimer', timer: 'retry', ms: 188 })
  })

  test('what the caller says meanwhile is held and answered', () => {
    const story = goOn(live(), lost, text('still there?'), fired('retry'), opened)
    expect(sentTypes(goOn(story, sessionCreated, updated()))).toEqual([
      ...['session.update', 'conversation.item.create', 'response.create'],
    ])
  })

  test('a complete response that was cut off before it was heard is continued', () => {
    const answered = goOn(
      live(),
      text('hi'),
      created('r1'),
      words('Hello.', 'r1-item'),
      sound('r1', 48_000),
      done('r1'),
    )
    const back = [cleared(['r1-item', 100]), ...reopening, updated(), fired('replay')]
    expect(sentTypes(goOn(answered, lost, ...back))).toContain('response.create')
    expect(sentTypes(goOn(answered, drained, lost, ...back))).not.toContain('response.create')
  })

  test('ids of the lost session may come again', () => {
    const spoken = goOn(live(), created('r1'), done('r1'))
    const item = server({ type: 'conversation.item.added', item: { id: 'i', type: 'message', role: 'assistant' } })
    const story = goOn(reconnect(goOn(spoken, item)), created('r1'), words('Hi', 'i'), item)
    expect(reported(story, 'agent.transcript.delta')).toHaveLength(1)
    expect(reported(story, 'item.created')).toHaveLength(1)
  })

  test('late words of the lost session do not reach the next, which has yet to confirm its settings', () => {
    const opening = goOn(live(), created('r1'), lost, fired('retry'), opened)
    const story = goOn(opening, words('Hi', 'i'), sessionCreated, words('Hi', 'i'))
    expect(sentTypes(story)).toEqual(['session.update'])
    expect(reported(story, 'agent.transcript.delta')).toEqual([])
    expect(story.state).toMatchObject({ record: [], turn: { responses: [] } })
  })

  const losses: readonly [string, SessionEvent][] = [
    ...[1000, 1001, 1006, 1008, 1009, 1011, 1013, 4000].map((code): [string, SessionEvent] => {
      return [`a close with code ${code}`, { type: 'socket.closed', code, reason: '' }]
    }),
    ['an expired session', failure({ code: 'session_expired' })],
  ]
  test.each(losses)('%s counts as a loss', (_, event) => {
    expect(goOn(live(), event).state.phase).toBe('waiting')
  })

  test.each([
    ['no answer', [], fired('connect')],
    ['no confirmation', [opened, sessionCreated], fired('confirm')],
    ['an error', [opened, sessionCreated], failure({})],
    ['HTTP 503', [], refused(503)],
  ])('%s while reconnecting counts as one more loss', (_, opening, event) => {
    const again = goOn(live(), lost, fired('retry'), ...opening)
    const story = goOn(again, event)
    expect(story.state).toMatchObject({ phase: 'waiting', connection: { losses: 2 } })
  })

  test.each([
    [429, 5_000, 5_000],
    [503, 60_000, 60_000],
    [429, 60_001, 60_000],
    [429, 100, 500],
  ])('HTTP %d with a Retry-After of %d ms is obeyed, up to a minute', (status, retryAfterMs, waited) => {
    const story = goOn(live(), lost, fired('retry'))
    expect(timerDurations(goOn(story, refused(status, retryAfterMs)), 'retry')).toEqual([waited])
  })

  test.each([401, 402, 403])('HTTP %d ends the conversation', (status) => {
    expect(goOn(live(), lost, fired('retry'), refused(status)).state.ending?.failed).toBe(true)
  })

  test('the conversation is given up with the sixth loss in a row', () => {
    let story = live()
    const found: number[] = []
    for (let losses = 1; losses <= 5; losses += 1) {
      story = reconnect(story)
      found.push(...timerDurations(story, 'retry'))
      expect(story.state.phase).toBe('live')
    }
    expect(found).toEqual([250, 500, 1_000, 2_000, 4_000])
    const last = goOn(story, lost)
    expect(last.state).toMatchObject({ phase: 'closing', ending: { failed: true, code: 1006 } })
    expect(last.state.ending?.reason).toContain('6 times in a row')
  })

  test('a healthy connection resets the count of losses', () => {
    const story = goOn(reconnect(reconnect(live())), fired('healthy'), lost)
    expect(story.state.connection.losses).toBe(1)
  })

  test('a connection that is healthy before it has acknowledged the replay resets it as well', () => {
    const told = goOn(live(), text('hi'), lost, ...reopening, updated(), fired('healthy'), fired('replay'))
    expect(timerDurations(goOn(told, lost), 'retry')).toEqual([250])
  })

  test('a first connection refused because the service was busy does not count as a loss', () => {
    const busy = [refused(429), fired('retry'), refused(429), ...reopening, updated()]
    expect(timerDurations(goOn(goOn(begin(), ...busy), lost), 'retry')).toEqual([250])
  })

  test('a fatal error ends the conversation instead', () => {
    for (const code of ['invalid_api_key', 'insufficient_quota']) {
      expect(goOn(live(), failure({ code })).state).toMatchObject({ phase: 'closing', ending: { failed: true } })
    }
    const words = failure({ type: 'error', message: 'Invalid authorization credentials' })
    expect(goOn(live(), words).state.phase).toBe('closing')
  })
})
