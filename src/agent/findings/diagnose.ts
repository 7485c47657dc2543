import type { Composed } from '../composition/origin.ts'
import type { Project } from '../composition/project.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'
import type { RuleId } from '../rules.ts'
import { withMoveHelp } from '../shape/moved-settings.ts'
import { withoutCascadingFaults } from './cascading-faults.ts'
import type { Diagnostic } from './diagnostic.ts'
import { type Fault, keysOfPointer, spaceSuggestions, toDiagnostic } from './fault.ts'
import { applyLevels } from './levels.ts'
import { mergeMisindentedKeys } from './misindented-keys.ts'
import { keepOnePerCause } from './one-per-cause.ts'

interface FoundFaults {
  /** Those of the files' text, and of joining them. */
  readonly reading: readonly Fault[]
  /** Those of what the files say together. */
  readonly meaning: readonly Fault[]
}

/** The faults to report: without those that rest on another, one for each cause, each as its own file has it. */
export function rootCauses(
  { reading, meaning }: FoundFaults,
  { parsed, isPartial }: { readonly parsed: Composed; readonly isPartial: boolean },
): readonly Fault[] {
  const independent = withoutCascadingFaults(meaning, reading)
  const certain = isPartial ? independent.filter((fault) => !mayBeInUnreadPart(fault)) : independent
  const local = certain.map((fault) => inItsFile(fault, parsed))
  const found = keepOnePerCause(mergeMisindentedKeys({ reading, meaning: local }))
  return found.some(({ moves }) => moves !== undefined) ? withMoveHelp(found, parsed) : found
}

/** Rules that hold one setting against another. */
const CROSS_SETTING_RULES: readonly RuleId[] = ['RV103', 'RV205', 'RV603', 'RV702', 'RV703']

/** What is missing here may stand in a file that could not be joined: that fault is reported already. */
function mayBeInUnreadPart({ rule, pointer }: Fault): boolean {
  return CROSS_SETTING_RULES.includes(rule) || (rule === 'RV102' && pointer.lastIndexOf('/') === 0)
}

/** A fault with its pointer inside the file that it stands in, and the tools in its words found from there. */
function inItsFile(fault: Fault, parsed: Composed): Fault {
  const pointer = parsed.pointerInFile(fault.pointer)
  const keyPlace = parsed.placeOf(keysOfPointer(fault.pointer), 'key')
  const inFile = (text: string) => withToolsOf(parsed.fileOf(keysOfPointer(fault.pointer)), { text, parsed })
  const missing = fault.missing && { ...fault.missing, where: inFile(fault.missing.where) }
  return { ...fault, message: inFile(fault.message), ...(missing && { missing }), pointer, keyPlace }
}

/** Each tool by its number in that file, where an `include` counts as one, or by its place in another. */
function withToolsOf(file: string, { text, parsed }: { readonly text: string; readonly parsed: Composed }): string {
  return text.replaceAll(/(?<!")\btools\[(\d+)\]/g, (_, index) => {
    const place = parsed.placeOf(['tools', index], 'value')
    if (place.file !== file) return `the tool at ${place.file}:${place.start.line}`
    return `tools[${keysOfPointer(parsed.pointerInFile(`/tools/${index}`)).at(-1)}]`
  })
}

interface ReportSettings {
  readonly project: Project
  readonly parts: readonly ParsedFile[]
  readonly sources: ReadonlyMap<string, string>
  /** Everything was looked at, so that a comment without effect is one. */
  readonly isComplete: boolean
}

/** The diagnostics of these faults and of the project's own: at their levels, in the order of their places. */
export function diagnose(
  faults: readonly Fault[],
  { project, parts, sources, isComplete }: ReportSettings,
): readonly Diagnostic[] {
  const levelled = applyLevels([...faults, ...project.faults], { project, parts, isComplete })
  const spaced = levelled.map((fault) => spaceSuggestions(fault, sources.get(fault.place.file)))
  return sortAndLimit(spaced.map(toDiagnostic))
}

/** How many faults of one agent are reported: nobody reads more at once. */
const DIAGNOSTICS_MAX = 200

/** By file and place, errors first where there are too many; the help of the last one counts those beyond the limit. */
function sortAndLimit(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const inOrder = diagnostics.toSorted((one, other) => {
    if (one.file !== other.file) return one.file < other.file ? -1 : 1
    return one.range.start.offset - other.range.start.offset
  })
  if (inOrder.length <= DIAGNOSTICS_MAX) return inOrder
  const errorsFirst = inOrder.toSorted((one, other) => Number(other.level === 'error') - Number(one.level === 'error'))
  const reported = errorsFirst.slice(0, DIAGNOSTICS_MAX)
  const more = `There are ${inOrder.length - reported.length} faults besides.`
  return reported.map((diagnostic, index) =>
    index < reported.length - 1 ? diagnostic : { ...diagnostic, help: `${diagnostic.help} ${more}` },
  )
}
