import type { CallerEntry } from '../record.ts'
import type { SessionState } from '../state.ts'
import { type Step, unchanged } from '../stepping.ts'
import { isAtRest } from '../time/quiet.ts'

/** Turns that are over and kept until they are read: the last, and one that it overtook. */
const COMMITTED_MAX = 2

/** Keeps the sound of the turn that is just ending, beside those that are not read yet; what comes from here on is none of it. */
export function keepCommitted(state: SessionState, turn: number): SessionState {
  const ended = isUnread(state, turn) ? [{ turn, sound: state.sound.ofTurn }] : []
  const committed = [...state.sound.committed, ...ended].slice(-COMMITTED_MAX)
  return { ...state, sound: { ...state.sound, committed, ofTurn: [] } }
}

/** A turn that was read, or answered, is forgotten for good; where all is said and heard, nobody waits for any. */
export function settleCommitted(state: SessionState): Step {
  const { committed, playing } = state.sound
  const unread = isAtRest(state) && !playing ? [] : committed.filter(({ turn }) => isUnread(state, turn))
  if (unread.length === committed.length) return unchanged(state)
  return unchanged({ ...state, sound: { ...state.sound, committed: unread } })
}

/** A turn is taken, whatever its words were, once its answer was heard to the end, or has called a tool. */
function isUnread(state: SessionState, turn: number): boolean {
  const entry = state.record.findLast((other): other is CallerEntry => other.kind === 'caller' && other.turn === turn)
  return entry?.state !== 'final' && !isAnswered(state, turn)
}

function isAnswered({ record, turn: { responses }, sound }: SessionState, turn: number): boolean {
  const answers = record.filter((entry) => entry.turn === turn)
  if (answers.some(({ kind }) => kind === 'call')) return true
  if (responses.some((response) => response.turn === turn)) return false
  if (sound.items.some((item) => item.turn === turn && item.bytes > item.heardBytes)) return false
  return answers.some((entry) => entry.kind === 'agent' && entry.heard === null)
}
