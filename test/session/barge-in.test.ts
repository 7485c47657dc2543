import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { promptsSince } from '../../src/session/time/clocks.ts'
import { agentWith, controlNamed } from '../helpers/agents.ts'
import { callerAudio, transcribed } from './speech.ts'
import {
  created,
  done,
  drained,
  edit,
  effectTypes,
  fired,
  goOn,
  live,
  lost,
  reopening,
  reported,
  sentTypes,
  server,
  text,
  updated,
} from './story.ts'
import { calls, finished } from './tool-calls.ts'

const speech = (item_id = 'u1') => server({ type: 'input_audio_buffer.speech_started', item_id })
const stopped = server({ type: 'input_audio_buffer.speech_stopped', item_id: 'u1' })
const piece = (item_id: string, delta = 'wait') =>
  server({ type: 'conversation.item.input_audio_transcription.delta', item_id, delta })
const final = (item_id: string, transcript = 'Wait!') =>
  server({ type: 'conversation.item.input_audio_transcription.completed', item_id, transcript })
const committed = (item_id: string) => server({ type: 'input_audio_buffer.committed', item_id })
const part = { type: 'response.output_audio.delta', response_id: 'r1', item_id: 'a', content_index: 0 } as const
const sound = server({ ...part, audio: new Uint8Array(4_800) })
const speaking = goOn(live(), created('r1'), sound)
const clears = (...events: readonly SessionEvent[]) =>
  effectTypes(goOn(speaking, ...events)).filter((type) => type === 'clearPlayback').length

describe('a barge-in', () => {
  test('is recognised by the caller’s words if the service does not report their voice', () => {
    expect(clears(piece('u1'))).toBe(1)
  })

  test.each<[string, readonly SessionEvent[]]>([
    ['voice, then words', [speech(), piece('u1')]],
    ['words, then voice', [piece('u1'), speech()]],
    ['voice twice', [speech(), speech()]],
    ['words, their end, then voice', [piece('u1'), final('u1'), speech()]],
  ])('reported twice counts once: %s', (_, events) => {
    expect(clears(...events)).toBe(1)
    expect(goOn(speaking, ...events).state.turn.turnsBegun).toBe(1)
  })

  test('is not caused by words of the turn that is being answered', () => {
    const asked = goOn(live(), speech(), stopped, committed('u1'), created('r1'), sound)
    expect(effectTypes(goOn(asked, piece('u1'), final('u1')))).not.toContain('clearPlayback')
  })

  test('is reported as begun once if one turn follows another without a reported end', () => {
    expect(reported(goOn(speaking, speech(), speech('u2')), 'caller.speech')).toMatchObject([{ state: 'started' }])
  })

  test('before the first sound does not silence the next response', () => {
    const story = goOn(live(), created('r1'), speech(), done('r1', { status: 'cancelled' }), stopped, created('r2'))
    expect(effectTypes(goOn(story, server({ ...part, response_id: 'r2', audio: new Uint8Array(4_800) })))).toContain(
      'play',
    )
  })

  test('after the end of a response does not mark it as interrupted', () => {
    const story = goOn(speaking, done('r1'), { type: 'playback.drained' }, speech())
    expect(effectTypes(story)).not.toContain('clearPlayback')
    expect(reported(story, 'agent.heard')).toEqual([])
  })

  test('cuts off a response requested before it that begins only during it, as one that had begun', () => {
    const cut = goOn(goOn(live(), text('hi'), speech()), created('r1', 'main-3'), sound)
    expect(sentTypes(cut)).toEqual(['response.cancel'])
    expect(effectTypes(cut)).not.toContain('play')
    const over = goOn(cut, done('r1', { status: 'cancelled' }), stopped)
    expect(sentTypes(goOn(over, final('u1')))).toEqual([])
    expect(sentTypes(goOn(over, transcribed('', 'u1')))).toEqual(['response.create'])
  })

  test('does not cut off a response that begins during it if it was requested since, or speech interrupts nothing', () => {
    const typed = goOn(live(), speech(), text('hi'), created('r1', 'main-3'), sound)
    const deaf = { type: 'semantic_vad', create_response: true, interrupt_response: false } as const
    const undisturbed = goOn(
      live(agentWith({ turn_detection: deaf })),
      text('hi'),
      speech(),
      created('r1', 'main-3'),
      sound,
    )
    for (const story of [typed, undisturbed]) expect(effectTypes(story)).toContain('play')
  })

  test('by words stops a response that was requested before it and begins only during it: it answers the turn before', () => {
    const agent = agentWith({
      turn_detection: { type: 'semantic_vad', create_response: true, interrupt_response: false },
      interruption: { min_words: 1, ignore: [], min_speech: '0ms', resume_after: '2s' },
    })
    const begun = goOn(live(agent), text('hi'), speech(), created('r1', 'main-3'), sound)
    expect(effectTypes(begun).slice(-2)).toEqual(['pausePlayback', 'report'])
    const cut = goOn(begun, piece('u1', 'no, wait'))
    expect(sentTypes(cut)).toEqual(['response.cancel'])
    expect(effectTypes(cut)).toContain('clearPlayback')
  })

  test('is reported when the caller begins to speak and when they end, once each', () => {
    const spoken = goOn(live(), speech(), speech(), stopped, stopped)
    expect(reported(spoken, 'caller.speech').map(({ state }) => state)).toEqual(['started', 'stopped'])
  })

  test('sends no cancel if the service cancels by itself', () => {
    expect(sentTypes(goOn(speaking, speech()))).toEqual([])
  })
})

