import { isAbsolute, resolve } from 'node:path'
import { type Fault, type Path, pointerOf, wordsOf } from './fault.ts'
import type { Check } from './preflight.ts'
import { isInside } from './root.ts'
import type { Context } from './seen.ts'

/** Looks at the folder that a tool works in, and at the file its variables come from. Neither is opened. */
export function checkToolFiles(tool: unknown, index: number, context: Context): readonly Check[] {
  const { cwd, env_file, mcp } = Object(tool) as { cwd?: unknown; env_file?: unknown; mcp?: { cwd?: unknown } }
  return [
    checkNamed(cwd, ['tools', index, 'cwd'], { wanted: 'directory', help: 'Make the folder', context }),
    checkNamed(Object(mcp).cwd, ['tools', index, 'mcp', 'cwd'], {
      ...{ wanted: 'directory', help: 'Make the folder', context },
    }),
    checkNamed(env_file, ['tools', index, 'env_file'], { wanted: 'file', help: 'Write NAME=value lines to', context }),
  ]
}

interface Wanted {
  readonly wanted: 'file' | 'directory'
  readonly help: string
  readonly context: Context
}

const WHAT_IT_IS = { file: 'a file', directory: 'a folder', other: 'no regular file' } as const

function checkNamed(named: unknown, path: Path, { wanted, help, context }: Wanted): Check {
  if (typeof named !== 'string' || named === '') return { needs: [], faults: [] }
  const absolute = resolve(context.parsed.folderOf(path), named)
  const seen = context.files.get(absolute)
  if (seen === undefined) return { needs: [{ path: absolute, part: 'stat' }], faults: [] }
  const wrong = (rule: Fault['rule'], what: string, todo: string): Check => {
    const at = { place: context.parsed.placeOf(path, 'value'), pointer: pointerOf(path), text: named }
    return { needs: [], faults: [{ rule, message: `${wordsOf(path)}: ${named} ${what}`, help: todo, ...at }] }
  }
  const todo = `${help} ${absolute}, or correct the path; it is relative to the file that names it.`
  if (seen.kind === 'absent') return wrong('RV201', 'is missing', todo)
  if (seen.kind === 'unreadable') return wrong('RV201', `cannot be read: ${seen.message}`, todo)
  if (seen.kind !== wanted) return wrong('RV201', `is ${WHAT_IT_IS[seen.kind]}; ${WHAT_IT_IS[wanted]} is wanted`, todo)
  if (isAbsolute(named) || isInside(seen.realPath, context.root)) return { needs: [], faults: [] }
  return wrong('RV202', `lies outside ${context.root}`, 'Keep every file of an agent inside its project.')
}
