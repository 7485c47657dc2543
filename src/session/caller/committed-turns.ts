import type { CallerEntry } from '../record-entry.ts'
import { type SessionState, withSound } from '../state.ts'
import { type Step, withoutEffects } from '../stepping.ts'
import { isAtRest } from '../time/quiet.ts'

/** Finished turns kept until they are transcribed: the last, and one that it overtook. */
const COMMITTED_MAX = 2

/** Keeps the sound of the turn that is just ending, beside those not transcribed yet; what comes after is not part of it. */
export function retainCommitted(state: SessionState, turn: number): SessionState {
  const ended = isUnsettled(state, turn) ? [{ turn, sound: state.sound.turnSound.map(({ audio }) => audio) }] : []
  const committed = [...state.sound.committed, ...ended].slice(-COMMITTED_MAX)
  return withSound(state, { committed, turnSound: [] })
}

/** Forgets turns that were transcribed or answered, and all of them once everything is said and heard. */
export function settleCommitted(state: SessionState): Step {
  const { committed, playing } = state.sound
  const unread = isAtRest(state) && !playing ? [] : committed.filter(({ turn }) => isUnsettled(state, turn))
  if (unread.length === committed.length) return withoutEffects(state)
  return withoutEffects(withSound(state, { committed: unread }))
}

/**
 * Whether a turn is neither transcribed nor answered. It counts as answered, whatever its words were, once its answer was heard to the end
 * or has called a tool.
 */
function isUnsettled(state: SessionState, turn: number): boolean {
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
