import { describe, expect, test } from 'vitest'
import type { ServiceError } from '../../src/realtime/server-event.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { cleared, piece, words } from './speech.ts'
import {
  begin,
  created,
  done,
  doneWithCalls,
  edit,
  effectTypes,
  failure,
  fired,
  goOn,
  live,
  lost,
  reopening,
  reported,
  type Story,
  sent,
  sentTypes,
  started,
  text,
  timerDurations,
  toolDone,
  updated,
} from './story.ts'
import {
  confirmed,
  connectionEffects,
  expiring,
  HOUR,
  itemAdded,
  next,
  open,
  ready,
  replayedTexts,
} from './two-sessions.ts'

describe('a next session that fails to open', () => {
  const due = goOn(expiring, fired('roll over'))
  const opened = goOn(due, ...open)

  test.each<[string, Story, SessionEvent]>([
    ['is refused', due, next({ type: 'socket.refused', status: 503, message: 'not now' })],
    ['closes', goOn(opened, started, confirmed), next({ type: 'socket.closed', code: 1006, reason: '' })],
    ['is never answered', due, fired('next')],
    ['is not confirmed in time', opened, fired('next')],
    ['is refused its settings', opened, next(failure({}))],
    ['has expired', opened, next(failure({ code: 'session_expired' }))],
  ])('because it %s leaves the live session alone, and is tried again', (_, story, event) => {
    const failed = goOn(story, event)
    expect(failed.state.phase).toBe('live')
    expect(connectionEffects(failed)).toEqual(['close next'])
    expect(reported(failed, 'warning')).toMatchObject([
      { message: expect.stringMatching(/next session .*trying again/) },
    ])
    const again = goOn(failed, fired('next'))
    expect(connectionEffects(again)).toEqual(['connect next'])
    expect(sentTypes(goOn(again, ...open))).toEqual(['session.update'])
  })

  test('is not sent settings that the live session was refused meanwhile', () => {
    const edits = [edit(2, agentWith({ temperature: 0.3 })), edit(3, agentWith({ voice: 'Nobody' }))]
    const speaking = goOn(due, created('r1'), ...edits)
    expect(connectionEffects(speaking)).toContain('connect next')
    const refused = goOn(speaking, doneWithCalls('r1'), failure({ param: 'session.audio.output.voice' }))
    expect(reported(refused, 'reload.refused')).toMatchObject([{ offered: 3 }])
    const story = goOn(refused, ...open)
    expect(story.effects).toMatchObject([
      {},
      { next: true, event: { session: { audio: { output: { voice: 'Clive' } } } } },
      {},
    ])
  })

  test('refuses an update in flight in the live session too: unanswered there, it is not sent again', () => {
    const speaking = goOn(due, created('r1'), edit(2, agentWith({ voice: 'Nobody' })), ...open)
    const twice = goOn(speaking, doneWithCalls('r1'))
    expect(sentTypes(twice)).toEqual(['session.update'])
    const refused = goOn(twice, next(failure({ param: 'session.audio.output.voice' })))
    expect(reported(refused, 'reload.refused')).toMatchObject([{ offered: 2 }])
    expect(sentTypes(goOn(refused, fired('ack')))).not.toContain('session.update')
    const again = goOn(goOn(refused, lost), ...reopening)
    expect(sent(again)).toMatchObject([{ session: { audio: { output: { voice: agentWith().voice } } } }])
  })

  test('fails once: closing its connection is not a second failure', () => {
    const failed = goOn(due, fired('next'))
    expect(goOn(failed, next({ type: 'socket.closed', code: 1006, reason: '' })).effects).toEqual([])
  })

  test('refuses nothing with an error after its settings were confirmed', () => {
    const edited = goOn(due, started, edit(2, agentWith({ voice: 'Sarah' })), ...ready)
    const failed = goOn(edited, next(failure({ message: 'Something broke.' })))
    expect(reported(failed, 'reload.refused')).toEqual([])
  })

  test.each<[string, Partial<ServiceError>, readonly number[]]>([
    ['is at its rate limit', { code: 'rate_limit_exceeded' }, [250]],
    ['has a fault', { type: 'server_error' }, [250]],
    ['has no room', { code: 'SESSION_RESOURCES_EXHAUSTED' }, [250]],
    ['lets it expire', { code: 'session_expired' }, [250]],
    ['is paid no more', { code: 'insufficient_quota' }, []],
  ])('refuses no edit if the service %s', (_, error, waits) => {
    const edited = goOn(due, created('r1'), edit(2, agentWith({ voice: 'Sarah' })), ...open)
    const failed = goOn(edited, next(failure(error)))
    expect([reported(failed, 'reload.refused'), timerDurations(failed, 'next')]).toEqual([[], waits])
    expect(sent(goOn(failed, done('r1')))).toMatchObject([{ session: { audio: { output: { voice: 'Sarah' } } } }])
  })

  test('is tried again after growing waits, up to half a minute, or when the service says so', () => {
    const found: number[] = []
    let story = due
    for (let count = 0; count < 9; count += 1) {
      const failed = goOn(story, next({ type: 'socket.refused', status: 503, message: '' }))
      found.push(...timerDurations(failed, 'next'))
      story = goOn(failed, fired('next'))
    }
    expect(found).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    const busy = goOn(due, next({ type: 'socket.refused', status: 429, message: '', retryAfterMs: 12_000 }))
    expect(timerDurations(busy, 'next')).toEqual([12_000])
    const distant = goOn(due, next({ type: 'socket.refused', status: 429, message: '', retryAfterMs: 1e12 }))
    expect(timerDurations(distant, 'next')).toEqual([60_000])
  })

  test('is tried again at once after an edit, even if it would not have been otherwise', () => {
    for (const event of [
      next({ type: 'socket.refused', status: 401, message: 'who are you?' }),
      next({ type: 'socket.closed', code: 1006, reason: '' }),
    ]) {
      const failed = goOn(opened, event)
      const elsewhere = agentWith({ connection: { ...agentWith().connection, base_url: 'wss://elsewhere.test/' } })
      const edited = goOn(failed, edit(2, elsewhere))
      expect(edited.effects).toContainEqual({ type: 'connect', connection: elsewhere.connection, next: true })
      expect(connectionEffects(goOn(goOn(edited, ...open), confirmed))).toEqual(['take over'])
    }
  })

  test('is not tried again after a permanent failure', () => {
    for (const event of [
      next({ type: 'socket.refused', status: 401, message: 'who are you?' }),
      next(failure({ code: 'insufficient_quota' })),
    ]) {
      const failed = goOn(opened, event)
      expect(reported(failed, 'warning')).toMatchObject([{ message: expect.stringMatching(/not tried again/) }])
      expect(timerDurations(failed, 'next')).toEqual([])
      expect(failed.state.phase).toBe('live')
    }
  })
})

