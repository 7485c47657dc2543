import { dirname } from 'node:path'
import type { ScriptTool } from '../agent/tool.ts'
import type { Command } from './child.ts'
import { readEnvFile } from './env-file.ts'
import { launchPrefix } from './launch-prefix.ts'
import { type Mask, maskSecrets } from './secret-mask.ts'
import { type RunnerVariables, toolEnvironment, toolPath } from './tool-contract.ts'

/** A process of a tool as it is about to be started. */
export interface Launch extends Command {
  /** Hides the values of the variables that it sees, and of those it must not see. */
  readonly mask: Mask
}

/** Prepares the start of a tool's process. Throws where it cannot be started; the message is for the operator. */
export type Launcher = (tool: ScriptTool, runner: RunnerVariables) => Launch

export function createLauncher(options: {
  /** Where the values of a tool's variables come from. */
  readonly baseEnv: NodeJS.ProcessEnv
  /** Names of variables that no tool is ever given, such as the API key's. */
  readonly hidden: readonly string[]
}): Launcher {
  const { baseEnv, hidden } = options
  const path = toolPath(dirname(process.execPath), baseEnv.PATH)
  const prefix = launchPrefix(path)
  return (tool, runner) => {
    const file = tool.envFile === null ? {} : readEnvFile(tool.envFile)
    const named = [...tool.env, ...hidden].map((name) => baseEnv[name] ?? '')
    return {
      command: [...prefix, ...tool.run],
      cwd: tool.cwd,
      environment: toolEnvironment({ baseEnv, hidden, declared: tool.env, file, path, runner }),
      mask: maskSecrets([...named, ...Object.values(file)]),
    }
  }
}
