import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { isTurnBoundary } from '../../src/session/lifetime/take-over.ts'
import { agentWith } from '../helpers/agents.ts'
import { cleared, piece, transcribed, words } from './speech.ts'
import {
  created,
  done,
  doneWithCalls,
  drained,
  edit,
  fired,
  goOn,
  live,
  orders,
  reported,
  type Story,
  sent,
  sentTypes,
  server,
  started,
  stopped,
  text,
  toolDone,
  updated,
  waits,
} from './story.ts'
import { acked, confirmed, connections, expiring, HOUR, itemAdded, open, ready, talked, told } from './two-sessions.ts'

const frame: SessionEvent = { type: 'caller.audio', audio: new Uint8Array(2_880).fill(7) }

describe('the next session takes over at a turn boundary', () => {
  const call = [created('r1'), doneWithCalls('r1', 'look')] as const
  const agent = agentWith({ turn_detection: { type: 'manual' } })
  const manual = goOn(live(agent), updated({ expires_at: HOUR }))

  test.each<[string, Story, readonly SessionEvent[], readonly SessionEvent[]]>([
    ['the agent speaks', expiring, [created('r1')], [done('r1')]],
    ['the caller speaks', expiring, [started], [stopped, transcribed('Well.'), created('r1'), done('r1')]],
    [
      'the caller’s words are not known yet',
      expiring,
      [started, stopped, created('r1'), done('r1')],
      [transcribed('Well.')],
    ],
    ['a call is open', expiring, call, [toolDone('look'), created('r2'), done('r2')]],
    [
      'a turn is being spoken that is ended by hand',
      manual,
      [frame, frame, frame],
      [{ type: 'caller.committed' }, created('r1'), done('r1')],
    ],
  ])('not while %s', (_, story, busy, quiet) => {
    const waiting = goOn(goOn(story, fired('roll over'), ...busy), ...ready)
    expect(connections(waiting)).toEqual([])
    const calm = goOn(waiting, ...quiet)
    expect(connections(goOn(calm, ...acked(calm)))).toEqual(
      connections(calm).includes('take over') ? [] : ['take over'],
    )
  })

  test('nor while the agent is still being heard, or has just been told to fall silent', () => {
    const speaking = goOn(expiring, fired('roll over'), ...open, created('r1'), piece('a'), done('r1'))
    const prepared = goOn(speaking, confirmed)
    expect(connections(prepared)).toEqual([])
    expect(connections(goOn(prepared, drained))).toEqual(['take over'])
    const silenced = goOn(prepared, { type: 'caller.interrupted' })
    expect(connections(silenced)).toEqual([])
    expect(connections(goOn(silenced, cleared(['a', 40])))).toEqual(['take over'])
  })

  test('also while the caller is on hold or muted, who stays so', () => {
    for (const type of ['caller.held', 'caller.paused'] as const) {
      const followed = goOn(goOn(expiring, fired('roll over'), { type }), ...ready)
      expect(connections(followed)).toEqual(['take over'])
      expect(sent(goOn(followed, frame))).toEqual([])
    }
  })

  test('and when ten seconds are left, at once: it is told the rest, and what the caller says meanwhile is held', () => {
    const speaking = goOn(goOn(talked, fired('roll over'), started), ...ready)
    const followed = goOn(speaking, fired('roll over'))
    expect(connections(followed)).toEqual(['take over'])
    expect(told(followed, 'live')).toEqual(['what time is it?', 'Noon.'])
    const on = goOn(followed, frame)
    expect(sent(on)).toEqual([])
    const [first, second] = followed.state.connection.replayedItemIds.map((id) => itemAdded(id))
    if (first === undefined || second === undefined) throw new Error('it was told nothing')
    expect(sentTypes(goOn(on, first, second))).toContain('input_audio_buffer.append')
  })

  test('and is told as much as fits of what was said: words that are read again there take no place', () => {
    let story = expiring
    for (let turn = 1; turn <= 24; turn += 1)
      story = goOn(story, text('and?'), created(`r${turn}`), words('Yes.', 'a', `r${turn}`), done(`r${turn}`))
    const type = 'conversation.item.input_audio_transcription.delta'
    const spoken = [frame, started, server({ type, item_id: 'u', delta: 'well' })] as const
    const followed = goOn(goOn(story, fired('roll over'), ...spoken, ...ready), fired('roll over'))
    expect(connections(followed)).toEqual(['take over'])
    expect(told(followed, 'live')).toHaveLength(48)
  })

  test('and a word that the caller has just begun, of which nobody has told yet, is heard there from its beginning', () => {
    const half: SessionEvent = { type: 'caller.audio', audio: new Uint8Array(1_440).fill(7) }
    const prepared = goOn(goOn(expiring, fired('roll over'), created('r1'), piece('a'), done('r1')), ...ready)
    const followed = goOn(prepared, frame, half, drained)
    expect(sentTypes(followed)).toEqual(['input_audio_buffer.append', 'input_audio_buffer.append'])
    expect(orders(followed).indexOf('takeOver')).toBeLessThan(orders(followed).lastIndexOf('send'))
    expect(sentTypes(goOn(followed, half))).toEqual(['input_audio_buffer.append'])
  })

  test('and what the caller has said of a turn that he ends by hand is part of it there, whether he holds a button or not', () => {
    const prepared = goOn(goOn(manual, fired('roll over'), frame, frame), ...ready)
    const followed = goOn(prepared, fired('roll over'), updated({ audio: { input: { turn_detection: null } } }))
    expect(connections(followed)).toEqual(['take over'])
    expect(sentTypes(goOn(followed, { type: 'caller.committed' }))).toEqual([
      'input_audio_buffer.commit',
      'response.create',
    ])
  })

  test('and half a frame of the caller’s sound waits with the rest', () => {
    const half: SessionEvent = { type: 'caller.audio', audio: new Uint8Array(1_440).fill(7) }
    const followed = goOn(goOn(talked, fired('roll over'), started, half), ...ready, fired('roll over'))
    expect(sent(goOn(followed, fired('frame')))).toEqual([])
  })

  test('what the agent has said by then is heard to its end', () => {
    const sounding = goOn(expiring, fired('roll over'), created('r1'), words('Noon.'), piece('a'), done('r1'))
    const followed = goOn(goOn(sounding, ...ready), fired('roll over'))
    expect(connections(followed)).toEqual(['take over'])
    expect(orders(followed)).not.toContain('clearPlayback')
    expect(reported(followed, 'session.ready')).toMatchObject([{ gap_ms: 0 }])
    expect([told(followed, 'next'), followed.state.turn.replyDue]).toEqual([['Noon.'], []])
    const cut = goOn(followed, { type: 'caller.interrupted' }, cleared(['a', 10]))
    expect(reported(cut, 'agent.heard')).toMatchObject([{ item_id: 'a', ms: 10 }])
    expect(sent(cut)).toEqual([])
    expect(isTurnBoundary(followed.state)).toBe(false)
    expect(isTurnBoundary(goOn(followed, drained).state)).toBe(true)
  })

  test('and is told apart from what the next one says under the same ids', () => {
    const spoken = [created('r1'), words('Noon.'), piece('a'), done('r1')] as const
    const followed = goOn(goOn(expiring, fired('roll over'), ...spoken, ...ready), fired('roll over'))
    const on = goOn(followed, created('r1'), piece('a', 9_600))
    const cut = goOn(on, { type: 'caller.interrupted' }, cleared(['a', 100], ['a@r1', 40]))
    expect(reported(cut, 'agent.heard')).toMatchObject([{ ms: 40 }])
    expect(sent(cut).at(-1)).toMatchObject({ type: 'conversation.item.truncate', item_id: 'a', audio_end_ms: 40 })
  })

  test('and falls silent where it is to sound in another format, which nobody would hear the end of', () => {
    const other = agentWith({ audio: { ...agentWith().audio, output: { format: 'pcm', rate: 16_000 } } })
    const sounding = goOn(
      ...[expiring, edit(2, other), fired('roll over'), created('r1'), words('Noon.'), piece('a')],
      done('r1'),
    )
    const followed = goOn(goOn(sounding, ...ready), fired('roll over'))
    expect(orders(followed)).toContain('clearPlayback')
    const heard = goOn(followed, cleared(['a', 10]), fired('replay'))
    expect(orders(heard)).toContain('openSound')
    expect(heard.state).toMatchObject({ phase: 'live', sound: { playing: false } })
  })

  test('without one that is ready, the session is left when ten seconds are left, as after a drop', () => {
    const story = goOn(goOn(expiring, started), fired('roll over'))
    expect(waits(story, 'roll over')).toEqual([3_590_000])
    expect(connections(goOn(story, fired('roll over')))).toEqual(['close next', 'close', 'connect'])
  })
})
