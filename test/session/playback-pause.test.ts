import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { cleared, transcribed } from './speech.ts'
import {
  created,
  done,
  doneWithCalls,
  drained,
  edit,
  effectTypes,
  fired,
  goOn,
  live,
  lost,
  reopening,
  reported,
  type Story,
  sent,
  sentTypes,
  server,
  stopped,
  text,
  timerDurations,
  toolDone,
  updated,
} from './story.ts'

const interruption = { min_words: 2, ignore: ['mm-hm'], min_speech: '0ms', resume_after: '1500ms' }
const detection = { type: 'semantic_vad', create_response: true, interrupt_response: false } as const
const agent = agentWith({ turn_detection: detection, interruption, tools: [toolNamed('look')] })

const speech = (item_id = 'u') => server({ type: 'input_audio_buffer.speech_started', item_id })
const piece = (delta: string, item_id = 'u') =>
  server({ type: 'conversation.item.input_audio_transcription.delta', item_id, delta })
const sound = (response_id = 'r1', item_id = 'a') =>
  server({
    ...({ type: 'response.output_audio.delta', response_id, item_id, content_index: 0 } as const),
    audio: new Uint8Array(48_000),
  })

/** The agent is heard, and still says more. */
const speaking = goOn(live(agent), created('r1'), sound())
const paused = goOn(speaking, speech())

/** The orders to playback among the effects. */
const playback = (story: Story) => effectTypes(story).filter((type) => /^play$|Playback$/.test(type))

describe('a caller who makes a sound while the agent is heard', () => {
  test('pauses playback at once, and nothing is cancelled or cut', () => {
    expect(playback(paused)).toEqual(['pausePlayback'])
    expect(sent(paused)).toEqual([])
    expect(reported(paused, 'agent.playback')).toMatchObject([{ state: 'paused' }])
  })

  test('pauses it too if their words are the first sign', () => {
    expect(playback(goOn(speaking, piece('wait')))).toEqual(['pausePlayback'])
  })

  test('pauses it as well after the response is complete, as long as it is heard', () => {
    expect(playback(goOn(speaking, done('r1'), speech()))).toEqual(['pausePlayback'])
  })

  test('pauses sound of a second answer too that begins to be heard meanwhile', () => {
    const both = goOn(speaking, created('r2'), sound('r2', 'b'), speech(), cleared(['a', 100]))
    expect(both.state.sound.playing).toBe(false)
    expect(playback(goOn(both, done('r1')))).toEqual(['play', 'pausePlayback'])
  })

  test('is waited for while speaking, and after that for as long as the file says', () => {
    expect(timerDurations(paused, 'resume')).toEqual([])
    expect(timerDurations(goOn(paused, stopped), 'resume')).toEqual([1_500])
  })

  test('makes sound that arrives meanwhile queue behind the rest', () => {
    expect(playback(goOn(paused, sound(), done('r1')))).toEqual(['play'])
  })
})

describe('paused playback resumes', () => {
  test.each<[string, readonly SessionEvent[]]>([
    ['no words came in time', [stopped, fired('resume')]],
    ['no words were read', [stopped, transcribed('')]],
    ['they do not count', [stopped, transcribed('Mm-hm.')]],
    ['they are too few', [stopped, transcribed('Well.')]],
    ['they were read before the caller stopped, and are too few', [piece('Well'), transcribed('Well.'), stopped]],
    ['the end of the turn is never reported', [fired('speech'), fired('resume')]],
  ])('when %s', (_, events) => {
    const story = goOn(paused, ...events)
    expect(playback(story)).toEqual(['resumePlayback'])
    expect(sent(story)).toEqual([])
    expect(reported(story, 'agent.playback')).toMatchObject([{ state: 'resumed' }])
  })

  test('with the same response, which is reported whole and not as interrupted', () => {
    const words = server({
      ...({ type: 'response.output_audio_transcript.delta', response_id: 'r1', item_id: 'a' } as const),
      delta: 'At noon.',
    })
    const story = goOn(paused, words, stopped, transcribed(''), sound(), done('r1'), drained)
    expect(playback(story)).toEqual(['resumePlayback', 'play'])
    expect(reported(story, 'agent.transcript')).toEqual([expect.objectContaining({ text: 'At noon.' })])
    expect(reported(story, 'agent.transcript')[0]).not.toHaveProperty('interrupted')
    expect(reported(story, 'agent.heard')).toEqual([])
  })

  test('and no answer of the service is expected if nothing was said', () => {
    expect(goOn(paused, stopped, transcribed('')).state.turn.answerExpected).toBe(false)
    expect(goOn(paused, stopped, transcribed('Well.')).state.turn.answerExpected).toBe(true)
  })

  test('and an answer to a turn without words is dropped', () => {
    const story = goOn(paused, stopped, transcribed(''), done('r1'), created('r2'))
    expect(sent(story)).toMatchObject([{ type: 'response.cancel', response_id: 'r2' }])
  })

  test('but the answer to a turn whose transcription failed is heard: something may have been said', () => {
    const unread = server({
      ...({ type: 'conversation.item.input_audio_transcription.failed', item_id: 'u' } as const),
      message: 'No.',
    })
    const story = goOn(paused, stopped, unread, done('r1'), created('r2'), sound('r2', 'b'))
    expect([playback(story), sent(story)]).toEqual([['resumePlayback', 'play'], []])
  })

  test.each(['', 'Mm-hm.'])('without measuring a latency for the answer to "%s"', (words) => {
    expect(goOn(paused, stopped).state.latency.turn).not.toBeNull()
    expect(goOn(paused, stopped, transcribed(words)).state.latency.turn).toBeNull()
  })

  test('once: a turn whose words never come does not pause it again', () => {
    const story = goOn(paused, stopped, fired('resume'), drained, sound(), sound())
    expect(playback(story)).toEqual(['resumePlayback', 'play', 'play'])
  })

  test('and pauses again for the next sound', () => {
    expect(playback(goOn(paused, stopped, transcribed(''), speech('u2')))).toEqual(['resumePlayback', 'pausePlayback'])
  })
})

