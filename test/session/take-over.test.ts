import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { isTurnBoundary } from '../../src/session/lifetime/take-over.ts'
import { agentWith } from '../helpers/agents.ts'
import { cleared, piece, pieces, transcribed, words } from './speech.ts'
import {
  created,
  done,
  doneWithCalls,
  drained,
  edit,
  effectTypes,
  failure,
  fired,
  goOn,
  live,
  reported,
  type Story,
  sent,
  sentTypes,
  server,
  started,
  stopped,
  text,
  timerDurations,
  toolDone,
  updated,
} from './story.ts'
import {
  acked,
  confirmed,
  connectionEffects,
  expiring,
  HOUR,
  itemAdded,
  open,
  ready,
  replayedTexts,
  talked,
} from './two-sessions.ts'

const frame: SessionEvent = { type: 'caller.audio', audio: new Uint8Array(2_880).fill(7) }

describe('a next session that is ready', () => {
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
  ])('does not take over while %s', (_, story, busy, quiet) => {
    const waiting = goOn(goOn(story, fired('roll over'), ...busy), ...ready)
    expect(connectionEffects(waiting)).toEqual([])
    const calm = goOn(waiting, ...quiet)
    expect(connectionEffects(goOn(calm, ...acked(calm)))).toEqual(
      connectionEffects(calm).includes('take over') ? [] : ['take over'],
    )
  })

  test('that takes over from one that is gone sends the beginning of a frame, though its wait ended meanwhile', () => {
    const begun = goOn(manual, text('hi'), created('r1'), fired('roll over'), ...ready)
    const gone = goOn(begun, { type: 'caller.audio', audio: new Uint8Array(960) }, failure({ code: 'session_expired' }))
    const story = goOn(goOn(gone, fired('frame')), fired('replay'))
    expect(timerDurations(story, 'frame')).toEqual([120])
    expect(pieces(goOn(story, fired('frame')))).toEqual([960])
  })

  test('does not take over while the agent is still heard, or was just cleared', () => {
    const speaking = goOn(expiring, fired('roll over'), ...open, created('r1'), piece('a'), done('r1'))
    const prepared = goOn(speaking, confirmed)
    expect(connectionEffects(prepared)).toEqual([])
    expect(connectionEffects(goOn(prepared, drained))).toEqual(['take over'])
    const silenced = goOn(prepared, { type: 'caller.interrupted' })
    expect(connectionEffects(silenced)).toEqual([])
    expect(connectionEffects(goOn(silenced, cleared(['a', 40])))).toEqual(['take over'])
  })

  test('also takes over while the caller is on hold or muted, and stays so', () => {
    for (const type of ['caller.held', 'caller.paused'] as const) {
      const followed = goOn(goOn(expiring, fired('roll over'), { type }), ...ready)
      expect(connectionEffects(followed)).toEqual(['take over'])
      expect(sent(goOn(followed, frame))).toEqual([])
    }
  })

  test('takes over at once with 10 s left: the rest is replayed to it, and the caller’s sound is held', () => {
    const speaking = goOn(goOn(talked, fired('roll over'), started), ...ready)
    const followed = goOn(speaking, fired('roll over'))
    expect(connectionEffects(followed)).toEqual(['take over'])
    expect(replayedTexts(followed, 'live')).toEqual(['what time is it?', 'Noon.'])
    const on = goOn(followed, frame)
    expect(sent(on)).toEqual([])
    const [first, second] = followed.state.connection.replayedItemIds.map((id) => itemAdded(id))
    if (first === undefined || second === undefined) throw new Error('two items are expected')
    expect(sentTypes(goOn(on, first, second))).toContain('input_audio_buffer.append')
  })

  test('is replayed as much as fits: words that are transcribed again there take no space', () => {
    let story = expiring
    for (let turn = 1; turn <= 24; turn += 1)
      story = goOn(story, text('and?'), created(`r${turn}`), words('Yes.', 'a', `r${turn}`), done(`r${turn}`))
    const type = 'conversation.item.input_audio_transcription.delta'
    const spoken = [frame, started, server({ type, item_id: 'u', delta: 'well' })] as const
    const followed = goOn(goOn(story, fired('roll over'), ...spoken, ...ready), fired('roll over'))
    expect(connectionEffects(followed)).toEqual(['take over'])
    expect(replayedTexts(followed, 'live')).toHaveLength(48)
  })

  test('hears a word from its beginning if the caller has just begun it, unreported', () => {
    const half: SessionEvent = { type: 'caller.audio', audio: new Uint8Array(1_440).fill(7) }
    const prepared = goOn(goOn(expiring, fired('roll over'), created('r1'), piece('a'), done('r1')), ...ready)
    const followed = goOn(prepared, frame, half, drained)
    expect(sentTypes(followed)).toEqual(['input_audio_buffer.append', 'input_audio_buffer.append'])
    expect(effectTypes(followed).indexOf('takeOver')).toBeLessThan(effectTypes(followed).lastIndexOf('send'))
    expect(sentTypes(goOn(followed, half))).toEqual(['input_audio_buffer.append'])
  })

  test.each<[string, readonly SessionEvent[]]>([
    ['with a button held', [{ type: 'caller.pressed' }]],
    ['without a button', []],
  ])('hears the caller’s unfinished turn if turns are ended by hand, %s', (_, begins) => {
    const prepared = goOn(goOn(manual, fired('roll over'), ...begins, frame, frame), ...ready)
    const followed = goOn(prepared, fired('roll over'), updated({ audio: { input: { turn_detection: null } } }))
    expect(connectionEffects(followed)).toEqual(['take over'])
    expect(sentTypes(goOn(followed, { type: 'caller.committed' }))).toEqual([
      'input_audio_buffer.commit',
      'response.create',
    ])
  })

  test('gets a partial frame of the caller’s turn with the rest', () => {
    const half: SessionEvent = { type: 'caller.audio', audio: new Uint8Array(1_440).fill(7) }
    const followed = goOn(goOn(talked, fired('roll over'), started, half), ...ready, fired('roll over'))
    const held = goOn(followed, fired('frame'))
    expect(sent(held)).toEqual([])
    expect(pieces(goOn(held, fired('replay'), half))).toEqual([2_880])
  })

  test('lets what the agent has said by then be heard to its end', () => {
    const sounding = goOn(expiring, fired('roll over'), created('r1'), words('Noon.'), piece('a'), done('r1'))
    const followed = goOn(goOn(sounding, ...ready), fired('roll over'))
    expect(connectionEffects(followed)).toEqual(['take over'])
    expect(effectTypes(followed)).not.toContain('clearPlayback')
    expect(reported(followed, 'session.ready')).toMatchObject([{ gap_ms: 0 }])
    expect([replayedTexts(followed, 'next'), followed.state.turn.replyDue]).toEqual([['Noon.'], []])
    const cut = goOn(followed, { type: 'caller.interrupted' }, cleared(['a', 10]))
    expect(reported(cut, 'agent.heard')).toMatchObject([{ item_id: 'a', ms: 10 }])
    expect(sent(cut)).toEqual([])
    expect(isTurnBoundary(followed.state)).toBe(false)
    expect(isTurnBoundary(goOn(followed, drained).state)).toBe(true)
  })

  test('tells that from what it says itself under the same ids', () => {
    const spoken = [created('r1'), words('Noon.'), piece('a'), done('r1')] as const
    const followed = goOn(goOn(expiring, fired('roll over'), ...spoken, ...ready), fired('roll over'))
    const on = goOn(followed, created('r1'), piece('a', 9_600))
    const cut = goOn(on, { type: 'caller.interrupted' }, cleared(['a', 100], ['a@r1', 40]))
    expect(reported(cut, 'agent.heard')).toMatchObject([{ ms: 40 }])
    expect(sent(cut).at(-1)).toMatchObject({ type: 'conversation.item.truncate', item_id: 'a', audio_end_ms: 40 })
  })

  test('clears that if the sound formats differ, since its end would not be heard', () => {
    const other = agentWith({ audio: { ...agentWith().audio, output: { format: 'pcm', rate: 16_000 } } })
    const sounding = goOn(
      ...[expiring, edit(2, other), fired('roll over'), created('r1'), words('Noon.'), piece('a')],
      done('r1'),
    )
    const followed = goOn(goOn(sounding, ...ready), fired('roll over'))
    expect(effectTypes(followed)).toContain('clearPlayback')
    const heard = goOn(followed, cleared(['a', 10]), fired('replay'))
    expect(effectTypes(heard)).toContain('openSound')
    expect(heard.state).toMatchObject({ phase: 'live', sound: { playing: false } })
  })
})

test('with 10 s left a session is left even if the next one is not ready, as after a loss', () => {
  const story = goOn(goOn(expiring, started), fired('roll over'))
  expect(timerDurations(story, 'roll over')).toEqual([3_590_000])
  expect(connectionEffects(goOn(story, fired('roll over')))).toEqual(['close next', 'close', 'connect'])
})
