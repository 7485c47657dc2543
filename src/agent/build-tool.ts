import { resolve } from 'node:path'
import { durationMs } from './duration.ts'
import { compileParameters } from './schema.ts'
import type { Gate, JsonSchema, ScriptTool, Tool } from './tool.ts'

/** What every entry under `tools:` may say, whatever answers a call. */
interface GateData {
  readonly name: string
  readonly description: string
  readonly parameters?: JsonSchema
  readonly timeout?: string
  readonly max_output?: number
  readonly confirm?: boolean
  readonly on_interrupt?: Gate['onInterrupt']
  readonly concurrency?: Gate['concurrency']
}

/** One entry under `tools:` as its author wrote it. */
export interface ToolData extends GateData {
  readonly run: string | readonly string[]
  readonly kill_after?: string
  readonly output?: 'text' | 'json'
  readonly env?: readonly string[]
}

export interface Folders {
  /** Folder that the tool works in. */
  readonly folder: string
  /** Folder of the file that names its program. */
  readonly from: string
}

/** How long a call may take where the file does not say, in ms. */
const TIMEOUT_DEFAULT_MS = 8_000
/** How long a group that was asked to end may tidy up before it is killed, in ms. */
const KILL_AFTER_DEFAULT_MS = 500
/** Most of an output that goes to the model, in bytes: about 4,000 tokens. */
const OUTPUT_DEFAULT_BYTES = 16_384

/** A tool of a file without faults: defaults filled in, paths made absolute. */
export function buildTool(data: ToolData, folders: Folders): Tool {
  return buildScript(data, folders)
}

function buildScript(data: ToolData, { folder, from }: Folders): ScriptTool {
  const [program = '', ...fixed] = typeof data.run === 'string' ? [data.run] : data.run
  return {
    kind: 'script',
    ...gateOf(data),
    run: [program.includes('/') ? resolve(from, program) : program, ...fixed],
    ...{ cwd: folder, env: data.env ?? [], output: data.output ?? 'text' },
    killAfterMs: durationMs(data.kill_after ?? '') ?? KILL_AFTER_DEFAULT_MS,
  }
}

function gateOf(data: GateData): Gate {
  const { name, description, parameters, timeout, max_output, confirm, on_interrupt, concurrency } = data
  const schema = parameters ?? { type: 'object', properties: {} }
  const checker = compileParameters(schema)
  return {
    ...{ name, description, parameters: schema },
    checkArguments: typeof checker === 'string' ? () => [checker] : checker,
    timeoutMs: durationMs(timeout ?? '') ?? TIMEOUT_DEFAULT_MS,
    maxOutputBytes: max_output ?? OUTPUT_DEFAULT_BYTES,
    ...{ confirm: confirm ?? false, onInterrupt: on_interrupt ?? 'continue', concurrency: concurrency ?? 'allow' },
  }
}
