import { spawnSync } from 'node:child_process'
import { accessSync, constants, realpathSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import type { ScriptTool } from '../../agent/tool.ts'
import { lazy } from '../lazy.ts'
import { type Folder, sandboxWords } from './sandbox.ts'

/**
 * The words before a tool's own command that confine it. Throws if the tool asks for something unavailable here: it does not run without.
 */
type LaunchWords = (
  tool: ScriptTool,
  place: { readonly stateDir: string; readonly scriptFolder: string },
) => readonly string[]

/** The helper programs on a PATH; each is looked for, and tested, when the first tool needs it. */
export function createLaunchWords(path: string): LaunchWords {
  const dieWithUs = deathSignal(path)
  const bwrap = lazy(() => sandboxProgram(path))
  const prlimit = lazy(() => findProgram('prlimit', path))
  return (tool, { stateDir, scriptFolder }) => {
    const limits = limitWords(tool)
    const held = limits.length === 0 ? [] : [prlimit() ?? missing('limits', 'prlimit'), ...limits, '--']
    if (tool.sandbox === 'none') return [...held, ...dieWithUs]
    const folders = [tool.agentFolder, tool.cwd, scriptFolder].map(resolved)
    const { sandbox, network, cwd } = tool
    const plan = { sandbox, network, folders, cwd, stateDir: resolved(stateDir), nodeFile: process.execPath }
    return [...held, bwrap(), ...sandboxWords(plan)]
  }
}

/** Throws if there is no such folder. */
function resolved(path: string): Folder {
  return { path, real: realpathSync(path) }
}

/** On Linux, the words that make a tool die with a killed runner, if util-linux's `setpriv` is there (busybox's cannot). */
export function deathSignal(path: string): readonly string[] {
  if (process.platform !== 'linux') return []
  const found = findProgram('setpriv', path)
  if (found === null) return []
  const words = ['--pdeathsig', 'KILL', '--no-new-privs', '--']
  const probe = spawnSync(found, [...words, found, '--version'], { stdio: 'ignore' })
  return probe.status === 0 ? [found, ...words] : []
}

/** bubblewrap, once tested: it needs user namespaces to build a sandbox. */
function sandboxProgram(path: string): string {
  const found = findProgram('bwrap', path) ?? missing('a sandbox', 'bwrap (bubblewrap)')
  const words = [
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
  const probe = spawnSync(found, [...words, '--version'], { encoding: 'utf8' })
  if (probe.status === 0) return found
  const end = probe.signal === null ? `it ended with ${probe.status}` : `it was ended by ${probe.signal}`
  throw new Error(
    `bwrap cannot build a sandbox on this machine: ${probe.stderr?.trim() || (probe.error?.message ?? end)}`,
  )
}

/** Limits memory as data, since programs such as Node reserve gigabytes of addresses that they never use. */
function limitWords({ limits: { memoryBytes, cpuSeconds, files } }: ScriptTool): readonly string[] {
  return [
    ...(memoryBytes === null ? [] : [`--data=${memoryBytes}`]),
    ...(cpuSeconds === null ? [] : [`--cpu=${cpuSeconds}:${cpuSeconds + 1}`]),
    ...(files === null ? [] : [`--nofile=${files}`]),
  ]
}

function missing(what: string, program: string): never {
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
