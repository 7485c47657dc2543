import type { ServerMessage } from '../../page/protocol.ts'

/** The messages repeated to a page that returns. */
export type HistoryEntry = Extract<ServerMessage, { type: 'report' | 'notice' }>

/** Reports and notices kept for a page that returns; the oldest go first, but no current state. */
const HISTORY_MAX = 500
/** The most of it that is repeated, in bytes of JSON: half of what may wait for a client that does not read. */
const REPEATED_BYTES_MAX = 4_000_000
/** Reports of a current state: only the last of each is kept. */
const STATE_REPORTS = ['caller.speech', 'agent.playback', 'session.settings']
/** Reports a page does not need: it gets the sound itself, and the items' words from other reports. */
const NOT_SENT = ['agent.audio', 'agent.backchannel.audio', 'item.created', 'item.updated']

/** Whether a page gets reports of that type. */
export function isSentToPage(type: string): boolean {
  return !NOT_SENT.includes(type)
}

/**
 * Adds to the history for a page that returns: everything said and done, without intermediate steps. All parts of an utterance become one
 * report, at the place where it began: a long answer has more parts than are kept, and the full words of an interrupted one come only after
 * what interrupted it.
 */
export function addToHistory(history: readonly HistoryEntry[], entry: HistoryEntry): readonly HistoryEntry[] {
  const continuedIndex = history.findLastIndex((earlier) => continues(earlier, entry))
  const continued = history[continuedIndex]
  if (continued?.type === 'report' && entry.type === 'report') {
    const { t, text } = continued.report
    const fullText = entry.report.type === 'agent.transcript.delta' ? `${text}${entry.report.text}` : entry.report.text
    return history.with(continuedIndex, { ...entry, report: { ...entry.report, t, text: fullText } })
  }
  const all = [...history.filter((earlier) => !isReplaced(earlier, entry)), entry]
  return all.length <= HISTORY_MAX ? all : all.toSpliced(oldestIndex(all), 1)
}

/** What is repeated to a page that returns: the current states, and the newest of all else. */
export function repeatedOf(history: readonly HistoryEntry[]): readonly HistoryEntry[] {
  let bytes = 0
  const beyond = history.findLastIndex((entry) => {
    bytes += Buffer.byteLength(JSON.stringify(entry))
    return bytes > REPEATED_BYTES_MAX
  })
  return history.filter((entry, index) => index > beyond || isState(entry))
}

/** The time from which on everything is there, in ms since the epoch; null if there is nothing but current states. */
export function beginningOf(history: readonly HistoryEntry[]): number | null {
  const oldest = history[oldestIndex(history)]
  if (oldest === undefined) return null
  return oldest.type === 'report' ? oldest.report.t : oldest.t
}

function oldestIndex(history: readonly HistoryEntry[]): number {
  return history.findIndex((entry) => !isState(entry))
}

function isState(entry: HistoryEntry): boolean {
  return entry.type === 'report' && STATE_REPORTS.includes(entry.report.type)
}

function isReplaced(earlier: HistoryEntry, entry: HistoryEntry): boolean {
  if (earlier.type !== 'report' || entry.type !== 'report') return false
  return isState(earlier) && earlier.report.type === entry.report.type
}

/** Whether `entry` continues words that are not complete yet, or completes them. */
function continues(earlier: HistoryEntry, entry: HistoryEntry): boolean {
  if (earlier.type !== 'report' || entry.type !== 'report') return false
  const [before, after] = [earlier.report, entry.report]
  switch (before.type) {
    case 'agent.transcript.delta':
      return after.type.startsWith('agent.transcript') && before.response_id === after.response_id
    case 'caller.transcript':
      return before.final !== true && after.type === before.type && before.item_id === after.item_id
    default:
      return false
  }
}
