import type { Report } from '../../session/report.ts'
import type { Verdict } from '../generations.ts'
import type { Sink } from './fan-out.ts'

/** Who or what caused a change: a saved file with its owner, a command through the control socket, a signal, or the runner itself. */
export type Actor =
  | { readonly kind: 'file'; readonly path: string; readonly uid: number | null }
  | { readonly kind: 'control' | 'signal' | 'runner' }

/** One step of a reload, as a line of the audit. */
export type AuditStep =
  | { readonly ev: 'reload.seen' | 'reload.asked'; readonly actor: Actor }
  | { readonly ev: 'reload.nochange'; readonly gen: number; readonly actor: Actor }
  | {
      readonly ev: 'reload.published'
      readonly gen: number
      readonly prev: number
      readonly sha256: string
      readonly source: string
      readonly conversations: number
      readonly actor: Actor
    }
  | { readonly ev: 'reload.refused' | 'reload.held'; readonly rules: readonly string[]; readonly actor: Actor }
  | { readonly ev: 'reload.missing'; readonly message: string; readonly actor: Actor }
  | { readonly ev: 'reload.accepted'; readonly gen: number; readonly actor: Actor }
  | { readonly ev: 'reload.rolled_back'; readonly gen: number; readonly to: number; readonly actor: Actor }
  | ({ readonly ev: `generation.${Exclude<Verdict, 'open'>}`; readonly gen: number } & Partial<RefusalReason>)

/** Why the service refused a generation; a probe has no conversation that would say it. */
interface RefusalReason {
  readonly paths: readonly string[]
  readonly message: string
  readonly code: string | null
}

/** The reports that are steps of a reload, with their names in the audit. */
const STEPS: { readonly [type: string]: string } = {
  'reload.waiting': 'reload.staged',
  'reload.sent': 'reload.sent',
  'reload.applied': 'reload.acked',
  'reload.refused': 'reload.nacked',
  'reload.unconfirmed': 'reload.unconfirmed',
  'reload.deferred': 'reload.deferred',
  'reload.superseded': 'reload.superseded',
  'session.closed': 'session.final',
}

/** Writes what becomes of an edit in each conversation. */
export function auditSink(write: (agent: string, line: object) => void): Sink {
  return {
    name: 'audit',
    accepts: (type) => type in STEPS,
    take(report, { agent }) {
      write(agent.name, { ev: STEPS[report.type], ...fieldsOf(report) })
    },
    close() {},
  }
}

function fieldsOf(report: Report): object {
  const { type: _type, t, conversation, generation, ...rest } = report
  // What changed is in the stored generations; leaving it out keeps the line short.
  const { offered, fields, ms, changes: _changes, diagnostic: _diagnostic, ...more } = rest as Fields
  const gen = offered ?? generation
  return {
    t: new Date(t).toISOString(),
    session: conversation,
    gen,
    ...(gen === generation ? {} : { prev: generation }),
    ...(fields === undefined ? {} : { paths: fields }),
    ...(ms === undefined ? {} : { ms }),
    ...more,
  }
}

interface Fields {
  readonly [key: string]: unknown
}
