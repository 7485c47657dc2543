import type { ScriptTool, Tool } from '../../agent/tool.ts'

/** Describes a tool for its author: what the model reads, what answers a call, and what confines it. */
export function describeTool(tool: Tool): string {
  const { name, description, timeoutMs, background } = tool
  const lines = [
    description.trim(),
    executionOf(tool),
    `within ${timeoutMs / 1000} s${background ? ' in the background' : ''}${variablesOf(tool)}`,
  ]
  const confinement = tool.kind === 'script' ? confinementOf(tool) : ''
  return `${name}\n${[...lines, ...(confinement === '' ? [] : [confinement])].map((line) => `  ${line}\n`).join('')}`
}

function executionOf(tool: Tool): string {
  switch (tool.kind) {
    case 'script':
      return `${tool.mode === 'worker' ? 'keeps a worker' : 'runs'} ${tool.run.join(' ')}`
    case 'http':
      return `asks ${tool.method} ${tool.url}`
    case 'mcp':
      return `asks the server ${tool.server.name}`
    case 'control':
      return 'acts on the conversation'
    default:
      return tool satisfies never
  }
}

function variablesOf(tool: Tool): string {
  if (tool.kind !== 'script') return ''
  const file = tool.envFile === null ? [] : [`what ${tool.envFile} holds`]
  const seen = [...tool.env, ...file]
  return `, sees ${seen.length === 0 ? 'no variable of yours' : seen.join(', ')}`
}

function confinementOf({ sandbox, network, limits, pin, retry }: ScriptTool): string {
  const { memoryBytes, cpuSeconds, files } = limits
  return [
    sandbox === 'none' ? '' : `sandbox ${sandbox}, ${network ? 'with' : 'without'} the network`,
    memoryBytes === null ? '' : `at most ${memoryBytes / 1_048_576} MB`,
    cpuSeconds === null ? '' : `at most ${cpuSeconds} s of processor time`,
    files === null ? '' : `at most ${files} open files`,
    pin ? 'from a copy' : '',
    retry === 0 ? '' : `tried ${retry + 1} times where it is unavailable`,
  ]
    .filter((part) => part !== '')
    .join('; ')
}