describe('a turn of which nothing is reported before its end', () => {
  const end_call = controlNamed('end_call')
  const agent = agentWith({ tools: [end_call], idle: { after: '15s', say: 'Still there?', times: 1 } })
  const unreported = [committed('u1'), created('r1'), transcribed('That is all.', 'u1')] as const

  test('counts as a turn of the caller: it is answered, and the call may be ended after it', () => {
    const story = goOn(live(agent), ...unreported)
    expect(story.state.turn).toMatchObject({ turnsBegun: 1, callerSpeaking: false, responses: [{ turn: 1 }] })
    expect(reported(story, 'caller.transcript')).toMatchObject([{ text: 'That is all.', turn: 1 }])
    expect(reported(story, 'caller.speech').map(({ state }) => state)).toEqual(['started', 'stopped'])
    expect(finished(goOn(story, done('r1'), ...calls('r2', 'end_call')))).toEqual(['end_call ok'])
  })

  test('answers the prompt of an idle caller', () => {
    const prompted = goOn(live(agent), fired('idle'), created('p'), done('p'))
    expect(promptsSince(prompted.state)).toBe(1)
    expect(promptsSince(goOn(prompted, ...unreported).state)).toBe(0)
  })

  test('interrupts the agent if the caller’s voice does', () => {
    expect(clears(committed('u1'))).toBe(1)
  })

  test.each<[string, readonly SessionEvent[]]>([
    ['its beginning', [speech()]],
    ['its end', [stopped]],
    ['its commit', [committed('u1')]],
  ])('is the same turn if %s is reported late', (_, late) => {
    const { state } = goOn(live(agent), ...unreported, ...late)
    expect(state.turn).toMatchObject({ turnsBegun: 1, callerSpeaking: false })
    expect(goOn({ state, effects: [] }, done('r1')).state.record.map(({ turn }) => turn)).toEqual([1])
  })

  test('begins with its final words if they come before its commit', () => {
    const story = goOn(live(agent), final('u1'), committed('u1'), created('r1'))
    expect(story.state.turn).toMatchObject({ turnsBegun: 1, callerSpeaking: false, responses: [{ turn: 1 }] })
    expect(reported(story, 'caller.transcript')).toMatchObject([{ text: 'Wait!', turn: 1 }])
    expect(finished(goOn(story, done('r1'), ...calls('r2', 'end_call')))).toEqual(['end_call ok'])
    expect(clears(final('u1'), committed('u1'))).toBe(1)
    expect(goOn(live(agent), final('u1', ' '), committed('u1')).state.turn.turnsBegun).toBe(0)
  })

  test.each<[string, readonly SessionEvent[]]>([
    ['its commit', [committed('u1'), final('u1')]],
    ['its final words', [final('u1'), committed('u1')]],
  ])('does not silence its answer if %s follows the beginning of that', (_, signs) => {
    const before = goOn(live(agent), created('g', 'main-2'), done('g'), created('r1'))
    const story = goOn(before, ...signs, sound, done('r1'))
    expect(effectTypes(story)).toContain('play')
    expect(story.state.turn).toMatchObject({ turnsBegun: 1, answerExpected: false, responses: [] })
    expect(reported(story, 'caller.speech').map(({ state }) => state)).toEqual(['started', 'stopped'])
    expect(story.state.record).toMatchObject([
      { kind: 'caller', turn: 1 },
      { kind: 'agent', turn: 1 },
    ])
    expect(goOn(before, piece('u1')).state.turn.responses).toMatchObject([{ silenced: true }])
  })

  test('silences what answers the turn before it, though its own answer has begun', () => {
    for (const signs of [[committed('u1')], [final('u1'), committed('u1')]]) {
      const story = goOn(speaking, created('r2'), ...signs)
      expect(effectTypes(story)).toContain('clearPlayback')
      expect(story.state.turn.responses.map(({ id, silenced }) => [id, silenced])).toEqual([
        ['r1', true],
        ['r2', false],
      ])
    }
  })

  test('is not said over its own answer: one of words that do not count is no false interruption', () => {
    const interruption = { min_words: 2, ignore: ['mm-hm'], min_speech: '0ms', resume_after: '2s' }
    const story = goOn(live(agentWith({ interruption })), created('r1'), committed('u1'), final('u1', 'mm-hm'))
    expect(sentTypes(goOn(story, sound, done('r1'), drained, created('r2')))).toEqual([])
  })

  test('is the turn that was reported, if that has no item yet', () => {
    const spoken = goOn(live(agent), speech(''), stopped, committed('u1'), final('u1'))
    expect(spoken.state.turn.turnsBegun).toBe(1)
    expect(goOn(spoken, committed('u2')).state.turn.turnsBegun).toBe(2)
  })

  test('is none if the service only answers a long silence', () => {
    const silence = server({ type: 'input_audio_buffer.timeout_triggered', item_id: 'u1' })
    const story = goOn(speaking, silence, committed('u1'))
    expect([story.state.turn.turnsBegun, effectTypes(story)]).toEqual([0, []])
  })
})

