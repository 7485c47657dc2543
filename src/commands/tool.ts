import type { Tool } from '../agent/tool.ts'
import type { ToolTrace } from '../io/tool-trace.ts'
import { loadOrTell } from '../runner/load-agent.ts'
import { showTrace } from '../runner/show-trace.ts'
import { tryTool } from '../runner/try-tool.ts'

export interface ToolRunOptions {
  readonly args: string
  readonly trace?: boolean
}

/** Lists the tools of an agent file as the model is offered them. Gives the exit code. */
export async function toolList(file: string): Promise<number> {
  const loaded = await loadOrTell(file, 'validate')
  if (typeof loaded === 'number') return loaded
  const { tools } = loaded.agent
  if (tools.length === 0) process.stdout.write(`${file} declares no tools\n`)
  for (const tool of tools) process.stdout.write(describe(tool))
  return 0
}

/** Checks an agent file and the scripts it names, and runs none of them. Gives the exit code. */
export async function toolCheck(file: string): Promise<number> {
  const loaded = await loadOrTell(file, 'validate')
  if (typeof loaded === 'number') return loaded
  const names = loaded.agent.tools.map(({ name }) => name)
  process.stdout.write(names.length === 0 ? `${file} declares no tools\n` : `can be started: ${names.join(', ')}\n`)
  return 0
}

/** Runs one tool as a conversation would. What the model would get goes to standard output, all else to standard error. */
export async function toolRun(file: string, name: string, { args, trace }: ToolRunOptions): Promise<number> {
  const loaded = await loadOrTell(file, 'start')
  if (typeof loaded === 'number') return loaded
  const { agent } = loaded
  if (!agent.tools.some((tool) => tool.name === name)) {
    const names = agent.tools.map((tool) => tool.name).join(', ')
    return complain(`${file} has no tool "${name}"; ${names === '' ? 'it has none' : `it has: ${names}`}`, 2)
  }
  let detail: string | undefined
  const onTrace = (event: ToolTrace) => {
    if (event.type === 'answered') detail = event.detail
    if (trace === true) process.stderr.write(showTrace(event))
  }
  const answer = await tryTool({ agent, name, argumentsText: args, env: process.env, trace: onTrace })
  process.stdout.write(`${answer.output}\n`)
  if (answer.status === 'ok') return 0
  const why = detail === undefined ? '' : ` (${detail})`
  const hint = trace === true ? '' : '; --trace shows every step'
  return complain(`${name} ended as ${answer.status}${why}${hint}`, 1)
}

function describe(tool: Tool): string {
  const { name, description, timeoutMs } = tool
  return `${name}\n  ${description.trim()}\n  ${whatAnswers(tool)}\n  within ${timeoutMs / 1000} s${whatItSees(tool)}\n`
}

function whatAnswers(tool: Tool): string {
  switch (tool.kind) {
    case 'script':
      return `runs ${tool.run.join(' ')}`
    case 'http':
      return `asks ${tool.method} ${tool.url}`
    default:
      return tool satisfies never
  }
}

function whatItSees(tool: Tool): string {
  if (tool.kind !== 'script') return ''
  return `, sees ${tool.env.length === 0 ? 'no variable of yours' : tool.env.join(', ')}`
}

function complain(message: string, code: number): number {
  process.stderr.write(`runner: ${message}\n`)
  return code
}
