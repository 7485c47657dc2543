import type { Report } from '../session/report.ts'

/** How one conversation stands to the generations of its agent, as `runner status` shows it. */
export interface Standing {
  readonly conversation: string
  readonly agent: string
  /** The generation that the service last confirmed to it; null before the first confirmation. */
  readonly generation: number | null
  /** When it was opened, in ms since the epoch. */
  readonly since: number
  /** Author paths that wait for a quiet moment. */
  readonly waiting: readonly string[]
  /** Author paths that wait for the next session. */
  readonly deferred: readonly string[]
  /** What became of the newest generation that was offered to it. */
  readonly last: { readonly offered: number; readonly outcome: Outcome; readonly ms: number | null } | null
}

export type Outcome = 'waiting' | 'sent' | 'applied' | 'deferred' | 'refused' | 'unconfirmed'

/** What a standing becomes by one report of its conversation. */
export function standingAfter(before: Standing, report: Report): Standing {
  switch (report.type) {
    case 'session.ready':
      return { ...before, waiting: [], deferred: [] }
    case 'reload.waiting':
      return report.own ? before : { ...outcome(before, report, 'waiting'), waiting: report.fields }
    case 'reload.sent':
      return report.own ? before : { ...outcome(before, report, 'sent'), waiting: [] }
    case 'reload.superseded':
      return { ...before, waiting: [] }
    case 'reload.applied':
      return report.own ? before : { ...outcome(before, report, 'applied', report.ms), waiting: [] }
    case 'reload.deferred': {
      if (report.own) return before
      const deferred = [...new Set([...before.deferred, ...report.fields])]
      return { ...outcome(before, report, 'deferred'), deferred }
    }
    case 'reload.refused':
      return report.own ? before : { ...outcome(before, report, 'refused'), waiting: [] }
    case 'reload.unconfirmed':
      return report.own ? before : outcome(before, report, 'unconfirmed')
    default:
      return before
  }
}

function outcome(
  before: Standing,
  { offered }: { readonly offered: number | null },
  what: Outcome,
  ms: number | null = null,
): Standing {
  return offered === null ? before : { ...before, last: { offered, outcome: what, ms } }
}
