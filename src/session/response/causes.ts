import type { ActiveResponse, ReplyCause, TurnState } from '../turn-state.ts'

/** What the next answer is asked for. What has words of its own is said by itself: a greeting first, all else after what is owed to the caller, which is answered together. */
export function nextCauses(due: readonly ReplyCause[]): readonly ReplyCause[] {
  if (due.includes('greeting')) return ['greeting']
  const owed = due.filter((cause) => !isByClock(cause))
  return owed.length > 0 ? owed : due.slice(0, 1)
}

/** What the agent says when a clock has run out, and nobody has asked for. */
export function isByClock(cause: ReplyCause): boolean {
  return cause === 'idle' || cause === 'wrap up' || cause === 'goodbye'
}

/** What is said in words of its own is no answer to what the caller has said. */
export function hasOwnWords(cause: ReplyCause): boolean {
  return cause === 'greeting' || cause === 'filler' || isByClock(cause)
}

/** What a tool found, at once or in the background, is no answer to what the caller has just said. */
export function isFinding(cause: ReplyCause): boolean {
  return cause === 'tool' || cause === 'result'
}

/** What the agent tells of its own accord: it talks over nobody with it, itself included. */
export function isUnasked(cause: ReplyCause): boolean {
  return isFinding(cause) || cause === 'wrap up'
}

/** The caller has silenced the answer that the service is about to give by itself. */
export function isAnswerSilenced({ answerExpected, silencedTurn, turnsBegun }: TurnState): boolean {
  return answerExpected && silencedTurn === turnsBegun
}

/** What was asked for, and has not come yet. */
export function unheardCauses({ requested, responses }: TurnState): readonly ReplyCause[] {
  const begun = responses.flatMap(unheardOf)
  return requested?.cancelled === false ? [...begun, ...requested.causes] : begun
}

/** What an answer was for of which no word has come, or which calls a tool beside words that are not its own, and which nobody has taken back. */
export function unheardOf({ causes, shown, silenced, calls }: ActiveResponse): readonly ReplyCause[] {
  if (silenced || (shown && calls.length === 0)) return []
  return shown ? causes.filter((cause) => !hasOwnWords(cause)) : causes
}

/** All that is due once a request, or an answer, has come to nothing: what that was for is owed still, but for words to pass the time. */
export function dueAgain({ replyDue }: TurnState, causes: readonly ReplyCause[]): readonly ReplyCause[] {
  return [...new Set([...causes.filter((cause) => cause !== 'filler'), ...replyDue])]
}
