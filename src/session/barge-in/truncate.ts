import { durationMs } from '../../audio/format.ts'
import { agentEntry, isOfResponse, updateAgentEntry } from '../record.ts'
import type { AgentEntry } from '../record-entry.ts'
import { isSpoken } from '../response/playback.ts'
import { joinWords } from '../response/receive-words.ts'
import type { SoundItem } from '../sound-state.ts'
import { type SessionState, withSound } from '../state.ts'
import { forEach, report, type Step, send, sequence, withoutEffects } from '../stepping.ts'
import type { ActiveResponse } from '../turn-state.ts'
import { estimateHeardWords } from './heard-words.ts'

/**
 * Tells the record, the reports and the service how much of each item was heard, at most what was received. Sound handed to playback after
 * it was cleared is left out.
 */
export function playbackCleared(
  state: SessionState,
  heard: readonly { readonly itemId: string; readonly ms: number }[],
): Step {
  const { items, clearing } = state.sound
  const wasCleared = ({ key }: SoundItem) => clearing.length === 0 || clearing.includes(key)
  const later = items.filter((item) => !wasCleared(item))
  const playing = later.length > 0 && state.sound.playing
  return sequence(
    withSound(state, { playing, items: later, clearing: [] }),
    forEach(items.filter(wasCleared), (now, item) => {
      const ms = heard.find(({ itemId }) => itemId === item.key)?.ms ?? 0
      return truncateItem(now, item, ms)
    }),
  )
}

function truncateItem(state: SessionState, item: SoundItem, reportedMs: number): Step {
  const { format } = item
  const receivedMs = Math.floor(durationMs(item.bytes, format))
  const ms = Math.floor(Math.max(reportedMs, durationMs(item.heardBytes, format)))
  if (!(ms < receivedMs)) return withoutEffects(state)
  const { itemId, responseId, turn, orphaned, contentIndex } = item
  const said = { itemId, responseId, turn, orphaned }
  const entry = agentEntry(state, said)
  const text = estimateHeardWords(entry ?? { text: '', marks: [] }, { ms, receivedMs })
  const cut = entry === undefined ? state : updateAgentEntry(state, said, (known) => ({ ...known, heard: text }))
  const of = { item_id: itemId, response_id: responseId, turn }
  return sequence(
    cut,
    report({ type: 'agent.heard', text, ms, ...heardOfResponse(cut, said), ...of }),
    state.phase === 'live' && !orphaned ? truncateOnService({ itemId, contentIndex, ms }) : withoutEffects,
  )
}

/** For a response of several messages, what was heard up to the first that was cut off. */
function heardOfResponse(
  { record }: SessionState,
  response: Pick<AgentEntry, 'responseId' | 'orphaned' | 'turn'>,
): { readonly response_text?: string } {
  const messages = record.filter(
    (entry): entry is AgentEntry => isOfResponse(entry, response) && entry.turn === response.turn,
  )
  if (messages.length < 2) return {}
  const last = messages.findIndex(({ heard }) => heard !== null)
  const words = messages.slice(0, last + 1).map(({ heard, text }) => heard ?? text)
  return { response_text: words.reduce((before, next) => joinWords(before, next, true), '') }
}

/** Truncates an item, or deletes one of which nothing was heard: what is left of it would be a turn that never was. */
function truncateOnService({ itemId, contentIndex, ms }: { itemId: string; contentIndex: number; ms: number }) {
  if (ms === 0) return send({ type: 'conversation.item.delete', item_id: itemId }, 'delete')
  const cut = { item_id: itemId, content_index: contentIndex, audio_end_ms: ms }
  return send({ type: 'conversation.item.truncate', ...cut }, 'truncate')
}

/** Reports that nobody heard the words of an interrupted response whose sound had not begun to come. */
export function discardUnspoken(state: SessionState, active: Pick<ActiveResponse, 'id' | 'turn'>): Step {
  return reportUnspoken(state, active, (now, { itemId }) =>
    itemId === active.id ? withoutEffects(now) : truncateOnService({ itemId, contentIndex: 0, ms: 0 })(now),
  )
}

/** The same for the responses that end with their session, which is told nothing any more. */
export function reportAllUnspoken(state: SessionState): Step {
  const waiting = state.sound.waiting.map(({ responseId: id, turn }) => ({ id, turn }))
  return forEach([...state.turn.responses, ...waiting], (now, active) => reportUnspoken(now, active, withoutEffects))(
    state,
  )
}

function reportUnspoken(
  state: SessionState,
  { id, turn }: Pick<ActiveResponse, 'id' | 'turn'>,
  continueWith: (state: SessionState, entry: AgentEntry) => Step,
): Step {
  if (!isSpoken(state)) return withoutEffects(state)
  const unspoken = state.record.flatMap((entry) =>
    isOfResponse(entry, { responseId: id }) && entry.bytes === 0 && entry.text !== '' && entry.heard === null
      ? [entry]
      : [],
  )
  return forEach(unspoken, (now, entry) => {
    const { itemId } = entry
    const cut = updateAgentEntry(now, { itemId, responseId: id, turn }, (known) => ({ ...known, heard: '' }))
    const of = { item_id: itemId, response_id: id, turn }
    return sequence(
      cut,
      report({ type: 'agent.heard', text: '', ms: 0, ...heardOfResponse(cut, entry), ...of }),
      (later) => continueWith(later, entry),
    )
  })(state)
}
