import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Agent } from '../agent/agent.ts'
import { createToolRunner } from '../io/tool-process.ts'
import type { ToolTrace } from '../io/tool-trace.ts'
import { type Answer, answerOf, checkCall } from '../session/call-check.ts'

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
  const stateRoot = join(tmpdir(), `runner-${process.pid}`)
  const hidden = [agent.connection.api_key_env]
  const runner = createToolRunner({ baseEnv: env, stateRoot, hidden, log: () => {}, trace })
  const { tool, text } = checked
  const call = { callId: `try_${process.pid}`, tool, argumentsText: text, agent: agent.name }
  const { finished } = runner.run({ ...call, conversation: 'try', generation: 1 })
  const outcome = await finished
  await runner.stop()
  await rm(stateRoot, { recursive: true, force: true })
  return answerOf(outcome)
}
