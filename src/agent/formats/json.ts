import type { FindingsReport } from '../findings.ts'

/** The report itself, as schemas/diagnostics.schema.json describes it. */
export function formatJson(report: FindingsReport): string {
  return `${JSON.stringify(report, null, 2)}\n`
}
