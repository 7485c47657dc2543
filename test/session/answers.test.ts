import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import fc from '../helpers/seeded-fast-check.ts'
import { piece, transcribed } from './speech.ts'
import {
  committed,
  created,
  done,
  doneWithCalls,
  drained,
  failure,
  fired,
  goOn,
  live,
  reported,
  reports,
  type Story,
  sent,
  sentTypes,
  server,
  started,
  stopped,
  text,
  timerDurations,
  toolDone,
} from './story.ts'

const progress = fired('progress')

/** Words of the agent, as the service sends them: as text, or as the transcript of the sound. */
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

describe('the agent’s words', () => {
  test('are reported as they arrive, and whole at the end', () => {
    const story = goOn(live(), created('r1'), words('It is '), words('noon.'), done('r1'))
    expect(reported(story, 'agent.transcript.delta').map((report) => report.text)).toEqual(['It is ', 'noon.'])
    expect(reported(story, 'agent.transcript')).toMatchObject([{ text: 'It is noon.' }])
    expect(reported(story, 'agent.transcript')[0]).not.toHaveProperty('interrupted')
  })

  test.each([
    ['text', 'audio_transcript'],
    ['audio_transcript', 'text'],
  ] as const)('that come both as %s and as %s are reported once', (first, second) => {
    const story = goOn(
      live(),
      ...[created('r1'), words('It ', 'r1', first), words('It ', 'r1', second), words('is.', 'r1', first)],
      ...[words('is.', 'r1', second), whole('It is.', second), whole('It is.', first), done('r1')],
    )
    expect(reported(story, 'agent.transcript.delta').map((report) => report.text)).toEqual(['It ', 'is.'])
    expect(reported(story, 'agent.transcript').map((report) => report.text)).toEqual(['It is.'])
  })

  test('are reported at the end if they come only then', () => {
    const story = goOn(live(), created('r1'), whole('It is noon.'), whole('It is noon.', 'text'), done('r1'))
    expect(reported(story, 'agent.transcript').map((report) => report.text)).toEqual(['It is noon.'])
  })

  test('are reported at the end if they come only then, also after a response whose words were streamed', () => {
    const nameless = { type: 'response.output_text.done', response_id: 'r2', item_id: null, text: 'At one.' } as const
    const story = goOn(
      live(),
      created('r1'),
      words('At noon.'),
      done('r1'),
      created('r2'),
      server(nameless),
      done('r2'),
    )
    expect(reported(story, 'agent.transcript').map((report) => report.text)).toEqual(['At noon.', 'At one.'])
  })

  test('are taken from the finished response only if none were streamed', () => {
    const message = (...content: readonly { readonly [key: string]: unknown }[]) => ({
      id: 'a',
      type: 'message',
      role: 'assistant',
      content,
    })
    const output = [message({ type: 'output_audio', transcript: 'It is noon.' })] as const
    const transcripts = (story: Story) => reported(story, 'agent.transcript').map((report) => report.text)
    expect(transcripts(goOn(live(), created('r1'), done('r1', { output })))).toEqual(['It is noon.'])
    expect(transcripts(goOn(live(), created('r1'), words('It is.', 'r1'), done('r1', { output })))).toEqual(['It is.'])
    const read = [message({ type: 'output_text', text: 'It is one.' })] as const
    expect(transcripts(goOn(live(), created('r1'), done('r1', { output: read })))).toEqual(['It is one.'])
    expect(transcripts(goOn(live(), created('r1'), piece('a'), done('r1', { output })))).toEqual(['It is noon.'])
    const parts = [message({ text: 'At ' }, { text: 'one.' }, { transcript: 'At one.' })]
    expect(transcripts(goOn(live(), created('r1'), done('r1', { output: parts })))).toEqual(['At one.'])
    const cancelled = done('r1', { status: 'cancelled', output })
    expect(transcripts(goOn(live(), created('r1'), { type: 'caller.interrupted' }, done('r1', { output })))).toEqual([])
    expect(transcripts(goOn(live(), created('r1'), cancelled))).toEqual([])
  })

  test('belong to the newest response if they name none, and are dropped if none runs', () => {
    const story = goOn(live(), created('r1'), words('Hi', null), done('r1'), words('ghost', null))
    expect(reported(story, 'agent.transcript.delta').map((report) => report.text)).toEqual(['Hi'])
  })

  test('are dropped after the end of their response', () => {
    expect(goOn(goOn(live(), created('r1'), done('r1')), words('late'), piece('a'), whole('late')).effects).toEqual([])
  })

  test('of an interrupted response are dropped, also when they come during the next one', () => {
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

describe('any event may be the first one of a response', () => {
  test.each([
    ['words', words('Hi')],
    ['sound', piece('a')],
    ['its end', done('r1')],
  ])('%s', (_, first) => {
    const story = goOn(live(), text('hi'), first, created('r1'), done('r1'))
    expect(story.state.turn).toMatchObject({ requested: null, responses: [], replyDue: [], endedIds: ['r1'] })
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'response.create'])
  })
})

test('the last 64 responses that ended are remembered', () => {
  const story = goOn(live(), ...Array.from({ length: 65 }, (_, index) => done(`r${index}`)))
  expect(story.state.turn.endedIds).toHaveLength(64)
  expect(story.state.turn.endedIds[0]).toBe('r1')
})

describe('a response that ends badly is reported', () => {
  test('as failed, with the service’s message', () => {
    const error = { code: 'model_error', message: 'upstream model failed' }
    const failed = goOn(live(), created('r1'), done('r1', { status: 'failed', reason: 'server_error', error }))
    expect(reported(failed, 'error')).toMatchObject([
      { message: 'the answer failed: upstream model failed', code: 'model_error' },
    ])
    const silent = goOn(live(), created('r1'), done('r1', { status: 'failed', reason: 'server_error' }))
    expect(reported(silent, 'error')).toMatchObject([
      { message: 'the answer failed: server_error', code: 'server_error' },
    ])
    const mute = goOn(live(), created('r1'), done('r1', { status: 'failed' }))
    expect(reported(mute, 'error')).toMatchObject([
      { message: 'the answer failed: the service gave no reason', code: null },
    ])
  })

  test('as incomplete, with the reason', () => {
    const story = goOn(
      live(),
      created('r1'),
      words('It'),
      done('r1', { status: 'incomplete', reason: 'max_output_tokens' }),
    )
    expect(reported(story, 'warning')).toMatchObject([{ message: 'the answer was cut short: max_output_tokens' }])
    expect(reported(story, 'agent.transcript')).toMatchObject([{ text: 'It' }])
  })
})

test('a request for a response that is refused by its id is reported and dropped: the next turn is answered', () => {
  const story = goOn(live(), text('hi'), failure({ code: 'x', event_id: 'main-3' }))
  expect(reported(story, 'error')).toHaveLength(1)
  expect(sentTypes(goOn(story, text('again')))).toEqual(['conversation.item.create', 'response.create'])
})

describe('a response that shows no sign of life for 30 s', () => {
  test('is given up, and the next turn is answered', () => {
    const story = goOn(live(), text('hi'))
    expect(timerDurations(story, 'progress').at(-1)).toBe(30_000)
    const over = goOn(story, progress)
    expect(reported(over, 'error')).toMatchObject([{ message: expect.stringContaining('no sign of an answer') }])
    expect(sentTypes(goOn(over, text('still there?')))).toEqual(['conversation.item.create', 'response.create'])
  })

  test.each([
    ['asked for', [text('hi')]],
    ['being made', [created('r1'), words('One mo')]],
    ['owed to a spoken turn', [started, stopped]],
  ] as const)(
    'is given up after 10 s if the service has reported a fault that may be of the answer %s; a sign of life restarts the wait',
    (_, events) => {
      const fault = failure({ type: 'server_error', message: 'Failed to read content stream.' })
      const story = goOn(goOn(live(), ...events), fault)
      expect(timerDurations(story, 'progress')).toEqual([10_000])
      expect(timerDurations(goOn(story, created('r1'), words('ment')), 'progress').at(-1)).toBe(30_000)
      expect(timerDurations(goOn(story, fault), 'progress')).toEqual([])
      const goesOn = goOn(story, created('r1'), words('ment'), fault)
      expect(timerDurations(goesOn, 'progress').slice(-2)).toEqual([30_000, 10_000])
      expect(timerDurations(goOn(live(), fault), 'progress')).toEqual([])
    },
  )

  test('is cancelled and reported if it had begun, and its late words are dropped', () => {
    const story = goOn(goOn(live(), created('r1'), words('One mo')), progress)
    expect(sent(story)).toMatchObject([
      { type: 'response.cancel', response_id: 'r1' },
      { type: 'conversation.item.delete', item_id: 'a' },
    ])
    expect(reported(story, 'agent.transcript')).toMatchObject([{ text: 'One mo', interrupted: true }])
    expect(goOn(story, words('ment'), done('r1')).effects).toEqual([])
  })

  test('does not take along the answer for which the service was too busy with it', () => {
    const busy = failure({ code: 'conversation_already_has_active_response', event_id: 'main-3' })
    const story = goOn(goOn(live(), text('hi'), busy, created('r1')), progress)
    expect(sentTypes(story)).toEqual(['response.cancel', 'response.create'])
    expect(sentTypes(goOn(story, created('r2', 'main-5'), words('Hello.'), done('r2')))).toEqual([])
  })

  test('has its finished calls answered', () => {
    const call = { id: 'i', type: 'function_call', call_id: 'c', name: 'look', arguments: '{}', status: 'completed' }
    const announced = server({ type: 'response.output_item.done', response_id: 'r1', item: call })
    const story = goOn(live(agentWith({ tools: [toolNamed('look')] })), created('r1'), announced, progress)
    expect(reported(story, 'tool.finished')).toMatchObject([{ call_id: 'c', status: 'cancelled' }])
    expect(sentTypes(story)).toEqual(['response.cancel', 'conversation.item.create'])
  })

  test.each([
    ['words', words('x')],
    ['sound', piece('a')],
    [
      'a call',
      server({
        type: 'response.function_call_arguments.done',
        response_id: 'r1',
        call_id: 'c',
        name: 'look',
        arguments: '',
      }),
    ],
  ])('is waited for again after a sign of life: %s', (_, sign) => {
    expect(timerDurations(goOn(goOn(live(), created('r1')), sign), 'progress')).toEqual([30_000])
  })

  test('is not waited for once it has ended', () => {
    const story = goOn(live(), created('r1'), done('r1'))
    expect(story.effects.at(-1)).toEqual({ type: 'stopTimer', timer: 'progress' })
    expect(goOn(story, progress).effects).toEqual([])
  })

  test('is not waited for while only a tool runs', () => {
    const story = goOn(live(agentWith({ tools: [toolNamed('look')] })), created('r1'), doneWithCalls('r1', 'look'))
    expect(goOn(story, progress).effects).toEqual([])
  })
})

describe('what the service says of one turn and its answer', () => {
  const item = { id: 'u', type: 'message', role: 'user' }
  const turn = [
    ...[started, stopped, committed, server({ type: 'conversation.item.added', item }), transcribed('Look.')],
    ...[created('r1'), done('r1')],
  ]

  test('counts once if it is said twice, apart from pieces of words and sound', () => {
    const agent = agentWith({ tools: [toolNamed('look')] })
    const called = [...turn.slice(0, -1), doneWithCalls('r1', 'look')]
    const answer = [created('r2'), words('Here.', 'r2'), piece('a', 4_800, 'r2'), done('r2')]
    const isPiece = (event: SessionEvent) => event === answer[1] || event === answer[2]
    const [once, twice] = [() => 1, (event: SessionEvent) => (isPiece(event) ? 1 : 2)].map((times) => {
      const asked = goOn(live(agent), ...tellEach(called, times))
      const all = [asked, goOn(asked, toolDone('look'))]
      const story = [...all, goOn(all[1] ?? asked, ...tellEach(answer, times), drained)]
      return { sent: story.flatMap(sent), reports: story.flatMap(reports), state: story.at(-1)?.state }
    })
    expect(twice?.sent).toEqual(once?.sent)
    expect(twice?.reports).toEqual(once?.reports)
    expect(twice?.state?.record).toEqual(once?.state?.record)
  })

  test('comes to its end in any order: nothing is in progress after it, and nobody is answered twice', () => {
    const events = fc.shuffledSubarray([...turn, words('Hi.'), piece('a', 4_800)], { minLength: turn.length + 2 })
    fc.assert(
      fc.property(events, (events) => {
        const { state, effects } = goOn(live(), ...events, drained)
        expect(state.turn.responses).toEqual([])
        expect([state.turn.requested, state.turn.turnsBegun, state.sound.playing]).toEqual([null, 1, false])
        expect(reported({ state, effects }, 'caller.transcript').length).toBe(1)
        expect(reported({ state, effects }, 'agent.transcript').length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 500 },
    )
  })
})

function tellEach(events: readonly SessionEvent[], times: (event: SessionEvent) => number): readonly SessionEvent[] {
  return events.flatMap((event) => Array.from({ length: times(event) }, () => event))
}
