import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import {
  committed,
  created,
  done,
  doneWithCalls,
  edit,
  goOn,
  live,
  reported,
  type Story,
  sent,
  sentTypes,
  server,
  text,
  toolDone,
  updated,
} from './story.ts'

const busy = server({
  type: 'error',
  error: {
    type: 'invalid_request_error',
    code: 'conversation_already_has_active_response',
    message: 'Conversation already has an active response',
    param: null,
    event_id: null,
  },
})
const progress: SessionEvent = { type: 'timer.fired', timer: 'progress' }
const spoken = (type: 'started' | 'stopped') =>
  server({ type: `input_audio_buffer.speech_${type}`, item_id: 'u' } as const)

function words(
  delta: string,
  response_id: string | null = 'r1',
  stream: 'text' | 'audio_transcript' = 'audio_transcript',
) {
  return server({ type: `response.output_${stream}.delta`, response_id, item_id: 'a', delta } as const)
}

function whole(words: string, stream: 'text' | 'audio_transcript' = 'audio_transcript') {
  return server({ type: `response.output_${stream}.done`, response_id: 'r1', item_id: 'a', text: words } as const)
}

function progressMs(story: Story) {
  const waits = story.effects.flatMap((effect) =>
    effect.type === 'startTimer' && effect.timer === 'progress' ? [effect.ms] : [],
  )
  return waits.at(-1)
}

describe('a typed turn', () => {
  test('enters the history and is owed one answer', () => {
    const story = goOn(live(), text('where is my order?'))
    expect(sent(story)).toEqual([
      {
        type: 'conversation.item.create',
        event_id: 'main-2',
        item: {
          id: 'main-item-2',
          type: 'message',
          role: 'user',
          content: [{ type: 'input_text', text: 'where is my order?' }],
        },
      },
      { type: 'response.create', event_id: 'main-3', response: { metadata: { request: 'main-3' } } },
    ])
    expect(reported(story, 'caller.transcript')).toMatchObject([
      { text: 'where is my order?', final: true, typed: true },
    ])
  })

  test('interrupts: silence here, cancel by id, and the next answer once the old one is over', () => {
    const speaking = goOn(live(), created('r1'), words('Let me '), audioOf('r1'))
    const story = goOn(speaking, text('stop'))
    expect(story.effects.map((effect) => (effect.type === 'send' ? effect.event.type : effect.type))).toEqual([
      ...['clearPlayback', 'startTimer', 'response.cancel', 'report', 'conversation.item.create'],
    ])
    expect(sent(story)[0]).toMatchObject({ response_id: 'r1' })
    const over = goOn(story, words('late'), done('r1', { status: 'cancelled' }))
    expect(sentTypes(over)).toEqual(['response.create'])
    expect(reported(over, 'agent.transcript')).toMatchObject([{ text: 'Let me ', interrupted: true }])
    expect(reported(over, 'agent.transcript.delta')).toEqual([])
  })

  test('twice while one answer runs cancels once and is answered once', () => {
    const story = goOn(live(), created('r1'), text('a'), text('b'), done('r1', { status: 'cancelled' }))
    expect(sentTypes(story)).toEqual([
      ...['response.cancel', 'conversation.item.create', 'conversation.item.create', 'response.create'],
    ])
  })

  test('interrupts an answer that is asked for and has not begun: it is cancelled when it appears', () => {
    const story = goOn(goOn(live(), text('a')), text('b'), created('r1'), words('ghost'))
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'response.cancel'])
    expect(reported(story, 'agent.transcript.delta')).toEqual([])
    expect(sentTypes(goOn(story, done('r1', { status: 'cancelled' })))).toEqual(['response.create'])
  })

  test.each([
    ['its words', words('ghost')],
    ['its sound', audioOf('r1')],
  ])('interrupts an answer of which %s are the first sign', (_, sign) => {
    const story = goOn(goOn(live(), text('a')), text('b'), sign)
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'response.cancel'])
    expect(story.effects.filter(({ type }) => type === 'play')).toEqual([])
    expect(reported(story, 'agent.transcript.delta')).toEqual([])
  })

  test('is not cancelled again where the service has been interrupted by the voice', () => {
    expect(sentTypes(goOn(live(), created('r1'), spoken('started'), text('b')))).toEqual(['conversation.item.create'])
  })
})

