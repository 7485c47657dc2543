import { describe, expect, test } from 'vitest'
import type { ConnectionEvent, SessionEvent } from '../../src/session/event.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { agent, running, sentInShort } from './background-calls.ts'
import {
  created,
  done,
  edit,
  effectTypes,
  fired,
  goOn,
  live,
  lost,
  moment,
  reopening,
  reported,
  type Story,
  sent,
  sentTypes,
  started,
  text,
  timerDurations,
  updated,
} from './story.ts'
import { calls, ended, finished, launched } from './tool-calls.ts'

const reopened = [...reopening, updated(), fired('replay')]

describe('while a call runs in the background', () => {
  test('an interruption does not cancel it, even with on_interrupt: cancel', () => {
    const cancelled = agentWith({ tools: [toolNamed('mill', { background: true, onInterrupt: 'cancel' })] })
    for (const event of [started, text('wait'), { type: 'caller.interrupted' } as const]) {
      const story = goOn(live(cancelled), ...calls('r', 'mill'), created('t'), event)
      expect(effectTypes(story)).not.toContain('cancelTool')
    }
  })

  test('the conversation is at rest: an edit is sent at once', () => {
    expect(sentTypes(goOn(running, edit(2, agentWith({ ...agent, voice: 'Sarah' }))))).toEqual(['session.update'])
  })

  test('its result is still delivered if an edit removes its tool', () => {
    const without = goOn(running, edit(2, agentWith({ tools: [] })), updated({ tools: [] }))
    expect(sentInShort(goOn(without, ended('mill')))).toEqual(['user: fine', 'create'])
  })

  test('the caller is not asked whether they are still there', () => {
    expect(timerDurations(running, 'idle')).toEqual([])
    expect(timerDurations(goOn(running, ended('mill'), created('t')), 'idle')).toEqual([])
    expect(timerDurations(goOn(running, ended('mill'), created('t'), done('t')), 'idle')).toEqual([15_000])
  })

  test('the end of the input waits for its result', () => {
    const draining = goOn(running, { type: 'stop.requested', drain: 'said' })
    expect(draining.state.phase).toBe('live')
    const over = goOn(draining, ended('mill'), created('t'), done('t'))
    expect(sentInShort(over)).toEqual(['user: fine', 'create'])
    expect(over.state.phase).toBe('closing')
  })

  test('the end of the conversation ends it, and it is reported once', () => {
    const over = goOn(running, { type: 'stop.requested', drain: false })
    expect(over.effects).toContainEqual({ type: 'cancelTool', callId: 'mill' })
    expect(finished(over)).toEqual(['mill cancelled'])
    const gone = goOn(over, ended('mill', { status: 'cancelled', message: 'it was ended' }))
    expect([finished(gone), sent(gone)]).toEqual([[], []])
  })

  test('a lost connection does not lose its result, whenever that comes', () => {
    for (const at of [1, 2, 3, 4, 5, 6]) {
      const events = [lost, ...reopened].toSpliced(at, 0, ended('mill'))
      const story = goOn(running, ...events, created('t'), done('t'), created('v'), done('v'))
      expect([at, sentInShort(story).filter((each) => each === 'user: fine')]).toEqual([at, ['user: fine']])
      expect(sentInShort(story).filter((each) => each === 'output mill')).toHaveLength(1)
    }
  })

  test('a following session is told once of a result that was delivered before', () => {
    const delivered = goOn(running, ended('mill'), created('t'), done('t'))
    expect(sentInShort(goOn(delivered, lost, ...reopened)).filter((each) => each === 'user: fine')).toHaveLength(1)
    expect(sentInShort(goOn(delivered, lost, ...reopened, created('v'), done('v'))).at(-1)).toBe('create')
  })

  test('a following session is told the beginning of a long result, with everything that was said', () => {
    const long = goOn(running, ended('mill', { status: 'ok', output: 'flour'.repeat(20_000) }), created('t'), done('t'))
    const [whole] = sentInShort(long)
    const [call, output, again] = sentInShort(goOn(long, lost, ...reopened))
    expect(whole?.length).toBeGreaterThan(100_000)
    expect([call, output, again]).toEqual([
      ...['call mill', 'output mill'],
      expect.stringMatching(/^user: \[cut: this is the beginning of \d+ characters\]$/),
    ])
  })

  test('a session that is replaced does not take its result along: the next one is told it, once', () => {
    const next = (event: ConnectionEvent): SessionEvent => ({ type: 'next', event })
    const ready = [
      fired('roll over'),
      next({ type: 'socket.opened' }),
      next({ type: 'server', event: { type: 'session.created', session: {} } }),
      next({ type: 'server', event: { type: 'session.updated', session: {} } }),
    ]
    const expiring = goOn(running, updated({ expires_at: moment.now / 1_000 + 3_600 }))
    const followed = (story: Story) =>
      goOn(
        story,
        ...(story.state.next?.replayedItemIds ?? []).map((id) =>
          next({ type: 'server', event: { type: 'conversation.item.added', item: { id, type: 'message' } } }),
        ),
      )
    const unnoticed = followed(goOn(expiring, ...ready))
    expect(effectTypes(unnoticed)).toContain('takeOver')
    expect(sentInShort(goOn(unnoticed, ended('mill')))).toEqual(['user: fine', 'create'])

    const found = goOn(expiring, created('t'), ended('mill'), ...ready, done('t'), created('v'))
    expect(sentInShort(found)).toEqual(['user: fine', 'create'])
    const after = goOn(found, done('v'))
    expect(sentInShort(after)).toEqual(['call mill', 'output mill', 'user: fine'])
    expect(sentInShort(followed(after))).toEqual([])
  })

  test('a call still waiting to be launched is launched in the next session', () => {
    const queued = agentWith({ tools: [toolNamed('mill', { background: true, concurrency: 'queue' })] })
    const two = goOn(live(queued), ...calls('r', 'mill:1', 'mill:2'), created('s'), done('s'))
    expect(launched(goOn(two, lost, ...reopened))).toEqual([])
    expect(launched(goOn(two, lost, ...reopened, ended('1')))).toEqual(['2'])
  })

  test('a call still waiting to be launched is never launched once the conversation is over', () => {
    const limits = { ...agentWith().limits, max_session: '30m' }
    const queued = agentWith({ limits, tools: [toolNamed('mill', { background: true, concurrency: 'queue' })] })
    const two = goOn(live(queued), ...calls('r', 'mill:1', 'mill:2'), created('s'), done('s'))
    const over = goOn(two, { type: 'stop.requested', drain: false }, ended('1'))
    expect([launched(over), finished(over)]).toEqual([[], ['1 cancelled', '2 cancelled']])
    expect(reported(over, 'tool.finished').map((report) => report.arguments)).toEqual([undefined, {}])
    const saying = goOn(goOn(two, text('hello'), created('t')), fired('limit'), ended('1'))
    expect([launched(saying), finished(goOn(saying, done('t')))]).toEqual([[], ['2 cancelled']])
  })
})
