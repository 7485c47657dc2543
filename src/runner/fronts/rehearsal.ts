import type { Report, ToolStatus } from '../../session/report.ts'
import { EXIT, exitCodeOf } from '../exit-code.ts'

/** How a call ends where the tool itself is at fault: no caller, no model and no other service has a part in it. */
const AT_FAULT: readonly ToolStatus[] = ['crashed', 'failed', 'misconfigured', 'output_too_large', 'timeout']

/** Watches a conversation that a program holds, and says what of it did not work. */
interface Rehearsal {
  hear(report: Report): void
  /** A signal ends it before all was said and done. */
  cutShort(signal: NodeJS.Signals): void
  /** Null where all was done, and all tools did what they are for. `away`: what of servers is not there now that it is over. */
  fault(away: readonly string[]): { readonly message: string; readonly code: number } | null
}

/** Hears the reports of one conversation from its beginning. */
export function createRehearsal(): Rehearsal {
  const faults = new Set<string>()
  let endedBy: NodeJS.Signals | null = null
  return {
    hear(report) {
      if (report.type === 'tool.finished' && AT_FAULT.includes(report.status))
        faults.add(`${report.name} (${report.status})`)
    },
    cutShort(signal) {
      endedBy = signal
    },
    fault(away) {
      if (endedBy !== null) return faultOf(`${endedBy} came before all was said and done`, exitCodeOf(endedBy))
      const all = [...faults, ...away.map((what) => `${what} (not there)`)]
      if (all.length === 0) return null
      return faultOf(`${all.join(', ')} did not work`, EXIT.no)
    },
  }
}

function faultOf(what: string, code: number) {
  return { message: `${what}, so this run ends with ${code}`, code }
}
