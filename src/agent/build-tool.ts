import { resolve } from 'node:path'
import { type CallSettingsData, callSettings } from './call-settings.ts'
import { buildControl, type ControlData } from './control-tool.ts'
import { durationMs } from './duration.ts'
import type { Path } from './findings/fault.ts'
import { buildServers, type McpEntry, type McpServer, type McpServerData } from './mcp-server.ts'
import { variablesIn } from './requests/template.ts'
import type { CompileParameters, HttpTool, JsonSchema, ScriptTool, Tool, ToolBase } from './tool.ts'
import { type ToolLimitsData, toolLimits } from './tool-limits.ts'

/** What every entry under `tools:` may say, whatever answers a call. */
interface ToolBaseData extends CallSettingsData {
  readonly name: string
  readonly description: string
  readonly parameters?: JsonSchema
}

/** One entry under `tools:` as its author wrote it. */
export type ToolData = ScriptData | HttpData | McpData | (ControlData & CallSettingsData)

interface McpData extends CallSettingsData {
  readonly mcp: McpServerData
}

interface HttpData extends ToolBaseData {
  readonly http: Pick<HttpTool, 'url'> &
    Partial<Pick<HttpTool, 'method' | 'headers' | 'body'>> & {
      readonly allow_private?: readonly string[]
    }
  readonly output?: 'text' | 'json'
  readonly retry?: number
}

interface ScriptData extends ToolBaseData {
  readonly run: string | readonly string[]
  readonly kill_after?: string
  readonly output?: 'text' | 'json'
  readonly env?: readonly string[]
  readonly cwd?: string
  readonly env_file?: string
  readonly retry?: number
  readonly pin?: boolean
  readonly mode?: ScriptTool['mode']
  readonly limits?: ToolLimitsData
  readonly sandbox?: ScriptTool['sandbox']
  readonly network?: boolean
}

interface ScriptContext {
  /** Folder of the agent file: a tool that names none works in it. */
  readonly folder: string
  /** Folder of the file that holds a setting of the tool. */
  readonly folderOf: (setting: 'run' | 'cwd' | 'env_file') => string
  /** What the author wrote where the value of a setting came from the environment, else nothing. */
  readonly written: (setting: string) => string
}

/** How long a group that was asked to end may tidy up before it is killed, in ms. */
const KILL_AFTER_DEFAULT_MS = 500

interface BuildContext {
  /** Folder of the agent file. */
  readonly folder: string
  /** Folder of the file that holds a setting. */
  readonly folderOf: (path: Path) => string
  /** What the author wrote, by author path, where a value came from the environment. */
  readonly references: ReadonlyMap<string, string>
  readonly compile: CompileParameters | undefined
}

/** The tools and servers of a file without faults: defaults filled in, paths made absolute. */
export function buildTools(
  entries: readonly ToolData[],
  { folder, folderOf, references, compile }: BuildContext,
): { readonly tools: readonly Tool[]; readonly servers: readonly McpServer[] } {
  const tools: Tool[] = []
  const servers: McpEntry[] = []
  for (const [index, data] of entries.entries()) {
    const folderOfSetting = (setting: string) => folderOf(['tools', index, setting])
    const folderOfMcpSetting = (setting: string) => folderOf(['tools', index, 'mcp', setting])
    const written = (setting: string) => references.get(`tools[${index}].${setting}`) ?? ''
    const writtenInMcp = (setting: string) => written(`mcp.${setting}`)
    if ('mcp' in data)
      servers.push({
        data: data.mcp,
        callSettings: callSettings(data),
        folder,
        folderOf: folderOfMcpSetting,
        written: writtenInMcp,
      })
    else if ('control' in data)
      tools.push(buildControl(data, callSettings(data), (schema) => checkerOf(schema, compile)))
    else
      tools.push(
        'http' in data
          ? buildHttp(data, compile)
          : buildScript(data, { folder, folderOf: folderOfSetting, written, compile }),
      )
  }
  return { tools, servers: buildServers(servers) }
}

/** A script with a name and a program, and defaults for the rest. */
export function plainScript(name: string, run: readonly string[], folder: string): ScriptTool {
  const context = { folder, folderOf: () => folder, written: () => '', compile: () => () => [] }
  return buildScript({ name, description: '', run }, context)
}

function buildHttp(data: HttpData, compile: BuildContext['compile']): HttpTool {
  const { method, url, headers, body, allow_private } = data.http
  return {
    kind: 'http',
    ...toolBase(data, compile),
    method: method ?? 'GET',
    url,
    headers: headers ?? {},
    body,
    allowPrivate: allow_private ?? [],
    output: data.output ?? 'text',
    retry: data.retry ?? 0,
  }
}

function buildScript(
  data: ScriptData,
  { folder, folderOf, written, compile }: ScriptContext & Pick<BuildContext, 'compile'>,
): ScriptTool {
  const [program = '', ...fixed] = typeof data.run === 'string' ? [data.run] : data.run
  return {
    kind: 'script',
    ...toolBase(data, compile),
    run: [program.includes('/') ? resolve(folderOf('run'), program) : program, ...fixed],
    named: ['run', 'run[0]', ...fixed.map((_, index) => `run[${index + 1}]`)].flatMap((word) =>
      variablesIn(written(word)),
    ),
    cwd: data.cwd === undefined ? folder : resolve(folderOf('cwd'), data.cwd),
    env: data.env ?? [],
    output: data.output ?? 'text',
    retry: data.retry ?? 0,
    envFile: data.env_file === undefined ? null : resolve(folderOf('env_file'), data.env_file),
    killAfterMs: durationMs(data.kill_after ?? '') ?? KILL_AFTER_DEFAULT_MS,
    mode: data.mode ?? 'exec',
    pin: data.pin ?? false,
    limits: toolLimits(data.limits ?? {}),
    sandbox: data.sandbox ?? 'none',
    network: data.network ?? false,
    agentFolder: folder,
  }
}

/** An agent that was loaded only to be validated runs no tools. */
const checkNothing = () => {
  throw new Error('the tools of this agent were not made to be run')
}

function toolBase(data: ToolBaseData, compile: BuildContext['compile']): ToolBase {
  const { name, description, parameters } = data
  const schema = parameters ?? { type: 'object', properties: {} }
  return {
    name,
    description,
    parameters: schema,
    checkArguments: checkerOf(schema, compile),
    ...callSettings(data),
  }
}

function checkerOf(schema: JsonSchema, compile: BuildContext['compile']): ToolBase['checkArguments'] {
  const checker = compile === undefined ? checkNothing : compile(schema)
  return typeof checker === 'string' ? () => [checker] : checker
}
