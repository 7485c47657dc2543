import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { settle } from '../../src/session/settle.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { piece, words } from './speech.ts'
import {
  announced,
  created,
  done,
  doneWithCalls,
  effectTypes,
  goOn,
  live,
  lost,
  reopening,
  reported,
  sent,
  sentTypes,
  server,
  text,
  timerDurations,
  toolDone,
  updated,
} from './story.ts'

const audio: SessionEvent = { type: 'caller.audio', audio: new Uint8Array(2_880) }
const resume: SessionEvent = { type: 'caller.resumed' }
const hold: SessionEvent = { type: 'caller.held' }

describe('on hold', () => {
  test('what is being said ends, no sound is sent, and nothing begins', () => {
    const story = goOn(goOn(live(), created('r1'), piece('a')), hold, text('are you there?'), done('r1'))
    expect(effectTypes(story)).toContain('clearPlayback')
    expect(sent(story).filter(({ type }) => type === 'response.create')).toEqual([])
    expect(sent(goOn(story, audio))).toEqual([])
  })

  test('what is due is answered when the caller comes back', () => {
    const story = goOn(goOn(live(), hold, text('are you there?')), resume)
    expect(sentTypes(story)).toEqual(['response.create'])
  })

  test('a response that came to nothing is requested again when the caller is back; never if they silenced it', () => {
    const error = { code: 'rate_limit_exceeded', message: 'Rate limit reached.' }
    const ends = [done('r1', { output: [] }), done('r1', { status: 'failed', output: [], error })]
    for (const silence of [hold, { type: 'caller.interrupted' } as const])
      for (const end of ends) {
        const story = goOn(goOn(live(), text('are you there?'), created('r1'), silence), end)
        expect([sentTypes(story), timerDurations(story, 'rate limit')]).toEqual([[], []])
        expect(sentTypes(goOn(story, resume))).toEqual(silence === hold ? ['response.create'] : [])
      }
  })

  test('a response that the service begins by itself is not heard', () => {
    const story = goOn(goOn(live(), hold), created('r1'), piece('a'))
    expect(sent(story)).toMatchObject([{ type: 'response.cancel', response_id: 'r1' }])
    expect(effectTypes(story)).not.toContain('play')
  })

  test('sound that waits behind another answer is dropped, also before the session has been told what was said', () => {
    const spoken = [created('r1'), created('r2'), piece('b', 4_800, 'r2')] as const
    for (const story of [live(), goOn(live(), text('hi'), lost, ...reopening, updated())]) {
      const waiting = goOn(story, ...spoken, hold)
      expect(effectTypes(goOn(waiting, done('r1')))).not.toContain('play')
    }
  })

  test('a response that begins unannounced is dropped from its first word, and what is due stays due', () => {
    const away = goOn(goOn(live(), hold, text('are you there?')), words('Well.', 'a', 'r1'), piece('a'))
    expect([effectTypes(away).includes('play'), reported(away, 'agent.transcript.delta')]).toEqual([false, []])
    expect(sentTypes(goOn(away, done('r1', { status: 'cancelled' }), resume))).toEqual(['response.create'])
  })

  test('dropping a response cancels the calls that are cancelled on interruption', () => {
    const reading = live(agentWith({ tools: [toolNamed('read', { onInterrupt: 'cancel' })] }))
    const running = goOn(reading, created('r1'), doneWithCalls('r1', 'read'), hold)
    const story = goOn(running, created('r2'))
    expect(effectTypes(story)).toContain('cancelTool')
    expect(settle(story.state)[1]).toEqual([])
  })

  test('a response of which nothing had come is dropped, and requested again when the caller is back', () => {
    const asked = goOn(live(), text('are you there?'), hold, resume)
    const begun = goOn(asked, created('r1'))
    expect(sent(begun)).toMatchObject([{ type: 'response.cancel', response_id: 'r1' }])
    expect(sentTypes(goOn(begun, done('r1', { status: 'cancelled' })))).toEqual(['response.create'])
    for (const begins of [[created('r1')], announced('r1')]) {
      const away = goOn(live(), text('are you there?'), ...begins, hold, done('r1', { status: 'cancelled' }))
      expect(sentTypes(goOn(away, resume))).toEqual(['response.create'])
    }
  })

  test('a call cut off together with words is requested again when the caller is back', () => {
    const item = { id: 'item_look', type: 'function_call', call_id: 'call_look', name: 'look', arguments: '{"a":1}' }
    const called = server({ type: 'response.output_item.done', response_id: 'r1', item })
    const looking = live(agentWith({ tools: [toolNamed('look')] }))
    const away = goOn(looking, text('where is it?'), created('r1'), piece('a'), called, hold)
    const story = goOn(away, done('r1', { status: 'cancelled' }), resume)
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'response.create'])
  })

  test('a response of which something was said is not started again', () => {
    const story = goOn(live(), text('are you there?'), created('r1'), piece('a'), hold)
    expect(sent(goOn(story, done('r1', { status: 'cancelled' }), resume))).toEqual([])
  })

  test('a greeting of which something was said is not started again, even if it also calls a tool', () => {
    const item = { id: 'item_look', type: 'function_call', call_id: 'call_look', name: 'look', arguments: '{"a":1}' }
    const called = server({ type: 'response.output_item.done', response_id: 'r1', item })
    const greeted = goOn(live(agentWith({ greeting: 'Hello.', tools: [toolNamed('look')] })), created('r1'), piece('a'))
    const back = goOn(goOn(greeted, called, hold, done('r1'), toolDone('look')), resume)
    expect(sent(back)).toMatchObject([{ type: 'response.create', response: { metadata: {} } }])
    expect(JSON.stringify(sent(back))).not.toContain('Hello.')
  })

  test('a conversation that is to end after its answers still ends', () => {
    const story = goOn(goOn(live(), hold, text('bye')), { type: 'stop.requested', drain: 'said' })
    expect(sentTypes(story)).toEqual(['response.create'])
  })
})
