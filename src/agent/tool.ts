import type { CallSettings } from './call-settings.ts'
import type { McpServer } from './mcp-server.ts'
import type { ToolLimits } from './tool-limits.ts'

/** A JSON Schema object, as the author wrote it, and sent to the model as it stands. */
export type JsonSchema = { readonly [key: string]: unknown }

/** Says what is wrong with arguments, one sentence a fault; or one sentence on why there can be no checker. */
export type ArgumentChecker = ((given: unknown) => readonly string[]) | string

/** Makes the checker of a tool's arguments. */
export type CompileParameters = (parameters: JsonSchema) => ArgumentChecker

/** What the model may call, by what answers it. */
export type Tool = ScriptTool | HttpTool | McpTool | ControlTool

/** What every call passes through. */
export interface ToolBase extends CallSettings {
  readonly name: string
  readonly description: string
  readonly parameters: JsonSchema
  /** Says what is wrong with a call's arguments, one sentence a fault; empty when they fit `parameters`. */
  readonly checkArguments: (args: unknown) => readonly string[]
}

/** One script, run as a process. */
export interface ScriptTool extends ToolBase {
  readonly kind: 'script'
  /** Program and fixed arguments. The program is an absolute path, or a bare name to be found on the tools' PATH. */
  readonly run: readonly string[]
  /** Names of the variables whose values stand in `run`. */
  readonly named: readonly string[]
  /** Working directory, absolute: the folder of the agent file where the tool names none. */
  readonly cwd: string
  /** How long its processes may tidy up between SIGTERM and SIGKILL. */
  readonly killAfterMs: number
  /** What stdout has to be; `json` is passed minified. */
  readonly output: 'text' | 'json'
  /** Names of environment variables that the script may see. */
  readonly env: readonly string[]
  /** A file of `NAME=value` lines that the script sees as variables, read before each launch; absolute. */
  readonly envFile: string | null
  /** How often a call that ends as `unavailable` is tried again, within its one deadline. */
  readonly retry: number
  /** One process a call, or one warm process that answers call after call. */
  readonly mode: 'exec' | 'worker'
  /** Each launch runs a copy of the script, which no later save can change. */
  readonly pin: boolean
  readonly limits: ToolLimits
  /** What its processes may reach: all that the runner may, all of it for reading alone, or the system and their own folders. */
  readonly sandbox: 'none' | 'read_only' | 'isolated'
  /** Whether a sandbox has the network. */
  readonly network: boolean
  /** Folder of the agent file, absolute. */
  readonly agentFolder: string
}

/** One request to a service. */
export interface HttpTool extends ToolBase {
  readonly kind: 'http'
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Templates (src/agent/requests/template.ts). The host is fixed; variables are filled in at the call. */
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  /** Data whose texts are templates; undefined for no body. */
  readonly body: unknown
  readonly output: 'text' | 'json'
  readonly retry: number
  /** Hosts that may have private addresses. */
  readonly allowPrivate: readonly string[]
}

/** A tool that a server listed. */
export interface McpTool extends ToolBase {
  readonly kind: 'mcp'
  readonly server: McpServer
}

/** A tool that acts on the conversation itself. */
export interface ControlTool extends ToolBase {
  readonly kind: 'control'
  readonly control: 'end_call' | 'set_voice'
}

/** How a call went wrong, in the words of the tool contract. */
export type FailureKind =
  | 'invalid_arguments'
  | 'unavailable'
  | 'not_allowed'
  | 'misconfigured'
  | 'failed'
  | 'crashed'
  | 'timeout'
  | 'cancelled'
  | 'output_too_large'

/** How a call ended. `output` is what the model reads; `message` is one sentence it can act on. */
export type ToolOutcome =
  | { readonly status: 'ok'; readonly output: string }
  | { readonly status: FailureKind; readonly message: string }
