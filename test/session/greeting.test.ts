import { describe, expect, test } from 'vitest'
import type { ClientEvent } from '../../src/realtime/client-event.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith } from '../helpers/agents.ts'
import { cleared, sound, transcribed, words } from './speech.ts'
import {
  begin,
  created,
  done,
  drained,
  edit,
  effectTypes,
  failure,
  fired,
  goOn,
  live,
  lost,
  opened,
  reopening,
  reported,
  type Story,
  sent,
  sentTypes,
  sessionCreated,
  started,
  stopped,
  text,
  timerDurations,
  updated,
} from './story.ts'
import { HOUR, ready } from './two-sessions.ts'

const greeter = agentWith({ greeting: 'Welcome!' })

function hasWords(event: ClientEvent): boolean {
  return event.type === 'response.create' && event.response.instructions !== undefined
}

/** Lost, tried again, and confirmed again. */
function reconnect(story: Story): Story {
  return goOn(story, lost, ...reopening, updated())
}

describe('the greeting', () => {
  test('is requested once: the agent’s instructions first, then the order to say it', () => {
    const story = goOn(goOn(begin(greeter), opened, sessionCreated), updated())
    const [create] = sent(story)
    expect(create).toMatchObject({ type: 'response.create', event_id: 'main-2' })
    const instructions = create?.type === 'response.create' ? create.response.instructions : ''
    expect(instructions).toMatch(/^You are at the desk\.\n\n.*"Welcome!"$/)
    expect(sent(goOn(story, created('r1'), done('r1'), updated(), updated()))).toEqual([])
  })

  test('is not requested twice if the service answers the caller with nothing meanwhile, and then greets', () => {
    const asked = goOn(live(greeter), started, stopped)
    const empty = goOn(asked, created('r1'), done('r1', { output: [] }))
    expect(sentTypes(empty)).toEqual([])
    expect(timerDurations(empty, 'progress').at(-1)).toBe(2_000)
    expect(sent(goOn(empty, created('r2', 'main-2'), sound('r2'), done('r2'), fired('progress')))).toEqual([])
    const again = goOn(empty, fired('progress'))
    expect(sent(again).filter(hasWords)).toHaveLength(1)
    expect(sentTypes(goOn(again, created('r2', 'main-2')))).toEqual(['response.cancel'])
  })

  test('that never comes does not cost a turn spoken meanwhile its answer', () => {
    const spoken = goOn(live(greeter), started, stopped, transcribed('Where is it?'), created('r1', 'main-2'))
    const story = goOn(spoken, fired('progress'), done('r1', { status: 'cancelled', output: [] }))
    expect(sentTypes(story)).toEqual(['response.cancel', 'response.create'])
    expect(sent(story).filter(hasWords)).toEqual([])
  })

  test('refused since the service is answering a spoken turn is requested once more, after that answer', () => {
    const refused = failure({ code: 'conversation_already_has_active_response', event_id: 'main-2' })
    const spoken = goOn(live(greeter), started, stopped, transcribed('Where is it?'), created('r1'), refused)
    const answered = goOn(spoken, words('There.'), done('r1'))
    expect(sent(answered).filter(hasWords)).toHaveLength(1)
    expect(sentTypes(goOn(answered, created('r2', 'main-3'), sound('r2'), done('r2'), fired('progress')))).toEqual([])
  })

  test('that ends empty leaves another response in progress its full time', () => {
    const two = goOn(live(greeter), started, stopped, created('r1'), created('r2'))
    expect(timerDurations(goOn(two, done('r1', { output: [] })), 'progress')).toEqual([30_000])
  })

  test('is spoken before held lines are answered', () => {
    const story = goOn(begin(greeter), text('hi'), opened, sessionCreated, updated(), created('r1'), done('r1'))
    expect(sent(story).map((event) => [event.type, hasWords(event)])).toEqual([
      ['session.update', false],
      ['response.create', true],
      ['conversation.item.create', false],
      ['response.create', false],
    ])
  })

  test('interrupted by a line gives way to all lines, in order', () => {
    const greeting = goOn(begin(greeter), text('one'), opened, sessionCreated, updated(), created('r1'))
    const story = goOn(greeting, text('two'), done('r1', { status: 'cancelled' }))
    expect(reported(story, 'caller.transcript').map((report) => report.text)).toEqual(['one', 'two'])
    expect(sentTypes(story)).toEqual([
      ...['response.cancel', 'conversation.item.create', 'conversation.item.create', 'response.create'],
    ])
  })

  test('interrupted by a line before it has begun is not said any more', () => {
    const typed = goOn(live(greeter), text('hi'), created('r1'), done('r1', { status: 'cancelled' }))
    expect(sent(typed).map((event) => [event.type, hasWords(event)])).toEqual([
      ['conversation.item.create', false],
      ['response.cancel', false],
      ['response.create', false],
    ])
    expect(sentTypes(goOn(typed, created('r2'), done('r2')))).toEqual([])
  })

  test('waiting for an update is still said, and a line typed meanwhile is answered after it', () => {
    const early = [edit(2, agentWith({ greeting: 'Welcome!', voice: 'Sarah' })), updated(), text('hi')]
    const story = goOn(goOn(begin(greeter), opened, sessionCreated), ...early)
    expect(sentTypes(story)).toEqual(['session.update', 'conversation.item.create'])
    const confirmed = goOn(story, updated({ audio: { output: { voice: 'Sarah' } } }), created('r1'), done('r1'))
    expect(sent(confirmed).map((event) => [event.type, hasWords(event)])).toEqual([
      ['response.create', true],
      ['response.create', false],
    ])
  })

  test('is not repeated after a lost connection once some of it was said', () => {
    const word = words('Wel', 'a', 'r1')
    const story = reconnect(goOn(live(greeter), created('r1'), word, done('r1')))
    expect(sent(goOn(story, fired('replay'))).filter(hasWords)).toEqual([])
  })

  test('is not said after a lost connection if the agent has said something else before it, with or without words', () => {
    for (const said of [words('Yes?', 'a', 'r1'), sound('r1')]) {
      const story = reconnect(goOn(live(greeter), created('r1', 'another'), said))
      expect(sent(goOn(story, cleared(['r1-item', 40]), fired('replay'))).filter(hasWords)).toEqual([])
    }
  })

  describe('cut off by a lost connection', () => {
    const cut = goOn(live(greeter), created('r1'), words('Wel', 'a', 'r1'), sound('r1'))
    const isSaidAgain = (story: Story) =>
      sent(goOn(story, lost, ...reopening, updated(), cleared(['r1-item', 40]), fired('replay')))
        .filter(({ type }) => type === 'response.create')
        .map(hasWords)

    test('is said again, and nothing else is, even if only its end was unheard or it had one word without sound', () => {
      expect(isSaidAgain(cut)).toEqual([true])
      expect(isSaidAgain(goOn(cut, done('r1')))).toEqual([true])
      expect(isSaidAgain(goOn(live(greeter), created('r1'), words('Wel', 'a', 'r1')))).toEqual([true])
    })

    test('is said again as often as that happens, and no more once it is whole', () => {
      const again = goOn(reconnect(cut), cleared(['r1-item', 40]), fired('replay'), created('r1'), sound('r1'))
      expect(isSaidAgain(again)).toEqual([true])
      expect(isSaidAgain(goOn(again, done('r1'), drained))).toEqual([])
    })

    test('is not said again after another session in which the agent said something else instead', () => {
      const again = goOn(reconnect(cut), cleared(['r1-item', 40]), fired('replay'), fired('progress'))
      expect(isSaidAgain(goOn(again, created('r2', 'another')))).toEqual([true])
      expect(isSaidAgain(goOn(again, created('r2', 'another'), words('Yes?', 'b', 'r2')))).not.toContain(true)
    })

    test('is not said again if the agent had said something else before it', () => {
      const asked = goOn(live(greeter), created('r0', 'another'), words('Yes?', 'b', 'r0'), done('r0'))
      expect(isSaidAgain(goOn(asked, created('r1', 'main-2'), sound('r1')))).not.toContain(true)
    })

    test('is not said again if it was heard, or if the caller has spoken, typed or silenced it', () => {
      const byCaller: readonly SessionEvent[] = [started, text('hi'), { type: 'caller.interrupted' }]
      for (const event of byCaller) expect(isSaidAgain(goOn(cut, event))).not.toContain(true)
      expect(isSaidAgain(goOn(cut, done('r1'), drained))).toEqual([])
      const typed = goOn(reconnect(cut), cleared(['r1-item', 40]), fired('replay'), text('hi'))
      expect(isSaidAgain(typed)).toEqual([false])
    })

    test('is not said again by a session that takes over while its end is still being heard', () => {
      const sounding = goOn(
        goOn(cut, updated({ expires_at: HOUR }), fired('roll over'), done('r1')),
        ...ready,
        fired('roll over'),
      )
      expect(effectTypes(sounding)).toContain('takeOver')
      expect(sentTypes(goOn(sounding, drained))).not.toContain('response.create')
    })

    test('is protected from interruption as it was the first time', () => {
      const guarded = agentWith({ greeting: 'Hello.', greeting_interruptible: false })
      const audio: SessionEvent = { type: 'caller.audio', audio: new Uint8Array(2_880) }
      const again = goOn(
        reconnect(goOn(live(guarded), created('r1'), sound('r1'), audio)),
        cleared(['r1-item', 40]),
        fired('replay'),
      )
      expect(sentTypes(again)).not.toContain('input_audio_buffer.append')
      expect(sentTypes(goOn(again, created('r2'), sound('r2'), done('r2'), drained))).toEqual([
        'input_audio_buffer.append',
      ])
    })
  })

  test('is not said once the conversation has gone on without it', () => {
    const word = words('Yes?', 'a', 'r2')
    const failed = goOn(live(greeter), created('r1'), done('r1', { status: 'failed', output: [] }))
    const story = reconnect(goOn(failed, text('hi'), created('r2'), word, done('r2')))
    expect(sent(goOn(story, fired('replay'))).filter(hasWords)).toEqual([])
  })

  test('is said after a lost connection if nothing of it was', () => {
    expect(sent(reconnect(goOn(live(greeter), created('r1')))).filter(hasWords)).toHaveLength(1)
  })

  test('is that of the newest file if it was edited before the first confirmation', () => {
    const story = goOn(begin(greeter), edit(2, agentWith({ greeting: 'Ahoy!' })), opened, sessionCreated, updated())
    expect(JSON.stringify(sent(story).at(-1))).toContain('Ahoy!')
  })
})

