import { describe, expect, test } from 'vitest'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { sound, words } from './speech.ts'
import {
  created,
  done,
  doneWithCalls,
  drained,
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
  text,
  toolDone,
  updated,
} from './story.ts'
import { ended } from './tool-calls.ts'

const once = goOn(live(agentWith({ tools: [toolNamed('look')] })), created('r1'), doneWithCalls('r1', 'look'))

function runs(story: Story): readonly string[] {
  return story.effects.flatMap((effect) => (effect.type === 'runTool' ? [effect.callId] : []))
}

/** Each output that is sent, with the id of its call. */
function answers(story: Story): readonly string[] {
  return sent(story).flatMap((event) =>
    event.type === 'conversation.item.create' && event.item.type === 'function_call_output'
      ? [`${event.item.call_id}: ${event.item.output}`]
      : [],
  )
}

function outputs(story: Story): readonly string[] {
  return sent(story).flatMap((event) =>
    event.type === 'conversation.item.create' && event.item.type === 'function_call_output' ? [event.item.output] : [],
  )
}

test('a call that another response repeats before it is answered is run once and answered once', () => {
  const again = goOn(once, created('r2'), doneWithCalls('r2', 'look'))
  expect(runs(again)).toEqual([])
  expect(outputs(goOn(again, toolDone('look'), toolDone('look')))).toEqual(['fine'])
})

test('a call that its own response repeats after it was answered is neither run nor answered again', () => {
  const again = goOn(goOn(once, toolDone('look')), doneWithCalls('r1', 'look'))
  expect([runs(again), outputs(again)]).toEqual([[], []])
})

test('a turn that another response answered only with the repeated call is still answered', () => {
  const background = agentWith({ tools: [{ ...toolNamed('look'), background: true }] })
  const begun = goOn(live(background), created('r1'), doneWithCalls('r1', 'look'), created('r2'), done('r2'))
  const again = goOn(begun, text('look'), created('r3'), doneWithCalls('r3', 'look'))
  expect(sentTypes(again)).toContain('response.create')
  expect(sentTypes(goOn(again, created('r4'), doneWithCalls('r4', 'look')))).toEqual([])
})

describe('a call with the id of another one, as some models give to all of theirs,', () => {
  const agent = agentWith({
    tools: [
      ...[toolNamed('look'), toolNamed('book'), toolNamed('read', { onInterrupt: 'cancel' })],
      toolNamed('mill', { background: true }),
    ],
  })
  /** A response that calls these tools, each with `{"a":1}` and the same id. */
  const calling = (id: string, ...names: readonly string[]) => {
    const call = { type: 'function_call', call_id: 'c', arguments: '{"a":1}', status: 'completed' }
    return [created(id), done(id, { output: names.map((name, index) => ({ id: `${id}-${index}`, name, ...call })) })]
  }
  const runsNext = (story: Story) => story.effects.flatMap((effect) => (effect.type === 'runTool' ? [effect] : []))

  test('is run, and answered under the id that the service gave, once the other has its answer', () => {
    const again = goOn(goOn(live(agent), ...calling('r1', 'look'), ended('c')), ...calling('r2', 'look'))
    expect(runs(again)).toEqual(['c#2'])
    const answered = goOn(again, ended('c#2', { status: 'ok', output: 'once more' }))
    expect(answers(answered)).toEqual(['c: once more'])
    expect(sentTypes(answered)).toContain('response.create')
    const recorded = answered.state.record.flatMap((entry) => (entry.kind === 'call' ? [entry.output] : []))
    expect(recorded).toEqual(['fine', 'once more'])
  })

  test.each([
    ['the other is still running', goOn(live(agent), ...calling('r1', 'look'))],
    ['the other runs in the background', goOn(live(agent), ...calling('r1', 'mill'))],
    [
      'the other was cancelled and has not ended',
      goOn(live(agent), ...calling('r1', 'read'), created('s'), sound('s'), text('stop')),
    ],
  ])('is run and answered although %s', (_, before) => {
    const story = goOn(before, ...calling('r2', 'book'))
    expect(runsNext(story)).toMatchObject([{ callId: 'c#2', tool: { name: 'book' } }])
    const answered = goOn(story, ended('c#2', { status: 'ok', output: 'booked' }))
    expect(answers(answered)).toEqual(['c: booked'])
    expect(reported(answered, 'tool.finished')).toMatchObject([{ name: 'book', call_id: 'c#2' }])
  })

  test('is run together with the other if one response has both', () => {
    const both = goOn(live(agent), ...calling('r1', 'look', 'book', 'look'))
    expect(runs(both)).toEqual(['c', 'c#2'])
    const first = goOn(both, ended('c#2', { status: 'ok', output: 'booked' }))
    expect([answers(first), sentTypes(first)]).toEqual([['c: booked'], ['conversation.item.create']])
    expect(sentTypes(goOn(first, ended('c')))).toEqual(['conversation.item.create', 'response.create'])
  })

  test('is run in a session that follows, even with the id of the same response', () => {
    const lostSession = goOn(live(agent), ...calling('r1', 'look'), lost, ...reopening, updated(), fired('replay'))
    const again = goOn(lostSession, ...calling('r1', 'look'))
    expect(runs(again)).toEqual(['c#2'])
    expect(answers(goOn(again, ended('c#2')))).toEqual(['c: fine'])
  })
})

