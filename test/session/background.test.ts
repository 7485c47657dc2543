import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { agent, running, told } from './mill.ts'
import { created, done, doneWithCalls, goOn, live, reported, sent, text } from './story.ts'
import { calls, ended, finished, launched } from './tool-calls.ts'

describe('a call in the background', () => {
  test('is answered at once in words that the model can act on, followed up, and run', () => {
    const story = goOn(live(agent), ...calls('r', 'mill'))
    expect(told(story)).toEqual(['output mill', 'create'])
    expect(JSON.stringify(sent(story)[0])).toContain('its result follows by itself')
    expect(launched(story)).toEqual(['mill'])
    expect(reported(story, 'tool.started')).toMatchObject([{ call_id: 'mill', background: true }])
    expect(finished(story)).toEqual([])
  })

  test('has its result told as one message that says which call it is of, and one answer follows', () => {
    const story = goOn(running, ended('mill'))
    expect(told(story)).toEqual(['user: fine', 'create'])
    expect(JSON.stringify(sent(story)[0])).toContain('[Not said by the caller] The call mill of mill')
    expect(reported(story, 'tool.finished')).toMatchObject([
      { call_id: 'mill', status: 'ok', output: 'fine', ms: 5, background: true },
    ])
    expect(told(goOn(story, created('t'), done('t'), ended('mill')))).toEqual([])
  })

  test('that fails is told of in the words of every failure', () => {
    const story = goOn(running, ended('mill', { status: 'timeout', message: 'took longer than 8 s' }))
    expect(told(story)).toEqual(['user: {"error":{"kind":"timeout","message":"took longer than 8 s"}}', 'create'])
    expect(finished(story)).toEqual(['mill timeout'])
  })

  test('beside one that is waited for is followed up together with that', () => {
    const story = goOn(live(agent), ...calls('r', 'mill', 'look'))
    expect(told(story)).toEqual(['output mill'])
    expect(told(goOn(story, ended('look')))).toEqual(['output look', 'create'])
  })

  test('is run once and told once, though the service tells of it again: an answer is asked for instead', () => {
    const story = goOn(running, ...calls('t', 'mill'))
    expect([launched(story), told(story)]).toEqual([[], ['create']])
    expect(told(goOn(story, ended('mill'), created('v'), done('v'), ...calls('r', 'mill')))).toEqual([
      'user: fine',
      'create',
    ])
  })

  test('whose arguments do not fit is answered with that, and nothing follows', () => {
    const strict = toolNamed('mill', { background: true, checkArguments: () => ['grain: missing'] })
    const story = goOn(live(agentWith({ tools: [strict] })), ...calls('r', 'mill'))
    expect([launched(story), finished(story)]).toEqual([[], ['mill invalid_arguments']])
  })

  test('that wants consent begins once the caller has given it', () => {
    const asking = agentWith({ tools: [toolNamed('mill', { background: true, confirm: true })] })
    const asked = goOn(live(asking), ...calls('r', 'mill:1'), created('s'), done('s'))
    expect(launched(asked)).toEqual([])
    const agreed = goOn(asked, text('yes'), ...calls('t', 'mill:2'))
    expect(launched(agreed)).toEqual(['2'])
    expect(told(goOn(agreed, created('v'), done('v'), ended('2')))).toEqual(['user: fine', 'create'])
  })
})

describe('how much runs in the background', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `mill:${index}`)

  test('leaves one place to a call that the caller waits for', () => {
    const narrow = agentWith({ ...agent, limits: { max_tool_calls_in_flight: 3 } })
    const story = goOn(live(narrow), ...calls('r', ...many(4), 'look'))
    expect(launched(story)).toEqual(['0', '1', 'look'])
    expect(launched(goOn(story, ended('look')))).toEqual([])
    expect(launched(goOn(story, ended('0')))).toEqual(['2'])
  })

  test('is one call where only one may run', () => {
    const single = agentWith({ ...agent, limits: { max_tool_calls_in_flight: 1 } })
    expect(launched(goOn(live(single), ...calls('r', ...many(2))))).toEqual(['0'])
  })

  test('is sixteen calls at most, waiting ones included; the model is told of the next', () => {
    const full = goOn(live(agent), ...calls('r', ...many(16)), created('s'), done('s'))
    expect(finished(full)).toEqual([])
    const more = goOn(full, ...calls('t', 'mill:more'), created('v'))
    expect(finished(more)).toEqual(['more unavailable'])
    expect(finished(goOn(full, ended('0'), ...calls('t', 'mill:more')))).toEqual(['0 ok'])
  })

  test('is not forgotten over many other calls', () => {
    let story = running
    for (let index = 0; index < 300; index += 1) {
      story = goOn(story, text('look'), ...calls(`r${index}`, `look:l${index}`), ended(`l${index}`))
    }
    expect(finished(goOn(story, ended('mill')))).toEqual(['mill ok'])
  })

  test('is not forgotten over many calls of one answer either, when its result waits for that', () => {
    const [, answer] = calls('t', ...Array.from({ length: 300 }, (_, index) => `nothing:${index}`))
    const story = goOn(running, created('t'), ended('mill'), answer as SessionEvent)
    expect(told(story).slice(-2)).toEqual(['user: fine', 'create'])
  })
})

test('a tool that says nothing of it is waited for', () => {
  expect(told(goOn(live(agent), created('r'), doneWithCalls('r', 'look')))).toEqual([])
})
