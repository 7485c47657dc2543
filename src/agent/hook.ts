import { resolve } from 'node:path'
import { durationMs } from './duration.ts'
import type { Path } from './findings/fault.ts'
import { isMap } from './is-map.ts'

/** The events that a script of the author's may be run for. */
const HOOK_EVENTS = [
  ...(['session_started', 'session_ended', 'conversation_item_created', 'conversation_item_updated'] as const),
  ...(['tool_finished', 'reload'] as const),
] as const

export type HookEvent = (typeof HOOK_EVENTS)[number]

/** A script that is run for an event. */
export interface Hook {
  /** Program and fixed arguments. The program is an absolute path, or a bare name to be found on the tools' PATH. */
  readonly run: readonly string[]
  /** Working directory, absolute: the folder of the agent file. */
  readonly cwd: string
  readonly timeoutMs: number
  /** Names of environment variables that it may see. */
  readonly env: readonly string[]
}

export type Hooks = { readonly [event in HookEvent]?: Hook }

/** One entry under `hooks:` as its author wrote it. */
export type HookData = string | readonly string[] | HookSettings

interface HookSettings {
  readonly run: string | readonly string[]
  readonly timeout?: string
  readonly env?: readonly string[]
}

/** How long a hook may take where the file does not say, in ms. */
const TIMEOUT_DEFAULT_MS = 10_000

/** The hooks of a file without faults: defaults filled in, paths made absolute. */
export function buildHooks(
  data: { readonly [event in HookEvent]?: HookData },
  { folder, folderOf }: { readonly folder: string; readonly folderOf: (path: Path) => string },
): Hooks {
  const entries = HOOK_EVENTS.flatMap((event) => {
    const hook = data[event]
    return hook === undefined ? [] : [[event, buildHook(hook, folder, folderOf(runPath(event, hook)))] as const]
  })
  return Object.fromEntries(entries)
}

function buildHook(data: HookData, cwd: string, runFolder: string): Hook {
  const settings: HookSettings = typeof data === 'string' || !('run' in data) ? { run: data } : data
  const { run, timeout = '', env = [] } = settings
  const [program = '', ...fixed] = typeof run === 'string' ? [run] : run
  return {
    run: [program.includes('/') ? resolve(runFolder, program) : program, ...fixed],
    cwd,
    timeoutMs: durationMs(timeout) ?? TIMEOUT_DEFAULT_MS,
    env,
  }
}

/** Where the program of an entry under `hooks:` stands. */
export function runPath(event: string, hook: unknown): Path {
  return isMap(hook) ? ['hooks', event, 'run'] : ['hooks', event]
}
