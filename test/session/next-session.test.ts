import { describe, expect, test } from 'vitest'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { transcribed, words } from './speech.ts'
import {
  created,
  done,
  doneWithCalls,
  edit,
  effectTypes,
  failure,
  fired,
  goOn,
  live,
  reported,
  sent,
  sentTypes,
  server,
  started,
  stopped,
  text,
  timerDurations,
  updated,
} from './story.ts'
import {
  acked,
  confirmed,
  connectionEffects,
  expiring,
  HOUR,
  next,
  open,
  ready,
  replayedTexts,
  talked,
} from './two-sessions.ts'

function piece(delta: string) {
  return server({ type: 'conversation.item.input_audio_transcription.delta', item_id: 'u', delta })
}

describe('the replay to the next session', () => {
  test('contains everything once and in order, also what is said meanwhile; nothing is due and nobody is greeted', () => {
    const story = goOn(talked, fired('roll over'), ...ready)
    const first = story.state.next?.replayedItemIds.length
    expect(first).toBe(2)
    const more = goOn(story, text('and now?'), created('r2'), words('One.', 'a', 'r2'))
    expect([replayedTexts(more, 'live'), replayedTexts(more, 'next')]).toEqual([['and now?'], []])
    const rest = goOn(more, done('r2'))
    expect([replayedTexts(rest, 'next'), connectionEffects(rest)]).toEqual([['and now?', 'One.'], []])
    const followed = goOn(rest, ...acked(rest))
    expect([connectionEffects(followed), sentTypes(followed)]).toEqual([['take over'], []])
    expect(followed.state.turn.replyDue).toEqual([])
  })

  test('is waited for no longer than 5 s', () => {
    const story = goOn(goOn(talked, fired('roll over')), ...ready)
    expect([connectionEffects(story), story.effects.findLast((effect) => effect.type === 'startTimer')]).toEqual([
      [],
      { type: 'startTimer', timer: 'next', ms: 5_000 },
    ])
    expect(connectionEffects(goOn(story, fired('next')))).toEqual(['take over'])
  })

  test('is sent once, and waited for, also if the service’s memory of the caller changes meanwhile', () => {
    const story = goOn(talked, fired('roll over'), ...ready)
    const memory = { version: 2 }
    const reminded = goOn(story, updated({ expires_at: HOUR, providerData: { memory: { state: memory } } }))
    const settled = goOn(reminded, confirmed)
    expect([replayedTexts(reminded, 'next'), replayedTexts(settled, 'next')]).toEqual([[], []])
    expect([connectionEffects(settled), timerDurations(settled, 'next')]).toEqual([[], [5_000]])
    expect(connectionEffects(goOn(settled, fired('next')))).toEqual(['take over'])
  })

  test('leaves out an item that it refuses', () => {
    const story = goOn(talked, fired('roll over'), ...ready)
    const [one, two] = story.state.next?.unanswered.map(({ eventId }) => eventId) ?? []
    const refused = goOn(story, next(failure({ event_id: one ?? '' })), next(failure({ event_id: two ?? '' })))
    expect(reported(refused, 'error')).toHaveLength(2)
    expect(connectionEffects(refused)).toEqual(['take over'])
  })

  test('starts again on another connection if words already sent turn out differently', () => {
    const spoken = goOn(
      talked,
      started,
      stopped,
      transcribed('Well.'),
      created('r2'),
      words('Yes?', 'b', 'r2'),
      done('r2'),
    )
    const story = goOn(spoken, fired('roll over'), ...ready)
    const again = goOn(story, transcribed('Well, then.'))
    expect(connectionEffects(again)).toEqual(['close next', 'connect next'])
    expect(replayedTexts(goOn(again, ...ready), 'next')).toEqual(['what time is it?', 'Noon.', 'Well, then.', 'Yes?'])
  })

  test('is sent once if words already sent come again unchanged', () => {
    for (const read of [transcribed('Well.'), fired('transcript')]) {
      const spoken = goOn(talked, started, piece('Well.'), stopped, created('r2'), words('Yes?', 'b', 'r2'), read)
      const story = goOn(goOn(spoken, done('r2'), fired('roll over')), ...ready)
      expect(replayedTexts(story, 'next')).toHaveLength(4)
      expect(connectionEffects(goOn(story, transcribed('Well.')))).toEqual([])
    }
  })

  test('keeps a question put to the caller open', () => {
    const paying = agentWith({ tools: [toolNamed('pay', { confirm: true })] })
    const asking = goOn(live(paying), updated({ expires_at: HOUR }), created('r1'), doneWithCalls('r1', 'pay'))
    const asked = goOn(asking, created('r2'), done('r2'), fired('roll over'))
    const replayed = goOn(asked, ...ready)
    expect(goOn(replayed, ...acked(replayed)).state.consentRequests).toHaveLength(1)
  })
})

