import type { Refusal, Report } from '../../session/report.ts'

/** What the service said to a generation. */
export type Judgement =
  | { readonly number: number; readonly verdict: 'confirmed' }
  | { readonly number: number; readonly verdict: 'refused'; readonly refusal: Refusal }

/**
 * The service's judgement in one report of a conversation, or null. It has confirmed a generation only if nothing of it waits for the next
 * session (`deferred`), except a greeting, which the service never sees.
 */
export function judgementIn(report: Report, deferred: readonly string[]): Judgement | null {
  switch (report.type) {
    case 'session.ready':
      // It may have been opened with the connection settings of the session before.
      if (deferred.some((field) => field.startsWith('connection.'))) return null
      return { number: report.generation, verdict: 'confirmed' }
    case 'reload.applied':
      if (isAwaited(deferred) || report.own || report.offered === null) return null
      return { number: report.offered, verdict: 'confirmed' }
    case 'reload.deferred':
      // The generation is in force already: all that remained of it is deferred.
      if (isAwaited(deferred) || report.own || report.offered !== report.generation) return null
      return { number: report.offered, verdict: 'confirmed' }
    case 'reload.refused':
      if (report.own || report.elsewhere || !report.certain || report.offered === null) return null
      return { number: report.offered, verdict: 'refused', refusal: refusalOf(report) }
    default:
      return null
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

/** Whether it is about the settings that a session opens with: nobody has edited them, and none are in force that could stay. */
export function isRefusedStart(report: Report): boolean {
  return report.type === 'reload.refused' && !report.own && report.offered === report.generation
}
