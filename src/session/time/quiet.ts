import { wasLive } from '../life.ts'
import type { SessionState } from '../state.ts'

/**
 * No response runs, the caller does not speak, no call is open, and no tool's follow-up is about to be asked for; or it has waited long
 * enough. A follow-up that waits for a change itself holds up none.
 */
export function isQuietMoment(state: SessionState): boolean {
  const { responses, requested, callerSpeaking, replyDue } = state.turn
  if (responses.length > 0 || requested !== null) return false
  if (state.config.patience === 'over') return true
  const isFollowUpNext = replyDue.includes('tool') && !hasOpenCalls(state)
  return !callerSpeaking && !hasOpenWork(state) && !isFollowUpNext
}

/** Open calls of tools that do something elsewhere; a call that changes the conversation itself waits for that change. */
function hasOpenWork({ calls }: SessionState): boolean {
  return calls.some(({ answered, orphaned, launch }) => !answered && !orphaned && launch?.tool.kind !== 'control')
}

export function hasOpenCalls(state: SessionState): boolean {
  return state.calls.some((call) => !call.answered && !call.orphaned)
}

/** Whether the caller is on hold; a conversation that is to end after its answers waits for him no longer. */
export function isOnHold({ sound, connection }: SessionState): boolean {
  return sound.onHold && connection.draining !== 'said'
}

/** Whether nothing is being said or done, and nothing is owed: the moment for the next line of a script. */
export function isAtRest(state: SessionState): boolean {
  const { responses, requested, replyDue, callerSpeaking, answerExpected, heldTexts } = state.turn
  const speaking = responses.length > 0 || requested !== null || callerSpeaking || isAtStandstill(state)
  const busy = speaking || answerExpected || replyDue.length > 0 || heldTexts.length > 0
  return state.phase === 'live' && !busy && !hasOpenCalls(state)
}

/** Whether the next session is still to come and nothing waits for it: all that was said has its answer, and so has every call. */
export function isAwayForNobody({ phase, turn, calls, sound, connection, life }: SessionState): boolean {
  const { callerSpeaking, answerExpected, replyDue, cutOff, heldTexts } = turn
  const isAway = ['idle', 'connecting', 'configuring', 'replaying', 'waiting'].includes(phase) && wasLive({ life })
  const isGreeted = connection.greeting !== 'due' && connection.greeting !== 'cut'
  const isHeard = sound.held.length === 0 && !sound.turnHeld && heldTexts.length === 0 && !callerSpeaking
  const isAnswered = !answerExpected && [...replyDue, ...cutOff].length === 0 && calls.every(({ answered }) => answered)
  return isAway && isGreeted && isHeard && isAnswered
}

/** Whether the agent stands still in the middle of what it says. */
export function isAtStandstill({ sound }: SessionState): boolean {
  return sound.playing && sound.standstill !== 'no'
}

/** Whether an answer would be made under settings that are just changing. */
export function isUpdateAwaited({ config: { sent } }: SessionState): boolean {
  return sent !== null && sent.earlierId === null && !sent.provisionallyRefused
}
