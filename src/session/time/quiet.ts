import { hasBackgroundWork } from '../calls/background.ts'
import { wasLive } from '../lifetime-state.ts'
import type { SessionState } from '../state.ts'

/**
 * Whether the moment suits an update: no response runs, the caller does not speak, no call is open, and no tool's follow-up is about to be
 * requested; or the update has waited long enough. A follow-up that waits for a change does not hold it up.
 */
export function isQuietMoment(state: SessionState): boolean {
  const { responses, requested, callerSpeaking, replyDue } = state.turn
  if (responses.length > 0 || requested !== null) return false
  if (state.config.quietWait === 'over') return true
  const isFollowUpNext = replyDue.includes('tool') && !hasOpenCalls(state)
  return !callerSpeaking && !hasOpenWork(state) && !isFollowUpNext
}

/** Whether calls are open of tools that do something elsewhere; a control call waits for the change itself. */
function hasOpenWork({ calls }: SessionState): boolean {
  return calls.some(({ answered, orphaned, launch }) => !answered && !orphaned && launch?.tool.kind !== 'control')
}

export function hasOpenCalls(state: SessionState): boolean {
  return state.calls.some((call) => !call.answered && !call.orphaned)
}

/** Whether the caller is on hold; a conversation that is to end after its answers no longer waits for them. */
export function isOnHold({ sound, connection }: SessionState): boolean {
  return sound.onHold && connection.draining !== 'said'
}

/** Whether nothing is being said or done, and nothing is due: the moment for the next line of a script. */
export function isAtRest(state: SessionState): boolean {
  const { responses, requested, replyDue, callerSpeaking, answerExpected, heldTexts } = state.turn
  const speaking = responses.length > 0 || requested !== null || callerSpeaking || isPlaybackPaused(state)
  const busy = speaking || answerExpected || replyDue.length > 0 || heldTexts.length > 0
  return state.phase === 'live' && !busy && !hasOpenCalls(state)
}

/** Whether the conversation is silent: neither side speaks, nothing is being heard, nothing is due, and nobody waits. */
export function isSilent(state: SessionState): boolean {
  const nobodyWaits = !isOnHold(state) && !state.connection.draining && !hasBackgroundWork(state)
  return isAtRest(state) && !state.sound.playing && nobodyWaits
}

/** Whether no session is open and nothing waits for the next one: everything said has its answer, and so has every call. */
export function needsNoReconnect({ phase, turn, calls, sound, connection, lifetime }: SessionState): boolean {
  const { callerSpeaking, answerExpected, replyDue, cutOff, heldTexts } = turn
  const isAway = ['idle', 'connecting', 'configuring', 'replaying', 'waiting'].includes(phase) && wasLive({ lifetime })
  const isGreeted = connection.greeting !== 'due' && connection.greeting !== 'cut'
  const isHeard = sound.held.length === 0 && heldTexts.length === 0 && !callerSpeaking
  const isAnswered = !answerExpected && [...replyDue, ...cutOff].length === 0 && calls.every(({ answered }) => answered)
  return isAway && isGreeted && isHeard && isAnswered
}

/** Whether the agent pauses in the middle of what it says. */
export function isPlaybackPaused({ sound }: SessionState): boolean {
  return sound.playing && sound.playbackPause !== 'no'
}

/** Whether a response would be made under settings that are just changing. */
export function isUpdateAwaited({ config: { sent } }: SessionState): boolean {
  return sent !== null && sent.firstEventId === null && !sent.provisionallyRefused
}
