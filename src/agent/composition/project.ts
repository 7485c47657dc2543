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

/** Reads the project's own levels: `rules: { RV604: off }`. */
export function readProject(root: string, { file, path }: LoadRequest, files: Files): Project {
  const at = join(root, PROJECT_FILE)
  const seen = files.get({ path: at, part: 'optional' })
  const levels = new Map<RuleId, ConfiguredLevel>()
  if (seen === undefined || seen.kind === 'absent') return { levels, faults: [], parsed: null }
  if (seen.kind === 'file' && seen.bytes.length === 0) return { levels, faults: [], parsed: null }
  const named = join(dirname(file), relative(dirname(path), at))
  if (seen.kind !== 'file') return { levels, faults: [unreadableFault(named, seen)], parsed: null }
  const parsed = parseFile(named, seen.bytes)
  // The level `off` is a word here.
  const faults: Fault[] = parsed.faults.filter(({ rule }) => rule !== 'RV006')
  const report = (rule: RuleId, message: string, help: string, where: readonly string[], side: 'key' | 'value') => {
    faults.push({ rule, message, help, place: parsed.placeOf(where, side), pointer: pointerOf(where) })
  }
  /** With a suggestion, if there is one. */
  const reportWithSuggestion = (
    rule: RuleId,
    message: string,
    help: string,
    meant: string | undefined,
    at: PathSide,
  ) => {
    const [right, suggest] = meant === undefined ? [help, []] : [`Did you mean ${meant}?`, [meant]]
    faults.push({
      rule,
      message,
      help: right,
      place: parsed.placeOf(at.where, at.side),
      pointer: pointerOf(at.where),
      suggest,
    })
  }
  if (isMap(parsed.data)) {
    for (const key of Object.keys(parsed.data)) {
      if (KEYS.includes(key) || key.startsWith('x-')) continue
      const near = nearest(key, KEYS)[0]
      const help = isRule(key) ? 'It belongs to rules, indented below that key.' : 'Allowed: rules.'
      reportWithSuggestion('RV101', `unknown key "${key}"`, help, near, { where: [key], side: 'key' })
    }
    if (Object.hasOwn(parsed.data, 'rules')) readRules(parsed.data.rules)
  } else if (parsed.data !== null && parsed.data !== undefined)
    report('RV104', `${parsed.file} is no map of settings`, 'Write rules: { RV604: off }.', [], 'value')
  return { levels, faults, parsed }

  function readRules(rules: unknown): void {
    if (rules === null) return
    if (!isMap(rules)) return report('RV104', 'rules is no map', 'Write rules: { RV604: off }.', ['rules'], 'value')
    for (const [name, level] of Object.entries(rules)) {
      const where = ['rules', name]
      if (!isRule(name)) {
        const meant = isRule(name.toUpperCase()) ? name.toUpperCase() : undefined
        reportWithSuggestion('RV013', `${name} is no rule`, 'docs/rules.md lists them all.', meant, {
          where,
          side: 'key',
        })
      } else if (typeof level !== 'string' || !LEVELS.includes(level))
        reportWithSuggestion(
          'RV105',
          `rules.${name} is ${formatValue(level)}`,
          `Choose one of: ${LEVELS.join(', ')}.`,
          intendedLevel(level),
          { where, side: 'value' },
        )
      else if (level !== 'error' && !canBeSuppressed(name))
        report('RV013', `${name} (${RULES[name].title}) stays an error`, 'Remove the line.', where, 'value')
      else levels.set(name, level as ConfiguredLevel)
    }
  }
}

interface PathSide {
  readonly where: readonly string[]
  readonly side: 'key' | 'value'
}

/** The level that is likely meant by the name of another tool's. */
function intendedLevel(level: unknown): string | undefined {
  const words: { readonly [level: string]: readonly string[] } = {
    error: ['err', 'fatal', 'true', '2'],
    warning: ['warn', '1'],
    note: ['info', 'information', 'hint', 'notice', 'suggestion'],
    off: ['false', '0', 'none', 'no', 'ignore', 'disable', 'disabled', 'never'],
  }
  const word = String(level).toLowerCase()
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
