import type { ServerMessage } from '../page/protocol.ts'

/** What a page that comes back is told once more. */
export type Told = Extract<ServerMessage, { type: 'report' | 'notice' }>

/** Reports and notices kept for a page that comes back; the oldest go first. */
const KEPT_MAX = 500
/** Reports that only lead up to another one, and are not kept once that one is there. */
const LEADS_TO: { readonly [type: string]: readonly string[] } = {
  'agent.transcript': ['agent.transcript.delta'],
  'caller.transcript': ['caller.transcript'],
  'caller.speech': ['caller.speech'],
  'agent.playback': ['agent.playback'],
  'session.settings': ['session.settings'],
}
/** Reports that a page has no use for: it gets the sound as sound, and reads the items' words elsewhere. */
const NOT_SHOWN = ['agent.audio', 'agent.backchannel.audio', 'item.created', 'item.updated']

/** Whether a page is told of it at all. */
export function isShown(type: string): boolean {
  return !NOT_SHOWN.includes(type)
}

/**
 * What a page that comes back is told: everything that was said and done, without the steps on the way there. Words that stream in are one
 * report, however many pieces they come in: a long answer has more of them than are kept.
 */
export function remember(kept: readonly Told[], told: Told): readonly Told[] {
  const begun = kept.findLastIndex((earlier) => isContinued(earlier, told))
  const words = kept[begun]
  if (words?.type === 'report' && told.type === 'report') {
    const text = `${words.report.text}${told.report.text}`
    return kept.with(begun, { ...words, report: { ...words.report, text } })
  }
  const over = told.type === 'report' ? (LEADS_TO[told.report.type] ?? []) : []
  const others = over.length === 0 ? kept : kept.filter((earlier) => !isPassing(earlier, over))
  return [...others, told].slice(-KEPT_MAX)
}

/** When it happened, in ms since the epoch. */
export function timeOf(told: Told): number {
  return told.type === 'report' ? told.report.t : told.t
}

/** Of these types; a transcript that is final stays. */
function isPassing(told: Told, types: readonly string[]): boolean {
  if (told.type !== 'report' || !types.includes(told.report.type)) return false
  return told.report.type !== 'caller.transcript' || told.report.final !== true
}

/** Whether words stream in, and these are of the same answer. */
function isContinued(earlier: Told, told: Told): boolean {
  if (earlier.type !== 'report' || told.type !== 'report' || told.report.type !== 'agent.transcript.delta') return false
  return earlier.report.type === told.report.type && earlier.report.response_id === told.report.response_id
}
