import { spawnSync } from 'node:child_process'
import { accessSync, constants, realpathSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import type { ScriptTool } from '../../agent/tool.ts'
import { lazy } from '../lazy.ts'
import { bwrapArguments, type Folder } from './sandbox.ts'

/**
 * The arguments before a tool's own command that confine it. Throws if the tool asks for something unavailable here: it does not run without.
 */
type CommandPrefix = (tool: ScriptTool, place: ToolPlace) => readonly string[]

interface ToolPlace {
  readonly stateDir: string
  /** Folders of its program and of its script. */
  readonly folders: readonly string[]
}

/** The helper programs on a PATH; each is searched for, and tested, when the first tool needs it. */
export function createCommandPrefix(path: string): CommandPrefix {
  const deathSignal = deathSignalPrefix(path)
  const bwrap = lazy(() => sandboxProgram(path))
  const prlimit = lazy(() => findProgram('prlimit', path))
  return (tool, place) => {
    const limits = prlimitOptions(tool)
    const limitPrefix = limits.length === 0 ? [] : [prlimit() ?? throwMissing('limits', 'prlimit'), ...limits, '--']
    if (tool.sandbox === 'none') return [...limitPrefix, ...deathSignal]
    const folders = [tool.agentFolder, tool.cwd, ...place.folders].map(resolveFolder)
    const { sandbox, network, cwd } = tool
    const plan = { sandbox, network, folders, cwd, stateDir: resolveFolder(place.stateDir), nodeFile: process.execPath }
    return [...limitPrefix, bwrap(), ...bwrapArguments(plan)]
  }
}

/** Throws if there is no such folder. */
function resolveFolder(path: string): Folder {
  return { path, real: realpathSync(path) }
}

/** On Linux, the arguments that make a tool die with a killed runner, if util-linux's `setpriv` is there (busybox's cannot). */
export function deathSignalPrefix(path: string): readonly string[] {
  if (process.platform !== 'linux') return []
  const found = findProgram('setpriv', path)
  if (found === null) return []
  const args = ['--pdeathsig', 'KILL', '--no-new-privs', '--']
  const probe = spawnSync(found, [...args, found, '--version'], { stdio: 'ignore' })
  return probe.status === 0 ? [found, ...args] : []
}

/** bubblewrap, once tested: it needs user namespaces to build a sandbox. */
function sandboxProgram(path: string): string {
  const found = findProgram('bwrap', path) ?? throwMissing('a sandbox', 'bwrap (bubblewrap)')
  const args = [
    '--ro-bind',
    '/',
    '/',
    '--unshare-pid',
    '--unshare-net',
    '--dev',
    '/dev',
    '--proc',
    '/proc',
    '--',
    found,
  ]
  const probe = spawnSync(found, [...args, '--version'], { encoding: 'utf8' })
  if (probe.status === 0) return found
  const end = probe.signal === null ? `it ended with ${probe.status}` : `it was ended by ${probe.signal}`
  throw new Error(
    `bwrap cannot build a sandbox on this machine: ${probe.stderr?.trim() || (probe.error?.message ?? end)}`,
  )
}

/** Limits memory as data, since programs such as Node reserve gigabytes of addresses that they never use. */
function prlimitOptions({ limits: { memoryBytes, cpuSeconds, files } }: ScriptTool): readonly string[] {
  return [
    ...(memoryBytes === null ? [] : [`--data=${memoryBytes}`]),
    ...(cpuSeconds === null ? [] : [`--cpu=${cpuSeconds}:${cpuSeconds + 1}`]),
    ...(files === null ? [] : [`--nofile=${files}`]),
  ]
}

function throwMissing(what: string, program: string): never {
  throw new Error(`${what} needs ${program}, which is not on the PATH of tools`)
}

function findProgram(name: string, path: string): string | null {
  const folders = path.split(delimiter).filter(isAbsolute)
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
