import { agentFile } from '../generated/agent-file.js'
import type { Composed } from './composition/origin.ts'
import { type Fault, keysOfPointer, meantPointers, pointerOf } from './findings/fault.ts'
import type { RuleId } from './rules.ts'
import { mergeMissingKeys } from './shape/missing-keys.ts'
import { mergeRelatedFaults } from './shape/related-faults.ts'
import { shapeFault } from './shape/shape-fault.ts'
import { fits, type Subschema } from './shape/subschemas.ts'
import { unindentedKeys } from './shape/unindented-keys.ts'

/** What is wrong with the shape of an agent file: one fault for each cause, where the cause stands. */
export function shapeFaults(parsed: Composed): readonly Fault[] {
  if (agentFile(parsed.data)) return []
  const errors = (agentFile.errors ?? []).filter(({ keyword }) => keyword !== 'if' && keyword !== 'propertyNames')
  const found = withoutCausedFaults(errors.map((error) => ({ error, fault: shapeFault(error, parsed) })))
  const misindented = errors.flatMap((error) => misindentedKeys(error, parsed.data)).map((pointer) => `${pointer}/`)
  const inPlace = found.filter(({ pointer }) => !misindented.some((each) => `${pointer}/`.startsWith(each)))
  return mergeMissingKeys(keepOnePerValue(mergeRelatedFaults(matchMissingKeys(inPlace, errors), parsed)))
}

/** Pointers to the keys that belong below an empty one, and are only not indented. */
function misindentedKeys({ keyword, data, instancePath, parentSchema }: SchemaError, file: unknown): readonly string[] {
  if (keyword !== 'type' || data !== null || instancePath === '') return []
  const parent = instancePath.slice(0, instancePath.lastIndexOf('/'))
  const path = keysOfPointer(instancePath)
  return unindentedKeys(path, parentSchema as Subschema, file).map((key) => parent + pointerOf([key]))
}

type SchemaError = NonNullable<typeof agentFile.errors>[number]

interface FoundFault {
  readonly error: SchemaError
  readonly fault: Fault
}

/**
 * Without the missing keys of a map that has none of those it requires: its other keys are the fault. If it requires only one key, one
 * unknown key is.
 */
function withoutCausedFaults(found: readonly FoundFault[]): readonly Fault[] {
  const at = ({ error }: FoundFault) => error.instancePath
  const missing = Map.groupBy(
    found.filter(({ error }) => isMissing(error)),
    at,
  )
  const unknownKeys = Map.groupBy(
    found.filter(({ error }) => isUnknownKey(error)),
    at,
  )
  const isCaused = ({ error }: FoundFault) => {
    const { instancePath, parentSchema } = error
    const others = unknownKeys.get(instancePath)
    if (!isMissing(error) || instancePath === '' || others === undefined) return false
    const required = (parentSchema as Subschema).required ?? []
    if (required.length === 1) return others.filter(({ fault }) => meantPointers(fault).length === 0).length === 1
    return missing.get(instancePath)?.length === required.length
  }
  return found.filter((each) => !isCaused(each)).map(({ fault }) => fault)
}

function isMissing({ keyword }: SchemaError): boolean {
  return keyword === 'required'
}

function isUnknownKey({ keyword }: SchemaError): boolean {
  return keyword === 'additionalProperties'
}

/** Where a map lacks one key, and has one unknown key whose value the missing one would accept, that one is meant. */
function matchMissingKeys(faults: readonly Fault[], errors: readonly SchemaError[]): readonly Fault[] {
  const missing = Map.groupBy(errors.filter(isMissing), ({ instancePath }) => instancePath)
  const unknownKeys = Map.groupBy(errors.filter(isUnknownKey), ({ instancePath }) => instancePath)
  const unknown = Map.groupBy(
    faults.filter(
      ({ rule, help, suggest = [] }) => rule === 'RV101' && suggest.length === 0 && help.startsWith('Allowed here'),
    ),
    ({ pointer }) => pointer.slice(0, pointer.lastIndexOf('/')),
  )
  const meantElsewhere = new Set(faults.flatMap(({ meant = [] }) => meant))
  const suggestions = new Map<Fault, string>()
  const found = new Set<string>()
  for (const [at, [fault, ...others]] of unknown) {
    const [error, ...more] = missing.get(at) ?? []
    if (fault === undefined || error === undefined || others.length + more.length > 0) continue
    const word = String(error.params.missingProperty)
    if (meantElsewhere.has(at + pointerOf([word]))) continue
    const part = (error.parentSchema as Subschema | undefined)?.properties?.[word]
    if (typeof part !== 'object' || !fits(part, Object(unknownKeys.get(at)?.[0]?.data)[fault.text ?? ''])) continue
    suggestions.set(fault, word)
    found.add(at + pointerOf([word]))
  }
  return faults.flatMap((fault) => {
    const word = suggestions.get(fault)
    if (word !== undefined) return [{ ...fault, suggest: [word], help: `Did you mean ${word}? ${fault.help}` }]
    return fault.rule === 'RV102' && found.has(fault.pointer) ? [] : [fault]
  })
}

/**
 * One fault for each value: an unknown key is not also wrong for its `type`, a value of the wrong type not also out of range, and a
 * mistyped key not also missing.
 */
function keepOnePerValue(faults: readonly Fault[]): readonly Fault[] {
  const first = new Map<string, Fault>()
  for (const fault of faults) {
    const before = first.get(fault.pointer)
    if (before === undefined || rank(fault) < rank(before)) first.set(fault.pointer, fault)
  }
  const reported = [...first.values()]
  const meant = new Set(reported.flatMap(meantPointers))
  return reported.filter(({ rule, pointer }) => (rule !== 'RV102' && rule !== 'RV101') || !meant.has(pointer))
}

/** Of several faults of one value, the one whose rule stands first here is the cause. */
const RANKS: readonly RuleId[] = ['RV109', 'RV110', 'RV101', 'RV104', 'RV102', 'RV105', 'RV108', 'RV106', 'RV107']

function rank({ rule }: Fault): number {
  const at = RANKS.indexOf(rule)
  return at < 0 ? RANKS.length : at
}
