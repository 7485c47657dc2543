import type { Usage } from '../realtime/usage.ts'
import type { Moment } from './event.ts'
import type { SessionState } from './state.ts'
import { report, type Step, sequence, unchanged } from './stepping.ts'
import { reportTranscription } from './usage.ts'

/** Spoken turns whose words are still coming. */
const PARTIALS_MAX = 8

/** Words of the caller as they come: a piece, or the whole so far, by the provider. */
export function transcribe(state: SessionState, heard: { item_id: string; delta: string }, moment: Moment): Step {
  const before = partial(state, heard.item_id)
  const text = reconcile(before, heard.delta)
  if (text === before) return unchanged(state)
  const partials = [...others(state, heard.item_id), { itemId: heard.item_id, text }].slice(-PARTIALS_MAX)
  return report(
    { type: 'caller.transcript', text, final: false },
    moment,
  )({ ...state, turn: { ...state.turn, partials } })
}

/** The final words overrule the pieces; empty ones leave the pieces standing, and no words at all are no turn. */
export function transcribed(
  state: SessionState,
  heard: { item_id: string; transcript: string; usage?: Usage },
  moment: Moment,
): Step {
  const text = heard.transcript.trim() === '' ? partial(state, heard.item_id) : heard.transcript
  const done = { ...state, turn: { ...state.turn, partials: others(state, heard.item_id) } }
  return sequence(
    done,
    text === '' ? unchanged : report({ type: 'caller.transcript', text, final: true }, moment),
    (now) => reportTranscription(now, heard.usage ?? null, moment),
  )
}

export function transcriptionFailed(
  state: SessionState,
  failed: { item_id: string; message: string },
  moment: Moment,
): Step {
  return sequence(
    state,
    (now) => transcribed(now, { item_id: failed.item_id, transcript: '' }, moment),
    report({ type: 'warning', message: `the caller's words could not be read: ${failed.message}` }, moment),
  )
}

/** Joins a delta to the text so far, whether the provider sends pieces or the whole text each time. */
export function reconcile(before: string, delta: string): string {
  if (before === '' || delta.startsWith(before)) return delta
  return before.startsWith(delta) ? before : before + delta
}

function partial(state: SessionState, itemId: string): string {
  return state.turn.partials.find((entry) => entry.itemId === itemId)?.text ?? ''
}

function others(state: SessionState, itemId: string): SessionState['turn']['partials'] {
  return state.turn.partials.filter((entry) => entry.itemId !== itemId)
}
