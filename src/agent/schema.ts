import { agentFile } from '../generated/agent-file.js'
import { type Fault, keysOf, pointerOf } from './findings/fault.ts'
import type { ParsedFile } from './reading/parsed-file.ts'
import type { RuleId } from './rules.ts'
import { folded } from './shape/folded.ts'
import { keysBeside } from './shape/not-indented.ts'
import { fits, type SchemaPart } from './shape/schema-parts.ts'
import { shapeFault } from './shape/shape-fault.ts'

/** What is wrong with the shape of an agent file: one fault for each cause, where the cause stands. */
export function shapeFaults(parsed: ParsedFile): readonly Fault[] {
  if (agentFile(parsed.data)) return []
  const errors = (agentFile.errors ?? []).filter(({ keyword }) => keyword !== 'if' && keyword !== 'propertyNames')
  const found = withCauses(errors).map((error) => shapeFault(error, parsed))
  const astray = errors.flatMap((error) => keysAstray(error, parsed.data)).map((pointer) => `${pointer}/`)
  const inPlace = found.filter(({ pointer }) => !astray.some((each) => `${pointer}/`.startsWith(each)))
  return withoutEchoes(folded(withMissing(inPlace, errors), parsed))
}

/** Pointers to the keys that belong below an empty one, and are only not indented. */
function keysAstray({ keyword, data, instancePath, parentSchema }: SchemaError, file: unknown): readonly string[] {
  if (keyword !== 'type' || data !== null || instancePath === '') return []
  const parent = instancePath.slice(0, instancePath.lastIndexOf('/'))
  const path = keysOf(instancePath)
  return keysBeside(path, parentSchema as SchemaPart, file).map((key) => parent + pointerOf([key]))
}

type SchemaError = NonNullable<typeof agentFile.errors>[number]

/** Where all that a map wants is missing, and something else is there, that is what is wrong with it. */
function withCauses(errors: readonly SchemaError[]): readonly SchemaError[] {
  const missing = errors.filter(({ keyword }) => keyword === 'required')
  if (missing.length === 0) return errors
  const strange = new Set(errors.filter(({ keyword }) => keyword === 'additionalProperties').map((e) => e.instancePath))
  const isAstray = ({ instancePath, parentSchema }: SchemaError) => {
    const wanted = (parentSchema as { readonly required?: readonly string[] }).required ?? []
    const absent = missing.filter((error) => error.instancePath === instancePath)
    return instancePath !== '' && strange.has(instancePath) && absent.length >= wanted.length
  }
  return errors.filter((error) => error.keyword !== 'required' || !isAstray(error))
}

/** Where one key is missing in a map, and one that nobody knows holds what it wants, that one is the key. */
function withMissing(faults: readonly Fault[], errors: readonly SchemaError[]): readonly Fault[] {
  const missing = errors.filter(({ keyword }) => keyword === 'required')
  return missing.reduce((left, { instancePath, params, parentSchema }) => {
    const word = String(params.missingProperty)
    const at = `${instancePath}${pointerOf([word])}`
    const isOnly = missing.filter((error) => error.instancePath === instancePath).length === 1
    const strange = left.filter(({ rule, pointer, help, suggest = [] }) => {
      const isHere = pointer.slice(0, pointer.lastIndexOf('/')) === instancePath
      return rule === 'RV101' && isHere && suggest.length === 0 && help.startsWith('Allowed here')
    })
    const [unknown] = strange
    const error = errors.find((each) => each.keyword === 'additionalProperties' && each.instancePath === instancePath)
    const value = Object(error?.data)[unknown?.text ?? '']
    const part = (parentSchema as SchemaPart | undefined)?.properties?.[word]
    const isIt = isOnly && strange.length === 1 && typeof part === 'object' && fits(part, value)
    if (unknown === undefined || !isIt) return left
    const known: Fault = { ...unknown, suggest: [word], help: `Did you mean ${word}? ${unknown.help}` }
    return left.flatMap((fault) => (fault === unknown ? [known] : fault.pointer === at ? [] : [fault]))
  }, faults)
}

/** A key that is unknown is not wrong for this `type` besides, a value of the wrong type is not out of range besides, and a key that was mistyped is not missing besides. */
function withoutEchoes(faults: readonly Fault[]): readonly Fault[] {
  const first = new Map<string, Fault>()
  for (const fault of faults) {
    const before = first.get(fault.pointer)
    if (before === undefined || rank(fault) < rank(before)) first.set(fault.pointer, fault)
  }
  const told = [...first.values()]
  const meant = new Set(told.flatMap(meantBy))
  return told.filter(({ rule, pointer }) => rule !== 'RV102' || !meant.has(pointer))
}

/** What a wrong key stands for: the word that is likely to be meant, and what else it says. */
export function meantBy({ rule, pointer, suggest = [], meant = [] }: Fault): readonly string[] {
  const parent = pointer.slice(0, pointer.lastIndexOf('/'))
  const isKey = rule === 'RV101' || rule === 'RV109'
  return [...(isKey ? suggest.slice(0, 1).map((word) => `${parent}/${word}`) : []), ...meant]
}

/** Of several faults of one value, the one whose rule stands first here is the cause. */
const RANKS: readonly RuleId[] = ['RV109', 'RV110', 'RV101', 'RV104', 'RV102', 'RV105', 'RV108', 'RV106', 'RV107']

function rank({ rule }: Fault): number {
  const at = RANKS.indexOf(rule)
  return at < 0 ? RANKS.length : at
}
