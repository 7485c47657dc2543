import { authorPath, pointerOf } from '../findings/fault.ts'
import { runPath } from '../hook.ts'
import { isMap } from '../is-map.ts'
import { valueText } from '../value-text.ts'
import type { Finding } from './check.ts'

/** The name of a script, by its ending. */
const SCRIPT_NAME = /\.(sh|bash|py|js|mjs|cjs|ts|mts|rb|pl|php|lua)$/i

/** A list of several scripts: only the first is run, with the others as its arguments, and often all were meant to run. */
export function scriptArgumentFaults(event: string, hook: unknown): readonly Finding[] {
  const run = isMap(hook) ? hook.run : hook
  if (!Array.isArray(run)) return []
  const isScript = run.map((word) => SCRIPT_NAME.test(valueText(word)))
  const other = isScript.indexOf(true, 1)
  if (isScript[0] !== true || other < 0) return []
  const path = runPath(event, hook)
  const message = `${authorPath(path)} runs ${run[0]} alone, which is given ${run[other]} as an argument`
  const help = 'A hook is one program and its arguments: let one script start the other.'
  return [{ rule: 'RV522', message, help, path: [...path, other], dependsOn: [pointerOf(path)] }]
}
