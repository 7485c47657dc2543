import { describe, expect, test } from 'vitest'
import { countWords } from '../../src/session/barge-in/interruption-by-words.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { callerAudio } from './speech.ts'
import {
  created,
  done,
  doneWithCalls,
  drained,
  effectTypes,
  fired,
  goOn,
  goOnAt,
  live,
  lost,
  reopening,
  sentTypes,
  server,
  toolDone,
  updated,
} from './story.ts'

const agent = agentWith({
  turn_detection: { type: 'semantic_vad', create_response: true, interrupt_response: false },
  interruption: { min_words: 2, ignore: ['mm-hm', 'yeah'], min_speech: '0ms', resume_after: '2s' },
})
const speech = server({ type: 'input_audio_buffer.speech_started', item_id: 'u1' })
const stopped = server({ type: 'input_audio_buffer.speech_stopped', item_id: 'u1' })
const piece = (delta: string) =>
  server({ type: 'conversation.item.input_audio_transcription.delta', item_id: 'u1', delta })
const final = (transcript: string) =>
  server({ type: 'conversation.item.input_audio_transcription.completed', item_id: 'u1', transcript })
const part = { type: 'response.output_audio.delta', response_id: 'r1', item_id: 'a', content_index: 0 } as const
const sound = server({ ...part, audio: new Uint8Array(4_800) })
const speaking = goOn(live(agent), created('r1'), sound)

describe('the number of words that count', () => {
  test.each([
    ['Wait a moment!', 3],
    ['Mm-hm.', 0],
    ['mm hm yeah YEAH, yeah', 0],
    ['yeah, but wait', 2],
    ['', 0],
    ['Ja, genau – das', 3],
  ])('in %j is %d', (text, count) => {
    expect(countWords(text, ['mm-hm', 'yeah'])).toBe(count)
  })
})

describe('with interruption.min_speech', () => {
  const patient = agentWith({
    ...agent,
    interruption: { min_words: 1, ignore: [], min_speech: '250ms', resume_after: '2s' },
  })
  const talking = goOn(live(patient), created('r1'), sound)

  test.each([
    ['249 ms are a cough, whatever is read from it', 249, false],
    ['250 ms are speech', 250, true],
  ])('%s', (_, ms, interrupts) => {
    const story = goOn(goOnAt(ms, goOn(talking, speech), stopped), final('wait'))
    expect(effectTypes(story).includes('clearPlayback')).toBe(interrupts)
  })

  test('a caller who goes on interrupts with the first word after that time', () => {
    const story = goOn(goOn(talking, speech), piece('wait'))
    expect(effectTypes(story)).not.toContain('clearPlayback')
    expect(effectTypes(goOnAt(250, story, piece('wait a')))).toContain('clearPlayback')
  })

  test('the words of an unannounced turn decide alone, since its length is not known', () => {
    expect(effectTypes(goOn(talking, piece('wait')))).toContain('clearPlayback')
  })
})

describe('if words decide what interrupts', () => {
  test('a cough leaves the agent speaking', () => {
    const story = goOn(speaking, speech, stopped, final(''), sound)
    expect(effectTypes(story)).not.toContain('clearPlayback')
    expect(effectTypes(story)).toContain('play')
  })

  test('too few words leave the agent speaking, enough of them interrupt at once', () => {
    const story = goOn(speaking, speech, piece('wait'))
    expect(effectTypes(story)).not.toContain('clearPlayback')
    const more = goOn(story, piece('wait a'))
    expect(effectTypes(more)[0]).toBe('report')
    expect(effectTypes(more)).toContain('clearPlayback')
    expect(sentTypes(more)).toEqual(['response.cancel'])
    expect(effectTypes(goOn(more, piece('wait a moment')))).not.toContain('clearPlayback')
  })

  test('a response without sound yet is interrupted by words of a later turn, not of the turn it answers', () => {
    const answering = goOn(live(agent), created('r1'), speech, stopped)
    expect(sentTypes(goOn(answering, final('wait a moment')))).toEqual(['response.cancel'])
    expect(sentTypes(goOn(answering, created('r2'), final('wait a moment')))).toEqual([])
  })

  test('a complete response that is still being heard is interrupted too', () => {
    expect(effectTypes(goOn(speaking, done('r1'), speech, final('wait a moment')))).toContain('clearPlayback')
  })

  test('the answer to a turn is not interrupted by words of that turn', () => {
    const asked = goOn(live(agent), speech, stopped, created('r1'), sound)
    expect(effectTypes(goOn(asked, final('what time is it')))).not.toContain('clearPlayback')
  })

  test('calls that answer a turn are not cancelled by its words either: their result is told', () => {
    const reading = agentWith({ ...agent, tools: [toolNamed('read', { onInterrupt: 'cancel' })] })
    const heard = goOn(live(reading), created('r1'), sound, done('r1'), speech, stopped)
    const read = goOn(heard, created('r2'), doneWithCalls('r2', 'read'), final('what time is it'))
    expect(effectTypes(read)).toContain('clearPlayback')
    expect(effectTypes(read)).not.toContain('cancelTool')
    expect(sentTypes(goOn(read, toolDone('read')))).toEqual(['conversation.item.create', 'response.create'])
  })

  test('an untranscribed turn of a lost session does not interrupt its own answer', () => {
    const next = goOn(speaking, speech, callerAudio(), stopped, lost, ...reopening, updated(), fired('replay'))
    expect(sentTypes(goOn(next, created('r2')))).toEqual([])
  })

  test('a turn of only ignored words, said while the agent spoke, is not answered', () => {
    const murmured = goOn(speaking, speech, stopped, final('Mm-hm.'), done('r1'))
    expect(sentTypes(goOn(murmured, created('r2')))).toEqual(['response.cancel'])
  })

  test('nor is one said while the response was generated and not heard yet', () => {
    const murmured = goOn(live(agent), created('r1'), speech, stopped, final('Mm-hm.'), done('r1'))
    expect(sentTypes(goOn(murmured, created('r2')))).toEqual(['response.cancel'])
  })

  test('nor is it the last word when the session is lost: the interrupted response is requested again', () => {
    const murmured = goOn(speaking, speech, stopped, final('Mm-hm.'), lost)
    const next = goOn(murmured, ...reopening, updated(), fired('replay'))
    expect(sentTypes(next).at(-1)).toBe('response.create')
  })

  test('nor does it cancel what was due: a tool’s result is told', () => {
    const looking = agentWith({ ...agent, tools: [toolNamed('look')] })
    const called = goOn(live(looking), created('r1'), sound, doneWithCalls('r1', 'look'), speech, toolDone('look'))
    const story = goOn(called, stopped, final('Mm-hm.'), created('r2'), done('r2', { status: 'cancelled' }), drained)
    expect(sentTypes(story).at(-1)).toBe('response.create')
  })

  test('the same words said into silence are a turn', () => {
    expect(sentTypes(goOn(live(agent), speech, stopped, final('Yeah.'), created('r2')))).toEqual([])
  })
})
