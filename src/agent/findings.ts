import type { Diagnostic, Level } from './findings/diagnostic.ts'
import { plural } from './plural.ts'

/** Everything one validation found: the JSON of `validate --format json`. Every other format is made of it. */
export interface FindingsReport {
  readonly schema: 'runner.findings/1'
  /** Version of the runner that validated them. */
  readonly runner: string
  /** How many agent files were validated. */
  readonly files: number
  /** Their names, as far as they could be read. */
  readonly checked: readonly string[]
  readonly findings: readonly Diagnostic[]
  readonly summary: { readonly [level in Level]: number }
}

interface ValidationResult {
  readonly runner: string
  readonly files: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

/** The report of a validation. A fault is in it once, and no two fingerprints are equal. */
export function createReport({ runner, files, diagnostics }: ValidationResult): FindingsReport {
  const findings = withUniqueFingerprints(withoutDuplicates(diagnostics))
  const summary = countLevels(findings)
  return { schema: 'runner.findings/1', runner, files: files.length, checked: files, findings, summary }
}

/** A fault in a part that several agents use is reported once. */
function withoutDuplicates(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>()
  return diagnostics.filter(({ fingerprint, range }) => {
    const key = `${fingerprint}:${range.start.offset}`
    return !seen.has(key) && seen.add(key)
  })
}

/** Dashboards drop the second of two equal fingerprints, so the same text twice is counted. */
function withUniqueFingerprints(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const counts = new Map<string, number>()
  return diagnostics.map((diagnostic) => {
    const count = (counts.get(diagnostic.fingerprint) ?? 0) + 1
    counts.set(diagnostic.fingerprint, count)
    return count === 1 ? diagnostic : { ...diagnostic, fingerprint: `${diagnostic.fingerprint}-${count}` }
  })
}

function countLevels(diagnostics: readonly Diagnostic[]): FindingsReport['summary'] {
  const count = (level: Level) => diagnostics.filter((diagnostic) => diagnostic.level === level).length
  return { error: count('error'), warning: count('warning'), note: count('note') }
}

const MOST_SEVERE_FIRST: readonly Level[] = ['error', 'warning', 'note']

/** Whether a level is as severe as another, or more. */
export function isAtLeast(level: Level, other: Level): boolean {
  return MOST_SEVERE_FIRST.indexOf(level) <= MOST_SEVERE_FIRST.indexOf(other)
}

/** Whether there is a finding as severe as that. */
export function hasAtLeast({ summary }: FindingsReport, level: Level): boolean {
  return MOST_SEVERE_FIRST.some((severity) => isAtLeast(severity, level) && summary[severity] > 0)
}

/** What was found, in one line: `2 files, 1 error, 0 warnings`. */
export function summaryLine({ files, summary }: FindingsReport): string {
  const { error, warning, note } = summary
  const found = [plural(error, 'error'), plural(warning, 'warning'), ...(note === 0 ? [] : [plural(note, 'note')])]
  return `${plural(files, 'file')}, ${error + warning + note === 0 ? 'no faults' : found.join(', ')}`
}
