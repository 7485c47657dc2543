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
  fired,
  goOn,
  live,
  orders,
  reported,
  type Story,
  sent,
  sentTypes,
  server,
  stopped,
  text,
  toolDone,
  updated,
  waits,
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
const standing = goOn(speaking, speech())

/** The orders to playback among the effects. */
const playback = (story: Story) => orders(story).filter((type) => /^play$|Playback$/.test(type))

describe('a caller who makes a sound while the agent is heard', () => {
  test('lets it stand still at once, and nothing is cancelled or cut', () => {
    expect(playback(standing)).toEqual(['pausePlayback'])
    expect(sent(standing)).toEqual([])
    expect(reported(standing, 'agent.playback')).toMatchObject([{ state: 'paused' }])
  })

  test('does so too where his words are the first sign of him', () => {
    expect(playback(goOn(speaking, piece('wait')))).toEqual(['pausePlayback'])
  })

  test('does so as well after the answer was made, as long as it is heard', () => {
    expect(playback(goOn(speaking, done('r1'), speech()))).toEqual(['pausePlayback'])
  })

  test('is waited for while he speaks, and after that for as long as the file says', () => {
    expect(waits(standing, 'resume')).toEqual([])
    expect(waits(goOn(standing, stopped), 'resume')).toEqual([1_500])
  })

  test('the sound that comes meanwhile waits behind the rest', () => {
    expect(playback(goOn(standing, sound(), done('r1')))).toEqual(['play'])
  })
})

describe('the agent goes on where it stood still', () => {
  test.each<[string, readonly SessionEvent[]]>([
    ['no words came in time', [stopped, fired('resume')]],
    ['no words were read', [stopped, transcribed('')]],
    ['they do not count', [stopped, transcribed('Mm-hm.')]],
    ['they are too few', [stopped, transcribed('Well.')]],
    ['they were read before he ended, and are too few', [piece('Well'), transcribed('Well.'), stopped]],
    ['nobody says that he ended', [fired('speech'), fired('resume')]],
  ])('when %s', (_, events) => {
    const story = goOn(standing, ...events)
    expect(playback(story)).toEqual(['resumePlayback'])
    expect(sent(story)).toEqual([])
    expect(reported(story, 'agent.playback')).toMatchObject([{ state: 'resumed' }])
  })

  test('with the same response, which is told whole and not as cut off', () => {
    const words = server({
      ...({ type: 'response.output_audio_transcript.delta', response_id: 'r1', item_id: 'a' } as const),
      delta: 'At noon.',
    })
    const story = goOn(standing, words, stopped, transcribed(''), sound(), done('r1'), drained)
    expect(playback(story)).toEqual(['resumePlayback', 'play'])
    expect(reported(story, 'agent.transcript')).toEqual([expect.objectContaining({ text: 'At noon.' })])
    expect(reported(story, 'agent.transcript')[0]).not.toHaveProperty('interrupted')
    expect(reported(story, 'agent.heard')).toEqual([])
  })

  test('and the service, which was to answer the turn, is expected to no longer where nothing was said', () => {
    expect(goOn(standing, stopped, transcribed('')).state.turn.answerExpected).toBe(false)
    expect(goOn(standing, stopped, transcribed('Well.')).state.turn.answerExpected).toBe(true)
  })

  test('an answer to a turn in which no words were read is for nobody', () => {
    const story = goOn(standing, stopped, transcribed(''), done('r1'), created('r2'))
    expect(sent(story)).toMatchObject([{ type: 'response.cancel', response_id: 'r2' }])
  })

  test('but an answer is heard to what could not be read: something may have been said', () => {
    const unread = server({
      ...({ type: 'conversation.item.input_audio_transcription.failed', item_id: 'u' } as const),
      message: 'No.',
    })
    const story = goOn(standing, stopped, unread, done('r1'), created('r2'), sound('r2', 'b'))
    expect([playback(story), sent(story)]).toEqual([['resumePlayback', 'play'], []])
  })

  test.each(['', 'Mm-hm.'])('and no wait is measured for the answer to "%s"', (words) => {
    expect(goOn(standing, stopped).state.latency.turn).not.toBeNull()
    expect(goOn(standing, stopped, transcribed(words)).state.latency.turn).toBeNull()
  })

  test('once: a turn whose words never come holds nothing up again', () => {
    const story = goOn(standing, stopped, fired('resume'), drained, sound(), sound())
    expect(playback(story)).toEqual(['resumePlayback', 'play', 'play'])
  })

  test('and stands still again for the next sound', () => {
    expect(playback(goOn(standing, stopped, transcribed(''), speech('u2')))).toEqual([
      'resumePlayback',
      'pausePlayback',
    ])
  })
})

