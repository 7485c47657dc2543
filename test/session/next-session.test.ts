import { describe, expect, test } from 'vitest'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { transcribed, words } from './speech.ts'
import {
  created,
  done,
  doneWithCalls,
  edit,
  failure,
  fired,
  goOn,
  live,
  orders,
  reported,
  sent,
  sentTypes,
  server,
  started,
  stopped,
  text,
  updated,
  waits,
} from './story.ts'
import { acked, confirmed, connections, expiring, HOUR, next, open, ready, talked, told } from './two-sessions.ts'

function piece(delta: string) {
  return server({ type: 'conversation.item.input_audio_transcription.delta', item_id: 'u', delta })
}

describe('the next session is told what was said', () => {
  test('once and in its order, also what is said while it is made ready; nothing is owed and nobody is greeted again', () => {
    const story = goOn(talked, fired('roll over'), ...ready)
    const first = story.state.next?.replayedItemIds.length
    expect(first).toBe(2)
    const more = goOn(story, text('and now?'), created('r2'), words('One.', 'a', 'r2'))
    expect([told(more, 'live'), told(more, 'next')]).toEqual([['and now?'], []])
    const rest = goOn(more, done('r2'))
    expect([told(rest, 'next'), connections(rest)]).toEqual([['and now?', 'One.'], []])
    const followed = goOn(rest, ...acked(rest))
    expect([connections(followed), sentTypes(followed)]).toEqual([['take over'], []])
    expect(followed.state.turn.replyDue).toEqual([])
  })

  test('and waits no longer than five seconds until all of it is acknowledged', () => {
    const story = goOn(goOn(talked, fired('roll over')), ...ready)
    expect([connections(story), story.effects.findLast((effect) => effect.type === 'startTimer')]).toEqual([
      [],
      { type: 'startTimer', timer: 'next', ms: 5_000 },
    ])
    expect(connections(goOn(story, fired('next')))).toEqual(['take over'])
  })

  test('also where it is reminded of the caller meanwhile', () => {
    const story = goOn(talked, fired('roll over'), ...ready)
    const memory = { version: 2 }
    const reminded = goOn(story, updated({ expires_at: HOUR, providerData: { memory: { state: memory } } }))
    const settled = goOn(reminded, confirmed)
    expect([connections(settled), waits(settled, 'next')]).toEqual([[], [5_000]])
    expect(connections(goOn(settled, fired('next')))).toEqual(['take over'])
  })

  test('an item that it refuses is left out', () => {
    const story = goOn(talked, fired('roll over'), ...ready)
    const [one, two] = story.state.next?.unanswered.map(({ eventId }) => eventId) ?? []
    const refused = goOn(story, next(failure({ event_id: one ?? '' })), next(failure({ event_id: two ?? '' })))
    expect(reported(refused, 'error')).toHaveLength(2)
    expect(connections(refused)).toEqual(['take over'])
  })

  test('anew, on another connection, where the words that it was told turn out otherwise', () => {
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
    expect(connections(again)).toEqual(['close next', 'connect next'])
    expect(told(goOn(again, ...ready), 'next')).toEqual(['what time is it?', 'Noon.', 'Well, then.', 'Yes?'])
  })

  test('once, where words that it was told come again as they were', () => {
    for (const read of [transcribed('Well.'), fired('transcript')]) {
      const spoken = goOn(talked, started, piece('Well.'), stopped, created('r2'), words('Yes?', 'b', 'r2'), read)
      const story = goOn(goOn(spoken, done('r2'), fired('roll over')), ...ready)
      expect(told(story, 'next')).toHaveLength(4)
      expect(connections(goOn(story, transcribed('Well.')))).toEqual([])
    }
  })

  test('a question put to the caller still stands', () => {
    const paying = agentWith({ tools: [toolNamed('pay', { confirm: true })] })
    const asking = goOn(live(paying), updated({ expires_at: HOUR }), created('r1'), doneWithCalls('r1', 'pay'))
    const asked = goOn(asking, created('r2'), done('r2'), fired('roll over'))
    const told = goOn(asked, ...ready)
    expect(goOn(told, ...acked(told)).state.consentRequests).toHaveLength(1)
  })
})

