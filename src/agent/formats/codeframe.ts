import type { Diagnostic } from '../findings/diagnostic.ts'
import { type FindingsReport, summaryLine } from '../findings.ts'
import { findingLine } from './line.ts'

/** For people: each finding with the lines it speaks of, a note in one line, and a count at the end. */
export function formatCodeframe(report: FindingsReport, frame: (finding: Diagnostic) => string): string {
  const notes = report.findings.filter(({ level }) => level === 'note')
  const framed = report.findings.filter(({ level }) => level !== 'note')
  const lines = notes.map((note) => `${findingLine(note)}\n`).join('')
  return `${framed.map((finding) => `${frame(finding)}\n\n`).join('')}${lines}${lines && '\n'}${summaryLine(report)}\n`
}
