import { dirname, resolve } from 'node:path'
import type { ScriptTool } from '../../agent/tool.ts'
import type { Command } from '../processes/child.ts'
import { type Mask, withoutPaths } from '../secret-mask.ts'
import { createCommandPrefix } from './command-prefix.ts'
import { readEnvFile } from './env-file.ts'
import { sandboxVariables } from './sandbox.ts'
import { findScript, type ScriptFiles } from './script-file.ts'
import { type RunnerVariables, toolEnvironment, toolPath } from './tool-contract.ts'
import {
  createHiddenCheck,
  createVariableMask,
  refuseHiddenVariables,
  type ToolVariables,
  valuesOf,
} from './tool-variables.ts'

/** A tool's process, ready to be started. */
export interface Launch extends Command {
  /** Hides the values of the variables it sees, and of those it must not see. */
  readonly mask: Mask
  /** Whether it was given a variable that tools must not get by now. */
  readonly holdsHiddenVariable: () => boolean
  /** Hash of the script; null if the command names none. */
  readonly script: string | null
  /** Whether it runs under bwrap. */
  readonly isSandboxed: boolean
  /** Whether prlimit starts it. */
  readonly isLimited: boolean
}

/** Prepares the start of a tool's process. Throws if it cannot be started; the message is for the operator. */
export type Launcher = (tool: ScriptTool, runner: LaunchVariables) => Launch

type LaunchVariables = RunnerVariables & { readonly RUNNER_STATE_DIR: string }

/** Prepares what all starts of one runner share: the path, the helper programs, the scripts. */
export function createLauncher(variables: ToolVariables, scripts: ScriptFiles): Launcher {
  const { baseEnv, hidden } = variables
  const path = toolPath(dirname(process.execPath), baseEnv.PATH)
  const commandPrefix = createCommandPrefix(path)
  return (tool, runner) => {
    refuseHiddenVariables(tool.named, variables)
    const file = tool.envFile === null ? {} : readEnvFile(tool.envFile)
    const given = [...valuesOf(variables, tool.env), ...withoutPaths(valuesOf(variables, tool.named))]
    const script = findScript(tool.run, tool.cwd)
    const hash = script === null ? null : scripts.hashOf(script)
    const pinned = script !== null && tool.pin ? scripts.pin(script) : null
    const run = pinned === null ? tool.run : tool.run.with(script?.wordIndex ?? 0, pinned)
    const files = run
      .filter((_, index) => index === 0 || index === script?.wordIndex)
      .filter((word) => word.includes('/'))
    const place = { stateDir: runner.RUNNER_STATE_DIR, folders: files.map((file) => dirname(resolve(tool.cwd, file))) }
    const environment = toolEnvironment({ baseEnv, hidden: hidden(), declared: tool.env, file, path, runner })
    const set = [...tool.env, ...Object.keys(file)].filter((name) => name in environment)
    return {
      command: [...commandPrefix(tool, place), ...run],
      cwd: tool.cwd,
      environment: { ...environment, ...sandboxVariables(tool.sandbox) },
      mask: createVariableMask([...given, ...Object.values(file)], variables),
      holdsHiddenVariable: createHiddenCheck([...set, ...tool.named], variables),
      script: hash,
      isSandboxed: tool.sandbox !== 'none',
      isLimited: Object.values(tool.limits).some((limit) => limit !== null),
    }
  }
}
