import { dueAgain, isAnswerSilenced, isNews, unheardCausesOf } from '../response/causes.ts'
import { type SessionState, withTurn } from '../state.ts'
import type { ActiveResponse, ReplyCause } from '../turn-state.ts'
import { isCancelledOnInterrupt } from './interruption.ts'
import { isFalseInterruption } from './interruption-by-words.ts'

/**
 * What the caller's voice cuts off: the answer about to be made; if the voice interrupts, also what is being made, and the follow-up to the
 * calls that it ends.
 */
export function causesCutOff({ turn, calls }: SessionState, interrupts: boolean): readonly ReplyCause[] {
  const { cutOff, responses, answerExpected } = turn
  const next: readonly ReplyCause[] = answerExpected && !isAnswerSilenced(turn) ? ['turn'] : []
  if (!interrupts) return [...cutOff, ...next]
  const ended: readonly ReplyCause[] = calls.some(isCancelledOnInterrupt) ? ['tool'] : []
  return [...cutOff, ...responses.flatMap(unheardCausesOf), ...next, ...ended]
}

/** Notes that calls ended with a response which a later turn of the caller cut off, unless they had silenced it by hand. */
export function noteCallsCutOff(state: SessionState, { id, turn: answered, silenced }: ActiveResponse): SessionState {
  const { cutOff, silencedTurn, turnsBegun } = state.turn
  const isByVoice = silenced && silencedTurn < answered && answered < turnsBegun
  const ended = state.calls.some(
    ({ responseId, launch, interrupted }) => responseId === id && (launch === null || interrupted),
  )
  return isByVoice && ended ? withTurn(state, { cutOff: [...cutOff, 'tool'] }) : state
}

/** Stops expecting an answer to what was last heard of the caller; what that cut off is due again. News has been since. */
export function expectNoAnswer(state: SessionState): SessionState {
  const owed = state.turn.cutOff.filter((cause) => (cause === 'turn' ? hasLastWord(state) : !isNews(cause)))
  const replyDue = dueAgain(state.turn, owed)
  return withTurn(state, { answerExpected: false, cutOff: [], replyDue })
}

/** Makes the answer that never came to the caller's turn due, unless the turn was nothing or they want none. */
export function makeAnswerDue(state: SessionState): SessionState {
  const { cutOff, answerExpected, turnsBegun } = state.turn
  if (!answerExpected || isFalseInterruption(state) || isAnswerSilenced(state.turn)) return expectNoAnswer(state)
  const isRead = state.record.some((entry) => entry.kind === 'caller' && entry.turn === turnsBegun && entry.text !== '')
  const cause: ReplyCause = isRead ? 'text' : 'turn'
  return expectNoAnswer(withTurn(state, { cutOff: [...cutOff, cause] }))
}

/** Whether the caller, or a tool, had the last word. What was cut off may have been the answer to another cough. */
function hasLastWord({ record }: SessionState): boolean {
  const last = record.findLast(
    (entry) => entry.kind === 'call' || entry.text !== '' || (entry.kind === 'agent' && entry.bytes > 0),
  )
  return last !== undefined && last.kind !== 'agent'
}
