import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith } from '../helpers/agents.ts'
import { bytesSent, callerAudio, FRAME, piece, pieces, transcribed } from './speech.ts'
import { committed, created, done, drained, fired, goOn, live, lost, reopening, sentTypes, updated } from './story.ts'

const press: SessionEvent = { type: 'caller.pressed' }
const commit: SessionEvent = { type: 'caller.committed' }
const manual = agentWith({ turn_detection: { type: 'manual' } })

describe('a turn that the caller has ended by hand before a session is lost', () => {
  const unheard = { audio: { input: { turn_detection: null } } }
  const turn = [press, callerAudio(FRAME, 1), callerAudio(FRAME, 2), commit] as const
  const lostAfter = (...events: readonly SessionEvent[]) =>
    goOn(goOn(live(manual), ...turn, ...events, lost), ...reopening, updated(unheard), fired('replay'))
  const again = [
    'input_audio_buffer.append',
    'input_audio_buffer.append',
    'input_audio_buffer.commit',
    'response.create',
  ]

  test.each<[string, readonly SessionEvent[]]>([
    ['the service had not confirmed it', []],
    ['its answer had begun', [committed, created('r1')]],
    ['its answer was being heard', [committed, created('r1'), piece('a'), done('r1')]],
  ])('is sent and committed again if it was not transcribed and %s, and requests one response', (_, events) => {
    const story = lostAfter(...events)
    expect(bytesSent(story).map((bytes) => bytes[0])).toEqual([1, 2])
    expect(sentTypes(story)).toEqual(['session.update', ...again])
  })

  test('is not sent again if it was transcribed or fully answered', () => {
    const read = lostAfter(committed, transcribed('where is it?'))
    expect(pieces(read)).toEqual([])
    expect(sentTypes(read)).toEqual(['session.update', 'conversation.item.create', 'response.create'])
    expect(pieces(lostAfter(committed, created('r1'), piece('a'), done('r1'), drained))).toEqual([])
  })

  test('is sent and ended again, and answered, though more sound came after it', () => {
    const story = lostAfter(callerAudio(FRAME, 3))
    expect(bytesSent(story).map((bytes) => bytes[0])).toEqual([1, 2, 3])
    expect(sentTypes(story).slice(1)).toEqual(again.toSpliced(3, 0, 'input_audio_buffer.append'))
  })

  test('is sent once, though the connection was dead for all of it', () => {
    const said = goOn(live(manual), ...turn, callerAudio(FRAME, 3))
    const away = goOn(said, {
      type: 'socket.closed',
      code: 1006,
      reason: '',
      unheard: Buffer.concat(bytesSent(said)),
    })
    expect(bytesSent(goOn(away, ...reopening, updated(unheard))).map((bytes) => bytes[0])).toEqual([1, 2, 3])
  })

  test('is sent and ended again before the turn that overtook it', () => {
    const story = lostAfter(committed, created('r1'), press, done('r1', { status: 'cancelled' }), callerAudio(FRAME, 3))
    expect(bytesSent(story).map((bytes) => bytes[0])).toEqual([1, 2, 3])
    expect(sentTypes(story).slice(1)).toEqual([...again.slice(0, 3), 'input_audio_buffer.append'])
    expect(sentTypes(goOn(story, commit)).slice(-2)).toEqual(['input_audio_buffer.commit', 'response.create'])
  })
})
