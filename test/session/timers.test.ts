import { describe, expect, test } from 'vitest'
import type { SessionEvent, TimerName } from '../../src/session/event.ts'
import { settle } from '../../src/session/settle.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import {
  begin,
  created,
  doneWithCalls,
  edit,
  effectTypes,
  goOn,
  live,
  lost,
  opened,
  type Story,
  server,
  sessionCreated,
  text,
  updated,
} from './story.ts'

const agent = agentWith({ tools: [toolNamed('look')] })
const edited = edit(2, agentWith({ ...agent, voice: 'Sarah' }))
const spoken = (type: 'started' | 'stopped') =>
  server({ type: `input_audio_buffer.speech_${type}`, item_id: 'u' } as const)
const fired = (timer: TimerName): SessionEvent => ({ type: 'timer.fired', timer })
const TIMERS: readonly TimerName[] = ['connect', 'confirm', 'retry', 'healthy', 'ack', 'quiet', 'progress']

/** Each phase, and what each timer may order there; every other timer orders nothing. */
const PHASES: readonly [string, Story, { readonly [timer in TimerName]?: readonly string[] }][] = [
  ['connecting', begin(agent), { connect: ['report', 'close'] }],
  ['configuring', goOn(begin(agent), opened), { confirm: ['report', 'close'] }],
  ['configuring, sent', goOn(begin(agent), opened, sessionCreated), { confirm: ['report', 'close'] }],
  [
    'waiting before the first start',
    goOn(begin(agent), { type: 'socket.refused', status: 429, message: '' }),
    { connect: ['report', 'close'], retry: ['connect'] },
  ],
  ['waiting after a drop', goOn(live(agent), lost), { retry: ['connect', 'startTimer'] }],
  ['connecting again', goOn(live(agent), lost, fired('retry')), { connect: ['close', 'report', 'startTimer'] }],
  [
    'configuring again',
    goOn(live(agent), lost, fired('retry'), opened, sessionCreated),
    { confirm: ['close', 'report', 'startTimer'] },
  ],
  ['live', live(agent), {}],
  ['caller speaking', goOn(live(agent), spoken('started')), {}],
  ['answer expected', goOn(live(agent), spoken('started'), spoken('stopped')), {}],
  ['reply requested', goOn(live(agent), text('hi')), { progress: ['report'] }],
  ['responding', goOn(live(agent), created('r1')), { progress: ['report', 'send', 'report', 'stopTimer'] }],
  ['running a tool', goOn(live(agent), created('r1'), doneWithCalls('r1', 'look')), {}],
  ['update in flight', goOn(live(agent), edited), { ack: ['send', 'startTimer'] }],
  ['update repeated', goOn(live(agent), edited, fired('ack')), { ack: ['report'] }],
  ['update unconfirmed', goOn(live(agent), edited, fired('ack'), fired('ack')), {}],
  [
    'update waiting for a response',
    goOn(live(agent), created('r1'), edited),
    { progress: ['report', 'send', 'report', 'stopTimer', 'send', 'report', 'stopTimer', 'startTimer'] },
  ],
  [
    'update waiting for the caller',
    goOn(live(agent), spoken('started'), edited),
    { quiet: ['send', 'report', 'stopTimer', 'startTimer'] },
  ],
  ['closing', goOn(live(agent), { type: 'stop.requested', drain: false }), {}],
  ['closing with a response', goOn(live(agent), created('r1'), { type: 'stop.requested', drain: false }), {}],
  ['closed', goOn(live(agent), { type: 'stop.requested', drain: false }, lost), {}],
]

describe.each(PHASES)('%s', (_, story, expected) => {
  test.each(TIMERS)('%s', (timer) => {
    const next = goOn(story, fired(timer))
    expect(effectTypes(next)).toEqual(expected[timer] ?? [])
    expect(settle(next.state)[1]).toEqual([])
  })
})

test('a timer that fires after its reason is gone changes nothing', () => {
  const story = live(agent)
  for (const timer of TIMERS) expect(goOn(story, fired(timer)).state).toEqual(story.state)
})

test('a timer of a lost session does not affect the next one', () => {
  const again = goOn(live(agent), edited, lost, fired('retry'), opened, sessionCreated)
  expect(effectTypes(goOn(again, fired('ack')))).toEqual([])
  expect(effectTypes(goOn(again, updated(), fired('ack'), fired('confirm'), fired('connect')))).not.toContain('close')
})
