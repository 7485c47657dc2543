import { describe, expect, test } from 'vitest'
import { agentWith, controlNamed } from '../helpers/agents.ts'
import { callerAudio, cleared, sound } from './speech.ts'
import {
  created,
  drained,
  effectTypes,
  fired,
  goOn,
  live,
  lost,
  reopening,
  reported,
  sentTypes,
  started,
  text,
  updated,
} from './story.ts'
import { calls } from './tool-calls.ts'

const limits = { max_tool_calls_in_flight: 8, max_session: '30m' }
const agent = agentWith({ limits, tools: [controlNamed('end_call')] })
const closed = { type: 'socket.closed', code: 1005, reason: '' } as const

describe('a connection lost while the last words of a conversation are heard', () => {
  const bye = goOn(live(agent), text('bye'), created('r1'), sound('r1', 48_000), ...calls('r1', 'end_call'))
  const away = goOn(bye, lost)

  test('lets them be heard to the end without reconnecting, and then the conversation ends', () => {
    expect(effectTypes(away)).not.toContain('clearPlayback')
    expect(effectTypes(away)).not.toContain('startTimer')
    expect(reported(away, 'warning')).toMatchObject([{ message: expect.stringContaining('the conversation ends') }])
    const over = goOn(goOn(away, drained), closed)
    expect(reported(over, 'session.closed')).toMatchObject([{ reason: 'the agent ended the call', failed: false }])
  })

  test('lets what had come of them be heard at a limit, even if they are not whole', () => {
    const limited = goOn(live(agent), text('hello'), created('r1'), sound('r1', 48_000), fired('limit'), lost)
    expect(effectTypes(limited)).not.toContain('clearPlayback')
    expect(effectTypes(limited)).not.toContain('close')
    expect(effectTypes(goOn(limited, drained))).toContain('close')
  })

  test('ends them after their time if playback does not report that it ran out', () => {
    const over = goOn(away, fired('last words'))
    expect(effectTypes(over)).toEqual(['clearPlayback', 'close'])
    expect(over.state.ending).toMatchObject({ reason: 'the agent ended the call', failed: false })
  })

  test('is reopened if the caller types on, who gets an answer', () => {
    const back = goOn(away, text('wait'))
    expect(back.effects).toContainEqual({ type: 'startTimer', timer: 'retry', ms: 1 })
    expect(back.effects).toContainEqual({ type: 'stopTimer', timer: 'last words' })
    const silent = goOn(back, cleared(['r1-item', 200]))
    expect(effectTypes(silent)).not.toContain('close')
    expect(sentTypes(goOn(silent, ...reopening, updated(), fired('replay')))).toContain('response.create')
  })

  test('is reopened if the caller ends a turn by hand', () => {
    const byHand = agentWith({ ...agent, turn_detection: { type: 'manual' } })
    const said = goOn(live(byHand), text('bye'), created('r1'), sound('r1', 48_000), ...calls('r1', 'end_call'), lost)
    const back = goOn(said, callerAudio(), { type: 'caller.committed' })
    expect(effectTypes(back)).toContain('clearPlayback')
    const again = goOn(back, cleared(), ...reopening, updated(), fired('replay'))
    expect(sentTypes(again).slice(-3)).toEqual([
      'input_audio_buffer.append',
      'input_audio_buffer.commit',
      'response.create',
    ])
  })

  test('leaves a caller who types or silences the agent in silence: nothing is said over them', () => {
    const typed = goOn(away, text('wait'))
    expect(effectTypes(typed)).toContain('clearPlayback')
    expect(reported(goOn(typed, cleared(['r1-item', 200])), 'agent.heard')).toMatchObject([{ ms: 200 }])
    for (const type of ['caller.interrupted', 'caller.held'] as const)
      expect(effectTypes(goOn(away, { type }))).toEqual(['clearPlayback', 'close'])
  })
})

describe('the limit of a conversation', () => {
  test('reached while disconnected ends it at once, without reconnecting', () => {
    for (const events of [[lost], [lost, ...reopening.slice(0, 2)], [lost, ...reopening]]) {
      const over = effectTypes(goOn(goOn(live(agent), ...events), fired('limit')))
      expect(over).toContain('close')
      expect(over).not.toContain('connect')
    }
  })

  test('reached while the caller speaks ends it if the connection is lost then', () => {
    expect(effectTypes(goOn(live(agent), started, fired('limit'), lost))).toContain('close')
  })
})
