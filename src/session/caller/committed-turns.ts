import type { CallerEntry } from '../record.ts'
import type { CommittedTurn } from '../sound-state.ts'
import type { SessionState } from '../state.ts'
import { isAtRest } from '../time/quiet.ts'

/** Turns ended by hand that are kept until they are read: the last, and one that it overtook. */
const COMMITTED_MAX = 2

/** Keeps the sound of the turn that is just being ended, beside those that are not read yet. */
export function keepCommitted(state: SessionState): SessionState {
  const turn = { turn: state.turn.turnsBegun, sound: state.sound.ofTurn }
  return { ...state, sound: { ...state.sound, committed: [...unreadTurns(state), turn].slice(-COMMITTED_MAX) } }
}

/** Turns ended by hand of which nobody has read the words, nor heard the answer; where all is said and heard, nobody waits for it. */
export function unreadTurns(state: SessionState): readonly CommittedTurn[] {
  if (isAtRest(state) && !state.sound.playing) return []
  return state.sound.committed.filter(({ turn }) => isUnread(state, turn))
}

/** A turn is taken, whatever its words were, once its answer was heard to the end. */
function isUnread(state: SessionState, turn: number): boolean {
  const entry = state.record.findLast((other): other is CallerEntry => other.kind === 'caller' && other.turn === turn)
  if (turn < state.turn.turnsBegun) return entry?.state === 'open'
  return (entry === undefined || entry.state === 'open') && !isAnswered(state, turn)
}

function isAnswered({ record, turn: { responses }, sound }: SessionState, turn: number): boolean {
  if (sound.playing || responses.some((response) => response.turn === turn)) return false
  return record.some((entry) => entry.kind === 'agent' && entry.turn === turn && entry.heard === null)
}