describe('silencing the agent by hand', () => {
  const byHand: SessionEvent = { type: 'caller.interrupted' }

  test('after a spoken turn covers the service’s own answer to it, and none after that', () => {
    const silenced = goOn(goOn(live(), speech(), stopped, byHand), created('r1'))
    expect(sentTypes(silenced)).toEqual(['response.cancel'])
    expect(sentTypes(goOn(silenced, done('r1', { status: 'cancelled' }), created('r2')))).toEqual([])
  })

  test('after a spoken turn also holds if the service never answers and the wait for it is over', () => {
    const said = goOn(live(), speech(), stopped, committed('u1'), final('u1'))
    expect(sentTypes(goOn(said, fired('progress')))).toEqual(['response.create'])
    expect(sentTypes(goOn(said, byHand, fired('progress')))).toEqual([])
  })

  test('takes back an answer that is due and only waits to be requested, but not a greeting', () => {
    const agent = agentWith({ greeting: 'Hello.' })
    const edited = edit(2, agentWith({ greeting: 'Hello.', instructions: 'Be brief.' }))
    const idle = goOn(live(agent), created('r1'), sound, done('r1'), drained)
    const waiting = goOn(idle, edited, text('hi'))
    expect(sentTypes(waiting)).toEqual(['session.update', 'conversation.item.create'])
    expect(sentTypes(goOn(waiting, updated()))).toEqual(['response.create'])
    expect(sentTypes(goOn(waiting, byHand, updated()))).toEqual([])
    expect(sentTypes(goOn(waiting, lost, byHand, ...reopening, updated(), fired('replay')))).not.toContain(
      'response.create',
    )
    expect(sentTypes(goOn(goOn(waiting, byHand), text('and?'), updated()))).toContain('response.create')
    const held = goOn(live(agent), { type: 'caller.held' }, created('g'), done('g', { status: 'cancelled' }), byHand)
    expect(sentTypes(goOn(held, { type: 'caller.resumed' }))).toEqual(['response.create'])
  })

  test('does not cover the answer to what the caller says next, or is just saying', () => {
    const silenced = goOn(live(), speech(), stopped, byHand)
    expect(sentTypes(goOn(silenced, speech('u2'), stopped, created('r1')))).toEqual([])
    expect(sentTypes(goOn(goOn(live(), byHand), speech(), stopped, created('r1')))).toEqual([])
    expect(sentTypes(goOn(goOn(live(), speech(), byHand), stopped, created('r1')))).toEqual([])
  })
})

describe('a turn whose end is never reported', () => {
  test('ends with its final words, if words were its first sign', () => {
    const story = goOn(live(), piece('u1'), final('u1'))
    expect(story.state.turn).toMatchObject({ callerSpeaking: false, turnsBegun: 1 })
  })

  test('ends after 30 s without a word', () => {
    const story = goOn(live(), speech())
    expect(story.effects).toContainEqual({ type: 'startTimer', timer: 'speech', ms: 30_000 })
    expect(goOn(story, fired('speech')).state.turn.callerSpeaking).toBe(false)
  })

  test('is waited for again with each word', () => {
    expect(goOn(goOn(live(), speech()), piece('u1')).effects).toContainEqual({
      type: 'startTimer',
      timer: 'speech',
      ms: 30_000,
    })
    expect(effectTypes(goOn(goOn(live(), speech()), stopped))).toContain('stopTimer')
  })

  test('ends after 30 s too if the button was never released', () => {
    const manual = goOn(live(agentWith({ turn_detection: { type: 'manual' } })), { type: 'caller.pressed' })
    expect(manual.state.turn.callerSpeaking).toBe(true)
    const over = goOn(manual, fired('speech'))
    expect(over.state.turn.callerSpeaking).toBe(false)
    expect(reported(over, 'caller.speech')).toEqual([])
  })

  test('goes on while the button is held and the caller is heard: nothing is said in the middle of it', () => {
    const agent = agentWith({
      turn_detection: { type: 'manual' },
      idle: { after: '15s', say: 'Still there?', times: 1 },
    })
    const story = goOn(goOn(live(agent), { type: 'caller.pressed' }, callerAudio()), fired('speech'))
    expect(story.effects).toEqual([{ type: 'startTimer', timer: 'speech', ms: 30_000 }])
  })

  test('does not hold up a typed turn', () => {
    expect(sentTypes(goOn(live(), speech(), text('hi')))).toEqual(['conversation.item.create', 'response.create'])
  })
})
