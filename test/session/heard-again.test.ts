import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { bytesSent, cleared, FRAME, heard, piece, pieces, transcribed, words } from './speech.ts'
import {
  committed,
  created,
  done,
  doneWithCalls,
  drained,
  edit,
  fired,
  goOn,
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
  toolDone,
  updated,
  waits,
} from './story.ts'

const press: SessionEvent = { type: 'caller.pressed' }
const commit: SessionEvent = { type: 'caller.committed' }

const manual = agentWith({ turn_detection: { type: 'manual' } })

describe('what the caller says while a session is lost', () => {
  /** The first bytes of the frames that went up in the session that follows, once it is ready. */
  function heardAgain(...before: readonly SessionEvent[]): readonly (number | undefined)[] {
    const next = goOn(goOn(live(), ...before), ...reopening, updated(), fired('replay'))
    return bytesSent(next).map((bytes) => bytes[0])
  }
  const endedTurn = [started, heard(FRAME, 1), stopped, committed] as const
  const nextStarted = server({ type: 'input_audio_buffer.speech_started', item_id: 'v' })
  /** The line was dead while these frames went out. */
  const lostWith = (from: number, to: number): SessionEvent => ({
    ...{ type: 'socket.closed', code: 1006, reason: '' },
    unheard: Buffer.concat(numbers(from, to).map((number) => Buffer.alloc(FRAME, number))),
  })
  const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
  const frames = (from: number, to: number) => numbers(from, to).map((number) => heard(FRAME, number))

  test('is held, also where the next one is lost as well', () => {
    expect(heardAgain(lost, heard(FRAME, 1), fired('retry'), lost, heard(FRAME, 2))).toEqual([1, 2])
    expect(heardAgain(lost, heard(FRAME, 1), fired('retry'), opened, lost)).toEqual([1])
  })

  test('is held until the greeting is over, where that may not be interrupted', () => {
    const agent = agentWith({ greeting: 'Hello.', greeting_interruptible: false })
    const greeting = goOn(live(agent), created('r1'), heard(FRAME, 1), lost, ...reopening, updated())
    expect(pieces(greeting)).toEqual([])
    expect(pieces(goOn(greeting, created('r2'), piece('a', 100, 'r2'), done('r2'), drained))).toEqual([FRAME])
  })

  test('is heard from the beginning of his turn, and a moment before it, since its beginning is told late', () => {
    expect(heardAgain(...frames(1, 2), started, ...frames(3, 4), lost, heard(FRAME, 5))).toEqual([1, 2, 3, 4, 5])
    expect(heardAgain(...frames(1, 20), started, ...frames(21, 30), lost)[0]).toBe(11)
    expect(heardAgain(...frames(1, 200), started, ...frames(1, 340), lost)).toHaveLength(333)
  })

  test('is heard again where the turn was over, and neither read nor answered', () => {
    const ended = [heard(FRAME, 1), started, heard(FRAME, 2), stopped, committed, heard(FRAME, 3)]
    expect(heardAgain(...ended, lost)).toEqual([1, 2, 3])
    const story = goOn(goOn(live(), ...ended, lost), ...reopening, updated())
    expect(sentTypes(story)).not.toContain('response.create')
  })

  test.each<[string, readonly SessionEvent[]]>([
    ['nothing had come of', [created('r1')]],
    ['words without a sound had come of', [created('r1'), words('At no')]],
    ['the caller was hearing', [created('r1'), words('At noon.'), piece('a'), done('r1')]],
  ])(
    'is heard again where it was not read, and its answer, which %s, broke off: one comes to it, by itself',
    (_, answer) => {
      const talked = goOn(live(), text('hi'), created('r0'), words('Hello.', 'b', 'r0'), done('r0'))
      const story = goOn(talked, ...endedTurn, ...answer, heard(FRAME, 2), lost)
      const again = goOn(story, ...reopening, updated(), fired('replay'))
      expect(bytesSent(again).map((bytes) => bytes[0])).toEqual([1, 2])
      expect(sentTypes(again)).not.toContain('response.create')
      expect(reported(again, 'warning')).toEqual([])
    },
  )

  test('is not heard again where the turn was read, or answered to its end: what came after it may be the beginning of another', () => {
    for (const taken of [[transcribed('hello')], [created('r1'), piece('a'), done('r1'), drained]])
      expect(heardAgain(...endedTurn, ...taken, heard(FRAME, 2), lost, heard(FRAME, 3))).toEqual([2, 3])
  })

  test('is not heard again behind a line that he typed once all was said and heard', () => {
    const broken = [created('r1'), piece('a'), { type: 'caller.interrupted' }, done('r1'), cleared(['a', 40])] as const
    for (const answer of [[created('r1'), done('r1')], broken])
      expect(heardAgain(...endedTurn, ...answer, text('and?'), created('r2'), lost)).toEqual([])
  })

  test('is heard again with all of the turn that he is in, also where that was read whole by then, and told once', () => {
    const read = goOn(live(), started, heard(FRAME, 1), transcribed('hello'), heard(FRAME, 2), lost)
    const again = goOn(read, ...reopening, updated(), fired('replay'))
    expect(bytesSent(again).map((bytes) => bytes[0])).toEqual([1, 2])
    expect(sentTypes(again)).not.toContain('conversation.item.create')
  })

  test('is not heard again where he has silenced the answer to it: the next session would give one', () => {
    const silenced = [...endedTurn, { type: 'caller.interrupted' }, lost] as const
    expect(heardAgain(...silenced)).toEqual([])
    const again = goOn(goOn(live(), ...silenced), ...reopening, updated(), fired('replay'), fired('progress'))
    expect(sentTypes(again)).not.toContain('response.create')
  })

  test('is heard from a moment before the drop where nobody had told of a turn yet, and takes no answer away', () => {
    const spoken = [...frames(1, 20), lost, heard(FRAME, 21)]
    expect(heardAgain(...spoken)).toEqual(numbers(11, 21))
    const read = goOn(live(), ...endedTurn, transcribed('hello'), heard(FRAME, 2), lost)
    expect(sentTypes(goOn(read, ...reopening, updated(), fired('replay'))).at(-1)).toBe('response.create')
  })

  test('is all that went out since the service was last heard of: a line may be dead long before that is noticed', () => {
    expect(heardAgain(...frames(1, 100), lostWith(31, 100), heard(FRAME, 101))).toEqual(numbers(31, 101))
    expect(heardAgain(...frames(1, 100), lostWith(95, 100))).toEqual(numbers(91, 100))
    expect(heardAgain(...frames(1, 20), started, ...frames(21, 40), lostWith(30, 40))).toEqual(numbers(11, 40))
    const overtaken = [...endedTurn, created('r1'), ...frames(2, 30)] as const
    expect(heardAgain(...overtaken, lostWith(2, 30))).toEqual(numbers(1, 30))
  })

  test('is not heard again where a tool was called for it, which might do the same twice', () => {
    const look = agentWith({ tools: [toolNamed('look')] })
    const story = goOn(live(look), ...endedTurn, created('r1'), doneWithCalls('r1', 'look'), lost, toolDone('look'))
    const again = goOn(story, ...reopening, updated(), fired('replay'))
    expect(pieces(again)).toEqual([])
    expect(sentTypes(again).at(-1)).toBe('response.create')
  })

  test('is heard again with the turn that has overtaken it, but for what was read meanwhile, which is told', () => {
    const overtaken = [...endedTurn, created('r1'), heard(FRAME, 2), nextStarted, heard(FRAME, 3)] as const
    expect(heardAgain(...overtaken, lost)).toEqual([1, 2, 3])
    const read = goOn(live(), ...overtaken, transcribed('hello'), heard(FRAME, 4), lost)
    const again = goOn(read, ...reopening, updated(), fired('replay'))
    expect(bytesSent(again).map((bytes) => bytes[0])).toEqual([2, 3, 4])
    expect(sentTypes(again).slice(0, 2)).toEqual(['session.update', 'conversation.item.create'])
    expect(sentTypes(again)).not.toContain('response.create')
  })

  test.each<[string, readonly SessionEvent[]]>([
    ['since', [...endedTurn, text('and the weather?')]],
    ['while he spoke', [started, heard(FRAME, 1), text('and the weather?'), stopped, committed]],
  ])('is heard again where the caller has typed a line %s, and has the one answer', (_, events) => {
    const again = goOn(goOn(live(), ...events, lost), ...reopening, updated(), fired('replay'))
    expect(bytesSent(again).map((bytes) => bytes[0])).toEqual([1])
    expect(sentTypes(again)).not.toContain('response.create')
  })

  describe('is heard again, and what he typed besides', () => {
    const again = [...reopening, updated(), fired('replay')] as const
    const typed = [...endedTurn, text('and the weather?'), lost] as const
    const coughed = [nextStarted, stopped, committed, transcribed('', 'v')] as const
    const asked = (from: Story, ...events: readonly SessionEvent[]) =>
      sentTypes(goOn(from, ...events)).filter((type) => type === 'response.create').length

    test('has its answer by itself where it was a cough, or nothing is heard of it', () => {
      const next = goOn(goOn(live(), ...typed), ...again)
      expect(waits(next, 'progress')).toEqual([30_000])
      expect(asked(goOn(live(), ...typed), ...reopening, updated(), fired('progress'), fired('replay'))).toBe(0)
      expect(asked(next, ...coughed)).toBe(1)
      expect(asked(next, fired('progress'))).toBe(1)
      expect(asked(next, nextStarted, stopped, created('r2'), transcribed('Where?', 'v'), fired('progress'))).toBe(0)
    })

    test('has one answer also after another loss', () => {
      const lostTwice = goOn(goOn(live(), ...typed), ...reopening, lost)
      expect(asked(lostTwice, ...again)).toBe(0)
      expect(asked(lostTwice, ...again, ...coughed)).toBe(1)
    })

    test('has its answer after another loss also where nothing was said by voice, or an answer broke off with the first', () => {
      const turn_detection = { type: 'semantic_vad', create_response: true, interrupt_response: false } as const
      const answering = goOn(live(agentWith({ turn_detection })), text('hi'), created('r1'), piece('a'), words('Well'))
      const twice = [lost, ...reopening, lost] as const
      expect(asked(goOn(live(), text('hi'), ...twice), ...again)).toBe(1)
      expect(asked(goOn(answering, ...endedTurn, ...twice), ...again)).toBe(0)
      expect(asked(goOn(answering, ...endedTurn, ...twice), ...again, ...coughed)).toBe(1)
    })

    test('is owed nothing after another loss where he had his answer before', () => {
      const answered = [text('hi'), created('r1'), piece('a'), words('Yes.'), done('r1'), drained] as const
      const lostTwice = goOn(goOn(live(), ...answered, ...endedTurn, lost), ...reopening, lost)
      expect(asked(lostTwice, ...again, ...coughed)).toBe(0)
    })

    test('has its answer also behind a greeting, which is none', () => {
      const greeting = agentWith({ greeting: 'Hello.' })
      const greeted = [created('r2'), words('Hello.', 'g', 'r2'), done('r2')] as const
      const next = goOn(goOn(live(greeting), ...typed), ...again, ...greeted)
      expect(sentTypes(next).filter((type) => type === 'response.create')).toHaveLength(1)
      expect(asked(next, ...coughed)).toBe(1)
    })

    test('has its answer at once where nobody answers what is spoken', () => {
      const turn_detection = { type: 'semantic_vad', create_response: false, interrupt_response: true } as const
      const speaking = goOn(live(agentWith({ turn_detection })), started, heard(FRAME, 1), text('and the weather?'))
      for (const ends of [[], [stopped, committed]]) expect(asked(goOn(speaking, ...ends, lost), ...again)).toBe(1)
    })
  })

  test('is left out where the next one is spoken to in another format', () => {
    const law = { format: 'pcmu', rate: 8000 } as const
    const other = edit(2, agentWith({ audio: { input: law, output: law } }))
    expect(heardAgain(other, started, heard(FRAME, 1), lost, heard(FRAME, 2))).toEqual([])
  })

  test('is no word that was read of it by then: all of it is read again', () => {
    const delta = {
      type: 'conversation.item.input_audio_transcription.delta',
      item_id: 'u',
      delta: 'where is',
    } as const
    const story = goOn(goOn(live(), heard(), started, server(delta), lost), ...reopening, updated())
    expect(sentTypes(story)).toEqual(['session.update', 'input_audio_buffer.append'])
  })

  test('is all that was said since the button was pressed', () => {
    const begun = goOn(live(manual), heard(FRAME, 1), press, heard(FRAME, 2), heard(100, 3), lost)
    const next = goOn(
      begun,
      ...reopening,
      updated({ audio: { input: { turn_detection: null } } }),
      heard(FRAME - 100, 4),
    )
    expect(bytesSent(next).map((bytes) => bytes[0])).toEqual([2, 3])
    expect(sentTypes(goOn(next, commit))).toEqual(['input_audio_buffer.commit', 'response.create'])
  })

  test('is ended by him there, whom nobody talks over: what a tool found by then is told with the answer', () => {
    const calling = agentWith({ ...manual, tools: [toolNamed('look')] })
    const looking = goOn(live(calling), text('where?'), created('r1'), doneWithCalls('r1', 'look'), press)
    const found = goOn(looking, heard(FRAME, 1), heard(FRAME, 2), toolDone('look'), lost)
    for (const before of [found, goOn(found, ...reopening, lost)]) {
      const next = goOn(before, ...reopening, updated({ audio: { input: { turn_detection: null } } }), fired('replay'))
      expect(sentTypes(next)).not.toContain('response.create')
      expect(waits(next, 'speech')).toEqual([30_000])
      expect(sentTypes(goOn(next, commit))).toEqual(['input_audio_buffer.commit', 'response.create'])
    }
  })

  test('is talked over by nobody from the press on, before a sound of it; an empty turn that he ends meanwhile is over', () => {
    const pressed = goOn(live(manual), text('where?'), press, lost)
    const again = [...reopening, updated({ audio: { input: { turn_detection: null } } }), fired('replay')] as const
    const next = goOn(pressed, heard(FRAME, 1), heard(FRAME, 2), ...again)
    expect(sentTypes(next)).not.toContain('response.create')
    expect(sentTypes(goOn(next, commit))).toEqual(['input_audio_buffer.commit', 'response.create'])
    expect(sentTypes(goOn(pressed, commit, ...again))).toContain('response.create')
  })

  test('is no turn that he has to end, where the next session hears by itself when he does', () => {
    const spoken = goOn(live(manual), press, heard(FRAME, 1), heard(FRAME, 2), edit(2, agentWith()), lost)
    const next = goOn(spoken, ...reopening, updated(), fired('replay'))
    expect([pieces(next).length, waits(next, 'speech'), waits(next, 'progress')]).toEqual([2, [], [30_000]])
  })

  test('takes nothing from an answer that broke off meanwhile, where he has not pressed: that is owed', () => {
    const broken = goOn(live(manual), text('and?'), created('r1'), piece('a'), words('It'), heard(FRAME, 1))
    expect(sentTypes(goOn(broken, lost, ...reopening, updated(), fired('replay')))).toContain('response.create')
  })

  describe('and ends by hand', () => {
    const unheard = { audio: { input: { turn_detection: null } } }
    const turn = [press, heard(FRAME, 1), heard(FRAME, 2), commit] as const
    const lostAfter = (...events: readonly SessionEvent[]) =>
      goOn(goOn(live(manual), ...turn, ...events, lost), ...reopening, updated(unheard), fired('replay'))
    const again = [
      'input_audio_buffer.append',
      'input_audio_buffer.append',
      'input_audio_buffer.commit',
      'response.create',
    ]

    test.each<[string, readonly SessionEvent[]]>([
      ['nobody had taken it', []],
      ['its answer had begun', [committed, created('r1')]],
      ['its answer was being heard', [committed, created('r1'), piece('a'), done('r1')]],
    ])('is said and ended again where it was not read and %s, and asks for one answer', (_, events) => {
      const story = lostAfter(...events)
      expect(bytesSent(story).map((bytes) => bytes[0])).toEqual([1, 2])
      expect(sentTypes(story)).toEqual(['session.update', ...again])
    })

    test('is not said again where it was read, or answered to the end', () => {
      const read = lostAfter(committed, transcribed('where is it?'))
      expect(pieces(read)).toEqual([])
      expect(sentTypes(read)).toEqual(['session.update', 'conversation.item.create', 'response.create'])
      expect(pieces(lostAfter(committed, created('r1'), piece('a'), done('r1'), drained))).toEqual([])
    })

    test('is said again before the one that has overtaken it', () => {
      const story = lostAfter(committed, created('r1'), press, done('r1', { status: 'cancelled' }), heard(FRAME, 3))
      expect(bytesSent(story).map((bytes) => bytes[0])).toEqual([1, 2, 3])
      expect(sentTypes(story)).not.toContain('input_audio_buffer.commit')
      expect(sentTypes(goOn(story, commit))).toEqual(['input_audio_buffer.commit', 'response.create'])
    })
  })
})
