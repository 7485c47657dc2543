import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith } from '../helpers/agents.ts'
import { begin, created, done, drained, fired, goOn, live, orders, sentTypes, server, text, updated } from './story.ts'

const agent = agentWith({ greeting: 'Hello.', greeting_interruptible: false })
const audio: SessionEvent = { type: 'caller.audio', audio: new Uint8Array(2_880) }
const piece = { type: 'response.output_audio.delta', response_id: 'r1', item_id: 'a', content_index: 0 } as const
const sound = server({ ...piece, audio: new Uint8Array(4_800) })
const greeting = goOn(live(agent), created('r1'), sound)

describe('a greeting that may not be interrupted', () => {
  test('holds what the caller says until it was heard, and then passes it on', () => {
    const story = goOn(greeting, audio, done('r1'))
    expect(sentTypes(story)).toEqual([])
    expect(sentTypes(goOn(story, drained))).toEqual(['input_audio_buffer.append'])
  })

  test('is not stopped by typing; the line is answered after it', () => {
    const story = goOn(greeting, text('hello?'))
    expect(orders(story)).not.toContain('clearPlayback')
    expect(sentTypes(story)).toEqual([])
    expect(sentTypes(goOn(story, done('r1'), drained))).toEqual(['conversation.item.create', 'response.create'])
  })

  test('holds what was said before it too', () => {
    const early = goOn(begin(agent), audio, { type: 'socket.opened' }, server({ type: 'session.created', session: {} }))
    expect(sentTypes(goOn(early, updated()))).toEqual(['response.create'])
  })

  test('that is never said or heard holds the caller back for thirty seconds at most', () => {
    const story = goOn(live(agent), audio)
    expect(story.state.turn.guarded).toBe(true)
    expect(sentTypes(goOn(story, fired('greeting')))).toEqual(['input_audio_buffer.append'])
  })

  test('keeps a turn that was ended by hand until then', () => {
    const manual = agentWith({ ...agent, turn_detection: { type: 'manual' } })
    const story = goOn(live(manual), created('r1'), audio, audio, { type: 'caller.committed' }, done('r1'))
    expect(sentTypes(story).slice(-3)).toEqual([
      ...['input_audio_buffer.append', 'input_audio_buffer.commit', 'response.create'],
    ])
  })

  test('is over with the session that it was said in', () => {
    const lost = goOn(greeting, { type: 'socket.closed', code: 1006, reason: '' })
    expect(lost.state.turn.guarded).toBe(false)
  })
})

test('any other greeting may be interrupted', () => {
  expect(orders(goOn(goOn(live(agentWith({ greeting: 'Hello.' })), created('r1'), sound), text('hi')))).toContain(
    'clearPlayback',
  )
})
