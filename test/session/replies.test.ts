import { describe, expect, test } from 'vitest'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { piece, sound, words } from './speech.ts'
import {
  committed,
  created,
  done,
  doneWithCalls,
  edit,
  failure,
  fired,
  goOn,
  live,
  reported,
  sent,
  sentTypes,
  started,
  stopped,
  text,
  timerDurations,
  toolDone,
  updated,
} from './story.ts'

const busy = failure({
  code: 'conversation_already_has_active_response',
  message: 'Conversation already has an active response',
})
const progress = fired('progress')

describe('a typed turn', () => {
  test('enters the history and makes one response due', () => {
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

  test('is reported as the service gets it, without unpaired surrogates, which not every JSON reader accepts', () => {
    const story = goOn(live(), text('half a \ud83d'))
    expect(reported(story, 'caller.transcript')).toMatchObject([{ text: 'half a \ufffd' }])
  })

  test('interrupts: playback is cleared, the response cancelled, and the next requested once it has ended', () => {
    const speaking = goOn(live(), created('r1'), words('Let me '), piece('a'))
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

  test('repeated while a response runs cancels once and is answered once', () => {
    const story = goOn(live(), created('r1'), text('a'), text('b'), done('r1', { status: 'cancelled' }))
    expect(sentTypes(story)).toEqual([
      ...['response.cancel', 'conversation.item.create', 'conversation.item.create', 'response.create'],
    ])
  })

  test('is answered though the service uses the id of an earlier response again', () => {
    const first = goOn(live(), text('one'), created('r1', 'main-3'), words('First.', 'a'), done('r1'), text('two'))
    const second = goOn(first, created('r1', 'main-5'), words('Second.', 'b'), done('r1'))
    expect(reported(second, 'agent.transcript').map((report) => report.text)).toEqual(['Second.'])
    expect(second.state.turn.requested).toBeNull()
    expect(reported(goOn(second, created('r1', 'main-5'), words('Late.', 'b')), 'agent.transcript.delta')).toEqual([])
  })

  test('cancels a requested response as soon as it begins', () => {
    const story = goOn(goOn(live(), text('a')), text('b'), created('r1'), words('ghost'))
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'response.cancel'])
    expect(reported(story, 'agent.transcript.delta')).toEqual([])
    expect(sentTypes(goOn(story, done('r1', { status: 'cancelled' })))).toEqual(['response.create'])
  })

  test.each([
    ['its words', words('ghost')],
    ['its sound', piece('a')],
  ])('interrupts a response of which %s are the first sign', (_, sign) => {
    const story = goOn(goOn(live(), text('a')), text('b'), sign)
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'response.cancel'])
    expect(story.effects.filter(({ type }) => type === 'play')).toEqual([])
    expect(reported(story, 'agent.transcript.delta')).toEqual([])
  })

  test('does not cancel again if the caller’s voice already made the service do so', () => {
    expect(sentTypes(goOn(live(), created('r1'), started, text('b')))).toEqual(['conversation.item.create'])
  })
})

describe('a spoken turn', () => {
  test('is answered by the service alone', () => {
    const story = goOn(live(), started, stopped, committed, created('r1'), words('Hi'), done('r1'))
    expect(sent(story)).toEqual([])
  })

  test('takes with it what was due: a typed turn is not answered twice', () => {
    const waiting = goOn(live(), edit(2, agentWith({ voice: 'Sarah' })), text('hi'))
    const story = goOn(waiting, created('r1'), updated({ audio: { output: { voice: 'Sarah' } } }), done('r1'))
    expect(sentTypes(story)).toEqual([])
  })

  test('does not replace the greeting', () => {
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

  test('in manual mode is not begun or ended by the service’s speech events', () => {
    const manual = live(agentWith({ turn_detection: { type: 'manual' } }))
    expect(goOn(manual, started).state).toEqual(manual.state)
    const pressed = goOn(manual, { type: 'caller.pressed' })
    expect(goOn(pressed, stopped).state).toEqual(pressed.state)
  })

  test('without interrupt_response lets the agent speak on', () => {
    const calm = { type: 'server_vad', create_response: true, interrupt_response: false } as const
    const story = goOn(live(agentWith({ turn_detection: calm })), created('r1'), started, words('and'), piece('a'))
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

  test('is asked again after 2 s if nothing is heard of the other response', () => {
    const story = goOn(live(), text('hi'), busy)
    expect(timerDurations(story, 'progress').at(-1)).toBe(2_000)
    expect(sentTypes(goOn(story, progress))).toEqual(['response.create'])
  })

  test('is given up after nine attempts in a row; a response between them resets the count', () => {
    const again = () => [busy, progress]
    const tries = (count: number) => Array.from({ length: count }, again).flat()
    const asked = goOn(live(), text('hi'))
    expect(goOn(asked, ...tries(9)).state.phase).toBe('live')
    expect(goOn(asked, ...tries(10)).state.phase).toBe('waiting')
    const answered = goOn(asked, ...tries(9), created('r1'), sound('r1'), done('r1'), text('and?'), ...tries(9))
    expect(answered.state.phase).toBe('live')
  })

  test('that answers by itself just then has answered: the late error is ignored', () => {
    const story = goOn(live(), text('hi'), created('r1'), busy, done('r1'))
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'response.create'])
  })

  test('is recognised by its message alone', () => {
    const error = failure({ type: 'error', message: 'there is an active response' })
    const story = goOn(live(), text('hi'), error, created('r1'))
    expect(sentTypes(goOn(story, done('r1')))).toEqual(['response.create'])
  })
})

test('a tool’s follow-up goes before a waiting update', () => {
  const agent = agentWith({ tools: [toolNamed('look')] })
  const running = goOn(live(agent), created('r1'), doneWithCalls('r1', 'look'))
  const story = goOn(running, edit(2, agentWith({ ...agent, voice: 'Sarah' })), toolDone('look'))
  expect(sentTypes(story)).toEqual(['conversation.item.create', 'response.create'])
  expect(sentTypes(goOn(story, created('r2'), done('r2')))).toEqual(['session.update'])
})
