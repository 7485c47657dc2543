import type { Diagnostic } from '../findings/diagnostic.ts'
import type { FindingsReport } from '../findings.ts'
import { onOneLine } from '../printing/printable-text.ts'

/** One line a finding, for editors and problem matchers: `agents/support.yaml:28:3: error RV101: unknown key …`. */
export function formatLine({ findings }: FindingsReport): string {
  return findings.map((finding) => `${findingLine(finding)}\n`).join('')
}

export function findingLine({ file, range, level, rule, message, help }: Diagnostic): string {
  const { line, column } = range.start
  return onOneLine(`${file}:${line}:${column}: ${level} ${rule}: ${message}. ${help}`)
}