describe('the settings of the next session', () => {
  test('are those that this conversation has, what the service remembers of the caller among them', () => {
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
    expect(connections(goOn(reminded, stopped, transcribed('Well.'), created('r1'), done('r1')))).toEqual([])
  })

  test('an edit goes to the session that is live, and the next one is opened with it', () => {
    const story = goOn(expiring, fired('roll over'), ...open)
    const edited = goOn(story, edit(2, agentWith({ voice: 'Sarah' })))
    expect(sent(edited)).toMatchObject([{ type: 'session.update', session: { audio: { output: { voice: 'Sarah' } } } }])
    expect(connections(edited)).toEqual([])
    const applied = goOn(edited, updated({ expires_at: HOUR, audio: { output: { voice: 'Sarah' } } }))
    expect(connections(applied)).toEqual(['close next', 'connect next'])
    const followed = goOn(goOn(applied, ...open), confirmed)
    expect(connections(followed)).toEqual(['take over'])
    expect(reported(followed, 'reload.applied')).toEqual([])
    expect(followed.state.config).toMatchObject({ confirmed: { number: 2 }, sent: null, offers: [] })
  })

  test('are not asked for while an update is on its way, nor does it take over before the answer', () => {
    const sending = goOn(expiring, edit(2, agentWith({ voice: 'Sarah' })))
    expect(connections(goOn(sending, fired('roll over')))).toEqual([])
    const shown = updated({ expires_at: HOUR, audio: { output: { voice: 'Sarah' } } })
    expect(connections(goOn(goOn(sending, fired('roll over')), shown))).toEqual(['connect next'])
    const busy = goOn(expiring, fired('roll over'), ...open, started, confirmed)
    const now = agentWith({ reload: { apply: 'now', ack_timeout: '3s' }, voice: 'Sarah' })
    const edited = goOn(goOn(busy, edit(2, now)), stopped, transcribed('Well.'), created('r1'), done('r1'))
    expect(connections(edited)).not.toContain('take over')
  })

  test('what waited for a next session is in force with it, and is told once', () => {
    const story = goOn(
      expiring,
      edit(2, agentWith({ audio: { ...agentWith().audio, output: { format: 'pcm', rate: 16_000 } } })),
    )
    const followed = goOn(goOn(story, fired('roll over'), ...open), confirmed)
    expect(reported(followed, 'reload.applied')).toMatchObject([{ offered: 2 }])
    expect(orders(followed)).toContain('openSound')
  })

  test('that are refused are asked for no more: the session goes on with those that it has, and so does the next', () => {
    const held = agentWith({ reload: { apply: 'next_session', ack_timeout: '3s' } })
    const story = goOn(live(held), updated({ expires_at: HOUR }), edit(2, agentWith({ ...held, voice: 'Nobody' })))
    const opened = goOn(goOn(story, fired('roll over')), ...open)
    expect(sent(opened)).toMatchObject([{ session: { audio: { output: { voice: 'Nobody' } } } }])
    const refused = goOn(opened, next(failure({ param: 'session.audio.output.voice' })))
    expect(reported(refused, 'reload.refused')).toMatchObject([{ offered: 2, fields: ['voice'], certain: true }])
    expect(refused.state.phase).toBe('live')
    const again = goOn(goOn(refused, fired('next')), ...open)
    expect(sent(again)).toMatchObject([{ session: { audio: { output: { voice: 'Clive' } } } }])
    expect(connections(goOn(again, confirmed))).toEqual(['take over'])
  })

  test('that waited for it and are refused are asked for no more, and it is made ready without them', () => {
    const byPhone = agentWith({ audio: { ...agentWith().audio, input: { format: 'pcmu', rate: 8000 } } })
    const story = goOn(live(), updated({ expires_at: HOUR }), edit(2, byPhone), fired('roll over'), ...open)
    const refused = goOn(story, next(failure({ param: 'session.audio.input.format' })))
    expect(reported(refused, 'reload.refused')).toMatchObject([{ fields: ['audio.input.format', 'audio.input.rate'] }])
    expect(refused.state.phase).toBe('live')
    const again = goOn(refused, fired('next'), ...open)
    expect(sent(again)).toMatchObject([
      { session: { audio: { input: { format: { type: 'audio/pcm', rate: 24_000 } } } } },
    ])
    expect(connections(goOn(again, confirmed))).toEqual(['take over'])
  })
})
