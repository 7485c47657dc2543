import type { Diagnostic } from '../diagnostic.ts'
import type { FindingsReport } from '../findings.ts'

/** One line a finding, for editors and problem matchers: `agents/support.yaml:28:3: error RV101: unknown key …`. */
export function formatLine({ findings }: FindingsReport): string {
  return findings.map((finding) => `${lineOf(finding)}\n`).join('')
}

export function lineOf({ file, range, level, rule, message, help }: Diagnostic): string {
  const { line, column } = range.start
  return onOneLine(`${file}:${line}:${column}: ${level} ${rule}: ${message}. ${help}`)
}

/** A name or a value of the file may hold line ends; a reader of lines must not take its rest for another finding. */
export function onOneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n\u2028\u2029]+\s*/g, ' ').replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?')
}