describe('while the next session is prepared', () => {
  const drop: SessionEvent = { type: 'socket.closed', code: 1006, reason: 'reset' }

  test('a lost live session is replaced at once by one that is ready, which answers what was due', () => {
    const asking = goOn(expiring, fired('roll over'), ...open, text('what time is it?'), created('r1'), confirmed)
    const dropped = goOn(asking, drop)
    expect(connectionEffects(dropped)).toEqual(['take over'])
    expect(replayedTexts(dropped, 'live')).toEqual(['what time is it?'])
    expect(reported(dropped, 'warning')).toMatchObject([
      { message: expect.stringMatching(/reset; .* takes its place/) },
    ])
    const [id = ''] = dropped.state.connection.replayedItemIds
    const on = goOn(dropped, itemAdded(id))
    expect(sentTypes(on)).toEqual(['response.create'])
    expect(reported(on, 'session.ready')).toHaveLength(1)
  })

  test('an interrupted response is replayed to it as heard, once that is known', () => {
    const tools = [toolNamed('look')]
    const begun = goOn(live(agentWith({ tools })), updated({ expires_at: HOUR }), fired('roll over'), ...open)
    const calling = goOn(begun, text('what time is it?'), created('r0'), doneWithCalls('r0', 'look'), toolDone('look'))
    const speaking = goOn(
      calling,
      created('r1'),
      words('It is noon, and the sun shines.'),
      piece('a', 48_000),
      confirmed,
    )
    const dropped = goOn(speaking, drop)
    expect([connectionEffects(dropped), effectTypes(dropped)]).toEqual([
      ['take over'],
      expect.arrayContaining(['clearPlayback']),
    ])
    expect([replayedTexts(dropped, 'live'), replayedTexts(dropped, 'next')]).toEqual([[], []])
    const heard = goOn(dropped, cleared(['a', 400]))
    expect(replayedTexts(heard, 'live')).toEqual([
      'what time is it?',
      'function_call',
      'function_call_output',
      'It is noon,',
    ])
    expect(sentTypes(goOn(heard, fired('replay')))).toEqual(['response.create'])
    const late = goOn(dropped, fired('replay'))
    expect([replayedTexts(late, 'live').length, late.state.phase]).toEqual([4, 'live'])
  })

  test('a tool’s result is replayed to it with the rest, and once', () => {
    const tools = [toolNamed('look')]
    const begun = goOn(live(agentWith({ tools })), updated({ expires_at: HOUR }), fired('roll over'), ...open)
    const spoken = [created('r1'), words('Noon.'), piece('a')] as const
    const calling = goOn(begun, text('look'), ...spoken, doneWithCalls('r1', 'look'), confirmed)
    const dropped = goOn(calling, drop)
    expect(replayedTexts(goOn(dropped, toolDone('look')), 'live')).toEqual([])
    const all = goOn(dropped, toolDone('look'), cleared(['a', 100]))
    expect(replayedTexts(all, 'live')).toEqual(['look', 'Noon.', 'function_call', 'function_call_output'])
  })

  test('a prepared session with older settings than those in force is closed', () => {
    const agent = agentWith({ limits: { ...agentWith().limits, max_session: '30m' } })
    const ending = goOn(
      live(agent),
      updated({ expires_at: HOUR }),
      text('hello'),
      created('r1'),
      fired('roll over'),
      ...ready,
    )
    const story = goOn(ending, fired('limit'), edit(2, { ...agent, description: 'known here alone' }), drop)
    expect(connectionEffects(story)).toEqual(['close', 'close next'])
    expect(story.state.config.confirmed.number).toBe(2)
  })

  test('a session that is not ready when the live one is lost is closed, and the conversation reconnects', () => {
    const dropped = goOn(goOn(expiring, fired('roll over'), ...open), drop)
    expect(connectionEffects(dropped)).toEqual(['close next'])
    expect(dropped.state).toMatchObject({ phase: 'waiting', next: null })
    expect(connectionEffects(goOn(dropped, fired('retry')))).toEqual(['connect'])
  })

  test('ending the conversation closes both sessions', () => {
    const preparing = goOn(expiring, fired('roll over'), ...open)
    const ended = goOn(preparing, { type: 'stop.requested', drain: false })
    expect([...connectionEffects(ended)].sort()).toEqual(['close', 'close next'])
    expect(goOn(ended, { type: 'socket.closed', code: 1000, reason: '' }).state.phase).toBe('closed')
  })

  test('none is opened for a conversation that ends after its answers', () => {
    const draining = goOn(expiring, created('r1'), { type: 'stop.requested', drain: 'said' })
    expect(connectionEffects(goOn(draining, fired('roll over')))).toEqual([])
  })

  test('events of a second connection that does not exist change nothing', () => {
    for (const event of ready) expect(goOn(begin(), event)).toEqual({ ...begin(), effects: [] })
  })
})
