import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { cleared, sound, transcribed, words } from './speech.ts'
import {
  announced,
  committed,
  created,
  done,
  doneWithCalls,
  drained,
  failure,
  fired,
  goOn,
  live,
  sent,
  sentTypes,
  server,
  started,
  stopped,
  text,
  toolDone,
} from './story.ts'
import { finished, launched } from './tool-calls.ts'

const limits = { ...agentWith().limits, wrap_up_at: '27m' }
const sayAfter = { delayMs: 0, text: 'One moment.' }
const agent = agentWith({ limits, tools: [toolNamed('look'), toolNamed('dig', { sayAfter })] })
const greeting = agentWith({ greeting: 'Hello.' })

const cut = (id: string) => done(id, { status: 'cancelled' })
const begins = server({ type: 'input_audio_buffer.speech_started', item_id: 'v' })
const ends = server({ type: 'input_audio_buffer.speech_stopped', item_id: 'v' })
const coughs = (id: string) => [begins, cut(id), ends]
const asked = [started, stopped, committed, transcribed('Where is it?')]
const filled = [fired('filler'), created('r2'), words('One moment.', 'r2-item', 'r2'), done('r2'), drained]

describe('a response that a cough cuts off', () => {
  const cases: readonly (readonly [string, readonly SessionEvent[]])[] = [
    ['a spoken turn', [...asked, created('r3')]],
    ['a spoken turn, in the item announced for it', [...asked, ...announced('r3')]],
    ['a spoken turn, cancelled before the service reports the speech', [...asked, ...announced('r3'), cut('r3')]],
    ['a spoken turn, before it had begun', asked],
    ['a typed turn', [text('Where is it?'), created('r3')]],
    ['what a tool found', [...asked, created('r1'), doneWithCalls('r1', 'look'), toolDone('look'), ...announced('r3')]],
    [
      'what a tool found after words to pass the time',
      [...asked, created('r1'), doneWithCalls('r1', 'dig'), ...filled, toolDone('dig'), ...announced('r3')],
    ],
  ]

  test.each(cases)(
    'before a word of it is requested again, since the service may not answer the cough: the answer to %s',
    (_, events) => {
      const story = goOn(goOn(live(agent), ...events), ...coughs('r3'))
      expect(sentTypes(story)).toEqual([])
      expect(sentTypes(goOn(story, transcribed('', 'v')))).toEqual(['response.create'])
      expect(sentTypes(goOn(story, transcribed('Or rather, what?', 'v')))).toEqual([])
      expect(sentTypes(goOn(story, created('r4'), transcribed('', 'v'), done('r4')))).toEqual([])
    },
  )

  test('before a word of it is requested again if it is the greeting, and nobody has said anything', () => {
    const greeted = goOn(live(greeting), ...announced('g'))
    const story = goOn(greeted, ...coughs('g'), transcribed('', 'v'))
    expect(sent(story)).toMatchObject([{ response: { instructions: expect.stringContaining('"Hello."') } }])
    expect(sentTypes(goOn(greeted, ...coughs('g'), transcribed('Hello?', 'v')))).toEqual([])
    expect(sentTypes(goOn(goOn(live(agent), created('g')), ...coughs('g'), transcribed('', 'v')))).toEqual([])
  })

  test('before it has begun is requested again as well, also if the voice interrupts nothing', () => {
    const deaf = { type: 'semantic_vad', create_response: true, interrupt_response: false } as const
    for (const each of [agent, agentWith({ turn_detection: deaf })]) {
      const story = goOn(goOn(live(each), ...asked), begins, ends)
      expect(sentTypes(goOn(story, transcribed('', 'v')))).toEqual(['response.create'])
      expect(sentTypes(goOn(story, created('r1'), transcribed('', 'v'), done('r1')))).toEqual([])
    }
  })

  test('in the middle is not started again', () => {
    const story = goOn(
      live(agent),
      ...[...asked, ...announced('r3'), sound('r3', 48_000), ...coughs('r3')],
      cleared(['r3-item', 90]),
    )
    expect(sentTypes(goOn(story, transcribed('', 'v')))).toEqual([])
  })

  test('in the middle, and a call with it, is requested again: nobody else would report the result', () => {
    const item = { id: 'item_look', type: 'function_call', call_id: 'call_look', name: 'look', arguments: '{"a":1}' }
    const called = server({ type: 'response.output_item.done', response_id: 'r3', item })
    const story = goOn(
      live(agent),
      ...[...asked, ...announced('r3'), words('Let me look.', 'r3-item', 'r3'), called],
      ...coughs('r3'),
    )
    expect(sentTypes(goOn(story, transcribed('', 'v')))).toEqual(['response.create'])
  })

  test('whose call is cancelled with it is requested again: nobody else would mention the call', () => {
    const seeking = agentWith({ tools: [toolNamed('seek', { onInterrupt: 'cancel' })] })
    const called = goOn(live(seeking), ...asked, created('r1'), doneWithCalls('r1', 'seek'))
    const story = goOn(called, begins, ends)
    expect(sentTypes(goOn(story, transcribed('', 'v')))).toEqual(['response.create'])
    expect(sentTypes(goOn(story, fired('progress')))).toEqual(['response.create'])
    expect(sentTypes(goOn(story, transcribed('Never mind.', 'v')))).toEqual([])
    const silenced = goOn(called, { type: 'caller.interrupted' }, begins, ends)
    expect(sentTypes(goOn(silenced, transcribed('', 'v')))).toEqual([])
  })

  test('whose call comes only after that is followed up like one whose call had come before, unless silenced by hand', () => {
    const speaking = [...asked, ...announced('r3'), words('Let me look.', 'r3-item', 'r3')]
    const item = { id: 'item_look', type: 'function_call', call_id: 'call_look', name: 'look', arguments: '{"a":1}' }
    const called = server({ type: 'response.output_item.done', response_id: 'r3', item })
    const late = [begins, called, cut('r3'), ends]
    const story = goOn(live(agent), ...speaking, ...late)
    expect(sentTypes(goOn(story, transcribed('', 'v')))).toEqual(['response.create'])
    expect(sentTypes(goOn(story, transcribed('Or rather, what?', 'v')))).toEqual([])
    const silenced = goOn(live(agent), ...speaking, { type: 'caller.interrupted' }, ...late)
    expect(sentTypes(goOn(silenced, transcribed('', 'v')))).toEqual([])
  })

  test('though the service completes it runs its calls, but none that ends with an interruption', () => {
    const seeking = agentWith({ tools: [toolNamed('seek', { onInterrupt: 'cancel' }), toolNamed('look')] })
    const cutBefore = (...names: readonly string[]) =>
      goOn(live(seeking), ...asked, created('r1'), words('Let me see.'), begins, doneWithCalls('r1', ...names), ends)
    expect(launched(cutBefore('look'))).toEqual(['call_look'])
    const story = cutBefore('seek')
    expect(launched(story)).toEqual([])
    expect(finished(story)).toEqual(['call_seek cancelled'])
    expect(sentTypes(goOn(story, transcribed('Never mind.', 'v')))).toEqual([])
    expect(sentTypes(goOn(story, transcribed('', 'v')))).toEqual(['response.create'])
  })

  test('though silenced by hand, if the service completes it, runs its calls too, and what they find is told', () => {
    const seeking = agentWith({ tools: [toolNamed('seek', { onInterrupt: 'cancel' }), toolNamed('look')] })
    const silenced = goOn(live(seeking), ...asked, created('r1'), words('Let me see.'), { type: 'caller.interrupted' })
    const looking = goOn(silenced, doneWithCalls('r1', 'look'))
    expect(launched(looking)).toEqual(['call_look'])
    expect(sentTypes(goOn(looking, toolDone('look')))).toContain('response.create')
    const sought = goOn(silenced, doneWithCalls('r1', 'seek'))
    expect([launched(sought), finished(sought)]).toEqual([[], ['call_seek cancelled']])
    expect(sentTypes(sought)).not.toContain('response.create')
  })

  test('is not requested again if the service has answered, though its answer seemed to be filler words at first', () => {
    const seeking = agentWith({ tools: [toolNamed('seek', { onInterrupt: 'cancel', sayAfter })] })
    const called = goOn(
      live(seeking),
      ...asked,
      created('r1'),
      doneWithCalls('r1', 'seek'),
      fired('filler'),
      begins,
      ends,
    )
    const busy = failure({ code: 'conversation_already_has_active_response' })
    expect(sentTypes(goOn(called, created('r2'), busy, transcribed('', 'v'), done('r2')))).toEqual([])
  })

  test('is requested again if the service does nothing more: neither a transcript nor a response follows', () => {
    const story = goOn(live(agent), ...asked, ...announced('r3'), ...coughs('r3'))
    expect(sentTypes(goOn(story, fired('progress')))).toEqual(['response.create'])
  })

  test('is not requested over a speaking caller when the wait for it is over', () => {
    const story = goOn(live(agent), ...asked, begins, fired('progress'))
    expect(sentTypes(story)).toEqual([])
    expect(sentTypes(goOn(story, ends, fired('progress')))).toEqual(['response.create'])
  })

  test('is not requested again if it answered another cough', () => {
    const another = [started, stopped, committed, transcribed('')]
    expect(sentTypes(goOn(live(agent), ...another, created('r3'), ...coughs('r3'), transcribed('', 'v')))).toEqual([])
  })

  test('is not requested again if the caller had silenced it before, or does so after', () => {
    const silenced = [...asked, ...announced('r3'), { type: 'caller.interrupted' }, cut('r3')] as const
    expect(sentTypes(goOn(goOn(live(agent), ...silenced), begins, ends, transcribed('', 'v')))).toEqual([])
    const before = goOn(live(agent), ...asked, { type: 'caller.interrupted' })
    expect(sentTypes(goOn(before, begins, ends, transcribed('', 'v')))).toEqual([])
    const after = goOn(live(agent), ...asked, ...announced('r3'), ...coughs('r3'), { type: 'caller.interrupted' })
    expect(sentTypes(goOn(after, transcribed('', 'v')))).toEqual([])
    expect(sentTypes(goOn(after, fired('progress')))).toEqual([])
  })
})

