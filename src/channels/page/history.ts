import type { ServerMessage } from '../../page/protocol.ts'

/** The messages repeated to a page that returns. */
export type Told = Extract<ServerMessage, { type: 'report' | 'notice' }>

/** Reports and notices kept for a page that returns; the oldest go first. */
const KEPT_MAX = 500
/** Reports of a current state: only the last of each is kept. */
const STANDINGS = ['caller.speech', 'agent.playback', 'session.settings']
/** Reports a page does not need: it gets the sound itself, and the items' words from other reports. */
const NOT_SHOWN = ['agent.audio', 'agent.backchannel.audio', 'item.created', 'item.updated']

/** Whether a page gets reports of that type. */
export function isShown(type: string): boolean {
  return !NOT_SHOWN.includes(type)
}

/**
 * Adds to the history for a page that returns: everything said and done, without intermediate steps. All parts of an utterance become one
 * report, at the place where it began: a long answer has more parts than are kept, and the full words of an interrupted one come only after
 * what interrupted it.
 */
export function remember(kept: readonly Told[], told: Told): readonly Told[] {
  const begun = kept.findLastIndex((earlier) => isContinued(earlier, told))
  const words = kept[begun]
  if (words?.type === 'report' && told.type === 'report') {
    const { t, text } = words.report
    const all = told.report.type === 'agent.transcript.delta' ? `${text}${told.report.text}` : told.report.text
    return kept.with(begun, { ...told, report: { ...told.report, t, text: all } })
  }
  const others = kept.filter((earlier) => !isReplaced(earlier, told))
  return [...others, told].slice(-KEPT_MAX)
}

/** When it happened, in ms since the epoch. */
export function timeOf(told: Told): number {
  return told.type === 'report' ? told.report.t : told.t
}

function isReplaced(earlier: Told, told: Told): boolean {
  if (earlier.type !== 'report' || told.type !== 'report') return false
  return earlier.report.type === told.report.type && STANDINGS.includes(told.report.type)
}

/** Whether `told` continues words that are not complete yet, or completes them. */
function isContinued(earlier: Told, told: Told): boolean {
  if (earlier.type !== 'report' || told.type !== 'report') return false
  const [before, after] = [earlier.report, told.report]
  switch (before.type) {
    case 'agent.transcript.delta':
      return after.type.startsWith('agent.transcript') && before.response_id === after.response_id
    case 'caller.transcript':
      return before.final !== true && after.type === before.type && before.item_id === after.item_id
    default:
      return false
  }
}