describe('a greeting that may not be interrupted', () => {
  const agent = agentWith({ greeting: 'Hello.', greeting_interruptible: false })
  const audio: SessionEvent = { type: 'caller.audio', audio: new Uint8Array(2_880) }
  const greeting = goOn(live(agent), created('r1'), sound('r1'))

  test('holds what the caller says until it was heard, and then passes it on', () => {
    const story = goOn(greeting, audio, done('r1'))
    expect(sentTypes(story)).toEqual([])
    expect(sentTypes(goOn(story, drained))).toEqual(['input_audio_buffer.append'])
  })

  test('is not stopped by typing; the line is answered after it', () => {
    const story = goOn(greeting, text('hello?'))
    expect(effectTypes(story)).not.toContain('clearPlayback')
    expect(sentTypes(goOn(story, done('r1')))).toEqual([])
    expect(sentTypes(goOn(story, done('r1'), drained))).toEqual(['conversation.item.create', 'response.create'])
  })

  test('also holds what was said before it', () => {
    const early = goOn(begin(agent), audio, opened, sessionCreated)
    expect(sentTypes(goOn(early, updated()))).toEqual(['response.create'])
  })

  test('that is never said or heard holds the caller back for 30 s at most', () => {
    expect(timerDurations(goOn(begin(agent), opened, sessionCreated, updated()), 'greeting')).toEqual([30_000])
    const story = goOn(live(agent), audio)
    expect(story.state.turn.greetingGuarded).toBe(true)
    expect(sentTypes(goOn(story, fired('greeting')))).toEqual(['input_audio_buffer.append'])
  })

  test('holds a turn that was ended by hand until it is over', () => {
    const manual = agentWith({ ...agent, turn_detection: { type: 'manual' } })
    const story = goOn(live(manual), created('r1'), audio, audio, { type: 'caller.committed' }, done('r1'))
    expect(sentTypes(story).slice(-3)).toEqual([
      ...['input_audio_buffer.append', 'input_audio_buffer.commit', 'response.create'],
    ])
  })

  test('ends at once when the caller is put on hold', () => {
    const held = goOn(goOn(greeting, done('r1')), { type: 'caller.held' })
    expect(effectTypes(held)).toEqual(expect.arrayContaining(['clearPlayback', 'stopTimer']))
    expect(held.state.turn.greetingGuarded).toBe(false)
  })

  test('ends with the session that it was said in', () => {
    expect(goOn(greeting, lost).state.turn.greetingGuarded).toBe(false)
  })
})

test('a greeting and the response waiting behind it end at once when the caller types', () => {
  const both = goOn(live(greeter), created('r1'), sound('r1'), created('r2'), sound('r2'), drained)
  expect(both.state.connection.greeting).toBe('begun')
  expect(goOn(both, text('hi')).state.connection.greeting).toBe('over')
})

test('a greeting may be interrupted by default', () => {
  expect(
    effectTypes(goOn(goOn(live(agentWith({ greeting: 'Hello.' })), created('r1'), sound('r1')), text('hi'))),
  ).toContain('clearPlayback')
})
