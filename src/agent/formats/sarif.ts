import type { Diagnostic } from '../findings/diagnostic.ts'
import type { FindingsReport } from '../findings.ts'
import { RULES } from '../rules.ts'

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'

/** A SARIF 2.1.0 log, as code scanning reads it: paths relative to the checkout, columns in code points, every rule described. */
export function formatSarif(report: FindingsReport): string {
  const ids = Object.keys(RULES) as (keyof typeof RULES)[]
  const rules = ids.map((id) => ({
    id,
    shortDescription: { text: asSentence(RULES[id].title) },
    fullDescription: { text: RULES[id].help },
    help: { text: `${RULES[id].help}\n\nrunner validate --explain ${id} shows examples.` },
    defaultConfiguration: { level: RULES[id].level },
  }))
  const driver = { name: 'runner', version: report.runner, rules }
  const results = report.findings.map((finding) =>
    sarifResult(finding, ids.indexOf(finding.rule as (typeof ids)[number])),
  )
  const run = { tool: { driver }, columnKind: 'unicodeCodePoints', results }
  return `${JSON.stringify({ $schema: SCHEMA, version: '2.1.0', runs: [run] }, null, 2)}\n`
}

function sarifResult({ rule, level, message, help, file, range, fingerprint }: Diagnostic, ruleIndex: number): object {
  const { start, end } = range
  const region = { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column }
  return {
    ruleId: rule,
    ...(ruleIndex < 0 ? {} : { ruleIndex }),
    level,
    message: { text: `${message}. ${help}` },
    locations: [{ physicalLocation: { artifactLocation: artifactLocation(file), region } }],
    partialFingerprints: { 'runner/v1': fingerprint },
  }
}

function artifactLocation(file: string): object {
  const uri = file
    .replace(/^\.\//, '')
    .split('/')
    .map((name) => encodeURIComponent(name))
    .join('/')
  return file.startsWith('/') ? { uri: `file://${uri}` } : { uri, uriBaseId: '%SRCROOT%' }
}

function asSentence(title: string): string {
  return `${title.charAt(0).toUpperCase()}${title.slice(1)}.`
}
