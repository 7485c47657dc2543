import { describe, expect, test } from 'vitest'
import type { Item } from '../../src/realtime/server-event.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import {
  created,
  done,
  doneWithCalls,
  edit,
  fired,
  goOn,
  live,
  lost,
  reported,
  type Story,
  sent,
  sentTypes,
  server,
  text,
  toolDone,
  updated,
} from './story.ts'
import { ended, finished } from './tool-calls.ts'

const agent = agentWith({ tools: [toolNamed('look'), toolNamed('book')] })

function call(changes: Partial<Item> = {}): Item {
  return {
    id: 'i',
    type: 'function_call',
    call_id: 'c',
    name: 'look',
    arguments: '{}',
    status: 'completed',
    ...changes,
  }
}

function nested(levels: number): string {
  return `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
}

function announced(item: Item, type: 'added' | 'done' = 'done'): SessionEvent {
  return server({ type: `response.output_item.${type}`, response_id: 'r1', item } as const)
}

function argumentsDone(argumentsText: string, name: string | null = null, response_id: string | null = null) {
  const type = 'response.function_call_arguments.done'
  return server({ type, response_id, call_id: 'c', name, arguments: argumentsText })
}

function runs(story: Story) {
  return story.effects.flatMap((effect) => (effect.type === 'runTool' ? [effect] : []))
}

function outputs(story: Story) {
  return sent(story).flatMap((event) =>
    event.type === 'conversation.item.create' && event.item.type === 'function_call_output' ? [event.item] : [],
  )
}

describe('a call', () => {
  test('is run when its response is over, and answered with the output unchanged', () => {
    const story = goOn(live(agent), created('r1'), doneWithCalls('r1', 'look'))
    expect(runs(story)).toMatchObject([
      { callId: 'call_look', argumentsText: '{"a":1}', generation: 1, tool: { name: 'look' } },
    ])
    expect(reported(story, 'tool.started')).toMatchObject([{ name: 'look', call_id: 'call_look', arguments: { a: 1 } }])
    expect(sent(story)).toEqual([])
    const over = goOn(story, toolDone('look', '{"say":"\\"hi\\""}'))
    expect(outputs(over)).toEqual([
      { type: 'function_call_output', call_id: 'call_look', output: '{"say":"\\"hi\\""}' },
    ])
    expect(reported(over, 'tool.finished')).toMatchObject([
      { name: 'look', status: 'ok', ms: 5, output: '{"say":"\\"hi\\""}' },
    ])
    expect(sentTypes(over)).toEqual(['conversation.item.create', 'response.create'])
  })

  test('is not run before its response is over', () => {
    expect(runs(goOn(live(agent), created('r1'), announced(call()), argumentsDone('{}')))).toEqual([])
  })

  test.each([
    ['a crash', { status: 'crashed', message: 'it crashed' }],
    ['a time-out', { status: 'timeout', message: 'took longer than 8 s' }],
  ] as const)('that ends in %s is answered in words, and followed up', (_, outcome) => {
    const story = goOn(live(agent), created('r1'), doneWithCalls('r1', 'look'), ended('call_look', outcome))
    expect(outputs(story).map(({ output }) => JSON.parse(output))).toEqual([
      { error: { kind: outcome.status, message: outcome.message } },
    ])
    expect(sentTypes(story).at(-1)).toBe('response.create')
  })

  const misfits: readonly [string, Partial<Item>, string, string][] = [
    ['an unknown tool', { name: 'loook' }, 'unknown_tool', 'there is no tool \\"loook\\"; there are: look, book'],
    ['no tool at all', { name: '' }, 'unknown_tool', 'there is no tool \\"\\"'],
    ['arguments that are no JSON', { arguments: '{"a":' }, 'invalid_arguments', 'not a JSON object'],
    ['arguments that are a list', { arguments: '[]' }, 'invalid_arguments', 'not a JSON object'],
    ['arguments nested 65 levels deep', { arguments: nested(65) }, 'invalid_arguments', 'more than 64 levels deep'],
    ['arguments nested 50,000 levels deep', { arguments: nested(50_000) }, 'invalid_arguments', 'levels deep'],
    ['arguments that are null', { arguments: 'null' }, 'invalid_arguments', 'not a JSON object'],
    [
      'arguments that do not fit',
      { name: 'book', arguments: '{"n":1}' },
      'invalid_arguments',
      'n: must be text; m: missing',
    ],
  ]
  test('that is never launched is reported with its arguments: as data, or as text if they are not JSON', () => {
    const given = ['{"a":"1"}', '{"a":', nested(65)]
    const told = given.map((text) => {
      const item = call({ name: 'loook', arguments: text })
      return reported(goOn(live(agent), created('r1'), done('r1', { output: [item] })), 'tool.finished')
    })
    expect(told.flat().map((report) => report.arguments)).toEqual([{ a: '1' }, '{"a":', nested(65)])
    const one = live(agentWith({ ...agent, limits: { ...agent.limits, max_tool_calls_in_flight: 1 } }))
    const waiting = goOn(one, created('r1'), done('r1', { output: [call({}), call({ call_id: 'c2' })] }), lost)
    expect(reported(waiting, 'tool.finished')).toMatchObject([{ call_id: 'c2', arguments: {} }])
    const begun = goOn(live(agent), created('r1'), doneWithCalls('r1', 'look'), toolDone('look'))
    expect(reported(begun, 'tool.finished')).toMatchObject([{ name: 'look' }])
    expect(reported(begun, 'tool.finished')[0]).not.toHaveProperty('arguments')
  })

  test.each(misfits)('with %s is never launched, and the model is told', (_, changes, status, words) => {
    const strict = toolNamed('book', { checkArguments: () => ['n: must be text', 'm: missing'] })
    const story = goOn(
      live(agentWith({ tools: [toolNamed('look'), strict] })),
      created('r1'),
      done('r1', { output: [call(changes)] }),
    )
    expect(runs(story)).toEqual([])
    expect(reported(story, 'tool.started')).toEqual([])
    expect(finished(story)).toEqual([`c ${status}`])
    expect(outputs(story)[0]?.output).toContain(words)
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'response.create'])
  })

  test('with arguments nested 64 levels deep is launched', () => {
    const story = goOn(live(agent), created('r1'), done('r1', { output: [call({ arguments: nested(64) })] }))
    expect(runs(story)).toHaveLength(1)
  })

  test('to an agent without tools is answered that there are none', () => {
    const story = goOn(live(), created('r1'), done('r1', { output: [call()] }))
    expect(outputs(story)[0]?.output).toContain('there are no tools')
  })

  test.each(['', '  '])('with the arguments %j has none', (given) => {
    const story = goOn(live(agent), created('r1'), done('r1', { output: [call({ arguments: given })] }))
    expect(runs(story)).toMatchObject([{ argumentsText: '{}' }])
  })

  const reports = { look: 'tool.started', nothing: 'tool.finished' } as const
  test.each(['look', 'nothing'] as const)('of %s keeps its numbers as they were written, in reports too', (name) => {
    const given = '{"account":12345678901234567890,"limit":1e400}'
    const story = goOn(live(agent), created('r1'), done('r1', { output: [call({ name, arguments: given })] }))
    expect(runs(story)).toMatchObject(name === 'look' ? [{ argumentsText: given }] : [])
    expect(JSON.stringify(reported(story, reports[name])[0]?.arguments)).toBe(given)
  })
})

describe('a call is assembled from any of the events that describe it', () => {
  const cases: readonly [string, readonly SessionEvent[]][] = [
    ['the end of the response alone', [done('r1', { output: [call({ arguments: '{"n":1}' })] })]],
    ['the item alone', [announced(call({ arguments: '{"n":1}' })), done('r1')]],
    [
      'the name on the item, the arguments in their own event',
      [announced(call({ arguments: '', status: 'in_progress' }), 'added'), argumentsDone('{"n":1}'), done('r1')],
    ],
    ['arguments with a name', [argumentsDone('{"n":1}', 'look'), done('r1')]],
    [
      'everything, several times',
      [
        announced(call({ arguments: '', status: 'in_progress' }), 'added'),
        ...[argumentsDone('{"n":1}'), argumentsDone('{"n":1}'), announced(call({ arguments: '{"n":1}' }))],
        server({ type: 'conversation.item.added', item: call() }),
        ...[done('r1', { output: [call({ arguments: '{"n":1}' })] }), done('r1', { output: [call()] })],
      ],
    ],
    [
      'an end that leaves the arguments out',
      [argumentsDone('{"n":1}', 'look'), done('r1', { output: [call({ name: '', arguments: '' })] })],
    ],
  ]
  test.each(cases)('%s', (_, events) => {
    const story = goOn(live(agent), created('r1'), ...events)
    expect(runs(story)).toMatchObject([{ callId: 'c', argumentsText: '{"n":1}', tool: { name: 'look' } }])
    expect(finished(goOn(story, ended('c', { status: 'ok', output: '' })))).toEqual(['c ok'])
  })

  test('and is run and followed up once if its own response reports it twice', () => {
    const story = goOn(live(agent), created('r1'), doneWithCalls('r1', 'look', 'look'), toolDone('look'))
    expect(runs(story)).toHaveLength(1)
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'response.create'])
  })
})

describe('a call whose arguments arrive after its response was cancelled', () => {
  const begun = announced(call({ arguments: '', status: 'in_progress' }), 'added')
  const cancelled = goOn(
    live(agent),
    created('r1'),
    begun,
    text('stop'),
    done('r1', { status: 'cancelled', output: [] }),
  )
  const next = goOn(cancelled, created('r2'))

  test.each([
    ['with their response', 'r1'],
    ['without it', null],
  ])('%s does not belong to the next one, and is not run', (_, of) => {
    const story = goOn(next, argumentsDone('{"n":1}', 'look', of), done('r2'))
    expect(runs(story)).toEqual([])
    expect(finished(story)).toEqual([])
  })

  test('is remembered up to a limit, and not beyond its session', () => {
    let story = live(agent)
    for (let time = 0; time < 70; time += 1) {
      const item = call({ arguments: '', status: 'in_progress', call_id: `c${time}` })
      const added = server({ type: 'response.output_item.added', response_id: `r${time}`, item })
      story = goOn(story, created(`r${time}`), added, done(`r${time}`, { status: 'cancelled', output: [] }))
    }
    expect(story.state.turn.unfinishedCallIds).toHaveLength(64)
    expect(goOn(story, lost).state.turn.unfinishedCallIds).toEqual([])
  })
})

describe('several calls of one response', () => {
  const running = goOn(live(agent), created('r1'), doneWithCalls('r1', 'look', 'book', 'nothing'))

  test('run concurrently', () => {
    expect(runs(running).map(({ callId }) => callId)).toEqual(['call_look', 'call_book'])
  })

  test('are followed up once, when the last of them is answered, in whatever order they end', () => {
    const first = goOn(running, toolDone('book'))
    expect(sentTypes(first)).toEqual(['conversation.item.create'])
    expect(sentTypes(goOn(first, toolDone('look')))).toEqual(['conversation.item.create', 'response.create'])
  })

  test('are followed up once if all of them are invalid', () => {
    const story = goOn(live(agent), created('r1'), doneWithCalls('r1', 'no', 'nothing'))
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'conversation.item.create', 'response.create'])
  })

  test('are all answered however many there are: beyond 128 open ones they are refused', () => {
    const names = Array.from({ length: 300 }, () => 'look')
    const output = names.map((name, index) => call({ name, call_id: `c${index}` }))
    let story = goOn(live(agent), created('r1'), done('r1', { output }))
    const answers = [...outputs(story)]
    expect(finished(story)).toEqual(names.slice(128).map((_, index) => `c${index + 128} unavailable`))
    for (let index = 0; index < 128; index += 1) {
      story = goOn(story, ended(`c${index}`))
      answers.push(...outputs(story))
    }
    expect(new Set(answers.map(({ call_id }) => call_id)).size).toBe(300)
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'response.create'])
    expect(story.state.calls.length).toBeLessThanOrEqual(256)
  })

  test('and of another response are followed up once when they end together', () => {
    const both = goOn(
      live(agent),
      created('r1'),
      doneWithCalls('r1', 'look'),
      created('r2'),
      doneWithCalls('r2', 'book'),
    )
    expect(goOn(both, server({ type: 'unknown', name: 'ping' }), toolDone('look')).state.turn.replyDue).toEqual([
      'tool',
    ])
    expect(sentTypes(goOn(both, toolDone('look'), toolDone('book')))).toEqual([
      ...['conversation.item.create', 'conversation.item.create', 'response.create'],
    ])
  })
})

describe('a response that did not complete', () => {
  test.each([
    ['cancelled', []],
    ['failed', ['response.create']],
    ['incomplete', ['response.create']],
  ] as const)(
    '%s: its finished calls are answered and not run, with a follow-up unless it was interrupted',
    (status, types) => {
      const broken = call({ call_id: 'd', arguments: '{"n":', status: 'incomplete' })
      const output = [call(), broken, call({ call_id: 'e', name: 'made_up' })]
      const begun = goOn(live(agent), created('r1'), announced(call()))
      const end = done('r1', { status, output })
      const story = goOn(begun, end)
      expect([runs(story), finished(story)]).toEqual([[], ['c cancelled', 'e unknown_tool']])
      const answers = ['conversation.item.create', 'conversation.item.create']
      expect(sentTypes(story)).toEqual([...answers, ...types])
      expect(sentTypes(goOn(goOn(begun, { type: 'caller.interrupted' }), end))).toEqual(answers)
    },
  )

  test.each([
    ['2 s after it was interrupted', [{ type: 'caller.interrupted' }, fired('cancel')]],
    ['after 30 s of silence', [fired('progress')]],
  ] as const)('and was given up %s: calls that it reports only later are answered once, and not run', (_, events) => {
    const late = done('r1', { status: 'cancelled', output: [call(), call({ call_id: 'd', status: 'incomplete' })] })
    const story = goOn(goOn(live(agent), created('r1'), ...events), late, late)
    expect(finished(story)).toEqual(['c cancelled'])
    expect(sent(story)).toMatchObject([{ item: { type: 'function_call_output', call_id: 'c' } }])
    const whole = goOn(goOn(live(agent), created('r1'), ...events), done('r1', { output: [call()] }))
    expect(finished(whole)).toEqual(['c cancelled'])
    expect(runs(whole)).toEqual([])
  })

  test('leaves a call without arguments unanswered', () => {
    const begun = announced(call({ arguments: '', status: 'in_progress' }), 'added')
    const story = goOn(live(agent), created('r1'), begun, done('r1', { status: 'cancelled' }))
    expect(finished(story)).toEqual([])
    expect(sent(story)).toEqual([])
  })
})

describe('calls use the tools of the generation under which their response began', () => {
  const before = agentWith({ tools: [toolNamed('look', { timeoutMs: 1 })] })
  const renamed = agentWith({ tools: [toolNamed('find')] })
  const slower = agentWith({ tools: [toolNamed('look', { timeoutMs: 2 })] })

  test('a tool removed meanwhile still runs', () => {
    const waiting = goOn(live(before), created('r1'), edit(2, renamed), doneWithCalls('r1', 'look'))
    expect(runs(waiting)).toMatchObject([{ generation: 1, tool: { timeoutMs: 1 } }])
  })

  test('an edit applied in the middle of a response counts from the next one', () => {
    const story = goOn(live(before), created('r1'), edit(2, slower), doneWithCalls('r1', 'look'), toolDone('look'))
    expect(runs(story)).toMatchObject([{ generation: 1, tool: { timeoutMs: 1 } }])
    const item = { id: 'i2', type: 'function_call', call_id: 'c2', name: 'look', arguments: '', status: 'completed' }
    const next = goOn(story, created('r2'), done('r2', { output: [item] }))
    expect(runs(next)).toMatchObject([{ generation: 2, tool: { timeoutMs: 2 } }])
  })

  test('an edit that is not confirmed yet does not count', () => {
    const story = goOn(live(before), edit(2, renamed), created('r1'), updated({ tools: [{ name: 'find' }] }))
    expect(runs(goOn(story, doneWithCalls('r1', 'look')))).toMatchObject([{ generation: 1 }])
    expect(finished(goOn(story, doneWithCalls('r1', 'find')))).toEqual(['call_find unknown_tool'])
  })
})

test('the end of a tool that nobody called changes nothing', () => {
  const before = live(agent)
  expect(goOn(before, toolDone('look'))).toEqual({ state: before.state, effects: [] })
})
