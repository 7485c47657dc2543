import { agentWith, toolNamed } from '../helpers/agents.ts'
import { created, done, goOn, live, type Story, sent } from './story.ts'
import { calls } from './tool-calls.ts'

/** A tool that runs in the background, and an agent that has it beside one that is waited for. */
export const mill = toolNamed('mill', { background: true })
export const agent = agentWith({
  tools: [mill, toolNamed('look')],
  idle: { after: '15s', say: 'Still there?', times: 2 },
  limits: { max_session: '30m', max_tool_calls_in_flight: 8 },
})

/** A call of `mill` runs: it was answered at once, and the agent has said that it has begun. */
export const running = goOn(live(agent), ...calls('r', 'mill'), created('s'), done('s'))

/** What is sent to the service, in short: calls, outputs, messages and requested responses. */
export function sentInShort(story: Story): readonly string[] {
  return sent(story).flatMap((event) => {
    if (event.type === 'response.create') return ['create']
    if (event.type !== 'conversation.item.create') return []
    const { item } = event
    if (item.type === 'message') return [`${item.role}: ${item.content[0].text.split('\n').at(-1)}`]
    return [item.type === 'function_call' ? `call ${item.call_id}` : `output ${item.call_id}`]
  })
}
