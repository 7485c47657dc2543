import { dirname, isAbsolute, join, resolve } from 'node:path'
import { findNearPath, helpWithNearPath } from '../composition/near-paths.ts'
import { pathProblem } from '../composition/path-problem.ts'
import { isInside } from '../composition/root.ts'
import { envFileFaults } from '../env-file.ts'
import { authorPath, type Fault, type Path, pointerOf } from '../findings/fault.ts'
import type { LoadContext } from '../load-request.ts'
import { checkInterpreted } from './interpreted-script.ts'
import type { FileCheck } from './script-file.ts'

interface ToolFiles {
  readonly run?: unknown
  readonly cwd?: unknown
  readonly env_file?: unknown
  readonly mcp?: unknown
}

/** Checks the working folder of a tool or server, its env_file, and the script that is passed to an interpreter. */
export function checkToolFiles(tool: unknown, index: number, context: LoadContext): readonly FileCheck[] {
  const { run, cwd, env_file, mcp } = Object(tool) as ToolFiles
  const server = Object(mcp) as { readonly command?: unknown; readonly cwd?: unknown }
  const path: Path = ['tools', index]
  return [
    ...checkCommand('tool', [...path, 'run'], { command: run, cwd }, context),
    ...checkCommand('mcp', [...path, 'mcp', 'command'], server, context),
    checkEnvFile(env_file, [...path, 'env_file'], context),
  ]
}

/** `cwd` stands beside the command. */
function checkCommand(
  what: 'tool' | 'mcp',
  path: Path,
  { command, cwd }: { readonly command?: unknown; readonly cwd?: unknown },
  context: LoadContext,
): readonly FileCheck[] {
  const cwdPath = path.with(-1, 'cwd')
  const workingFolder = typeof cwd === 'string' ? resolve(context.parsed.folderOf(cwdPath), cwd) : undefined
  return [
    checkInterpreted(what, command, { path, workingFolder, context }),
    checkPath(cwd, cwdPath, { expected: 'directory', help: 'Make the folder', context }),
  ]
}

/** Nothing of what stands in the file goes into a message or a frame: it holds secrets. */
function checkEnvFile(named: unknown, path: Path, context: LoadContext): FileCheck {
  const found = checkPath(named, path, { expected: 'file', help: 'Write NAME=value lines to', context })
  if (found.needs.length > 0 || found.faults.length > 0 || typeof named !== 'string') return found
  const seen = context.files.get({ path: resolve(context.parsed.folderOf(path), named), part: 'secret' })
  if (seen?.kind !== 'file') return found
  const file = isAbsolute(named) ? named : join(dirname(context.parsed.fileOf(path)), named)
  const faults = envFileFaults(seen.bytes).map(({ line, offset, ...fault }): Fault => {
    const start = { line, column: 1, offset }
    return { rule: 'RV208', ...fault, place: { file, start, end: start }, pointer: pointerOf(path) }
  })
  return { needs: [], faults }
}

interface Expected {
  readonly expected: 'file' | 'directory'
  readonly help: string
  readonly context: LoadContext
}

const KIND_TEXT = { file: 'a file', directory: 'a folder', other: 'no regular file' } as const

function checkPath(named: unknown, path: Path, { expected, help, context }: Expected): FileCheck {
  if (typeof named !== 'string' || named === '') return { needs: [], faults: [] }
  const absolute = resolve(context.parsed.folderOf(path), named)
  const need = { path: absolute, part: expected === 'file' ? 'secret' : 'stat' } as const
  const seen = context.files.get(need)
  if (seen === undefined) return { needs: [need], faults: [] }
  const fail = (rule: Fault['rule'], what: string, todo: string, suggest: readonly string[] = []): FileCheck => {
    const at = { place: context.parsed.placeOf(path, 'value'), pointer: pointerOf(path), text: named }
    return {
      needs: [],
      faults: [{ rule, message: `${authorPath(path)}: ${named} ${what}`, help: todo, suggest, ...at }],
    }
  }
  const todo = `${help} ${absolute}, or correct the path; it is relative to the file that names it.`
  const problem = pathProblem(named, seen.kind)
  if (problem !== null) return fail('RV201', problem.what, problem.help)
  if (seen.kind === 'absent') {
    const folder = context.parsed.folderOf(path)
    const kind = expected === 'file' ? 'variables' : 'folder'
    const found = findNearPath({ writtenPath: named, folder, kind, self: context.request.path }, context)
    if (found.needs.length > 0) return { needs: found.needs, faults: [] }
    const { help, suggest } = helpWithNearPath(found.near, todo)
    return fail('RV201', 'is missing', help, suggest)
  }
  if (seen.kind === 'unreadable')
    return fail('RV201', `cannot be read: ${seen.message}`, 'Give the runner the right to read it.')
  if (seen.kind !== expected) return fail('RV201', `is ${KIND_TEXT[seen.kind]}; ${KIND_TEXT[expected]} is wanted`, todo)
  if (isAbsolute(named) || isInside(seen.realPath, context.root)) return { needs: [], faults: [] }
  return fail('RV202', `lies outside ${context.root}`, 'Keep every file of an agent inside its project.')
}
