import type { Report } from '../../session/report.ts'

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
  readonly last: Fate | null
}

/** What became of one generation in one conversation. */
export interface Fate {
  readonly offered: number
  readonly outcome: 'waiting' | 'sent' | 'applied' | 'deferred' | 'refused' | 'unconfirmed'
  /** When, in ms since the epoch. */
  readonly at: number
  /** What changed: author paths, each with a short diff where it took effect. */
  readonly changes: readonly { readonly field: string; readonly summary: string | null }[]
  /** From the save to the moment it was sent, and to the confirmation; null where that was not. */
  readonly ms_wire: number | null
  readonly ms: number | null
  /** Why the service refused it, in its words. */
  readonly message: string | null
}

/** What a standing becomes by one report of its conversation. What waits for the next session, the conversation itself knows. */
export function standingAfter(before: Standing, report: Report): Standing {
  if ('own' in report && report.own) return before
  switch (report.type) {
    case 'session.ready':
      return { ...before, waiting: [] }
    case 'reload.waiting':
      return { ...fated(before, report, 'waiting'), waiting: report.fields }
    case 'reload.sent':
      return { ...fated(before, report, 'sent', { ms_wire: report.ms }), waiting: [] }
    case 'reload.superseded':
      return { ...before, waiting: [] }
    case 'reload.applied': {
      const { ms, ms_wire, changes } = report
      return { ...fated(before, report, 'applied', { ms, ms_wire, changes: changes.map(short) }), waiting: [] }
    }
    case 'reload.deferred':
      return hasLivePart(before, report) ? before : fated(before, report, 'deferred')
    case 'reload.refused':
      return { ...fated(before, report, 'refused', { message: report.message }), waiting: [] }
    case 'reload.unconfirmed':
      return fated(before, report, 'unconfirmed')
    default:
      return before
  }
}

/** The rest of that generation has a fate of its own, which counts: what waits for the next session is listed besides. */
function hasLivePart({ last }: Standing, { offered }: { readonly offered: number | null }): boolean {
  return last !== null && last.offered === offered && last.outcome !== 'deferred'
}

function fated(
  before: Standing,
  { offered, fields, t }: { readonly offered: number | null; readonly fields: readonly string[]; readonly t: number },
  outcome: Fate['outcome'],
  more: Partial<Fate> = {},
): Standing {
  if (offered === null) return before
  const changes = fields.map((field) => ({ field, summary: null }))
  const none = { changes, ms_wire: null, ms: null, message: null }
  return { ...before, last: { offered, outcome, at: t, ...none, ...more } }
}

function short({ field, summary }: { readonly field: string; readonly summary: string }) {
  return { field, summary }
}