describe('a spoken turn to which no response begins within 30 s', () => {
  const askedAfter = (...events: readonly SessionEvent[]) =>
    sentTypes(goOn(goOn(live(agent), ...events), fired('progress')))

  test('is answered all the same if words of it were transcribed, whole or in part', () => {
    const type = 'conversation.item.input_audio_transcription.delta'
    const delta = server({ type, item_id: 'u', delta: 'Where' })
    expect(askedAfter(...asked)).toEqual(['response.create'])
    expect(askedAfter(started, delta, stopped, committed)).toEqual(['response.create'])
    expect(askedAfter(...asked, created('r1'), words('There.'), done('r1'))).toEqual([])
  })

  test('is answered even if a greeting came meanwhile, which answers nothing', () => {
    const greeted = goOn(live(greeting), started, stopped, committed, transcribed('Where is it?'), created('g'))
    const story = goOn(greeted, words('Hello.', 'g-item', 'g'), done('g'))
    expect(sentTypes(goOn(story, fired('progress')))).toEqual(['response.create'])
  })

  test('is answered even if a response begins that the caller had silenced before', () => {
    const typed = goOn(live(agent), text('And?'), { type: 'caller.interrupted' })
    const story = goOn(typed, ...asked, created('r3'), cut('r3'))
    expect(sentTypes(goOn(story, fired('progress')))).toEqual(['response.create'])
  })

  test('is no longer waited for if nothing of it was transcribed, or nothing that counts', () => {
    expect(askedAfter(started, stopped, committed)).toEqual([])
    const greeted = goOn(live(greeting), started, stopped, committed, created('g'), words('Hello.', 'g-item', 'g'))
    expect(sentTypes(goOn(goOn(greeted, done('g')), fired('progress')))).toEqual([])
    const turn_detection = { type: 'semantic_vad', create_response: true, interrupt_response: false } as const
    const interruption = { min_words: 2, ignore: ['hm'], min_speech: '0ms', resume_after: '0s' }
    const patient = agentWith({ turn_detection, interruption })
    const spoken = goOn(live(patient), text('Well?'), created('r1'), sound('r1'), started, stopped, transcribed('Hm.'))
    expect(sentTypes(goOn(goOn(spoken, done('r1'), drained), fired('progress')))).toEqual([])
  })
})
