import type { ServerMessage } from '../../page/protocol.ts'

/** What a page that comes back is told once more. */
export type Told = Extract<ServerMessage, { type: 'report' | 'notice' }>

/** Reports and notices kept for a page that comes back; the oldest go first. */
const KEPT_MAX = 500
/** Reports of how something stands: the last of each is enough. */
const STANDINGS = ['caller.speech', 'agent.playback', 'session.settings']
/** Reports that a page has no use for: it gets the sound as sound, and reads the items' words elsewhere. */
const NOT_SHOWN = ['agent.audio', 'agent.backchannel.audio', 'item.created', 'item.updated']

/** Whether a page is told of it at all. */
export function isShown(type: string): boolean {
  return !NOT_SHOWN.includes(type)
}

/**
 * What a page that comes back is told: everything that was said and done, without the steps on the way there. What is said is one report, in
 * the place where it began, however many pieces it comes in: a long answer has more of them than are kept, and one that is broken off is
 * told whole only after what broke it off.
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

/** Whether this goes on with words that are not whole yet, or is the whole of them. */
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
