import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { settle } from '../../src/session/settle.ts'
import { isAtRest } from '../../src/session/time/quiet.ts'
import { agentWith, controlNamed, toolNamed } from '../helpers/agents.ts'
import { cleared, piece, sound, words } from './speech.ts'
import {
  begin,
  created,
  done,
  doneWithCalls,
  drained,
  edit,
  effectTypes,
  goOn,
  live,
  lost,
  opened,
  reported,
  type Story,
  sentTypes,
  sessionCreated,
  started,
  stopped,
  text,
  toolDone,
  updated,
} from './story.ts'
import { calls, ended, finished } from './tool-calls.ts'

const agent = agentWith({ tools: [toolNamed('look')] })
const slow = agentWith({ tools: [{ ...toolNamed('look'), background: true }] })
const now: SessionEvent = { type: 'stop.requested', drain: false }
const drain: SessionEvent = { type: 'stop.requested', drain: 'said' }
const hold: SessionEvent = { type: 'caller.held' }
const heard: SessionEvent = { type: 'stop.requested', drain: 'heard' }
const closed: SessionEvent = { type: 'socket.closed', code: 1000, reason: '' }

const PHASES: { readonly [phase: string]: Story } = {
  connecting: begin(agent),
  configuring: goOn(begin(agent), opened, sessionCreated),
  'waiting for another try': goOn(begin(agent), { type: 'socket.refused', status: 429, message: '' }),
  live: live(agent),
  answering: goOn(live(agent), created('r1')),
  'running a tool': goOn(live(agent), created('r1'), doneWithCalls('r1', 'look')),
  'waiting after a drop': goOn(live(agent), lost),
}

describe('an immediate stop', () => {
  test.each(Object.entries(PHASES))(
    'while %s closes the socket, and is reported only once that is closed',
    (_, story) => {
      const stopping = goOn(story, now)
      expect(effectTypes(stopping).filter((type) => type === 'close')).toHaveLength(1)
      expect(reported(stopping, 'session.closed')).toEqual([])
      expect(stopping.state).toMatchObject({
        phase: 'closing',
        ending: { reason: 'stopped', code: null, failed: false },
      })
      const over = goOn(stopping, closed)
      expect(reported(over, 'session.closed')).toMatchObject([{ reason: 'stopped', code: null, failed: false }])
      expect(over.state.phase).toBe('closed')
    },
  )

  test('cancels running tools', () => {
    const story = goOn(live(agent), created('r1'), doneWithCalls('r1', 'look'), now)
    expect(story.effects).toContainEqual({ type: 'cancelTool', callId: 'call_look' })
    expect(reported(story, 'tool.finished')).toMatchObject([{ call_id: 'call_look', status: 'cancelled' }])
    expect(sentTypes(story)).toEqual([])
    const outcome = { status: 'cancelled', message: 'the runner was stopped' } as const
    expect(goOn(story, { type: 'tool.finished', callId: 'call_look', outcome, ms: 1 }).effects).toEqual([])
  })

  test('cancels tools of a lost session too, but not those that are over', () => {
    const away = goOn(live(agent), created('r1'), doneWithCalls('r1', 'look'), lost)
    expect(goOn(away, now).effects).toContainEqual({ type: 'cancelTool', callId: 'call_look' })
    const over = goOn(live(agent), created('r1'), doneWithCalls('r1', 'look'), toolDone('look'))
    expect(effectTypes(goOn(over, now))).not.toContain('cancelTool')
  })

  test('ends the wait for playback before a follow-up', () => {
    const waiting = goOn(live(agent), created('r1'), sound('r1'), doneWithCalls('r1', 'look'), toolDone('look'))
    const stopping = goOn(waiting, now)
    expect(stopping.effects).toContainEqual({ type: 'stopTimer', timer: 'drain' })
    expect(settle(stopping.state)).toEqual([stopping.state, []])
  })

  test('while the handshake is being refused ends the conversation all the same', () => {
    const story = goOn(begin(), now, { type: 'socket.refused', status: 401, message: 'no' })
    expect(reported(story, 'session.closed')).toMatchObject([{ reason: 'stopped', code: null, failed: false }])
    expect(story.state.phase).toBe('closed')
  })

  test('repeated closes once', () => {
    expect(goOn(goOn(live(), now), now, drain).effects).toEqual([])
  })

  test('is final: nothing that comes later does anything', () => {
    const stopping = goOn(live(agent), now)
    const later: readonly SessionEvent[] = [
      ...[text('hi'), { type: 'caller.audio', audio: new Uint8Array(4) } as const, edit(2, agentWith()), updated()],
      ...[created('r1'), doneWithCalls('r1', 'look'), sessionCreated, opened],
    ]
    expect(goOn(stopping, ...later).effects).toEqual([])
    const over = goOn(stopping, closed)
    expect(goOn(over, ...later, closed, now, toolDone('look'))).toEqual({ state: over.state, effects: [] })
  })
})