describe('what turns out to be an interruption', () => {
  test('is one like any other: the answer is cancelled, and cut where it was heard', () => {
    const story = goOn(standing, piece('wait a moment'), cleared(['a', 400]))
    expect(playback(story)).toEqual(['clearPlayback'])
    expect(sent(story)).toMatchObject([
      { type: 'response.cancel', response_id: 'r1' },
      { type: 'conversation.item.truncate', item_id: 'a', audio_end_ms: 400 },
    ])
  })

  test('is one too when its words come after the agent has gone on', () => {
    const story = goOn(standing, stopped, fired('resume'), transcribed('Wait a moment.'))
    expect(playback(story)).toEqual(['resumePlayback', 'clearPlayback'])
  })

  test('leaves the answer to it standing that has begun before its words were read', () => {
    const story = goOn(standing, done('r1'), stopped, created('r2'), transcribed('Wait a moment.'), cleared(['a', 400]))
    expect(playback(story)).toEqual(['clearPlayback'])
    expect(sentTypes(story)).toEqual(['conversation.item.truncate'])
    expect(playback(goOn(story, sound('r2', 'b')))).toEqual(['play'])
  })

  test.each<[string, readonly SessionEvent[], readonly string[]]>([
    ['is made', [], ['response.cancel']],
    ['was made', [done('r2')], []],
  ])('takes an answer along that waits behind it while it %s, and has it said again', (_, events, cancels) => {
    const answered = goOn(standing, done('r1'), stopped, created('r2'), sound('r2', 'b'), ...events)
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

  test('comes too late once the agent has gone on and the answer to it waits: nothing of that is lost', () => {
    const answered = goOn(standing, done('r1'), stopped, created('r2'), sound('r2', 'b'), done('r2'), fired('resume'))
    const story = goOn(answered, transcribed('Wait a moment.'))
    expect([playback(story), sent(story)]).toEqual([[], []])
  })

  test('is not found again in words of a turn whose answer is being heard', () => {
    const answered = goOn(standing, done('r1'), stopped, transcribed(''), drained, created('r2'), sound('r2', 'b'))
    expect(playback(goOn(answered, done('r2'), transcribed('Wait a moment.')))).toEqual([])
  })
})

describe('what else happens while the agent stands still', () => {
  test.each<[string, SessionEvent]>([
    ['a typed turn', text('stop')],
    ['the button that silences the agent', { type: 'caller.interrupted' }],
    ['a caller who puts it on hold', { type: 'caller.held' }],
    ['a connection that is lost', { type: 'socket.closed', code: 1006, reason: 'cut' }],
    ['an end', { type: 'stop.requested', drain: false }],
  ])('%s ends what was being said', (_, event) => {
    const story = goOn(standing, event)
    expect(playback(story)).toEqual(['clearPlayback'])
    expect(story.state.sound.playbackPause).toBe('no')
  })

  test('a session that is at its end is followed by another without it', () => {
    const expiring = goOn(standing, server({ type: 'session.updated', session: { expires_at: 4_600 } }))
    const story = goOn(expiring, fired('roll over'), fired('roll over'))
    expect(playback(story)).toEqual(['clearPlayback'])
    expect(orders(story)).toContain('connect')
  })

  test('a conversation that ends after its answers waits until it has gone on', () => {
    const unanswering = agentWith({ ...agent, turn_detection: { ...detection, create_response: false } })
    const still = goOn(live(unanswering), created('r1'), sound(), speech(), done('r1'), stopped)
    const ending = goOn(still, { type: 'stop.requested', drain: 'said' })
    expect(orders(ending)).not.toContain('close')
    const story = goOn(ending, fired('resume'))
    expect(orders(story).filter((type) => type !== 'report' && type !== 'stopTimer')).toEqual([
      'resumePlayback',
      'close',
    ])
  })

  test('an edit that lets the service interrupt lets the agent go on', () => {
    const { interruption: _, ...others } = agent
    const story = goOn(standing, done('r1'), edit(2, agentWith({ ...others })))
    expect(playback(story)).toEqual(['resumePlayback'])
  })

  test('what a tool found waits until all was heard, and its wait begins when the agent goes on', () => {
    const called = goOn(speaking, doneWithCalls('r1', 'look'), toolDone('look'))
    const still = goOn(called, speech())
    expect(still.effects).toContainEqual({ type: 'stopTimer', timer: 'drain' })
    const resumed = goOn(still, stopped, transcribed(''))
    expect(sentTypes(resumed)).toEqual([])
    expect(resumed.effects).toContainEqual({ type: 'startTimer', timer: 'drain', ms: 3_000 })
    expect(sentTypes(goOn(resumed, drained))).toEqual(['response.create'])
  })

  test('sound that has run out is not waited for', () => {
    expect(playback(goOn(standing, drained))).toEqual(['resumePlayback'])
  })
})

describe('the agent speaks on', () => {
  test.each<[string, Story]>([
    [
      'where the service interrupts by itself: what it cancels cannot be taken up again',
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
    ['when its words are read and not heard', goOn(speaking, drained)],
  ])('%s', (_, story) => {
    expect(orders(goOn(story, speech()))).not.toContain('pausePlayback')
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

test('an answer that begins to sound while the caller speaks stands still at its beginning', () => {
  const story = goOn(live(agent), created('r1'), speech(), sound())
  expect(playback(story)).toEqual(['play', 'pausePlayback'])
})

test('a word that does not count is no question: after a drop nobody answers it', () => {
  const lost = { type: 'socket.closed', code: 1006, reason: '' } as const
  const opened = [{ type: 'socket.opened' }, server({ type: 'session.created', session: {} })] as const
  const heard = goOn(standing, stopped, transcribed('Mm-hm.'), done('r1'), drained)
  const back = goOn(heard, lost, fired('retry'), ...opened, updated())
  expect(sentTypes(goOn(back, fired('replay')))).toEqual([])
  const asked = goOn(
    standing,
    stopped,
    transcribed('And now?'),
    done('r1', { status: 'cancelled' }),
    cleared(['a', 500]),
  )
  const again = goOn(asked, lost, fired('retry'), ...opened, updated())
  expect(sentTypes(goOn(again, fired('replay')))).toEqual(['response.create'])
})
