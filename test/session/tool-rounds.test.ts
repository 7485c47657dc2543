import { describe, expect, test } from 'vitest'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { created, done, goOn, live, type Story, sent, text } from './story.ts'

const agent = agentWith({ tools: [toolNamed('look')] })

/** Continues a story with this many responses in a row that each call a tool. */
function chain(story: Story, rounds: number, from = 0): Story {
  let now = story
  for (let round = from; round < from + rounds; round += 1) {
    const call = { id: `i${round}`, type: 'function_call', call_id: `c${round}`, name: 'look', arguments: '{}' }
    const output = [{ ...call, status: 'completed' }]
    now = goOn(now, created(`r${round}`), done(`r${round}`, { output }), {
      type: 'tool.finished',
      callId: `c${round}`,
      outcome: { status: 'ok', output: 'more' },
      ms: 1,
    } as const)
  }
  return now
}

function lastCreate(story: Story) {
  return sent(story).findLast(({ type }) => type === 'response.create')
}

describe('a chain of tool calls in one turn', () => {
  const asked = goOn(live(agent), text('find it'))

  test('may be eight responses long', () => {
    expect(lastCreate(chain(asked, 8))).not.toHaveProperty('response.tool_choice')
  })

  test('is ended by a response without tools', () => {
    expect(lastCreate(chain(asked, 9))).toMatchObject({ response: { tool_choice: 'none' } })
  })

  test('starts again with the next turn of the caller', () => {
    const next = goOn(chain(asked, 9), created('s'), done('s'), text('and the other one?'))
    expect(lastCreate(next)).not.toHaveProperty('response.tool_choice')
    expect(lastCreate(chain(next, 8, 100))).not.toHaveProperty('response.tool_choice')
  })
})
