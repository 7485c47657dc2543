import type { Project } from '../composition/project.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'
import { RULES, type RuleId } from '../rules.ts'
import type { Fault } from './fault.ts'
import { type Ignore, parseIgnores } from './ignores.ts'

/** Faults that another machine may not have, so that a comment which ignores them may well ignore nothing here. */
const MACHINE_RULES: readonly RuleId[] = ['RV207', 'RV402', 'RV503', 'RV507']

interface LevelContext {
  readonly project: Project
  /** Every YAML file of the agent, itself first. */
  readonly parts: readonly ParsedFile[]
  /** Everything was looked at, so that a comment without effect is one. */
  readonly isComplete: boolean
}

/** The faults that are to be reported, at the levels that the project and the comments beside them want. */
export function applyLevels(faults: readonly Fault[], { project, parts, isComplete }: LevelContext): readonly Fault[] {
  const found = parts.map(parseIgnores)
  const ignores = found.flatMap((each) => each.ignores)
  const used = new Set<Ignore>()
  const reported = [...faults, ...found.flatMap((each) => each.faults)].flatMap((fault) => {
    if (isFixed(fault)) return [fault]
    const hits = ignores.filter((ignore) => covers(ignore, fault))
    for (const hit of hits) used.add(hit)
    return hits.length > 0 ? [] : atConfiguredLevel(fault, project)
  })
  // Beside an error much is not looked at, so that a comment may well speak of what is reported once that is corrected.
  if (!isComplete || reported.some(({ rule, level = RULES[rule].level }) => level === 'error')) return reported
  // A comment in a part may be there for another agent that uses it.
  const candidates = ignores.filter((ignore) => !used.has(ignore) && ignore.file === parts[0]?.file)
  const unused = candidates.filter(({ rule }) => !MACHINE_RULES.includes(rule)).map((ignore) => ignore.unused)
  return [...reported, ...unused.flatMap((fault) => atConfiguredLevel(fault, project))]
}

function isFixed({ rule, level = RULES[rule].level }: Fault): boolean {
  return level === 'error' && RULES[rule].mayBeLowered !== true
}

function atConfiguredLevel(fault: Fault, { levels }: Project): readonly Fault[] {
  const level = levels.get(fault.rule)
  if (level === 'off' || (level === undefined && RULES[fault.rule].isOptional === true)) return []
  return level === undefined ? [fault] : [{ ...fault, level }]
}

/** A comment speaks of a fault on its line, and of one inside the value whose key stands there: a prompt's, for one. */
function covers({ rule, file, line }: Ignore, fault: Fault): boolean {
  if (rule !== fault.rule) return false
  return [fault.place, fault.keyPlace].some((place) => place?.file === file && place.start.line === line)
}
