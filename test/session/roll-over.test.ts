import { describe, expect, test } from 'vitest'
import type { ConnectionEvent, SessionEvent } from '../../src/session/event.ts'
import { step } from '../../src/session/step.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import {
  begin,
  created,
  done,
  doneWithCalls,
  edit,
  failure,
  fired,
  goOn,
  live,
  moment,
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
} from './story.ts'

/** In s since the epoch: an hour from the story's now. */
const HOUR = moment.now / 1_000 + 3_600
const expiring = goOn(live(), updated({ expires_at: HOUR }))
const words = { type: 'response.output_text.delta', response_id: 'r1', item_id: 'a', delta: 'Noon.' } as const
const heard = server({
  type: 'conversation.item.input_audio_transcription.completed',
  item_id: 'u',
  transcript: 'Well.',
} as const)
const piece = { type: 'response.output_audio.delta', response_id: 'r1', item_id: 'a', content_index: 0 } as const
const sound: SessionEvent = { type: 'caller.audio', audio: new Uint8Array(2_880).fill(7) }
const FRAME = Buffer.alloc(2_880, 7).toString('base64')

/** What happens on the second connection. */
function next(event: SessionEvent): SessionEvent {
  return { type: 'next', event: event as ConnectionEvent }
}
const open = [next({ type: 'socket.opened' }), next(server({ type: 'session.created', session: {} }))] as const
const ready = [...open, next(updated({ expires_at: HOUR + 3_000 }))] as const

function acked(story: Story): readonly SessionEvent[] {
  return (story.state.next?.replayed ?? []).map((id) =>
    next(server({ type: 'conversation.item.added', item: { id, type: 'message' } })),
  )
}

function wait(story: Story, timer = 'roll over'): number | undefined {
  return story.effects.flatMap((effect) =>
    effect.type === 'startTimer' && effect.timer === timer ? [effect.ms] : [],
  )[0]
}

/** What is ordered of the two connections. */
function connections(story: Story): readonly string[] {
  return story.effects.flatMap((effect) => {
    if (effect.type === 'takeOver') return ['take over']
    if (effect.type !== 'connect' && effect.type !== 'close') return []
    return [effect.next ? `${effect.type} next` : effect.type]
  })
}

/** The words of the items that are sent on one of them. */
function told(story: Story, on: 'live' | 'next'): readonly string[] {
  return story.effects.flatMap((effect) => {
    if (effect.type !== 'send' || effect.event.type !== 'conversation.item.create') return []
    if ((effect.next === true) !== (on === 'next')) return []
    const { item } = effect.event
    return item.type === 'message'
      ? item.content.map((content) => ('text' in content ? content.text : ''))
      : [item.type]
  })
}

const talked = goOn(expiring, text('what time is it?'), created('r1'), server(words), done('r1'))

