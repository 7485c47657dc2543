import { dueAgain, isAnswerSilenced, unheardOf } from '../response/causes.ts'
import type { SessionState } from '../state.ts'
import type { ReplyCause } from '../turn-state.ts'
import { isGivenUpThen } from './interruption.ts'
import { isMurmur } from './murmur.ts'

/**
 * The caller's voice may cut off what was about to be made; where it interrupts, also what is being made, and a word on the calls that it
 * ends.
 */
export function cutOffBy({ turn, calls }: SessionState, interrupts: boolean): readonly ReplyCause[] {
  const { cutOff, responses, answerExpected } = turn
  const next: readonly ReplyCause[] = answerExpected && !isAnswerSilenced(turn) ? ['turn'] : []
  if (!interrupts) return [...cutOff, ...next]
  const ended: readonly ReplyCause[] = calls.some(isGivenUpThen) ? ['tool'] : []
  return [...cutOff, ...responses.flatMap(unheardOf), ...next, ...ended]
}

/** Nobody waits for an answer to what the caller was last heard of, and what that has cut off is owed. */
export function expectNoAnswer(state: SessionState): SessionState {
  const owed = state.turn.cutOff.filter((cause) => cause !== 'turn' || hasLastWord(state))
  const replyDue = dueAgain(state.turn, owed)
  return { ...state, turn: { ...state.turn, answerExpected: false, cutOff: [], replyDue } }
}

/** No answer has come to what he said: it is owed one, unless that was nothing, or he wants none. */
export function oweAnswer(state: SessionState): SessionState {
  const { cutOff, answerExpected, turnsBegun } = state.turn
  if (!answerExpected || isMurmur(state) || isAnswerSilenced(state.turn)) return expectNoAnswer(state)
  const isRead = state.record.some((entry) => entry.kind === 'caller' && entry.turn === turnsBegun && entry.text !== '')
  const cause: ReplyCause = isRead ? 'text' : 'turn'
  return expectNoAnswer({ ...state, turn: { ...state.turn, cutOff: [...cutOff, cause] } })
}

/** What was cut off may have been the answer to another cough. */
function hasLastWord({ record }: SessionState): boolean {
  const last = record.findLast(
    (entry) => entry.kind === 'call' || entry.text !== '' || (entry.kind === 'agent' && entry.bytes > 0),
  )
  return last !== undefined && last.kind !== 'agent'
}
