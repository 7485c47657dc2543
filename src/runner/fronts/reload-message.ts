import type { Report } from '../../session/report.ts'
import type { FrameRenderer } from '../printing/frames.ts'

type Reload = Exclude<Extract<Report, { type: `reload.${string}` }>, { type: 'reload.sent' | 'reload.superseded' }>

/** Says what became of an edit, for the person who made it. */
export function reloadMessage(report: Reload, { frame }: FrameRenderer): string {
  switch (report.type) {
    case 'reload.applied':
      return [`${appliedText(report)} · ${timesText(report)}`, ...report.changes.flatMap(changeRows)].join('\n')
    case 'reload.waiting':
      return `waiting for a quiet moment: ${list(report.fields)}`
    case 'reload.deferred':
      return `for the next session: ${list(report.fields)} (${report.reason})`
    case 'reload.unconfirmed':
      return `the service did not confirm: ${list(report.fields)}; the next session begins with it`
    case 'reload.refused':
      return refusalText(report, frame)
    case 'reload.rejected':
      return ['not taken, the last good settings stay', ...report.diagnostics.map(frame)].join('\n')
    case 'reload.held':
      return ['held, the last good settings stay', ...report.diagnostics.map(frame)].join('\n')
    default:
      return report satisfies never
  }
}

type Applied = Extract<Report, { type: 'reload.applied' }>

function appliedText({ own, fields, offered }: Applied): string {
  if (own) return `applied to this conversation alone: ${list(fields)}`
  const what = fields.length === 0 ? 'nothing differs from before' : list(fields)
  return `applied: ${what} · generation ${offered}`
}

/** Times are counted from the save. */
function timesText({ ms, ms_wire }: Applied): string {
  return ms_wire === null ? `${ms} ms` : `sent after ${ms_wire} ms, confirmed after ${ms} ms`
}

function changeRows({ field, summary, when, lines }: Applied['changes'][number]): readonly string[] {
  const moment = when === 'now' ? '' : `, from the ${when} on`
  return [`  ${field}: ${summary}${moment}`, ...lines.map((line) => `    ${line}`)]
}

type Refused = Extract<Report, { type: 'reload.refused' }>

/** Before the first confirmation there are no settings that could stay. */
function refusalText(
  { offered, generation, certain, elsewhere, fields, message, diagnostic }: Refused,
  frame: FrameRenderer['frame'],
): string {
  const stays = offered === generation ? '' : `, generation ${generation} stays`
  const where = elsewhere ? ' in another conversation' : ''
  const said = `${certain ? 'refused' : 'it seems, refused'} by the service${where}${stays}`
  // At a start the refusal may concern all settings and name none.
  const what = fields.length === 0 ? said : `${said}: ${list(fields)}`
  return diagnostic === null ? `${what}: ${message}` : `${what}\n${frame(diagnostic)}`
}

function list(fields: readonly string[]): string {
  return fields.join(', ')
}
