import type { Level } from '../findings/diagnostic.ts'
import type { FindingsReport } from '../findings.ts'

const SEVERITIES = { error: 'major', warning: 'minor', note: 'info' } as const satisfies { [level in Level]: string }

/** A Code Quality report of GitLab: always a list, empty where nothing was found. */
export function formatGitlab({ findings }: FindingsReport): string {
  const issues = findings.map(({ rule, level, message, help, file, range, fingerprint }) => ({
    description: `${message}. ${help}`,
    check_name: rule,
    fingerprint,
    severity: SEVERITIES[level],
    location: { path: file.replace(/^\.\//, ''), lines: { begin: range.start.line, end: range.end.line } },
  }))
  return `${JSON.stringify(issues, null, 2)}\n`
}