describe('the settings of the next session', () => {
  test('are those in force in this conversation, with the service’s memory of the caller', () => {
    const memory = { version: 1, facts: ['likes tea'] }
    const remembering = updated({ expires_at: HOUR, providerData: { memory: { state: memory } } })
    const story = goOn(live(), remembering, fired('roll over'))
    const opened = goOn(story, ...open)
    expect(sent(opened)[0]).toMatchObject({ session: { providerData: { memory: { state: memory } } } })
    const busy = goOn(opened, started, confirmed)
    const later = { version: 1, facts: ['likes tea', 'is in a hurry'] }
    const reminded = goOn(busy, updated({ expires_at: HOUR, providerData: { memory: { state: later } } }))
    expect(sent(reminded)).toMatchObject([{ session: { providerData: { memory: { state: later } } } }])
    expect(reminded.effects).toMatchObject([{ next: true }, {}])
    expect(connectionEffects(goOn(reminded, stopped, transcribed('Well.'), created('r1'), done('r1')))).toEqual([])
  })

  test('include an edit that goes to the live session meanwhile', () => {
    const story = goOn(expiring, fired('roll over'), ...open)
    const edited = goOn(story, edit(2, agentWith({ voice: 'Sarah' })))
    expect(sent(edited)).toMatchObject([{ type: 'session.update', session: { audio: { output: { voice: 'Sarah' } } } }])
    expect(connectionEffects(edited)).toEqual([])
    const applied = goOn(edited, updated({ expires_at: HOUR, audio: { output: { voice: 'Sarah' } } }))
    expect(connectionEffects(applied)).toEqual(['close next', 'connect next'])
    const followed = goOn(goOn(applied, ...open), confirmed)
    expect(connectionEffects(followed)).toEqual(['take over'])
    expect(reported(followed, 'reload.applied')).toEqual([])
    expect(followed.state.config).toMatchObject({ confirmed: { number: 2 }, sent: null, offers: [] })
  })

  test('wait for an update in flight, and so does the take-over', () => {
    const sending = goOn(expiring, edit(2, agentWith({ voice: 'Sarah' })))
    expect(connectionEffects(goOn(sending, fired('roll over')))).toEqual([])
    const shown = updated({ expires_at: HOUR, audio: { output: { voice: 'Sarah' } } })
    expect(connectionEffects(goOn(goOn(sending, fired('roll over')), shown))).toEqual(['connect next'])
    const busy = goOn(expiring, fired('roll over'), ...open, started, confirmed)
    const now = agentWith({ reload: { apply: 'now', ack_timeout: '3s' }, voice: 'Sarah' })
    const edited = goOn(goOn(busy, edit(2, now)), stopped, transcribed('Well.'), created('r1'), done('r1'))
    expect(connectionEffects(edited)).not.toContain('take over')
  })

  test('put deferred changes in force, which are reported once', () => {
    const story = goOn(
      expiring,
      edit(2, agentWith({ audio: { ...agentWith().audio, output: { format: 'pcm', rate: 16_000 } } })),
    )
    const followed = goOn(goOn(story, fired('roll over'), ...open), confirmed)
    expect(reported(followed, 'reload.applied')).toMatchObject([{ offered: 2 }])
    expect(effectTypes(followed)).toContain('openSound')
  })

  test('that are refused are requested no more, neither in this session nor in the next', () => {
    const held = agentWith({ reload: { apply: 'next_session', ack_timeout: '3s' } })
    const story = goOn(live(held), updated({ expires_at: HOUR }), edit(2, agentWith({ ...held, voice: 'Nobody' })))
    const opened = goOn(goOn(story, fired('roll over')), ...open)
    expect(sent(opened)).toMatchObject([{ session: { audio: { output: { voice: 'Nobody' } } } }])
    const refused = goOn(opened, next(failure({ param: 'session.audio.output.voice' })))
    expect(reported(refused, 'reload.refused')).toMatchObject([{ offered: 2, fields: ['voice'], certain: true }])
    expect(refused.state.phase).toBe('live')
    const again = goOn(goOn(refused, fired('next')), ...open)
    expect(sent(again)).toMatchObject([{ session: { audio: { output: { voice: 'Clive' } } } }])
    expect(connectionEffects(goOn(again, confirmed))).toEqual(['take over'])
  })

  test('without deferred changes that were refused are requested, and it is prepared', () => {
    const byPhone = agentWith({ audio: { ...agentWith().audio, input: { format: 'pcmu', rate: 8000 } } })
    const story = goOn(live(), updated({ expires_at: HOUR }), edit(2, byPhone), fired('roll over'), ...open)
    const refused = goOn(story, next(failure({ param: 'session.audio.input.format' })))
    expect(reported(refused, 'reload.refused')).toMatchObject([{ fields: ['audio.input.format', 'audio.input.rate'] }])
    expect(refused.state.phase).toBe('live')
    const again = goOn(refused, fired('next'), ...open)
    expect(sent(again)).toMatchObject([
      { session: { audio: { input: { format: { type: 'audio/pcm', rate: 24_000 } } } } },
    ])
    expect(connectionEffects(goOn(again, confirmed))).toEqual(['take over'])
  })
})