describe('a stop once all is said', () => {
  test('closes a conversation at rest', () => {
    const story = goOn(live(), drain)
    expect(effectTypes(story)).toEqual(['close'])
    expect(story.state.ending).toEqual({ reason: 'stopped', code: null, failed: false })
  })

  test('waits for the running response', () => {
    const story = goOn(live(), created('r1'), drain)
    expect(effectTypes(story)).not.toContain('close')
    expect(effectTypes(goOn(story, done('r1')))).toContain('close')
  })

  test('waits for a response that is due', () => {
    const story = goOn(live(), text('hi'), drain)
    expect(effectTypes(story)).not.toContain('close')
    expect(effectTypes(goOn(story, created('r1'), done('r1')))).toContain('close')
  })

  test('waits for tools and their follow-up', () => {
    const story = goOn(live(agent), created('r1'), doneWithCalls('r1', 'look'), drain, toolDone('look'))
    expect(effectTypes(story)).not.toContain('close')
    expect(effectTypes(goOn(story, created('r2'), done('r2')))).toContain('close')
  })

  test('waits for the caller’s turn and its answer', () => {
    const story = goOn(live(), started, drain, stopped)
    expect(effectTypes(story)).not.toContain('close')
    expect(effectTypes(goOn(story, created('r1'), done('r1')))).toContain('close')
  })

  test('does not wait for an answer that the service was told not to give', () => {
    const silent = { type: 'semantic_vad', create_response: false, interrupt_response: true } as const
    const story = goOn(live(agentWith({ turn_detection: silent })), started, drain, stopped)
    expect(effectTypes(story)).toContain('close')
  })

  test('does not wait to reconnect if nothing is due', () => {
    const answered = goOn(live(agent), text('hi'), created('r1'), words('Hello.'), done('r1'), lost)
    expect(effectTypes(goOn(answered, drain))).toContain('close')
    expect(effectTypes(goOn(answered, heard))).toContain('close')
    expect(effectTypes(goOn(answered, text('are you there?'), drain))).not.toContain('close')
    expect(effectTypes(goOn(answered, { type: 'caller.audio', audio: new Uint8Array(4) }, drain))).not.toContain(
      'close',
    )
  })

  test.each([
    ['an answer', goOn(live(agent), text('hi'), lost)],
    ['a tool', goOn(live(agent), created('r1'), doneWithCalls('r1', 'look'), lost)],
    ['a result from the background', goOn(live(slow), created('r1'), doneWithCalls('r1', 'look'), lost)],
    ['the greeting', goOn(live(agentWith({ greeting: 'Hi.' })), lost)],
  ])('waits to reconnect if %s is due', (_, story) => {
    expect(effectTypes(goOn(story, drain))).not.toContain('close')
  })

  test('does not wait to reconnect for a call that was answered before and has only ended since', () => {
    const given = agentWith({ tools: [{ ...toolNamed('look'), onInterrupt: 'cancel' }] })
    const called = goOn(live(given), text('look'), created('r1'), doneWithCalls('r1', 'look'))
    const answered = goOn(called, text('never mind'), created('r2'), words('Fine.', 'b', 'r2'), done('r2'), lost)
    expect(effectTypes(goOn(answered, toolDone('look'), drain))).toContain('close')
  })

  test('before the start first says what is held', () => {
    const story = goOn(begin(), text('hi'), drain, opened, sessionCreated, updated())
    expect(sentTypes(story)).toEqual(['session.update', 'conversation.item.create', 'response.create'])
    expect(effectTypes(goOn(story, created('r1'), done('r1')))).toContain('close')
  })

  test('can still be followed by an immediate stop', () => {
    expect(effectTypes(goOn(goOn(live(), created('r1'), drain), now))).toEqual(['close'])
  })

  test('after a failed start stays a failed start', () => {
    const story = goOn(begin(), drain, { type: 'socket.refused', status: 401, message: 'no' })
    expect(story.state.ending?.failed).toBe(true)
  })
})

