import type { Refusal, Report } from '../../session/report.ts'
import type { Verdict } from '../generations.ts'

/**
 * Reads from one conversation's reports whether the service accepted or refused a generation. It has accepted all of it only if nothing
 * waits for the next session (`deferred`), except a greeting, which the service never sees.
 */
export function createVerdictReader(
  onVerdict: (number: number, verdict: Exclude<Verdict, 'open'>, refusal?: Refusal) => void,
): (report: Report, deferred: readonly string[]) => void {
  return (report, deferred) => {
    switch (report.type) {
      case 'session.ready':
        return onVerdict(report.generation, 'confirmed')
      case 'reload.applied':
        if (isAwaited(deferred) || report.own || report.offered === null) return
        return onVerdict(report.offered, 'confirmed')
      case 'reload.deferred':
        // The generation is in force already: all that remained of it is deferred.
        if (isAwaited(deferred) || report.own || report.offered !== report.generation) return
        return onVerdict(report.offered, 'confirmed')
      case 'reload.refused':
        if (report.own || report.elsewhere || !report.certain || report.offered === null) return
        return onVerdict(report.offered, 'refused', refusalOf(report))
      default:
        return
    }
  }
}

/** Whether the service still has to answer for something deferred. */
function isAwaited(deferred: readonly string[]): boolean {
  return deferred.some((field) => field !== 'greeting')
}

/** The service's refusal, without the conversation it was sent to. */
export function refusalOf(report: Extract<Report, { type: 'reload.refused' }>): Refusal {
  const { fields, message, code, file, line, column, diagnostic } = report
  return { fields, message, code, file, line, column, diagnostic }
}
