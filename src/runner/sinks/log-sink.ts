import type { Diagnostic } from '../../agent/findings/diagnostic.ts'
import type { Log } from '../../io/log.ts'
import type { Report } from '../../session/report.ts'
import { isRefusedStart } from '../generations/judgement.ts'
import type { Sink } from './fan-out.ts'

interface LogSinkOptions {
  readonly log: Pick<Log, 'info' | 'warn'>
  /** Whether nobody but callers at pages sees the reports. */
  readonly isForPagesAlone: boolean
}

/**
 * Logs what becomes of edits: a line for each conversation, and a single one for a bad save, which every conversation reports. Uses level
 * `info`, since whoever talks, or reads the events, sees it already; where those are callers alone, `warn` for what has to be mended.
 */
export function logSink({ log, isForPagesAlone }: LogSinkOptions): Sink {
  const lastReported = new Map<string, string>()
  return {
    name: 'log',
    accepts: (type) => type.startsWith('reload.'),
    take(report, { agent }) {
      if (!isReloadReport(report)) return
      const { type, t: _t, ...rest } = report
      const write = isForPagesAlone && isToBeMended(report) ? log.warn : log.info
      if ('diagnostics' in rest) {
        const key = JSON.stringify([type, rest.diagnostics.map(({ fingerprint, range }) => [fingerprint, range.start])])
        if (lastReported.get(agent.name) === key) return
        lastReported.set(agent.name, key)
        return write(MESSAGES[type], { agent: agent.name, faults: rest.diagnostics.map(faultText) })
      }
      if (type === 'reload.applied') lastReported.delete(agent.name)
      const { changes: _changes, diagnostic: _diagnostic, ...fields } = { changes: null, diagnostic: null, ...rest }
      write(isRefusedStart(report) ? REFUSED_START : MESSAGES[type], { agent: agent.name, ...fields })
    },
    close: () => {},
  }
}

type ReloadReport = Extract<Report, { type: `reload.${string}` }>

const MESSAGES: { readonly [type in ReloadReport['type']]: string } = {
  'reload.sent': 'an edit was sent',
  'reload.applied': 'an edit is applied',
  'reload.waiting': 'an edit waits for a quiet moment',
  'reload.superseded': 'a newer edit has come before one was sent',
  'reload.deferred': 'an edit waits for the next session',
  'reload.refused': 'the service refused an edit',
  'reload.unconfirmed': 'the service did not confirm an edit',
  'reload.rejected': 'a save is not taken, the last good settings stay',
  'reload.held': 'a save is held, the last good settings stay',
}

const REFUSED_START = 'the service refused the settings of a session'

function isReloadReport(report: Report): report is ReloadReport {
  return report.type in MESSAGES
}

/** A refusal in another conversation has its own line there. */
function isToBeMended(report: ReloadReport): boolean {
  if (report.type === 'reload.refused') return report.elsewhere !== true
  return report.type === 'reload.rejected' || report.type === 'reload.held'
}

function faultText({ file, range, rule, message }: Diagnostic): string {
  return `${file}:${range.start.line}:${range.start.column} ${rule} ${message}`
}