describe('a sound that turns out to be an interruption', () => {
  test('cancels the response and truncates it where it was heard', () => {
    const story = goOn(paused, piece('wait a moment'), cleared(['a', 400]))
    expect(playback(story)).toEqual(['clearPlayback'])
    expect(sent(story)).toMatchObject([
      { type: 'response.cancel', response_id: 'r1' },
      { type: 'conversation.item.truncate', item_id: 'a', audio_end_ms: 400 },
    ])
  })

  test('interrupts even if its words come after playback resumed', () => {
    const story = goOn(paused, stopped, fired('resume'), transcribed('Wait a moment.'))
    expect(playback(story)).toEqual(['resumePlayback', 'clearPlayback'])
  })

  test('spares the answer to it that began before its words were transcribed', () => {
    const story = goOn(paused, done('r1'), stopped, created('r2'), transcribed('Wait a moment.'), cleared(['a', 400]))
    expect(playback(story)).toEqual(['clearPlayback'])
    expect(sentTypes(story)).toEqual(['conversation.item.truncate'])
    expect(playback(goOn(story, sound('r2', 'b')))).toEqual(['play'])
  })

  test.each<[string, readonly SessionEvent[], readonly string[]]>([
    ['is in progress', [], ['response.cancel']],
    ['is complete', [done('r2')], []],
  ])('cuts off a waiting answer that %s, and requests it again', (_, events, cancels) => {
    const answered = goOn(paused, done('r1'), stopped, created('r2'), sound('r2', 'b'), ...events)
    const story = goOn(
      answered,
      transcribed('Wait a moment.'),
      done('r2', { status: 'cancelled', output: [] }),
      cleared(['a', 400]),
    )
    expect(playback(story)).toEqual(['clearPlayback'])
    expect(sentTypes(story)).toEqual([
      ...cancels,
      'response.create',
      'conversation.item.truncate',
      'conversation.item.delete',
    ])
    expect(sent(story).at(-1)).toMatchObject({ item_id: 'b' })
    expect(sent(story).at(-2)).toMatchObject({ item_id: 'a', audio_end_ms: 400 })
  })

  test('comes too late once playback has resumed and the answer waits: nothing of that is lost', () => {
    const answered = goOn(paused, done('r1'), stopped, created('r2'), sound('r2', 'b'), done('r2'), fired('resume'))
    const story = goOn(answered, transcribed('Wait a moment.'))
    expect([playback(story), sent(story)]).toEqual([[], []])
  })

  test('is not found again in the words of a turn whose answer is being heard', () => {
    const answered = goOn(paused, done('r1'), stopped, transcribed(''), drained, created('r2'), sound('r2', 'b'))
    expect(playback(goOn(answered, done('r2'), transcribed('Wait a moment.')))).toEqual([])
  })
})

