import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { bytesSent, callerAudio, cleared, FRAME, piece, pieces, transcribed, words } from './speech.ts'
import {
  committed,
  created,
  done,
  doneWithCalls,
  drained,
  edit,
  fired,
  goOn,
  goOnAt,
  live,
  lost,
  opened,
  reopening,
  reported,
  type Story,
  sentTypes,
  server,
  started,
  stopped,
  text,
  timerDurations,
  toolDone,
  updated,
} from './story.ts'

const pause: SessionEvent = { type: 'caller.paused' }
const press: SessionEvent = { type: 'caller.pressed' }
const commit: SessionEvent = { type: 'caller.committed' }

const manual = agentWith({ turn_detection: { type: 'manual' } })

describe('what the caller says while a session is lost', () => {
  /** The first bytes of the frames that went up in the session that follows, once it is ready; events come 60 ms apart, as frames do. */
  function heardAgain(...before: readonly SessionEvent[]): readonly (number | undefined)[] {
    const spoken = before.reduce((story, event, index) => goOnAt((index + 1) * 60, story, event), live())
    return firstBytes(goOnAt((before.length + 1) * 60, spoken, ...reopened))
  }
  const firstBytes = (story: Story) => bytesSent(story).map((bytes) => bytes[0])
  const reopened = [...reopening, updated(), fired('replay')] as const
  const endedTurn = [started, callerAudio(FRAME, 1), stopped, committed] as const
  const nextStarted = server({ type: 'input_audio_buffer.speech_started', item_id: 'v' })
  /** The line was dead while these frames went out. */
  const lostWith = (from: number, to: number): SessionEvent => ({
    ...{ type: 'socket.closed', code: 1006, reason: '' },
    unheard: Buffer.concat(numbers(from, to).map((number) => Buffer.alloc(FRAME, number))),
  })
  const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
  const frames = (from: number, to: number) => numbers(from, to).map((number) => callerAudio(FRAME, number))

  test('is held, even if the next session is lost as well', () => {
    expect(heardAgain(lost, callerAudio(FRAME, 1), fired('retry'), lost, callerAudio(FRAME, 2))).toEqual([1, 2])
    expect(heardAgain(lost, callerAudio(FRAME, 1), fired('retry'), opened, lost)).toEqual([1])
  })

  test('is held until the greeting is over if that may not be interrupted', () => {
    const agent = agentWith({ greeting: 'Hello.', greeting_interruptible: false })
    const greeting = goOn(live(agent), created('r1'), callerAudio(FRAME, 1), lost, ...reopening, updated())
    expect(pieces(greeting)).toEqual([])
    expect(pieces(goOn(greeting, created('r2'), piece('a', 100, 'r2'), done('r2'), drained))).toEqual([FRAME])
  })

  test('is sent from a moment before the turn began, since its beginning is reported late', () => {
    expect(heardAgain(...frames(1, 2), started, ...frames(3, 4), lost, callerAudio(FRAME, 5))).toEqual([1, 2, 3, 4, 5])
    expect(heardAgain(...frames(1, 20), started, ...frames(21, 30), lost)[0]).toBe(11)
    expect(heardAgain(...frames(1, 200), started, ...frames(1, 340), lost)).toHaveLength(333)
  })

  test('is sent with what was said just before a mute, although more silence than that went out after it', () => {
    expect(heardAgain(...frames(1, 4), pause, started, lost).slice(0, 5)).toEqual([1, 2, 3, 4, 0])
  })

  test('is sent as a whole if it went out in one go, until a moment later', () => {
    const held = goOn(live(), lost, ...frames(1, 20), ...reopened)
    for (const spoken of [held, goOn(live(), ...frames(1, 20))]) {
      expect(firstBytes(goOn(goOn(spoken, started, lost), ...reopened))).toEqual(numbers(1, 20))
      const soon = goOnAt(599, spoken, callerAudio(FRAME, 21), started, lost)
      expect(firstBytes(goOnAt(599, soon, ...reopened))).toEqual(numbers(1, 21))
      const later = goOnAt(600, spoken, callerAudio(FRAME, 21), started, lost)
      expect(firstBytes(goOnAt(600, later, ...reopened))).toEqual(numbers(12, 21))
    }
    expect(firstBytes(goOn(goOn(live(), ...frames(1, 340), lost), ...reopened))).toHaveLength(333)
  })

  test('is sent again if the turn was over, but neither transcribed nor answered', () => {
    const ended = [callerAudio(FRAME, 1), started, callerAudio(FRAME, 2), stopped, committed, callerAudio(FRAME, 3)]
    expect(heardAgain(...ended, lost)).toEqual([1, 2, 3])
    const story = goOn(goOn(live(), ...ended, lost), ...reopening, updated())
    expect(sentTypes(story)).not.toContain('response.create')
  })

  test.each<[string, readonly SessionEvent[]]>([
    ['nothing had come of', [created('r1')]],
    ['words without a sound had come of', [created('r1'), words('At no')]],
    ['the caller was hearing', [created('r1'), words('At noon.'), piece('a'), done('r1')]],
  ])(
    'is sent again if it was not transcribed and the answer that %s broke off: the service answers it by itself',
    (_, answer) => {
      const talked = goOn(live(), text('hi'), created('r0'), words('Hello.', 'b', 'r0'), done('r0'))
      const story = goOn(talked, ...endedTurn, ...answer, callerAudio(FRAME, 2), lost)
      const again = goOn(story, ...reopening, updated(), fired('replay'))
      expect(bytesSent(again).map((bytes) => bytes[0])).toEqual([1, 2])
      expect(sentTypes(again)).not.toContain('response.create')
      expect(reported(again, 'warning')).toEqual([])
    },
  )

  test('is not sent again if the turn was transcribed or fully answered: later sound may begin another turn', () => {
    for (const taken of [[transcribed('hello')], [created('r1'), piece('a'), done('r1'), drained]])
      expect(heardAgain(...endedTurn, ...taken, callerAudio(FRAME, 2), lost, callerAudio(FRAME, 3))).toEqual([2, 3])
  })

  test('is not sent again if its answer was over, or silenced, before a line was typed', () => {
    const broken = [created('r1'), piece('a'), { type: 'caller.interrupted' }, done('r1'), cleared(['a', 40])] as const
    for (const answer of [[created('r1'), done('r1')], broken])
      expect(heardAgain(...endedTurn, ...answer, text('and?'), created('r2'), lost)).toEqual([])
  })

  test('is sent again with all of a turn in progress, even if that was already transcribed and reported once', () => {
    const read = goOn(live(), started, callerAudio(FRAME, 1), transcribed('hello'), callerAudio(FRAME, 2), lost)
    const again = goOn(read, ...reopening, updated(), fired('replay'))
    expect(bytesSent(again).map((bytes) => bytes[0])).toEqual([1, 2])
    expect(sentTypes(again)).not.toContain('conversation.item.create')
  })

  test('is not sent again if the caller silenced the answer, which the next session would give', () => {
    const silenced = [...endedTurn, { type: 'caller.interrupted' }, lost] as const
    expect(heardAgain(...silenced)).toEqual([])
    const again = goOn(goOn(live(), ...silenced), ...reopening, updated(), fired('replay'), fired('progress'))
    expect(sentTypes(again)).not.toContain('response.create')
  })

  test('is sent from a moment before the loss if no turn was reported yet, and takes no answer away', () => {
    const spoken = [...frames(1, 20), lost, callerAudio(FRAME, 21)]
    expect(heardAgain(...spoken)).toEqual(numbers(11, 21))
    const read = goOn(live(), ...endedTurn, transcribed('hello'), callerAudio(FRAME, 2), lost)
    expect(sentTypes(goOn(read, ...reopening, updated(), fired('replay'))).at(-1)).toBe('response.create')
  })

  test('includes everything sent since the service was last heard from: a connection may die unnoticed', () => {
    expect(heardAgain(...frames(1, 100), lostWith(31, 100), callerAudio(FRAME, 101))).toEqual(numbers(31, 101))
    expect(heardAgain(...frames(1, 100), lostWith(95, 100))).toEqual(numbers(91, 100))
    expect(heardAgain(...frames(1, 20), started, ...frames(21, 40), lostWith(30, 40))).toEqual(numbers(11, 40))
    const overtaken = [...endedTurn, created('r1'), ...frames(2, 30)] as const
    expect(heardAgain(...overtaken, lostWith(2, 30))).toEqual(numbers(1, 30))
  })

  test('is not sent again if a tool was called for it, which might act twice', () => {
    const look = agentWith({ tools: [toolNamed('look')] })
    const story = goOn(live(look), ...endedTurn, created('r1'), doneWithCalls('r1', 'look'), lost, toolDone('look'))
    const again = goOn(story, ...reopening, updated(), fired('replay'))
    expect(pieces(again)).toEqual([])
    expect(sentTypes(again).at(-1)).toBe('response.create')
  })

  test('is sent again with the turn that overtook it, except for what was transcribed meanwhile', () => {
    const overtaken = [...endedTurn, created('r1'), callerAudio(FRAME, 2), nextStarted, callerAudio(FRAME, 3)] as const
    expect(heardAgain(...overtaken, lost)).toEqual([1, 2, 3])
    const read = goOn(live(), ...overtaken, transcribed('hello'), callerAudio(FRAME, 4), lost)
    const again = goOn(read, ...reopening, updated(), fired('replay'))
    expect(bytesSent(again).map((bytes) => bytes[0])).toEqual([2, 3, 4])
    expect(sentTypes(again).slice(0, 2)).toEqual(['session.update', 'conversation.item.create'])
    expect(sentTypes(again)).not.toContain('response.create')
  })

  test.each<[string, readonly SessionEvent[]]>([
    ['since', [...endedTurn, text('and the weather?')]],
    ['while speaking', [started, callerAudio(FRAME, 1), text('and the weather?'), stopped, committed]],
  ])('is sent again if the caller has typed a line %s, and gets one answer', (_, events) => {
    const again = goOn(goOn(live(), ...events, lost), ...reopening, updated(), fired('replay'))
    expect(bytesSent(again).map((bytes) => bytes[0])).toEqual([1])
    expect(sentTypes(again)).not.toContain('response.create')
  })

  describe('is sent again together with a typed line', () => {
    const again = [...reopening, updated(), fired('replay')] as const
    const typed = [...endedTurn, text('and the weather?'), lost] as const
    const coughed = [nextStarted, stopped, committed, transcribed('', 'v')] as const
    const asked = (from: Story, ...events: readonly SessionEvent[]) =>
      sentTypes(goOn(from, ...events)).filter((type) => type === 'response.create').length

    test('and the line is answered by itself if the speech was a cough, or is not heard of again', () => {
      const next = goOn(goOn(live(), ...typed), ...again)
      expect(timerDurations(next, 'progress')).toEqual([30_000])
      expect(asked(goOn(live(), ...typed), ...reopening, updated(), fired('progress'), fired('replay'))).toBe(0)
      expect(asked(next, ...coughed)).toBe(1)
      expect(asked(next, fired('progress'))).toBe(1)
      expect(asked(next, nextStarted, stopped, created('r2'), transcribed('Where?', 'v'), fired('progress'))).toBe(0)
    })

    test('and both get one answer also after another loss', () => {
      const lostTwice = goOn(goOn(live(), ...typed), ...reopening, lost)
      expect(asked(lostTwice, ...again)).toBe(0)
      expect(asked(lostTwice, ...again, ...coughed)).toBe(1)
    })

    test('and the line is answered after another loss even if nothing was spoken, or an answer was interrupted', () => {
      const turn_detection = { type: 'semantic_vad', create_response: true, interrupt_response: false } as const
      const answering = goOn(live(agentWith({ turn_detection })), text('hi'), created('r1'), piece('a'), words('Well'))
      const twice = [lost, ...reopening, lost] as const
      expect(asked(goOn(live(), text('hi'), ...twice), ...again)).toBe(1)
      expect(asked(goOn(answering, ...endedTurn, ...twice), ...again)).toBe(0)
      expect(asked(goOn(answering, ...endedTurn, ...twice), ...again, ...coughed)).toBe(1)
    })

    test('and nothing is due after another loss if the caller had the answer before', () => {
      const answered = [text('hi'), created('r1'), piece('a'), words('Yes.'), done('r1'), drained] as const
      const lostTwice = goOn(goOn(live(), ...answered, ...endedTurn, lost), ...reopening, lost)
      expect(asked(lostTwice, ...again, ...coughed)).toBe(0)
    })

    test('and the line is still answered after a greeting, which answers nothing', () => {
      const greeting = agentWith({ greeting: 'Hello.' })
      const greeted = [created('r2'), words('Hello.', 'g', 'r2'), done('r2')] as const
      const next = goOn(goOn(live(greeting), ...typed), ...again, ...greeted)
      expect(sentTypes(next).filter((type) => type === 'response.create')).toHaveLength(1)
      expect(asked(next, ...coughed)).toBe(1)
    })

    test('and is answered at once if the service does not answer speech by itself', () => {
      const turn_detection = { type: 'semantic_vad', create_response: false, interrupt_response: true } as const
      const speaking = goOn(
        live(agentWith({ turn_detection })),
        started,
        callerAudio(FRAME, 1),
        text('and the weather?'),
      )
      for (const ends of [[], [stopped, committed]]) expect(asked(goOn(speaking, ...ends, lost), ...again)).toBe(1)
    })
  })

  test('is dropped if the next session hears another format', () => {
    const law = { format: 'pcmu', rate: 8000 } as const
    const other = edit(2, agentWith({ audio: { input: law, output: law } }))
    expect(heardAgain(other, started, callerAudio(FRAME, 1), lost, callerAudio(FRAME, 2))).toEqual([])
  })

  test('is transcribed again as a whole, whatever was transcribed of it before', () => {
    const delta = {
      type: 'conversation.item.input_audio_transcription.delta',
      item_id: 'u',
      delta: 'where is',
    } as const
    const story = goOn(goOn(live(), callerAudio(), started, server(delta), lost), ...reopening, updated())
    expect(sentTypes(story)).toEqual(['session.update', 'input_audio_buffer.append'])
  })

  test('is everything since the button was pressed', () => {
    const begun = goOn(live(manual), callerAudio(FRAME, 1), press, callerAudio(FRAME, 2), callerAudio(100, 3), lost)
    const next = goOn(
      begun,
      ...reopening,
      updated({ audio: { input: { turn_detection: null } } }),
      callerAudio(FRAME - 100, 4),
    )
    expect(bytesSent(next).map((bytes) => bytes[0])).toEqual([2, 3])
    expect(sentTypes(goOn(next, commit))).toEqual(['input_audio_buffer.commit', 'response.create'])
  })

  test('is committed in the next session by hand, and a tool’s result waits for its answer', () => {
    const calling = agentWith({ ...manual, tools: [toolNamed('look')] })
    const looking = goOn(live(calling), text('where?'), created('r1'), doneWithCalls('r1', 'look'), press)
    const found = goOn(looking, callerAudio(FRAME, 1), callerAudio(FRAME, 2), toolDone('look'), lost)
    for (const before of [found, goOn(found, ...reopening, lost)]) {
      const next = goOn(before, ...reopening, updated({ audio: { input: { turn_detection: null } } }), fired('replay'))
      expect(sentTypes(next)).not.toContain('response.create')
      expect(timerDurations(next, 'speech')).toEqual([30_000])
      expect(sentTypes(goOn(next, commit))).toEqual(['input_audio_buffer.commit', 'response.create'])
    }
  })

  test('is not talked over from the press on, before any sound; an empty turn ended meanwhile is over', () => {
    const pressed = goOn(live(manual), text('where?'), press, lost)
    const again = [...reopening, updated({ audio: { input: { turn_detection: null } } }), fired('replay')] as const
    const next = goOn(pressed, callerAudio(FRAME, 1), callerAudio(FRAME, 2), ...again)
    expect(sentTypes(next)).not.toContain('response.create')
    expect(sentTypes(goOn(next, commit))).toEqual(['input_audio_buffer.commit', 'response.create'])
    expect(sentTypes(goOn(pressed, commit, ...again))).toContain('response.create')
  })

  test('is not a turn to be ended by hand if the next session detects turns', () => {
    const spoken = goOn(live(manual), press, callerAudio(FRAME, 1), callerAudio(FRAME, 2), edit(2, agentWith()), lost)
    const next = goOn(spoken, ...reopening, updated(), fired('replay'))
    expect([pieces(next).length, timerDurations(next, 'speech'), timerDurations(next, 'progress')]).toEqual([
      2,
      [],
      [30_000],
    ])
  })

  test('does not replace a response that the loss cut off if no button was pressed: that is requested again', () => {
    const broken = goOn(live(manual), text('and?'), created('r1'), piece('a'), words('It'), callerAudio(FRAME, 1))
    expect(sentTypes(goOn(broken, lost, ...reopening, updated(), fired('replay')))).toContain('response.create')
  })
})