describe('a spoken turn', () => {
  test('is answered by the service, and by nobody else', () => {
    const story = goOn(live(), spoken('started'), spoken('stopped'), committed, created('r1'), words('Hi'), done('r1'))
    expect(sent(story)).toEqual([])
  })

  test('answers what was due: a typed turn is not answered twice', () => {
    const waiting = goOn(live(), edit(2, agentWith({ voice: 'Sarah' })), text('hi'))
    const story = goOn(waiting, created('r1'), updated({ audio: { output: { voice: 'Sarah' } } }), done('r1'))
    expect(sentTypes(story)).toEqual([])
  })

  test('does not answer the greeting away', () => {
    const agent = agentWith({ greeting: 'Hello.' })
    const story = goOn(live(agent), busy, created('r1'), done('r1'))
    expect(JSON.stringify(sent(story))).toContain('Hello.')
  })

  test('ended by hand is committed and answered', () => {
    const manual = live(agentWith({ turn_detection: { type: 'manual' } }))
    const spoken = goOn(manual, { type: 'caller.audio', audio: new Uint8Array(5_760) })
    const story = goOn(spoken, { type: 'caller.committed' })
    expect(sentTypes(story)).toEqual(['input_audio_buffer.commit', 'response.create'])
    expect(sentTypes(goOn(live(), { type: 'caller.committed' }))).toEqual([])
  })

  test('in manual mode, speech events of the service change nothing', () => {
    const manual = live(agentWith({ turn_detection: { type: 'manual' } }))
    expect(goOn(manual, spoken('started')).state).toEqual(manual.state)
  })

  test('without interrupt_response lets the agent speak on', () => {
    const calm = { type: 'server_vad', create_response: true, interrupt_response: false } as const
    const story = goOn(
      live(agentWith({ turn_detection: calm })),
      created('r1'),
      spoken('started'),
      words('and'),
      audioOf('r1'),
    )
    expect(reported(story, 'agent.transcript.delta')).toHaveLength(1)
    expect(story.effects.filter(({ type }) => type === 'play')).toHaveLength(1)
  })
})

describe('a busy service', () => {
  test('is asked again once its own response is over, once', () => {
    const story = goOn(live(), text('hi'), busy, created('r1'))
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'response.create'])
    expect(sentTypes(goOn(story, done('r1')))).toEqual(['response.create'])
  })

  test('is asked again after two seconds when nothing is heard of the other response', () => {
    const story = goOn(live(), text('hi'), busy)
    expect(progressMs(story)).toBe(2_000)
    expect(sentTypes(goOn(story, progress))).toEqual(['response.create'])
  })

  test('that answers by itself just then has answered: its response is ours, the refusal is old news', () => {
    const story = goOn(live(), text('hi'), created('r1'), busy, done('r1'))
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'response.create'])
  })

  test('is recognised by its words alone', () => {
    const error = { type: 'error', code: null, message: 'there is an active response', param: null, event_id: null }
    const story = goOn(live(), text('hi'), server({ type: 'error', error }), created('r1'))
    expect(sentTypes(goOn(story, done('r1')))).toEqual(['response.create'])
  })
})

describe('no sign of an answer for thirty seconds', () => {
  test('gives it up, and the next turn is answered', () => {
    const story = goOn(live(), text('hi'))
    expect(progressMs(story)).toBe(30_000)
    const over = goOn(story, progress)
    expect(reported(over, 'error')).toMatchObject([{ message: expect.stringContaining('30 s') }])
    expect(sentTypes(goOn(over, text('still there?')))).toEqual(['conversation.item.create', 'response.create'])
  })

  test('ends a response that has begun: cancelled there, told here, its late words dropped', () => {
    const story = goOn(goOn(live(), created('r1'), words('One mo')), progress)
    expect(sent(story)).toMatchObject([
      { type: 'response.cancel', response_id: 'r1' },
      { type: 'conversation.item.delete', item_id: 'a' },
    ])
    expect(reported(story, 'agent.transcript')).toMatchObject([{ text: 'One mo', interrupted: true }])
    expect(goOn(story, words('ment'), done('r1')).effects).toEqual([])
  })

  test('answers the finished calls of a response that has begun', () => {
    const call = { id: 'i', type: 'function_call', call_id: 'c', name: 'look', arguments: '{}', status: 'completed' }
    const announced = server({ type: 'response.output_item.done', response_id: 'r1', item: call })
    const story = goOn(live(agentWith({ tools: [toolNamed('look')] })), created('r1'), announced, progress)
    expect(reported(story, 'tool.finished')).toMatchObject([{ call_id: 'c', status: 'cancelled' }])
    expect(sentTypes(story)).toEqual(['response.cancel', 'conversation.item.create'])
  })

  test.each([
    ['words', words('x')],
    ['sound', audioOf('r1')],
    ['a call', server({ type: 'response.function_call_arguments.done', call_id: 'c', name: 'look', arguments: '' })],
  ])('begins anew with %s', (_, sign) => {
    expect(progressMs(goOn(goOn(live(), created('r1')), sign))).toBe(30_000)
  })

  test('is not waited for once the answer is over', () => {
    const story = goOn(live(), created('r1'), done('r1'))
    expect(story.effects.at(-1)).toEqual({ type: 'stopTimer', timer: 'progress' })
    expect(goOn(story, progress).effects).toEqual([])
  })

  test('is no fault while only a tool runs', () => {
    const story = goOn(live(agentWith({ tools: [toolNamed('look')] })), created('r1'), doneWithCalls('r1', 'look'))
    expect(goOn(story, progress).effects).toEqual([])
  })
})

