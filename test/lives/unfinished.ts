import type { Report } from '../../src/session/report.ts'
import type { SessionState } from '../../src/session/state.ts'
import type { LifeObserver } from './observer.ts'

/** What a conversation has left undone although everything begun has had time to end, in words; whether it is live or closed by then. */
export function unfinishedWork(observer: LifeObserver, state: SessionState): readonly string[] {
  const { reports, ends, delivered, typed, live, edits } = observer
  const isLive = state.phase === 'live'
  const isWhole = isLive ? state.lifetime.pendingEnd === null : endingOf(reports)?.reason === 'stopped'
  const begun = reports.flatMap((report) => (report.type === 'tool.started' ? [report.call_id] : []))
  const found = reports.flatMap((report) =>
    report.type === 'tool.finished' && report.background ? [report.call_id] : [],
  )
  const said = reports.flatMap((report) => (report.type === 'caller.transcript' && report.typed ? [report.text] : []))
  const unsaid = isLive && isWhole ? typed.filter((text) => !said.includes(text)) : []
  const missing = isLive && isWhole ? edits.missingGeneration(state) : null
  const unanswered = isLive ? live.unanswered : []
  return [
    ...begun.filter((callId) => !ends.has(callId)).map((callId) => `the call ${callId} has no end`),
    ...unanswered.map((callId) => `the call ${callId} has no answer`),
    ...(isLive && isWhole ? [...observer.withoutFollowUp] : []).map(
      (callId) => `the result of ${callId} has no follow-up`,
    ),
    ...(isLive && isWhole ? [...observer.unanswered.values()] : []).map((text) => `nobody answers "${text}"`),
    ...(isLive && isWhole && observer.isTurnUnanswered ? ['nobody answers a turn that was ended by hand'] : []),
    ...unsaid.map((text) => `the line "${text}" is lost`),
    ...(isWhole ? found.filter((callId) => !delivered.has(callId)) : []).map(
      (callId) => `the result of ${callId} is never sent`,
    ),
    ...(missing === null ? [] : [`the edit that made generation ${missing} is lost`]),
    ...(state.phase === 'closed' ? reportsAfterEnd(reports) : []),
  ]
}

/** Processes may end after the conversation that began them. */
function reportsAfterEnd(reports: readonly Report[]): readonly string[] {
  const closings = reports.filter(({ type }) => type === 'session.closed').length
  if (closings !== 1) return [`its end is reported ${closings} times`]
  const after = reports.slice(reports.findIndex(({ type }) => type === 'session.closed') + 1)
  return after.filter(({ type }) => type !== 'tool.finished').map(({ type }) => `${type} is reported after the end`)
}

function endingOf(reports: readonly Report[]) {
  return reports.find(
    (report): report is Extract<Report, { type: 'session.closed' }> => report.type === 'session.closed',
  )
}