test('arguments belong to the response they name, although an earlier one in progress has a call of the same id', () => {
  const call = { id: 'i', type: 'function_call', call_id: 'c', name: 'look', arguments: '', status: 'in_progress' }
  const begun = (response_id: string) => server({ type: 'response.output_item.added', response_id, item: call })
  const type = 'response.function_call_arguments.done'
  const given = server({ type, response_id: 'r2', call_id: 'c', name: null, arguments: '{"n":2}' })
  const both = goOn(
    live(agentWith({ tools: [toolNamed('look')] })),
    created('r1'),
    begun('r1'),
    created('r2'),
    begun('r2'),
  )
  expect(runs(goOn(both, given, done('r2')))).toEqual(['c'])
})

test('arguments that name neither a response nor a tool belong to no response that has not announced the call', () => {
  const type = 'response.function_call_arguments.done'
  const given = server({ type, response_id: null, call_id: 'call_look', name: null, arguments: '{"a":1}' })
  const answered = goOn(once, toolDone('look'), created('r2'), done('r2'), created('r3'), given)
  expect(answers(goOn(answered, done('r3')))).toEqual([])
})

describe('a response with the id of one that ended, and with our metadata,', () => {
  const agent = agentWith({ tools: [toolNamed('look')] })
  const requestOf = (story: Story) =>
    sent(story)
      .flatMap((event) => (event.type === 'response.create' ? [event.event_id] : []))
      .at(-1) ?? ''
  const begin = (story: Story, line: string) => {
    const asked = goOn(story, text(line))
    return goOn(asked, created('r1', requestOf(asked)))
  }
  const first = goOn(begin(live(agent), 'one'), words('One.', 'r1-item'), sound('r1'), done('r1'), drained)

  test('is another one: its words are reported and recorded as the answer to its own turn', () => {
    const second = goOn(begin(first, 'two'), words('Two.', 'r1-item'), done('r1'))
    expect(reported(second, 'agent.transcript')).toMatchObject([{ text: 'Two.', turn: 2 }])
    const said = second.state.record.flatMap((entry) => (entry.kind === 'agent' ? [[entry.turn, entry.text]] : []))
    expect(said).toEqual([
      [1, 'One.'],
      [2, 'Two.'],
    ])
  })

  test('has its calls run and answered even if their ids came before', () => {
    const called = goOn(begin(live(agent), 'look'), doneWithCalls('r1', 'look'), toolDone('look'))
    const followUp = requestOf(called)
    const again = goOn(called, created('r1', followUp), doneWithCalls('r1', 'look'))
    expect(runs(again)).toEqual(['call_look#2'])
    expect(answers(goOn(again, ended('call_look#2')))).toEqual(['call_look: fine'])
  })

  test('is cut off like any other, and may end a second time', () => {
    const cut = goOn(begin(first, 'two'), sound('r1'), text('stop'))
    expect(sent(cut)[0]).toMatchObject({ type: 'response.cancel', response_id: 'r1' })
    const over = goOn(cut, done('r1', { status: 'cancelled' }))
    expect(sentTypes(over)).toEqual(['response.create'])
    expect(goOn(over, done('r1')).effects).toEqual([])
  })
})
