import type { Project } from '../composition/project.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'
import { RULES, type RuleId } from '../rules.ts'
import type { Fault } from './fault.ts'
import { type Ignore, parseIgnores } from './ignores.ts'

/** Faults that another machine may not have, so that a comment which ignores them may well ignore nothing here. */
const OF_THE_MACHINE: readonly RuleId[] = ['RV207', 'RV402', 'RV503', 'RV507']

interface Around {
  readonly project: Project
  /** Every YAML file of the agent, itself first. */
  readonly parts: readonly ParsedFile[]
  /** Everything was looked at, so that a comment without effect is one. */
  readonly isWhole: boolean
}

/** The faults that are to be told, at the levels that the project and the comments beside them want. */
export function applyLevels(faults: readonly Fault[], { project, parts, isWhole }: Around): readonly Fault[] {
  const found = parts.map(parseIgnores)
  const ignores = found.flatMap((each) => each.ignores)
  const used = new Set<Ignore>()
  const told = [...faults, ...found.flatMap((each) => each.faults)].flatMap((fault) => {
    if (isFixed(fault)) return [fault]
    const hits = ignores.filter((ignore) => reaches(ignore, fault))
    for (const hit of hits) used.add(hit)
    return hits.length > 0 ? [] : asWanted(fault, project)
  })
  // Beside an error much is not looked at, so that a comment may well speak of what is told once that is mended.
  if (!isWhole || told.some(({ rule, level = RULES[rule].level }) => level === 'error')) return told
  // A comment in a part may be there for another agent that uses it.
  const idle = ignores.filter((ignore) => !used.has(ignore) && ignore.file === parts[0]?.file)
  const unused = idle.filter(({ rule }) => !OF_THE_MACHINE.includes(rule)).map((ignore) => ignore.unused)
  return [...told, ...unused.flatMap((fault) => asWanted(fault, project))]
}

function isFixed({ rule, level = RULES[rule].level }: Fault): boolean {
  return level === 'error' && RULES[rule].mayBeLowered !== true
}

function asWanted(fault: Fault, { levels }: Project): readonly Fault[] {
  const level = levels.get(fault.rule)
  if (level === 'off' || (level === undefined && RULES[fault.rule].isOptional === true)) return []
  return level === undefined ? [fault] : [{ ...fault, level }]
}

/** A comment speaks of a fault on its line, and of one inside the value whose key stands there: a prompt's, for one. */
function reaches({ rule, file, line }: Ignore, fault: Fault): boolean {
  if (rule !== fault.rule) return false
  return [fault.place, fault.keyPlace].some((place) => place?.file === file && place.start.line === line)
}
