import type { Agent } from '../agent/agent.ts'
import type { ToolTrace } from '../io/tool-trace.ts'
import { type Answer, answerOf, checkCall } from '../session/call-check.ts'
import { createToolbox } from './toolbox.ts'

/** Runs one tool as a conversation would: the same check, launch, deadline and answer. Leaves nothing behind. */
export async function tryTool(options: {
  readonly agent: Agent
  readonly name: string
  readonly argumentsText: string
  readonly env: NodeJS.ProcessEnv
  readonly trace: (event: ToolTrace) => void
}): Promise<Answer> {
  const { agent, name, argumentsText, env, trace } = options
  const checked = checkCall({ name, arguments: argumentsText }, agent.tools)
  if ('answer' in checked) return checked.answer
  const toolbox = createToolbox({ env, hidden: [agent.connection.api_key_env], log: () => {}, trace })
  const { tool, text } = checked
  const call = { callId: `try_${process.pid}`, tool, argumentsText: text, agent: agent.name }
  const outcome = await toolbox.run({ ...call, conversation: 'try', generation: 1 }).finished
  await toolbox.close()
  return answerOf(outcome)
}
