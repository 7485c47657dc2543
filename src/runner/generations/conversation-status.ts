import type { Report } from '../../session/report.ts'

/** The state of one conversation towards its agent's generations, as `runner status` shows it. */
export interface ConversationStatus {
  readonly conversation: string
  readonly agent: string
  /** The generation the service last confirmed in it; null before the first confirmation. */
  readonly generation: number | null
  /** When it was opened, in ms since the epoch. */
  readonly since: number
  /** Author paths that wait for a quiet moment. */
  readonly waiting: readonly string[]
  /** Author paths deferred to the next session. */
  readonly deferred: readonly string[]
  /** What became of the newest generation offered to it. */
  readonly last: GenerationOutcome | null
}

/** What became of one generation in one conversation. */
export interface GenerationOutcome {
  readonly offered: number
  readonly outcome: 'waiting' | 'sent' | 'applied' | 'deferred' | 'refused' | 'unconfirmed'
  /** When, in ms since the epoch. */
  readonly at: number
  /** What changed: author paths, each with a short diff once applied. */
  readonly changes: readonly { readonly field: string; readonly summary: string | null }[]
  /** From the save to sending it, and to the confirmation; null if that did not happen. */
  readonly ms_wire: number | null
  readonly ms: number | null
  /** Why the service refused it, in its own words. */
  readonly message: string | null
}

/** Applies one report of the conversation. What waits for the next session comes from the conversation itself. */
export function statusAfter(before: ConversationStatus, report: Report): ConversationStatus {
  if ('own' in report && report.own) return before
  switch (report.type) {
    case 'session.ready':
      return { ...before, waiting: [] }
    case 'reload.waiting':
      return { ...withOutcome(before, report, 'waiting'), waiting: report.fields }
    case 'reload.sent':
      return { ...withOutcome(before, report, 'sent', { ms_wire: report.ms }), waiting: [] }
    case 'reload.superseded':
      return { ...before, waiting: [] }
    case 'reload.applied': {
      const { ms, ms_wire, changes } = report
      return {
        ...withOutcome(before, report, 'applied', { ms, ms_wire, changes: changes.map(withoutLines) }),
        waiting: [],
      }
    }
    case 'reload.deferred':
      return hasLivePart(before, report) ? before : withOutcome(before, report, 'deferred')
    case 'reload.refused':
      return { ...withOutcome(before, report, 'refused', { message: report.message }), waiting: [] }
    case 'reload.unconfirmed':
      return withOutcome(before, report, 'unconfirmed')
    default:
      return before
  }
}

/** Whether part of that generation was not deferred. That part's fate counts: deferred fields are listed separately. */
function hasLivePart({ last }: ConversationStatus, { offered }: { readonly offered: number | null }): boolean {
  return last !== null && last.offered === offered && last.outcome !== 'deferred'
}

function withOutcome(
  before: ConversationStatus,
  { offered, fields, t }: { readonly offered: number | null; readonly fields: readonly string[]; readonly t: number },
  outcome: GenerationOutcome['outcome'],
  more: Partial<GenerationOutcome> = {},
): ConversationStatus {
  if (offered === null) return before
  const changes = fields.map((field) => ({ field, summary: null }))
  const none = { changes, ms_wire: null, ms: null, message: null }
  return { ...before, last: { offered, outcome, at: t, ...none, ...more } }
}

function withoutLines({ field, summary }: { readonly field: string; readonly summary: string }) {
  return { field, summary }
}
