import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { step } from '../../src/session/step.ts'
import { transcribed, words } from './speech.ts'
import {
  committed,
  created,
  done,
  effectTypes,
  fired,
  goOn,
  live,
  moment,
  reported,
  sent,
  server,
  started,
  stopped,
  timerDurations,
  updated,
} from './story.ts'
import { acked, connectionEffects, expiring, HOUR, next, open, ready, replayedTexts } from './two-sessions.ts'

/** A frame of the caller's sound, and as it goes out. */
const frame: SessionEvent = { type: 'caller.audio', audio: new Uint8Array(2_880).fill(7) }
const FRAME = new Uint8Array(2_880).fill(7)

describe('a session that will expire', () => {
  test('is followed, after four fifths of its time, by one prepared beside it while it stays live', () => {
    expect(timerDurations(expiring, 'roll over')).toEqual([2_880_000])
    const due = goOn(expiring, fired('roll over'))
    expect(connectionEffects(due)).toEqual(['connect next'])
    expect(due.state.phase).toBe('live')
    const preparing = goOn(due, ...open)
    expect(sent(preparing)).toMatchObject([
      { type: 'session.update', session: { instructions: 'You are at the desk.' } },
    ])
    expect(sent(goOn(preparing, frame))).toEqual([{ type: 'input_audio_buffer.append', audio: FRAME }])
    expect(preparing.state.phase).toBe('live')
  })

  test('is replaced without a gap: sound goes to the next session at once, and the old one is closed', () => {
    const followed = goOn(goOn(expiring, fired('roll over')), ...ready)
    expect(connectionEffects(followed)).toEqual(['take over'])
    expect(reported(followed, 'session.ready')).toMatchObject([{ gap_ms: 0 }])
    expect(reported(followed, 'warning')).toEqual([])
    expect(effectTypes(followed)).not.toContain('openSound')
    expect(timerDurations(followed, 'roll over')).toEqual([5_280_000])
    expect(followed.state).toMatchObject({ phase: 'live', next: null, connection: { losses: 0 } })
    expect(sent(goOn(followed, frame))).toEqual([{ type: 'input_audio_buffer.append', audio: FRAME }])
  })

  test('is not replaced while the caller’s words are not transcribed, even if they were answered', () => {
    const answered = goOn(
      expiring,
      started,
      stopped,
      committed,
      created('r1'),
      words('Noon.'),
      done('r1'),
      fired('roll over'),
      ...ready,
    )
    expect(connectionEffects(answered)).not.toContain('take over')
    expect(replayedTexts(goOn(answered, transcribed('Well.')), 'next')).toEqual(['Well.', 'Noon.'])
  })

  test('sets the next session’s clock from when its expiry was reported, however long it waited', () => {
    const short = next(updated({ expires_at: moment.now / 1_000 + 70 }))
    const waiting = goOn(expiring, fired('roll over'), started, ...open, short)
    const quiet = goOn(waiting, stopped, transcribed('Well.'), created('r1'), done('r1'))
    const [ack = started] = acked(quiet)
    const [state, effects] = step(quiet.state, ack, { ...moment, now: moment.now + 30_000 })
    const taken = { state, effects }
    expect([connectionEffects(taken), timerDurations(taken, 'roll over')]).toEqual([['take over'], [26_000]])
  })

  test('is followed by one that is replaced in turn, even if its expiry came before its confirmation', () => {
    const due = goOn(expiring, fired('roll over'), next({ type: 'socket.opened' }))
    const told = next(server({ type: 'session.created', session: { expires_at: HOUR + 3_000 } }))
    expect(timerDurations(goOn(goOn(due, told), next(updated())), 'roll over')).toEqual([5_280_000])
  })

  test('is replaced just as well if the service reported an empty turn and says nothing more of it', () => {
    const alarmed = goOn(expiring, fired('roll over'), ...ready.slice(0, 2), started, stopped)
    expect(connectionEffects(goOn(goOn(alarmed, fired('progress')), ...ready.slice(2)))).toEqual(['take over'])
    const spoken = server({ type: 'input_audio_buffer.speech_started', item_id: 'v' })
    const later = goOn(alarmed, spoken, stopped, transcribed('Hm.', 'v'), created('r1'), done('r1'))
    expect(connectionEffects(goOn(goOn(later, ...ready.slice(2)), ...acked(goOn(later, ...ready.slice(2)))))).toEqual([
      'take over',
    ])
  })

  test('passes a partial frame of the caller’s sound on to the next session', () => {
    const half: SessionEvent = { type: 'caller.audio', audio: new Uint8Array(1_440).fill(7) }
    const followed = goOn(goOn(expiring, fired('roll over'), half), ...ready)
    expect(sent(goOn(followed, half))).toEqual([{ type: 'input_audio_buffer.append', audio: FRAME }])
  })

  test('stays live if the service gives it more time, and the session being prepared is closed', () => {
    expect(timerDurations(goOn(expiring, updated({ expires_at: HOUR + 600 })), 'roll over')).toEqual([3_360_000])
    expect(timerDurations(goOn(expiring, updated({ expires_at: HOUR })), 'roll over')).toEqual([])
    const preparing = goOn(expiring, fired('roll over'), open[0])
    expect(connectionEffects(goOn(preparing, updated({ expires_at: HOUR + 600 })))).toEqual(['close next'])
  })

  test('is left alone if its reported end is near, past or not a number', () => {
    for (const expires_at of [moment.now / 1_000 + 59, 0, 'soon', Number.NaN]) {
      expect(timerDurations(goOn(live(), updated({ expires_at })), 'roll over')).toEqual([])
    }
  })
})
