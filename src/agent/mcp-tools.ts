import type { McpServer } from './mcp-server.ts'
import { compileParameters } from './parameters.ts'
import type { JsonSchema, McpTool } from './tool.ts'

/** A tool as a server lists it. */
export interface RemoteTool {
  readonly name: string
  readonly description?: string | undefined
  readonly inputSchema: JsonSchema
  /** It answers as a task only, which takes more than a call. */
  readonly needsTask?: boolean
}

/** The tools that an agent takes of a server, and what is wrong with the others. */
interface ListedTools {
  readonly tools: readonly McpTool[]
  readonly problems: readonly string[]
}

/** Names and descriptions that the service accepts. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/
const DESCRIPTION_CHARACTERS_MAX = 1_000
/** The most tools that the service takes of a session: so many an agent file may declare, and so many are taken of one server. */
export const TOOLS_MAX = 128

/** Makes tools of what a server lists: those that the file includes, and that the service would accept. */
export function toolsOfServer(server: McpServer, listed: readonly RemoteTool[]): ListedTools {
  const { name: serverName, include } = server
  const included = include === null ? listed : listed.filter(({ name }) => include.includes(name))
  const built = unique(included).map((remote) => ({ remote, tool: build(server, remote) }))
  const tools = built.flatMap(({ tool }) => (typeof tool === 'string' ? [] : [tool]))
  const missing = (include ?? []).filter((name) => !listed.some((remote) => remote.name === name))
  const names = listed.map(({ name }) => name).join(', ')
  const available = names === '' ? 'no tools' : names
  return {
    tools: tools.slice(0, TOOLS_MAX),
    problems: [
      ...(listed.length === 0 && include === null ? [`the server ${serverName} has no tools`] : []),
      ...missing.map((name) => `the server ${serverName} has no tool ${name}; it has: ${available}`),
      ...built.flatMap(({ remote, tool }) =>
        typeof tool === 'string' ? [`the tool ${remote.name} of ${serverName} is left out: ${tool}`] : [],
      ),
      ...(tools.length > TOOLS_MAX
        ? [`the server ${serverName} has ${tools.length} tools; the first ${TOOLS_MAX} are taken`]
        : []),
    ],
  }
}

function build(server: McpServer, { name, description, inputSchema, needsTask }: RemoteTool): McpTool | string {
  if (needsTask === true) return 'it runs as a task, which is not supported'
  if (!NAME.test(name)) return 'its name is not 1 to 64 letters, digits, _ and -'
  const { $schema: _dialect, ...parameters } = inputSchema
  if (parameters.type !== 'object') return 'its input is no object'
  const checker = compileParameters(inputSchema)
  if (typeof checker === 'string') return `its input schema is not valid: ${checker}`
  const text = description?.trim() || name
  return {
    ...server.manners,
    kind: 'mcp',
    name,
    server,
    parameters,
    checkArguments: checker,
    description: [...text].slice(0, DESCRIPTION_CHARACTERS_MAX).join(''),
  }
}

function unique(listed: readonly RemoteTool[]): readonly RemoteTool[] {
  return [...new Map(listed.map((tool) => [tool.name, tool])).values()]
}
