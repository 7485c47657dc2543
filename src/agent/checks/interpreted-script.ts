import { dirname, isAbsolute, join, resolve } from 'node:path'
import { findNearPath, helpWithNearPath } from '../composition/near-paths.ts'
import { pathProblem } from '../composition/path-problem.ts'
import { type Path, pointerOf } from '../findings/fault.ts'
import { isInterpreter } from '../interpreter.ts'
import type { LoadContext } from '../load-request.ts'
import { valueText } from '../value-text.ts'
import type { FileCheck } from './script-file.ts'

/** Options behind which a line of code or a library stands, which may come from elsewhere. */
const OPTION_WITH_VALUE = /^-[A-Za-z]*[cr]$|^--(?:require|import|loader)$/
/** The name of a script, by its ending; a line for a shell, as after `-c`, is none. */
const SCRIPT_NAME = /^\S+\.(py|[cm]?[jt]s|sh|rb|pl|php|lua)$/

interface InterpretedContext {
  /** Where the command stands. */
  readonly path: Path
  /** The folder it works in, if that is not the folder of the agent file. */
  readonly workingFolder?: string | undefined
  readonly context: LoadContext
}

/**
 * `[python3, quote.py]`: the system would start python3, which then finds no script. `what` names its purpose. After another argument, as in
 * `[deno, run, ./quote.ts]`, it may be anywhere.
 */
export function checkInterpreted(
  what: 'tool' | 'mcp' | 'hook',
  run: unknown,
  { path, workingFolder, context }: InterpretedContext,
): FileCheck {
  const words: readonly unknown[] = Array.isArray(run) && isInterpreter(valueText(run[0])) ? run : []
  const word = words.findIndex((each, position) => position > 0 && !valueText(each).startsWith('-'))
  const named = valueText(words[word] ?? '')
  const isOfOption = OPTION_WITH_VALUE.test(valueText(words[word - 1]))
  if (isOfOption || !SCRIPT_NAME.test(named)) return { needs: [], faults: [] }
  const absolute = resolve(workingFolder ?? dirname(context.request.path), named)
  const need = { path: absolute, part: 'head' } as const
  const seen = context.files.get(need)
  if (seen === undefined) return { needs: [need], faults: [] }
  const at = {
    place: context.parsed.placeOf([...path, word], 'value'),
    pointer: pointerOf([...path, word]),
    text: named,
    dependsOn: [pointerOf(path.with(-1, 'cwd'))],
  }
  const problem = pathProblem(named, seen.kind)
  if (problem !== null) {
    const message = `${what} script ${named} ${problem.what}`
    return { needs: [], faults: [{ rule: 'RV501', message, help: problem.help, ...at }] }
  }
  if (seen.kind !== 'absent') return { needs: [], faults: [] }
  const absent = {
    writtenPath: named,
    folder: workingFolder ?? dirname(context.request.path),
    kind: 'script',
    self: context.request.path,
  } as const
  const { needs, near } = findNearPath(absent, context)
  if (needs.length > 0) return { needs, faults: [] }
  // A folder may come from the environment, whose values no report shows.
  const relative = workingFolder === undefined ? join(dirname(context.request.file), named) : `${named} in its cwd`
  const shown = isAbsolute(named) ? named : relative
  const help = `Create ${shown}, or correct the path; a fixed argument is relative to the folder that it works in.`
  return {
    needs: [],
    faults: [{ rule: 'RV501', message: `${what} script ${named} is missing`, ...helpWithNearPath(near, help), ...at }],
  }
}
