import { type SessionState, withTurn } from '../state.ts'
import type { ActiveResponse, ReplyCause, TurnState } from '../turn-state.ts'

/**
 * What the next response is requested for. A cause with words of its own gets a response to itself: a greeting first, the others after what
 * is due to the caller, which is answered together.
 */
export function nextCauses(due: readonly ReplyCause[]): readonly ReplyCause[] {
  if (due.includes('greeting')) return ['greeting']
  const owed = due.filter((cause) => !isByClock(cause))
  return owed.length > 0 ? owed : due.slice(0, 1)
}

/** Whether the agent says it because a clock ran out, unasked. */
export function isByClock(cause: ReplyCause): boolean {
  return cause === 'idle' || cause === 'wrap up' || cause === 'goodbye'
}

/** Whether it is said in words of its own, and so is no answer to what the caller said. */
export function hasOwnWords(cause: ReplyCause): boolean {
  return cause === 'greeting' || cause === 'filler' || isByClock(cause)
}

/** Whether it is a tool's result, at once or from the background: no answer to what the caller has just said. */
export function isToolResult(cause: ReplyCause): boolean {
  return cause === 'tool' || cause === 'result'
}

/** Whether it is still to be said after it was cut off, whatever the caller has said meanwhile: that time is nearly over. */
export function isNews(cause: ReplyCause): boolean {
  return cause === 'wrap up'
}

/** Whether the agent says it of its own accord: it talks over nobody with that, itself included. */
export function isUnsolicited(cause: ReplyCause): boolean {
  return isToolResult(cause) || isNews(cause)
}

/** Whether the caller has silenced the answer that the service is about to give by itself. */
export function isAnswerSilenced({ answerExpected, silencedTurn, turnsBegun }: TurnState): boolean {
  return answerExpected && silencedTurn === turnsBegun
}

/** Whether a response is in progress that the caller is to hear. */
export function isResponding({ responses }: TurnState): boolean {
  return responses.some(({ silenced }) => !silenced)
}

/** The same, or whether one is requested. */
export function isAnswering(turn: TurnState): boolean {
  return isResponding(turn) || turn.requested?.cancelled === false
}

/** The causes of what was requested or begun and has not been heard of yet. */
export function unheardCauses({ requested, responses }: TurnState): readonly ReplyCause[] {
  const begun = responses.flatMap(unheardCausesOf)
  return requested?.cancelled === false ? [...begun, ...requested.causes] : begun
}

/**
 * The causes of a response of which no word has come; of one that calls a tool beside words, those causes that have no words of their own.
 * None of one that is silenced.
 */
export function unheardCausesOf({ causes, hasContent, silenced, calls }: ActiveResponse): readonly ReplyCause[] {
  if (silenced || (hasContent && calls.length === 0)) return []
  return hasContent ? causes.filter((cause) => !hasOwnWords(cause)) : causes
}

/** Makes a response due for a cause, after whatever else is due. */
export function makeDue(state: SessionState, cause: ReplyCause): SessionState {
  return withTurn(state, { replyDue: [...state.turn.replyDue.filter((other) => other !== cause), cause] })
}

/** What is due once a request or a response has come to nothing: its causes are due again, except for filler words. */
export function dueAgain({ replyDue }: TurnState, causes: readonly ReplyCause[]): readonly ReplyCause[] {
  return [...new Set([...causes.filter((cause) => cause !== 'filler'), ...replyDue])]
}