describe('a session that will end by itself', () => {
  test('is followed after four fifths of its time by one that is made ready beside it, and lives on meanwhile', () => {
    expect(wait(expiring)).toBe(2_880_000)
    const due = goOn(expiring, fired('roll over'))
    expect(connections(due)).toEqual(['connect next'])
    expect(due.state.phase).toBe('live')
    const preparing = goOn(due, ...open)
    expect(sent(preparing)).toMatchObject([
      { type: 'session.update', session: { instructions: 'You are at the desk.' } },
    ])
    expect(sent(goOn(preparing, sound))).toEqual([{ type: 'input_audio_buffer.append', audio: FRAME }])
    expect(preparing.state.phase).toBe('live')
  })

  test('is followed without a gap: what the caller says from then on goes to the next one, and the old one is closed', () => {
    const followed = goOn(goOn(expiring, fired('roll over')), ...ready)
    expect(connections(followed)).toEqual(['take over'])
    expect(reported(followed, 'session.ready')).toMatchObject([{ gap_ms: 0 }])
    expect(reported(followed, 'warning')).toEqual([])
    expect(orders(followed)).not.toContain('openSound')
    expect(wait(followed)).toBe(5_280_000)
    expect(followed.state).toMatchObject({ phase: 'live', next: null, connection: { losses: 0 } })
    expect(sent(goOn(followed, sound))).toEqual([{ type: 'input_audio_buffer.append', audio: FRAME }])
  })

  test('the time of the next one runs from when it was given, however long it waited', () => {
    const short = next(updated({ expires_at: moment.now / 1_000 + 70 }))
    const waiting = goOn(expiring, fired('roll over'), started, ...open, short)
    const quiet = goOn(waiting, stopped, heard, created('r1'), done('r1'))
    const [ack = started] = acked(quiet)
    const [state, effects] = step(quiet.state, ack, { ...moment, now: moment.now + 30_000 })
    const taken = { state, effects }
    expect([connections(taken), wait(taken)]).toEqual([['take over'], 26_000])
  })

  test('and that one is followed in its turn, also where the service told its end before the settings were confirmed', () => {
    const due = goOn(expiring, fired('roll over'), next({ type: 'socket.opened' }))
    const told = next(server({ type: 'session.created', session: { expires_at: HOUR + 3_000 } }))
    expect(wait(goOn(goOn(due, told), next(updated())))).toBe(5_280_000)
  })

  test('half a frame of the caller’s sound goes on in the next one', () => {
    const half: SessionEvent = { type: 'caller.audio', audio: new Uint8Array(1_440).fill(7) }
    const followed = goOn(goOn(expiring, fired('roll over'), half), ...ready)
    expect(sent(goOn(followed, half))).toEqual([{ type: 'input_audio_buffer.append', audio: FRAME }])
  })

  test('lives on where the service gives it more time, and one that was being made ready is let go', () => {
    expect(wait(goOn(expiring, updated({ expires_at: HOUR + 600 })))).toBe(3_360_000)
    expect(wait(goOn(expiring, updated({ expires_at: HOUR })))).toBeUndefined()
    const preparing = goOn(expiring, fired('roll over'), open[0])
    expect(connections(goOn(preparing, updated({ expires_at: HOUR + 600 })))).toEqual(['close next'])
  })

  test('whose end is said to be near, past or no number is left alone', () => {
    for (const expires_at of [moment.now / 1_000 + 59, 0, 'soon', Number.NaN]) {
      expect(wait(goOn(live(), updated({ expires_at })))).toBeUndefined()
    }
  })
})

