import type { Refusal, Report } from '../../session/report.ts'
import type { Verdict } from '../generations.ts'

/**
 * Reads from what one conversation reports whether the service said yes or no to a generation. It said yes to all of it only
 * where nothing of it waits for the next session (`deferred`); a greeting may, since the service is never told of it.
 */
export function createVerdicts(
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
        // In force already: there is nothing else in it.
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

/** Whether the service has still to say something to what waits for the next session. */
function isAwaited(deferred: readonly string[]): boolean {
  return deferred.some((field) => field !== 'greeting')
}

/** What the service said, without who was told. */
export function refusalOf(report: Extract<Report, { type: 'reload.refused' }>): Refusal {
  const { fields, message, code, file, line, column, diagnostic } = report
  return { fields, message, code, file, line, column, diagnostic }
}
