import { isAbsolute, relative } from 'node:path'
import type { Agent } from '../agent.ts'
import type { Hook } from '../hook.ts'
import type { McpServer } from '../mcp-server.ts'
import type { ScriptTool } from '../tool.ts'

/** The agent with its paths as its author writes them, relative to a folder, if that is known: fit to be shown, not to be run. */
export function withAuthorPaths(agent: Agent, folder: string | null): Agent {
  if (folder === null) return agent
  const hooks = Object.entries(agent.hooks).map(([event, hook]: [string, Hook]) => [
    event,
    { ...hook, run: relativeProgram(hook.run, folder) },
  ])
  return {
    ...agent,
    tools: agent.tools.map((tool) => (tool.kind === 'script' ? scriptIn(tool, folder) : tool)),
    servers: agent.servers.map((server) => serverIn(server, folder)),
    hooks: Object.fromEntries(hooks),
  }
}

/** The folder of the agent file, absolute; null for an agent without scripts, where it is not known. */
export function agentFolderOf({ tools, hooks }: Agent): string | null {
  const script = tools.find((tool) => tool.kind === 'script')
  return script?.agentFolder ?? Object.values(hooks)[0]?.cwd ?? null
}

/** A path as it is written in a file of that folder. */
export function relativeTo(folder: string, path: string): string {
  const moved = relative(folder, path)
  return moved === '' || moved.startsWith('.') ? moved || '.' : `./${moved}`
}

function scriptIn(tool: ScriptTool, folder: string): ScriptTool {
  const { run, cwd, envFile, agentFolder } = tool
  return {
    ...tool,
    run: relativeProgram(run, folder),
    cwd: cwd === agentFolder ? cwd : relativePath(cwd, folder),
    envFile: envFile === null ? null : relativePath(envFile, folder),
  }
}

function serverIn(server: McpServer, folder: string): McpServer {
  const { reach } = server
  if (reach.kind !== 'command') return server
  const command = relativeProgram(reach.command, folder)
  return { ...server, reach: { ...reach, command, cwd: relativePath(reach.cwd, folder) } }
}

/** A bare name stays one. */
function relativeProgram([program = '', ...fixed]: readonly string[], folder: string): readonly string[] {
  return [relativePath(program, folder), ...fixed]
}

function relativePath(path: string, folder: string): string {
  return isAbsolute(path) ? relativeTo(folder, path) : path
}
