import type { AgentFileData } from '../build.ts'
import type { Fault } from '../findings/fault.ts'
import { runPath } from '../hook.ts'
import { isMap } from '../is-map.ts'
import type { FileQuery, LoadContext } from '../load-request.ts'
import { checkInterpreted } from './interpreted-script.ts'
import { checkScript } from './script-file.ts'
import { checkConfinement } from './tool-confinement.ts'
import { checkToolFiles } from './tool-files.ts'

type Scripts =
  | { readonly status: 'needs'; readonly paths: readonly FileQuery[] }
  | { readonly status: 'checked'; readonly faults: readonly Fault[] }

/** Checks everything that an agent would start: scripts of tools and hooks, commands of MCP servers, their sandbox and files. */
export function checkScripts(context: LoadContext): Scripts {
  const ofTools = toolsOf(context.data).flatMap((tool, index) => [
    checkScript('tool', Object(tool).run, ['tools', index, 'run'], context),
    checkScript('mcp', Object(Object(tool).mcp).command, ['tools', index, 'mcp', 'command'], context),
    ...checkToolFiles(tool, index, context),
    ...checkConfinement(tool, index, context),
  ])
  const hooks = isMap(context.data.hooks) ? Object.entries(context.data.hooks) : []
  const checks = [
    ...ofTools,
    ...hooks.flatMap(([event, hook]) => {
      const [run, path] = [isMap(hook) ? hook.run : hook, runPath(event, hook)]
      return [checkScript('hook', run, path, context), checkInterpreted('hook', run, { path, context })]
    }),
  ]
  const needs = checks.flatMap((check) => check.needs)
  if (needs.length > 0) return { status: 'needs', paths: needs }
  return { status: 'checked', faults: checks.flatMap((check) => check.faults) }
}

/** The tools of a file, whatever each of them is. */
function toolsOf({ tools }: AgentFileData): readonly unknown[] {
  return Array.isArray(tools) ? tools : []
}
