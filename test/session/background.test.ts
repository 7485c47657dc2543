import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { agent, running, sentInShort } from './background-calls.ts'
import { created, done, doneWithCalls, goOn, live, reported, sent, text } from './story.ts'
import { calls, ended, finished, launched } from './tool-calls.ts'

describe('a background call', () => {
  test('is answered at once in words the model can act on, followed up, and run', () => {
    const story = goOn(live(agent), ...calls('r', 'mill'))
    expect(sentInShort(story)).toEqual(['output mill', 'create'])
    expect(JSON.stringify(sent(story)[0])).toContain('its result follows by itself')
    expect(launched(story)).toEqual(['mill'])
    expect(reported(story, 'tool.started')).toMatchObject([{ call_id: 'mill', background: true }])
    expect(finished(story)).toEqual([])
  })

  test('has its result delivered as one message naming the call, and one response follows', () => {
    const story = goOn(running, ended('mill'))
    expect(sentInShort(story)).toEqual(['user: fine', 'create'])
    expect(JSON.stringify(sent(story)[0])).toContain('[Not said by the caller] The call mill of mill')
    expect(reported(story, 'tool.finished')).toMatchObject([
      { call_id: 'mill', status: 'ok', output: 'fine', ms: 5, background: true },
    ])
    expect(sentInShort(goOn(story, created('t'), done('t'), ended('mill')))).toEqual([])
  })

  test('reports a failure in the same words as any other call', () => {
    const story = goOn(running, ended('mill', { status: 'timeout', message: 'took longer than 8 s' }))
    expect(sentInShort(story)).toEqual([
      'user: {"error":{"kind":"timeout","message":"took longer than 8 s"}}',
      'create',
    ])
    expect(finished(story)).toEqual(['mill timeout'])
  })

  test('is followed up together with a foreground call of the same response', () => {
    const story = goOn(live(agent), ...calls('r', 'mill', 'look'))
    expect(sentInShort(story)).toEqual(['output mill'])
    expect(sentInShort(goOn(story, ended('look')))).toEqual(['output look', 'create'])
  })

  test('is run and delivered once if the service reports it twice: a response is requested instead', () => {
    const story = goOn(running, ...calls('t', 'mill'))
    expect([launched(story), sentInShort(story)]).toEqual([[], ['create']])
    expect(sentInShort(goOn(story, ended('mill'), created('v'), done('v'), ...calls('r', 'mill')))).toEqual([
      'user: fine',
      'create',
    ])
  })

  test('is answered with the fault if its arguments do not fit, and no result follows', () => {
    const strict = toolNamed('mill', { background: true, checkArguments: () => ['grain: missing'] })
    const story = goOn(live(agentWith({ tools: [strict] })), ...calls('r', 'mill'))
    expect([launched(story), finished(story)]).toEqual([[], ['mill invalid_arguments']])
  })

  test('that needs consent begins once the caller has given it', () => {
    const asking = agentWith({ tools: [toolNamed('mill', { background: true, confirm: true })] })
    const asked = goOn(live(asking), ...calls('r', 'mill:1'), created('s'), done('s'))
    expect(launched(asked)).toEqual([])
    const agreed = goOn(asked, text('yes'), ...calls('t', 'mill:2'))
    expect(launched(agreed)).toEqual(['2'])
    expect(sentInShort(goOn(agreed, created('v'), done('v'), ended('2')))).toEqual(['user: fine', 'create'])
  })
})

describe('the number of background calls', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `mill:${index}`)

  test('leaves one slot to a call that the caller waits for', () => {
    const narrow = agentWith({ ...agent, limits: { max_tool_calls_in_flight: 3 } })
    const story = goOn(live(narrow), ...calls('r', ...many(4), 'look'))
    expect(launched(story)).toEqual(['0', '1', 'look'])
    expect(launched(goOn(story, ended('look')))).toEqual([])
    expect(launched(goOn(story, ended('0')))).toEqual(['2'])
  })

  test('is one if only one call may run', () => {
    const single = agentWith({ ...agent, limits: { max_tool_calls_in_flight: 1 } })
    expect(launched(goOn(live(single), ...calls('r', ...many(2))))).toEqual(['0'])
  })

  test('is 16 at most, waiting ones included; the model is told of the next', () => {
    const full = goOn(live(agent), ...calls('r', ...many(16)), created('s'), done('s'))
    expect(finished(full)).toEqual([])
    const more = goOn(full, ...calls('t', 'mill:more'), created('v'))
    expect(finished(more)).toEqual(['more unavailable'])
    expect(finished(goOn(full, ended('0'), ...calls('t', 'mill:more')))).toEqual(['0 ok'])
  })
})

describe('a background call in progress', () => {
  test('is not forgotten, however many other calls follow', () => {
    let story = running
    for (let index = 0; index < 300; index += 1) {
      story = goOn(story, text('look'), ...calls(`r${index}`, `look:l${index}`), ended(`l${index}`))
    }
    expect(finished(goOn(story, ended('mill')))).toEqual(['mill ok'])
  })

  test('is not forgotten over the many calls of a response that its result waits for', () => {
    const [, answer] = calls('t', ...Array.from({ length: 300 }, (_, index) => `nothing:${index}`))
    const story = goOn(running, created('t'), ended('mill'), answer as SessionEvent)
    expect(sentInShort(story).slice(-2)).toEqual(['user: fine', 'create'])
  })
})

test('a tool without a background setting runs in the foreground', () => {
  expect(sentInShort(goOn(live(agent), created('r'), doneWithCalls('r', 'look')))).toEqual([])
})
