import { formatValue } from '../../agent/printing/format-value.ts'
import type { Report, ToolStatus } from '../../session/report.ts'
import { EXIT, exitCodeOf } from '../exit-code.ts'

/** Statuses of calls where the tool itself is at fault, not the caller, the model or another service. */
const TOOL_FAULTS: readonly ToolStatus[] = ['crashed', 'failed', 'misconfigured', 'output_too_large', 'timeout']

/** Watches a conversation run from the command line, and says what in it did not work: tools, or the service. */
interface Rehearsal {
  observe(report: Report): void
  /** Notes that a signal ended it before all was said and done. */
  noteSignal(signal: NodeJS.Signals): void
  /** Null if all was said and done, and all worked. */
  fault(missing: Missing): { readonly message: string; readonly code: number } | null
}

/** What is missing at its end. */
interface Missing {
  /** MCP servers and their tools. */
  readonly unavailable: readonly string[]
  /** The first turn that was not said; null if all were. */
  readonly unsaid: string | null
}

/** Must get the reports of one conversation from its beginning. */
export function createRehearsal(): Rehearsal {
  const faults = new Set<string>()
  let endedBy: NodeJS.Signals | null = null
  return {
    observe(report) {
      if (report.type === 'tool.finished' && TOOL_FAULTS.includes(report.status))
        faults.add(`${report.name} (${report.status})`)
      if (report.type === 'error') faults.add(`the service (${report.code ?? 'error'})`)
    },
    noteSignal(signal) {
      endedBy = signal
    },
    fault({ unavailable, unsaid }) {
      if (endedBy !== null) return faultOf(`${endedBy} came before all was said and done`, exitCodeOf(endedBy))
      const all = [...faults, ...unavailable.map((what) => `${what} (not there)`)]
      const sentences = [
        ...(all.length === 0 ? [] : [`${all.join(', ')} did not work`]),
        ...(unsaid === null ? [] : [`${formatValue(unsaid)} was not said, since the conversation was over`]),
      ]
      return sentences.length === 0 ? null : faultOf(sentences.join('; '), EXIT.negative)
    },
  }
}

function faultOf(what: string, code: number) {
  return { message: `${what}, so this run ends with ${code}`, code }
}
