import type { Diagnostic } from '../diagnostic.ts'
import { type FindingsReport, summaryLine } from '../findings.ts'

/** For people: each finding with the lines it speaks of, and a count at the end. */
export function formatCodeframe(report: FindingsReport, frame: (finding: Diagnostic) => string): string {
  return `${report.findings.map((finding) => `${frame(finding)}\n\n`).join('')}${summaryLine(report)}\n`
}
