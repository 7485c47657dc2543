import type { Report, ToolStatus } from '../../session/report.ts'
import { EXIT } from '../exit-code.ts'

/** How a call ends where the tool itself is at fault: no caller, no model and no other service has a part in it. */
const AT_FAULT: readonly ToolStatus[] = ['crashed', 'failed', 'misconfigured', 'output_too_large', 'timeout']

/** Watches a conversation that a program holds, and says what of it did not work. */
interface Rehearsal {
  hear(report: Report): void
  /** A sentence; null where all tools did what they are for. `serversAway`: those that are not there now that it is over, with their tools. */
  fault(serversAway: readonly string[]): string | null
}

/** Hears the reports of one conversation from its beginning. */
export function createRehearsal(): Rehearsal {
  const faults = new Set<string>()
  return {
    hear(report) {
      if (report.type === 'tool.finished' && AT_FAULT.includes(report.status))
        faults.add(`${report.name} (${report.status})`)
    },
    fault(serversAway) {
      const all = [...faults, ...serversAway.map((name) => `the server ${name} (not there)`)]
      if (all.length === 0) return null
      return `${all.join(', ')} did not work, so this run ends with ${EXIT.no}`
    },
  }
}