describe('the next session takes over at a turn boundary', () => {
  const call = [created('r1'), doneWithCalls('r1', 'look')] as const
  const agent = agentWith({ turn_detection: { type: 'manual' } })
  const manual = goOn(live(agent), updated({ expires_at: HOUR }))

  test.each<[string, Story, readonly SessionEvent[], readonly SessionEvent[]]>([
    ['the agent speaks', expiring, [created('r1')], [done('r1')]],
    ['the caller speaks', expiring, [started], [stopped, heard, created('r1'), done('r1')]],
    ['the caller’s words are not known yet', expiring, [started, stopped, created('r1'), done('r1')], [heard]],
    ['a call is open', expiring, call, [toolDone('look'), created('r2'), done('r2')]],
    [
      'a turn is being spoken that is ended by hand',
      manual,
      [sound, sound, sound],
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
    const audio = new Uint8Array(4_800)
    const delta = {
      type: 'response.output_audio.delta',
      response_id: 'r1',
      item_id: 'a',
      content_index: 0,
      audio,
    } as const
    const speaking = goOn(expiring, fired('roll over'), ...ready.slice(0, 2), created('r1'), server(delta), done('r1'))
    const prepared = goOn(speaking, ready[2])
    expect(connections(prepared)).toEqual([])
    expect(connections(goOn(prepared, { type: 'playback.drained' }))).toEqual(['take over'])
    const silenced = goOn(prepared, { type: 'caller.interrupted' })
    expect(connections(silenced)).toEqual([])
    expect(connections(goOn(silenced, { type: 'playback.cleared', heard: [{ itemId: 'a', ms: 40 }] }))).toEqual([
      'take over',
    ])
  })

  test('also while the caller is on hold or muted, who stays so', () => {
    for (const type of ['caller.held', 'caller.paused'] as const) {
      const followed = goOn(goOn(expiring, fired('roll over'), { type }), ...ready)
      expect(connections(followed)).toEqual(['take over'])
      expect(sent(goOn(followed, sound))).toEqual([])
    }
  })

  test('and when ten seconds are left, at once: it is told the rest, and what the caller says meanwhile is held', () => {
    const speaking = goOn(goOn(talked, fired('roll over'), started), ...ready)
    const followed = goOn(speaking, fired('roll over'))
    expect(connections(followed)).toEqual(['take over'])
    expect(told(followed, 'live')).toEqual(['what time is it?', 'Noon.'])
    const on = goOn(followed, sound)
    expect(sent(on)).toEqual([])
    const [first, second] = followed.state.connection.replayed.map((id) =>
      server({ type: 'conversation.item.added', item: { id, type: 'message' } }),
    )
    if (first === undefined || second === undefined) throw new Error('it was told nothing')
    expect(sentTypes(goOn(on, first, second))).toContain('input_audio_buffer.append')
  })

  test('what the agent has said by then is heard to its end', () => {
    const audio = new Uint8Array(4_800)
    const sounding = goOn(
      expiring,
      fired('roll over'),
      created('r1'),
      server(words),
      server({ ...piece, audio }),
      done('r1'),
    )
    const followed = goOn(goOn(sounding, ...ready), fired('roll over'))
    expect(connections(followed)).toEqual(['take over'])
    expect(orders(followed)).not.toContain('clearPlayback')
    expect(reported(followed, 'session.ready')).toMatchObject([{ gap_ms: 0 }])
    expect([told(followed, 'next'), followed.state.turn.replyDue]).toEqual([['Noon.'], []])
    const cut = goOn(
      followed,
      { type: 'caller.interrupted' },
      { type: 'playback.cleared', heard: [{ itemId: 'a', ms: 10 }] },
    )
    expect(reported(cut, 'agent.heard')).toMatchObject([{ item_id: 'a', ms: 10 }])
    expect(sent(cut)).toEqual([])
  })

  test('and is told apart from what the next one says under the same ids', () => {
    const spoken = [
      created('r1'),
      server(words),
      server({ ...piece, audio: new Uint8Array(4_800) }),
      done('r1'),
    ] as const
    const followed = goOn(goOn(expiring, fired('roll over'), ...spoken, ...ready), fired('roll over'))
    const heard = [
      { itemId: 'a', ms: 100 },
      { itemId: 'a@r1', ms: 40 },
    ]
    const on = goOn(followed, created('r1'), server({ ...piece, audio: new Uint8Array(9_600) }))
    const cut = goOn(on, { type: 'caller.interrupted' }, { type: 'playback.cleared', heard })
    expect(reported(cut, 'agent.heard')).toMatchObject([{ ms: 40 }])
    expect(sent(cut).at(-1)).toMatchObject({ type: 'conversation.item.truncate', item_id: 'a', audio_end_ms: 40 })
  })

  test('and falls silent where it is to sound in another format, which nobody would hear the end of', () => {
    const audio = new Uint8Array(4_800)
    const other = agentWith({ audio: { ...agentWith().audio, output: { format: 'pcm', rate: 16_000 } } })
    const sounding = goOn(
      ...[expiring, edit(2, other), fired('roll over'), created('r1'), server(words), server({ ...piece, audio })],
      done('r1'),
    )
    const followed = goOn(goOn(sounding, ...ready), fired('roll over'))
    expect(orders(followed)).toContain('clearPlayback')
    const heard = goOn(followed, { type: 'playback.cleared', heard: [{ itemId: 'a', ms: 10 }] }, fired('replay'))
    expect(orders(heard)).toContain('openSound')
    expect(heard.state).toMatchObject({ phase: 'live', sound: { playing: false } })
  })

  test('without one that is ready, the session is left when ten seconds are left, as after a drop', () => {
    const story = goOn(goOn(expiring, started), fired('roll over'))
    expect(wait(story)).toBe(3_590_000)
    expect(connections(goOn(story, fired('roll over')))).toEqual(['close next', 'close', 'connect'])
  })
})

describe('the next session is told what was said', () => {
  test('once and in its order, also what is said while it is made ready; nothing is owed and nobody is greeted again', () => {
    const story = goOn(talked, fired('roll over'), ...ready)
    const first = story.state.next?.replayed.length
    expect(first).toBe(2)
    const more = goOn(story, text('and now?'), created('r2'), server({ ...words, response_id: 'r2', delta: 'One.' }))
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
    const confirmed = goOn(reminded, ready[2])
    expect([connections(confirmed), wait(confirmed, 'next')]).toEqual([[], 5_000])
    expect(connections(goOn(confirmed, fired('next')))).toEqual(['take over'])
  })

  test('an item that it refuses is left out', () => {
    const story = goOn(talked, fired('roll over'), ...ready)
    const [one, two] = story.state.next?.unanswered.map(({ eventId }) => eventId) ?? []
    const refused = goOn(story, next(failure({ event_id: one ?? '' })), next(failure({ event_id: two ?? '' })))
    expect(reported(refused, 'error')).toHaveLength(2)
    expect(connections(refused)).toEqual(['take over'])
  })

  test('anew, on another connection, where the words that it was told turn out otherwise', () => {
    const spoken = goOn(expiring, started, stopped, heard, created('r1'), server(words), done('r1'))
    const story = goOn(spoken, fired('roll over'), ...ready)
    const corrected = server({
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: 'u',
      transcript: 'Well, then.',
    } as const)
    const again = goOn(story, corrected)
    expect(connections(again)).toEqual(['close next', 'connect next'])
    expect(told(goOn(again, ...ready), 'next')).toEqual(['Well, then.', 'Noon.'])
  })

  test('a question put to the caller still stands', () => {
    const paying = agentWith({ tools: [toolNamed('pay', { confirm: true })] })
    const asking = goOn(live(paying), updated({ expires_at: HOUR }), created('r1'), doneWithCalls('r1', 'pay'))
    const asked = goOn(asking, created('r2'), done('r2'), fired('roll over'))
    const told = goOn(asked, ...ready)
    expect(goOn(told, ...acked(told)).state.asks).toHaveLength(1)
  })
})

describe('the settings of the next session', () => {
  test('are those that this conversation has, what the service remembers of the caller among them', () => {
    const memory = { version: 1, facts: ['likes tea'] }
    const remembering = updated({ expires_at: HOUR, providerData: { memory: { state: memory } } })
    const story = goOn(live(), remembering, fired('roll over'))
    const opened = goOn(story, ...open)
    expect(sent(opened)[0]).toMatchObject({ session: { providerData: { memory: { state: memory } } } })
    const busy = goOn(opened, started, ready[2])
    const later = { version: 1, facts: ['likes tea', 'is in a hurry'] }
    const reminded = goOn(busy, updated({ expires_at: HOUR, providerData: { memory: { state: later } } }))
    expect(sent(reminded)).toMatchObject([{ session: { providerData: { memory: { state: later } } } }])
    expect(reminded.effects).toMatchObject([{ next: true }, {}])
    expect(connections(goOn(reminded, stopped, heard, created('r1'), done('r1')))).toEqual([])
  })

  test('an edit goes to the session that is live, and the next one is opened with it', () => {
    const story = goOn(expiring, fired('roll over'), ...open)
    const edited = goOn(story, edit(2, agentWith({ voice: 'Sarah' })))
    expect(sent(edited)).toMatchObject([{ type: 'session.update', session: { audio: { output: { voice: 'Sarah' } } } }])
    expect(connections(edited)).toEqual([])
    const applied = goOn(edited, updated({ expires_at: HOUR, audio: { output: { voice: 'Sarah' } } }))
    expect(connections(applied)).toEqual(['close next', 'connect next'])
    const followed = goOn(goOn(applied, ...open), ready[2])
    expect(connections(followed)).toEqual(['take over'])
    expect(reported(followed, 'reload.applied')).toEqual([])
    expect(followed.state.config).toMatchObject({ confirmed: { number: 2 }, sent: null, offers: [] })
  })

  test('are not asked for while an update is on its way, nor does it take over before the answer', () => {
    const sending = goOn(expiring, edit(2, agentWith({ voice: 'Sarah' })))
    expect(connections(goOn(sending, fired('roll over')))).toEqual([])
    const shown = updated({ expires_at: HOUR, audio: { output: { voice: 'Sarah' } } })
    expect(connections(goOn(goOn(sending, fired('roll over')), shown))).toEqual(['connect next'])
    const busy = goOn(expiring, fired('roll over'), ...open, started, ready[2])
    const now = agentWith({ reload: { apply: 'now', ack_timeout: '3s' }, voice: 'Sarah' })
    const edited = goOn(goOn(busy, edit(2, now)), stopped, heard, created('r1'), done('r1'))
    expect(connections(edited)).not.toContain('take over')
  })

  test('what waited for a next session is in force with it, and is told once', () => {
    const story = goOn(
      expiring,
      edit(2, agentWith({ audio: { ...agentWith().audio, output: { format: 'pcm', rate: 16_000 } } })),
    )
    const followed = goOn(goOn(story, fired('roll over'), ...open), ready[2])
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
    expect(connections(goOn(again, ready[2]))).toEqual(['take over'])
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
    expect(connections(goOn(again, ready[2]))).toEqual(['take over'])
  })
})

describe('a next session that cannot be made ready', () => {
  const due = goOn(expiring, fired('roll over'))
  const opened = goOn(due, ...open)

  test.each<[string, Story, SessionEvent]>([
    ['is refused', due, next({ type: 'socket.refused', status: 503, message: 'not now' })],
    ['closes', goOn(opened, started, ready[2]), next({ type: 'socket.closed', code: 1006, reason: '' })],
    ['is never answered', due, fired('next')],
    ['is not confirmed in time', opened, fired('next')],
    ['is refused its settings', opened, next(failure({}))],
    ['has expired', opened, next(failure({ code: 'session_expired' }))],
  ])('since it %s leaves the other one alone, and is tried again', (_, story, event) => {
    const failed = goOn(story, event)
    expect(failed.state.phase).toBe('live')
    expect(connections(failed)).toEqual(['close next'])
    expect(reported(failed, 'warning')).toMatchObject([
      { message: expect.stringMatching(/next session .*trying again/) },
    ])
    const again = goOn(failed, fired('next'))
    expect(connections(again)).toEqual(['connect next'])
    expect(sentTypes(goOn(again, ...open))).toEqual(['session.update'])
  })

  test('is tried again after ever longer waits, of half a minute at most, and after what the service asks for', () => {
    const waits: (number | undefined)[] = []
    let story = due
    for (let count = 0; count < 9; count += 1) {
      const failed = goOn(story, next({ type: 'socket.refused', status: 503, message: '' }))
      waits.push(wait(failed, 'next'))
      story = goOn(failed, fired('next'))
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    const busy = goOn(due, next({ type: 'socket.refused', status: 429, message: '', retryAfterMs: 12_000 }))
    expect(wait(busy, 'next')).toBe(12_000)
  })

  test('is tried again at once with an edit, also where nothing else could help', () => {
    for (const event of [
      next({ type: 'socket.refused', status: 401, message: 'who are you?' }),
      next({ type: 'socket.closed', code: 1006, reason: '' }),
    ]) {
      const failed = goOn(opened, event)
      const elsewhere = agentWith({ connection: { ...agentWith().connection, base_url: 'wss://elsewhere.test/' } })
      const edited = goOn(failed, edit(2, elsewhere))
      expect(edited.effects).toContainEqual({ type: 'connect', connection: elsewhere.connection, next: true })
      expect(connections(goOn(goOn(edited, ...open), ready[2]))).toEqual(['take over'])
    }
  })

  test('is not tried again where that cannot help', () => {
    for (const event of [
      next({ type: 'socket.refused', status: 401, message: 'who are you?' }),
      next(failure({ code: 'insufficient_quota' })),
    ]) {
      const failed = goOn(opened, event)
      expect(reported(failed, 'warning')).toMatchObject([{ message: expect.stringMatching(/not tried again/) }])
      expect(wait(failed, 'next')).toBeUndefined()
      expect(failed.state.phase).toBe('live')
    }
  })
})

describe('while the next session is made ready', () => {
  const drop: SessionEvent = { type: 'socket.closed', code: 1006, reason: 'gone' }

  test('the other one may drop: one that is ready takes over at once, and answers what was asked', () => {
    const asking = goOn(expiring, fired('roll over'), ...open, text('what time is it?'), created('r1'), ready[2])
    const dropped = goOn(asking, drop)
    expect(connections(dropped)).toEqual(['take over'])
    expect(told(dropped, 'live')).toEqual(['what time is it?'])
    expect(reported(dropped, 'warning')).toMatchObject([{ message: expect.stringMatching(/gone; .* takes its place/) }])
    const [id = ''] = dropped.state.connection.replayed
    const on = goOn(dropped, server({ type: 'conversation.item.added', item: { id, type: 'message' } }))
    expect(sentTypes(on)).toEqual(['response.create'])
    expect(reported(on, 'session.ready')).toHaveLength(1)
  })

  test('where the agent breaks off, the next one is told what was heard, once that is known', () => {
    const tools = [toolNamed('look')]
    const begun = goOn(
      live(agentWith({ tools })),
      updated({ expires_at: HOUR }),
      fired('roll over'),
      ...ready.slice(0, 2),
    )
    const calling = goOn(begun, text('what time is it?'), created('r0'), doneWithCalls('r0', 'look'), toolDone('look'))
    const long = { ...words, delta: 'It is noon, and the sun shines.' }
    const speaking = goOn(
      calling,
      created('r1'),
      server(long),
      server({ ...piece, audio: new Uint8Array(48_000) }),
      ready[2],
    )
    const dropped = goOn(speaking, drop)
    expect([connections(dropped), orders(dropped)]).toEqual([['take over'], expect.arrayContaining(['clearPlayback'])])
    expect([told(dropped, 'live'), told(dropped, 'next')]).toEqual([[], []])
    const heard = goOn(dropped, { type: 'playback.cleared', heard: [{ itemId: 'a', ms: 400 }] })
    expect(told(heard, 'live')).toEqual(['what time is it?', 'function_call', 'function_call_output', 'It is noon,'])
    expect(sentTypes(goOn(heard, fired('replay')))).toEqual(['response.create'])
    const late = goOn(dropped, fired('replay'))
    expect([told(late, 'live').length, late.state.phase]).toEqual([4, 'live'])
  })

  test('a tool that ends until then is told with the rest, and not twice', () => {
    const tools = [toolNamed('look')]
    const begun = goOn(live(agentWith({ tools })), updated({ expires_at: HOUR }), fired('roll over'), ...open)
    const spoken = [created('r1'), server(words), server({ ...piece, audio: new Uint8Array(4_800) })] as const
    const calling = goOn(begun, text('look'), ...spoken, doneWithCalls('r1', 'look'), ready[2])
    const dropped = goOn(calling, drop)
    expect(told(goOn(dropped, toolDone('look')), 'live')).toEqual([])
    const all = goOn(dropped, toolDone('look'), { type: 'playback.cleared', heard: [{ itemId: 'a', ms: 100 }] })
    expect(told(all, 'live')).toEqual(['look', 'Noon.', 'function_call', 'function_call_output'])
  })

  test('and one that is not ready is let go: the conversation connects as after any drop', () => {
    const dropped = goOn(goOn(expiring, fired('roll over'), ...open), drop)
    expect(connections(dropped)).toEqual(['close next'])
    expect(dropped.state).toMatchObject({ phase: 'waiting', next: null })
    expect(connections(goOn(dropped, fired('retry')))).toEqual(['connect'])
  })

  test('the conversation may end: both are closed', () => {
    const preparing = goOn(expiring, fired('roll over'), ...open)
    const ended = goOn(preparing, { type: 'stop.requested', drain: false })
    expect([...connections(ended)].sort()).toEqual(['close', 'close next'])
    expect(goOn(ended, { type: 'socket.closed', code: 1000, reason: '' }).state.phase).toBe('closed')
  })

  test('nothing is begun for a conversation that ends after its answers', () => {
    const draining = goOn(expiring, created('r1'), { type: 'stop.requested', drain: true })
    expect(connections(goOn(draining, fired('roll over')))).toEqual([])
  })

  test('what is heard of a second connection where there is none changes nothing', () => {
    for (const event of ready) expect(goOn(begin(), event)).toEqual({ ...begin(), effects: [] })
  })
})