describe('a stop once all is heard', () => {
  test('waits for the response and its follow-ups, and then until the caller has heard them', () => {
    const called = goOn(live(agent), created('r1'), doneWithCalls('r1', 'look'), heard, toolDone('look'))
    const said = goOn(called, created('r2'), words('Here.', 'a', 'r2'), sound('r2'), done('r2'))
    expect(effectTypes(said)).not.toContain('close')
    expect(effectTypes(goOn(said, drained))).toEqual(['close'])
  })

  test('that takes too long becomes immediate: what was not heard is cut off and reported', () => {
    const saying = goOn(
      live(),
      created('r1'),
      words('Hello there.', 'a', 'r1'),
      piece('a', 96_000, 'r1'),
      done('r1'),
      heard,
    )
    const cut = goOn(saying, now)
    expect(effectTypes(cut)).toEqual(['clearPlayback', 'close'])
    expect(reported(goOn(cut, cleared(['a', 0])), 'agent.heard')).toMatchObject([{ text: '', ms: 0 }])
  })

  test('closes a conversation at rest, and one that has not begun', () => {
    for (const story of [live(), begin(agent), goOn(begin(agent), opened, sessionCreated)])
      expect(effectTypes(goOn(story, heard))).toContain('close')
  })

  test('closes one whose caller is on hold, or is put on hold meanwhile', () => {
    for (const before of [[], [drain]])
      expect(effectTypes(goOn(goOn(live(), text('hi'), ...before, hold), heard))).toContain('close')
    const left = goOn(goOn(live(), created('r1'), heard), hold)
    expect(effectTypes(left)).toContain('close')
    expect(goOn(left, done('r1'), heard).effects).toEqual([])
  })
})

test('a call that still waited when the conversation ended is never begun', () => {
  const queued = agentWith({ tools: [toolNamed('look', { concurrency: 'queue' }), controlNamed('end_call')] })
  const waiting = goOn(live(queued), text('look twice'), ...calls('r1', 'look', 'look:again', 'end_call'), hold)
  const over = goOn(waiting, heard)
  expect(finished(over)).toEqual(['look cancelled', 'again cancelled', 'end_call cancelled'])
  expect(settle(over.state)).toEqual([over.state, []])
  expect(goOn(over, ended('look')).effects).toEqual([])
})

describe('a conversation is at rest', () => {
  const cases: readonly [string, boolean, Story][] = [
    ['it is live and quiet', true, live()],
    ['it is not live', false, begin()],
    ['a response runs', false, goOn(live(), created('r1'))],
    ['a response is requested', false, goOn(live(), text('hi'))],
    ['the caller speaks', false, goOn(live(), started)],
    ['the service is to answer a turn', false, goOn(live(), started, stopped)],
    ['a tool runs', false, goOn(live(agent), created('r1'), doneWithCalls('r1', 'look'))],
    ['a response waits for an update', false, goOn(live(), edit(2, agent), text('hi'))],
    [
      'the end of a turn is reported again after its answer',
      true,
      goOn(live(), started, stopped, created('r1'), stopped, done('r1')),
    ],
    ['it is over', false, goOn(live(), now, closed)],
  ]
  test.each(cases)('while %s: %s', (_, rest, story) => {
    expect(isAtRest(story.state)).toBe(rest)
  })
})
