import { dirname, join, relative } from 'node:path'
import type { Level } from '../findings/diagnostic.ts'
import { type Fault, pointerOf } from '../findings/fault.ts'
import { canBeSuppressed, isRule } from '../findings/ignores.ts'
import { isMap } from '../is-map.ts'
import type { FileState, Files, LoadRequest } from '../load-request.ts'
import { nearest } from '../nearest.ts'
import { formatValue } from '../printing/format-value.ts'
import { type ParsedFile, parseFile } from '../reading/parsed-file.ts'
import { RULES, type RuleId } from '../rules.ts'
import { valueText } from '../value-text.ts'

/** The level of a rule in this project; `off` reports nothing. */
type ConfiguredLevel = Level | 'off'

/** What `.runner.yaml` in the root says for all agents of a project. */
export interface Project {
  readonly levels: ReadonlyMap<RuleId, ConfiguredLevel>
  readonly faults: readonly Fault[]
  readonly parsed: ParsedFile | null
}

/** File in the root that marks it, and holds the settings of the project. */
export const PROJECT_FILE = '.runner.yaml'

const LEVELS = ['error', 'warning', 'note', 'off']
const KEYS = ['rules']
const RULES_HELP = 'Write rules: { RV604: off }.'

/** Reads the project's own levels: `rules: { RV604: off }`. */
export function readProject(root: string, { file, path }: LoadRequest, files: Files): Project {
  const projectPath = join(root, PROJECT_FILE)
  const seen = files.get({ path: projectPath, part: 'optional' })
  const levels = new Map<RuleId, ConfiguredLevel>()
  if (seen === undefined || seen.kind === 'absent') return { levels, faults: [], parsed: null }
  if (seen.kind === 'file' && seen.bytes.length === 0) return { levels, faults: [], parsed: null }
  const displayName = join(dirname(file), relative(dirname(path), projectPath))
  if (seen.kind !== 'file') return { levels, faults: [unreadableFault(displayName, seen)], parsed: null }
  const parsed = parseFile(displayName, seen.bytes)
  // The level `off` is a word here.
  const faults: Fault[] = parsed.faults.filter(({ rule }) => rule !== 'RV006')
  /** `meant` is what was likely meant. */
  const report = (rule: RuleId, message: string, help: string, { path, part }: PathPart, meant?: string) => {
    const [right, suggest] = meant === undefined ? [help, []] : [`Did you mean ${meant}?`, [meant]]
    const place = parsed.placeOf(path, part)
    faults.push({ rule, message, help: right, place, pointer: pointerOf(path), suggest })
  }
  if (isMap(parsed.data)) {
    for (const key of Object.keys(parsed.data)) {
      if (KEYS.includes(key) || key.startsWith('x-')) continue
      const near = nearest(key, KEYS)[0]
      const help = isRule(key) ? 'It belongs to rules, indented below that key.' : 'Allowed: rules.'
      report('RV101', `unknown key "${key}"`, help, { path: [key], part: 'key' }, near)
    }
    if (Object.hasOwn(parsed.data, 'rules')) readRules(parsed.data.rules)
  } else if (parsed.data !== null && parsed.data !== undefined)
    report('RV104', `${parsed.file} is no map of settings`, RULES_HELP, { path: [], part: 'value' })
  return { levels, faults, parsed }

  function readRules(rules: unknown): void {
    if (rules === null) return
    if (!isMap(rules)) return report('RV104', 'rules is no map', RULES_HELP, { path: ['rules'], part: 'value' })
    for (const [name, level] of Object.entries(rules)) {
      const [key, value] = [
        { path: ['rules', name], part: 'key' },
        { path: ['rules', name], part: 'value' },
      ] as const
      if (!isRule(name)) {
        const meant = isRule(name.toUpperCase()) ? name.toUpperCase() : undefined
        report('RV013', `${name} is no rule`, 'docs/rules.md lists them all.', key, meant)
      } else if (typeof level !== 'string' || !LEVELS.includes(level)) {
        const help = `Choose one of: ${LEVELS.join(', ')}.`
        report('RV105', `rules.${name} is ${formatValue(level)}`, help, value, intendedLevel(level))
      } else if (level !== 'error' && !canBeSuppressed(name))
        report('RV013', `${name} (${RULES[name].title}) stays an error`, 'Remove the line.', value)
      else levels.set(name, level as ConfiguredLevel)
    }
  }
}

interface PathPart {
  readonly path: readonly string[]
  readonly part: 'key' | 'value'
}

/** The level that is likely meant by the name of another tool's. */
function intendedLevel(level: unknown): string | undefined {
  const words: { readonly [level: string]: readonly string[] } = {
    error: ['err', 'fatal', 'true', '2'],
    warning: ['warn', '1'],
    note: ['info', 'information', 'hint', 'notice', 'suggestion'],
    off: ['false', '0', 'none', 'no', 'ignore', 'disable', 'disabled', 'never'],
  }
  const word = valueText(level).toLowerCase()
  return LEVELS.find((level) => level === word || words[level]?.includes(word))
}

/** The levels of the project are unknown then, so no result could be trusted. */
function unreadableFault(file: string, seen: Exclude<FileState, { kind: 'file' | 'absent' }>): Fault {
  const start = { line: 1, column: 1, offset: 0 }
  const why = seen.kind === 'unreadable' ? seen.message : seen.kind === 'directory' ? 'a folder' : 'no regular file'
  const message = seen.kind === 'unreadable' ? `${file} cannot be read: ${why}` : `${file} is ${why}`
  const help = 'It holds the levels of rules: make it a file that the runner may read, or remove it.'
  return { rule: 'RV201', message, help, place: { file, start, end: start }, pointer: '' }
}
