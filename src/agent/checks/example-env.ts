import { join } from 'node:path'
import type { Reference } from '../composition/environment.ts'
import { type Fault, pointerOf } from '../findings/fault.ts'
import type { LoadContext } from '../load-request.ts'
import { type DeclaredVariable, declaredVariables } from './declared-variables.ts'
import type { FileCheck } from './script-file.ts'

/** File in the root that lists the variables a machine needs. */
const EXAMPLE_FILE = '.env.example'

/** Variables that an agent needs, and that the project's example file does not list. */
export function checkExampleEnv(
  { data, parsed, root, files }: LoadContext,
  references: Iterable<Reference>,
): FileCheck {
  const required = [...declaredVariables(data), ...[...references].flatMap(variablesOf)]
  if (required.length === 0) return { needs: [], faults: [] }
  const need = { path: join(root, EXAMPLE_FILE), part: 'optional' } as const
  const seen = files.get(need)
  if (seen === undefined) return { needs: [need], faults: [] }
  if (seen.kind !== 'file') return { needs: [], faults: [] }
  const text = new TextDecoder().decode(seen.bytes)
  const known = new Set(
    [...text.matchAll(/^[ \t]*(?:#[ \t]*)?(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=/gm)].map(([, name]) => name),
  )
  const reported = new Set<string>()
  const faults = required.flatMap(({ name, path: at }): readonly Fault[] => {
    if (known.has(name) || reported.has(name)) return []
    reported.add(name)
    const help = `Add ${name}= to ${EXAMPLE_FILE}, so that the next machine is set up in one go.`
    const message = `${EXAMPLE_FILE} does not name the variable ${name}`
    return [{ rule: 'RV402', message, help, place: parsed.placeOf(at, 'value'), pointer: pointerOf(at), text: name }]
  })
  return { needs: [], faults }
}

/** A variable with a default may well be missing. */
function variablesOf({ written, path }: Reference): readonly DeclaredVariable[] {
  return [...written.matchAll(/(?<!\$)\$\{env:(\w+)\}/g)].map(([, name = '']) => ({ name, path }))
}