describe('while playback is paused', () => {
  test.each<[string, SessionEvent]>([
    ['a typed turn', text('stop')],
    ['the button that silences the agent', { type: 'caller.interrupted' }],
    ['a caller who puts it on hold', { type: 'caller.held' }],
    ['a connection that is lost', { type: 'socket.closed', code: 1006, reason: 'cut' }],
    ['an end', { type: 'stop.requested', drain: false }],
  ])('%s ends what was being said', (_, event) => {
    const story = goOn(paused, event)
    expect(playback(story)).toEqual(['clearPlayback'])
    expect(story.state.sound.playbackPause).toBe('no')
  })

  test('an expired session is replaced without resuming', () => {
    const expiring = goOn(paused, server({ type: 'session.updated', session: { expires_at: 4_600 } }))
    const story = goOn(expiring, fired('roll over'), fired('roll over'))
    expect(playback(story)).toEqual(['clearPlayback'])
    expect(effectTypes(story)).toContain('connect')
  })

  test('a conversation that ends after its answers waits until playback has resumed', () => {
    const unanswering = agentWith({ ...agent, turn_detection: { ...detection, create_response: false } })
    const still = goOn(live(unanswering), created('r1'), sound(), speech(), done('r1'), stopped)
    const ending = goOn(still, { type: 'stop.requested', drain: 'said' })
    expect(effectTypes(ending)).not.toContain('close')
    const story = goOn(ending, fired('resume'))
    expect(effectTypes(story).filter((type) => type !== 'report' && type !== 'stopTimer')).toEqual([
      'resumePlayback',
      'close',
    ])
  })

  test('an edit that lets the service interrupt resumes playback', () => {
    const { interruption: _, ...others } = agent
    const story = goOn(paused, done('r1'), edit(2, agentWith({ ...others })))
    expect(playback(story)).toEqual(['resumePlayback'])
  })

  test('a tool’s result waits until all was heard, and its wait begins when playback resumes', () => {
    const called = goOn(speaking, doneWithCalls('r1', 'look'), toolDone('look'))
    const still = goOn(called, speech())
    expect(still.effects).toContainEqual({ type: 'stopTimer', timer: 'drain' })
    const resumed = goOn(still, stopped, transcribed(''))
    expect(sentTypes(resumed)).toEqual([])
    expect(resumed.effects).toContainEqual({ type: 'startTimer', timer: 'drain', ms: 3_000 })
    expect(sentTypes(goOn(resumed, drained))).toEqual(['response.create'])
  })

  test('sound that has run out is not waited for', () => {
    expect(playback(goOn(paused, drained))).toEqual(['resumePlayback'])
  })
})

describe('the agent is not paused', () => {
  test.each<[string, Story]>([
    [
      'where the service interrupts by itself: what it cancels cannot be resumed',
      goOn(live(agentWith()), created('r1'), sound()),
    ],
    ['where no words interrupt', goOn(live(agentWith({ turn_detection: detection })), created('r1'), sound())],
    [
      'where the file says so',
      goOn(
        live(agentWith({ ...agent, interruption: { ...interruption, resume_after: '0s' } })),
        created('r1'),
        sound(),
      ),
    ],
    [
      'where it greets and may not be interrupted',
      goOn(live(agentWith({ ...agent, greeting: 'Hello.', greeting_interruptible: false })), created('r1'), sound()),
    ],
    ['when all of its sound so far was heard', goOn(speaking, drained)],
  ])('%s', (_, story) => {
    expect(effectTypes(goOn(story, speech()))).not.toContain('pausePlayback')
  })

  test('when it answers the turn itself, whose words come late', () => {
    const story = goOn(live(agent), speech(), stopped, created('r1'), sound())
    expect(playback(story)).toEqual(['play'])
  })

  test('when what it said before was heard to its end', () => {
    const story = goOn(speaking, done('r1'), drained, speech(), stopped, created('r2'), sound('r2', 'b'))
    expect(playback(story)).toEqual(['play'])
  })

  test('when the conversation is over after these words', () => {
    const ending = goOn(
      live(agentWith({ ...agent, limits: { ...agent.limits, max_session: '1m' } })),
      created('r1'),
      sound(),
      fired('limit'),
    )
    expect(playback(goOn(ending, speech()))).toEqual([])
  })
})

test('a response whose sound begins while the caller speaks is paused at its beginning', () => {
  const story = goOn(live(agent), created('r1'), speech(), sound())
  expect(playback(story)).toEqual(['play', 'pausePlayback'])
})

test('an ignored word is not a question: after a lost connection it is not answered', () => {
  const heard = goOn(paused, stopped, transcribed('Mm-hm.'), done('r1'), drained)
  const back = goOn(heard, lost, ...reopening, updated())
  expect(sentTypes(goOn(back, fired('replay')))).toEqual([])
  const asked = goOn(paused, stopped, transcribed('And now?'), done('r1', { status: 'cancelled' }), cleared(['a', 500]))
  const again = goOn(asked, lost, ...reopening, updated())
  expect(sentTypes(goOn(again, fired('replay')))).toEqual(['response.create'])
})
