import { authorPath, type Fault, type Path } from '../findings/fault.ts'
import { RULES, type RuleId } from '../rules.ts'
import { CALL_TIME_FIELDS, KEY_FIELD, type Reference, unsetVariableHelp } from './environment.ts'

/**
 * The faults of values that came from the environment, with the values removed: no report may show them.
 * Values that are unknown have no faults, and nothing is known of what depends on them. Those that are read at a call, and those that are
 * their defaults, stand in the file, and so do their faults.
 */
export function redactValues(faults: readonly Fault[], references: ReadonlyMap<string, Reference>): readonly Fault[] {
  const isUnknown = (pointer: string) => references.get(pointer)?.isUnset === true
  return faults.flatMap((fault) => {
    if ([fault.pointer, ...(fault.dependsOn ?? [])].some(isUnknown)) return []
    const reference = references.get(fault.pointer)
    if (reference === undefined) return [fault]
    const { written, path, isDefault } = reference
    if (CALL_TIME_FIELDS.test(authorPath(path))) return [fault]
    if (fault.rule === 'RV401') return []
    const { suggest: _suggest, ...rest } = fault
    if (isDefault) return [{ ...rest, text: written }]
    const message = `${authorPath(path)}, from ${written}: ${RULES[fault.rule].title}`
    return [{ ...rest, message, text: written, help: helpFor(fault.rule, path, written) }]
  })
}

/** Faults of the script that a value names: the value may be right. */
const SCRIPT_RULES: ReadonlySet<RuleId> = new Set(['RV502', 'RV503', 'RV504', 'RV518'])

function helpFor(rule: RuleId, path: Path, written: string): string {
  const [, variable = ''] = /\{env:(\w+)/.exec(written) ?? []
  if (authorPath(path) === KEY_FIELD) return unsetVariableHelp(variable, KEY_FIELD)
  if (SCRIPT_RULES.has(rule)) return RULES[rule].help
  return `Give ${variable} a value that fits, or write the value here.`
}