describe('the words of the agent', () => {
  test('are told as they come and whole at the end', () => {
    const story = goOn(live(), created('r1'), words('It is '), words('noon.'), done('r1'))
    expect(reported(story, 'agent.transcript.delta').map((report) => report.text)).toEqual(['It is ', 'noon.'])
    expect(reported(story, 'agent.transcript')).toMatchObject([{ text: 'It is noon.' }])
    expect(reported(story, 'agent.transcript')[0]).not.toHaveProperty('interrupted')
  })

  test.each([
    ['text', 'audio_transcript'],
    ['audio_transcript', 'text'],
  ] as const)('that come as %s and as %s are told once', (first, second) => {
    const story = goOn(
      live(),
      ...[created('r1'), words('It ', 'r1', first), words('It ', 'r1', second), words('is.', 'r1', first)],
      ...[words('is.', 'r1', second), whole('It is.', second), whole('It is.', first), done('r1')],
    )
    expect(reported(story, 'agent.transcript.delta').map((report) => report.text)).toEqual(['It ', 'is.'])
    expect(reported(story, 'agent.transcript').map((report) => report.text)).toEqual(['It is.'])
  })

  test('that come only at the end are told then', () => {
    const story = goOn(live(), created('r1'), whole('It is noon.'), whole('It is noon.', 'text'), done('r1'))
    expect(reported(story, 'agent.transcript').map((report) => report.text)).toEqual(['It is noon.'])
  })

  test('without a response id belong to the newest response, and to none when none runs', () => {
    const story = goOn(live(), created('r1'), words('Hi', null), done('r1'), words('ghost', null))
    expect(reported(story, 'agent.transcript.delta').map((report) => report.text)).toEqual(['Hi'])
  })

  test('after the end are dropped', () => {
    expect(goOn(goOn(live(), created('r1'), done('r1')), words('late'), audioOf('r1'), whole('late')).effects).toEqual(
      [],
    )
  })

  test('are those of the second response when the first was interrupted', () => {
    const story = goOn(
      live(),
      created('r1'),
      text('no'),
      done('r1', { status: 'cancelled' }),
      created('r2'),
      words('late'),
      words('Yes', 'r2'),
    )
    expect(reported(story, 'agent.transcript.delta').map((report) => report.text)).toEqual(['Yes'])
  })
})

describe('any event may be the first one seen of a response', () => {
  test.each([
    ['words', words('Hi')],
    ['sound', audioOf('r1')],
    ['its end', done('r1')],
  ])('%s', (_, first) => {
    const story = goOn(live(), text('hi'), first, created('r1'), done('r1'))
    expect(story.state.turn).toMatchObject({ requested: null, responses: [], replyDue: [], ended: ['r1'] })
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'response.create'])
  })

  test('ended responses are remembered up to a limit', () => {
    const story = goOn(live(), ...Array.from({ length: 65 }, (_, index) => done(`r${index}`)))
    expect(story.state.turn.ended).toHaveLength(64)
    expect(story.state.turn.ended[0]).toBe('r1')
  })
})

describe('a response that ends badly is told', () => {
  test('failed, with the words of the service', () => {
    const error = { code: 'rate_limit_exceeded', message: 'upstream model failed' }
    const failed = goOn(live(), created('r1'), done('r1', { status: 'failed', reason: 'server_error', error }))
    expect(reported(failed, 'error')).toMatchObject([
      { message: 'the answer failed: upstream model failed', code: 'rate_limit_exceeded' },
    ])
    const silent = goOn(live(), created('r1'), done('r1', { status: 'failed', reason: 'server_error' }))
    expect(reported(silent, 'error')).toMatchObject([
      { message: 'the answer failed: server_error', code: 'server_error' },
    ])
  })

  test('incomplete, with the reason', () => {
    const story = goOn(
      live(),
      created('r1'),
      words('It'),
      done('r1', { status: 'incomplete', reason: 'max_output_tokens' }),
    )
    expect(reported(story, 'warning')).toMatchObject([{ message: 'the answer was cut short: max_output_tokens' }])
    expect(reported(story, 'agent.transcript')).toMatchObject([{ text: 'It' }])
  })

  test('a request that is refused by its id is forgotten, and the next turn is answered', () => {
    const error = { type: 'invalid_request_error', code: 'x', message: 'No.', param: null, event_id: 'main-3' }
    const story = goOn(live(), text('hi'), server({ type: 'error', error }))
    expect(reported(story, 'error')).toHaveLength(1)
    expect(sentTypes(goOn(story, text('again')))).toEqual(['conversation.item.create', 'response.create'])
  })
})

test('a tool’s follow-up goes before a waiting update', () => {
  const agent = agentWith({ tools: [toolNamed('look')] })
  const running = goOn(live(agent), created('r1'), doneWithCalls('r1', 'look'))
  const story = goOn(running, edit(2, agentWith({ ...agent, voice: 'Sarah' })), toolDone('look'))
  expect(sentTypes(story)).toEqual(['conversation.item.create', 'response.create'])
  expect(sentTypes(goOn(story, created('r2'), done('r2')))).toEqual(['session.update'])
})

function audioOf(response_id: string): SessionEvent {
  const audio = new Uint8Array(480)
  return server({ type: 'response.output_audio.delta', response_id, item_id: 'a', content_index: 0, audio })
}
