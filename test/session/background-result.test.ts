import { describe, expect, test } from 'vitest'
import { agentWith, controlNamed } from '../helpers/agents.ts'
import { agent, mill, running, sentInShort } from './background-calls.ts'
import { sound } from './speech.ts'
import { created, done, drained, fired, goOn, live, sent, started, stopped, text } from './story.ts'
import { calls, ended } from './tool-calls.ts'

const endCall = [
  { id: 'item_end', type: 'function_call', call_id: 'end', name: 'end_call', arguments: '{}', status: 'completed' },
]

describe('a background result', () => {
  test('waits while a response runs', () => {
    const story = goOn(running, created('t'), ended('mill'))
    expect(sentInShort(story)).toEqual([])
    expect(sentInShort(goOn(story, done('t')))).toEqual(['user: fine', 'create'])
  })

  test('waits until what the agent says was heard', () => {
    const story = goOn(running, created('t'), sound('t'), done('t'), ended('mill'))
    expect(sentInShort(story)).toEqual([])
    expect(sentInShort(goOn(story, drained))).toEqual(['user: fine', 'create'])
    expect(sentInShort(goOn(story, fired('drain')))).toEqual(['user: fine', 'create'])
  })

  test('waits for all of a response in progress, however long that takes', () => {
    const story = goOn(running, created('t'), sound('t'), ended('mill'), fired('drain'), sound('t'), done('t'))
    expect(sentInShort(story)).toEqual([])
    expect(sentInShort(goOn(story, drained))).toEqual(['user: fine', 'create'])
  })

  test('waits while the caller speaks, and until their turn is answered', () => {
    const speaking = goOn(running, started, ended('mill'))
    expect(sentInShort(goOn(speaking, stopped))).toEqual([])
    const answering = goOn(speaking, stopped, created('t'))
    expect(sentInShort(answering)).toEqual([])
    expect(sentInShort(goOn(answering, done('t')))).toEqual(['user: fine', 'create'])
  })

  test('is delivered together with the answer to a typed turn', () => {
    const busy = goOn(running, created('t'), ended('mill'))
    expect(sentInShort(goOn(busy, text('and?'), done('t', { status: 'cancelled' })))).toEqual([
      ...['user: and?', 'user: fine'],
      'create',
    ])
  })

  test('is delivered together with another result', () => {
    const two = goOn(live(agent), ...calls('r', 'mill:1', 'mill:2'), created('s'))
    expect(sentInShort(goOn(two, ended('2', { status: 'ok', output: 'bran' }), ended('1'), done('s')))).toEqual([
      ...['user: fine', 'user: bran'],
      'create',
    ])
  })

  test('waits while the caller is on hold', () => {
    const story = goOn(running, { type: 'caller.held' }, ended('mill'))
    expect(sentInShort(story)).toEqual([])
    expect(sentInShort(goOn(story, { type: 'caller.resumed' }))).toEqual(['user: fine', 'create'])
  })

  test('may be answered by another call, up to eight responses in a row, then by one without tools', () => {
    let story = running
    for (let round = 1; round <= 8; round += 1) {
      const id = round === 1 ? 'mill' : `c${round - 1}`
      story = goOn(story, ended(id), ...calls(`m${round}`, `mill:c${round}`), created(`n${round}`), done(`n${round}`))
    }
    const creates = sent(goOn(story, ended('c8'))).filter(({ type }) => type === 'response.create')
    expect(creates).toMatchObject([{ response: { tool_choice: 'none' } }])
    const asked = sent(goOn(story, text('once more'), ended('c8'))).filter(({ type }) => type === 'response.create')
    expect(asked).toHaveLength(1)
    expect(asked[0]).not.toHaveProperty('response.tool_choice')
  })
})

describe('a conversation that is about to end', () => {
  const leaving = goOn(running, text('bye'), created('t'), fired('limit'), ended('mill'))

  test('delivers no background result any more', () => {
    const over = goOn(leaving, done('t'))
    expect(sentInShort(over)).toEqual([])
    expect(over.state.phase).toBe('closing')
  })

  test('delivers it if the conversation goes on after all', () => {
    const polite = agentWith({ tools: [mill, controlNamed('end_call')] })
    const asked = goOn(live(polite), text('mill it'), ...calls('r', 'mill'), created('s'), done('s'), text('bye'))
    const ending = goOn(asked, created('t'), sound('t'), done('t', { output: endCall }), ended('mill'))
    expect(sentInShort(ending)).toEqual(['output end'])
    expect(sentInShort(goOn(ending, started, stopped, created('v'), done('v')))).toEqual(['user: fine', 'create'])
  })
})
