import type { Diagnostic, Level } from '../findings/diagnostic.ts'
import { type FindingsReport, isAtLeast } from '../findings.ts'
import { plural } from '../plural.ts'

/** What the first digit of a rule's id stands for. */
const RULE_GROUPS = [
  'reading',
  'shape',
  'references',
  'voice',
  'secrets',
  'tools',
  'prompt',
  'conversation',
  'rest',
  'reload',
]
/** The groups that every file is held against: a clean file is a suite in which they passed. */
const GROUPS_ALWAYS = 8

/**
 * JUnit XML for dashboards: one suite a file, one case a group of rules. What decides on the exit code fails a case; what is less than that
 * is its output.
 */
export function formatJunit(
  report: FindingsReport,
  { frame, failOn }: { readonly frame: (finding: Diagnostic) => string; readonly failOn: Level },
): string {
  const isFailure = ({ level }: Diagnostic) => isAtLeast(level, failOn)
  const files = [...new Set([...report.checked, ...report.findings.map(({ file }) => file)])]
  const suites = files.map((file) => {
    const own = report.findings.filter((finding) => finding.file === file)
    const cases = RULE_GROUPS.flatMap((group, index) => {
      const findings = own.filter(({ rule }) => rule.startsWith(`RV${index}`))
      return index < GROUPS_ALWAYS || findings.length > 0 ? [{ group, findings }] : []
    })
    const failures = cases.filter(({ findings }) => findings.some(isFailure)).length
    const body = cases.map(({ group, findings }) => testCase({ file, group, findings, frame, isFailure })).join('')
    const head = `<testsuite ${attributes({ name: file, tests: cases.length, failures, errors: 0, skipped: 0, time: 0 })}>`
    return { text: `  ${head}\n${body}  </testsuite>\n`, tests: cases.length, failures }
  })
  const sum = (key: 'tests' | 'failures') => suites.reduce((total, suite) => total + suite[key], 0)
  const counts = attributes({ name: 'runner validate', tests: sum('tests'), failures: sum('failures'), errors: 0 })
  const body = suites.map(({ text }) => text).join('')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${counts}>\n${body}</testsuites>\n`
}

interface TestCase {
  readonly file: string
  readonly group: string
  readonly findings: readonly Diagnostic[]
  readonly frame: (finding: Diagnostic) => string
  readonly isFailure: (finding: Diagnostic) => boolean
}

function testCase({ file, group, findings, frame, isFailure }: TestCase): string {
  const head = `    <testcase ${attributes({ classname: file, name: group, file, time: 0 })}`
  if (findings.length === 0) return `${head}/>\n`
  const frames = (chosen: readonly Diagnostic[]) => escapeXml(chosen.map(frame).join('\n\n'))
  const failed = findings.filter(isFailure)
  const other = findings.filter((finding) => !isFailure(finding))
  const message = failed.length === 1 ? (failed[0]?.message ?? '') : plural(failed.length, 'finding')
  const type = [...new Set(failed.map(({ rule }) => rule))].join(' ')
  const failure =
    failed.length === 0 ? '' : `      <failure ${attributes({ message, type })}>${frames(failed)}</failure>\n`
  const output = other.length === 0 ? '' : `      <system-out>${frames(other)}</system-out>\n`
  return `${head}>\n${failure}${output}    </testcase>\n`
}

function attributes(values: { readonly [name: string]: string | number }): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escapeXml(String(value)).replaceAll(/[\t\n\r]/g, ' ')}"`)
    .join(' ')
}

/** XML has no way to write most control characters, not even as references. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
