import { cancelResponses, clearPlayback } from './barge-in/interruption.ts'
import { reportAllUnspoken } from './barge-in/truncate.ts'
import { isTurnHeld } from './caller/held-sound.ts'
import { endBackgroundCalls } from './calls/background.ts'
import { failedAnswer } from './calls/call-check.ts'
import { answerCall, withStage } from './calls.ts'
import type { Drain } from './event.ts'
import { type PendingEnd, wasLive } from './lifetime-state.ts'
import { isAnswering, isResponding } from './response/causes.ts'
import { flushWords } from './response/report-words.ts'
import { type Ending, type SessionState, withConnection, withLifetime, withTurn } from './state.ts'
import { emit, forEach, report, type Step, sequence, withoutEffects } from './stepping.ts'
import { hasOpenCalls } from './time/quiet.ts'
import type { ReplyCause } from './turn-state.ts'

/** Ends the conversation as failed, with the reason in words. */
export function fail(state: SessionState, ending: Omit<Ending, 'failed'>): Step {
  const code = ending.code === null ? null : String(ending.code)
  return sequence(state, report({ type: 'error', message: ending.reason, code }), (now) =>
    stopNow(now, { ...ending, failed: true }),
  )
}

/** Stops the conversation: at once, or once what was begun is done (and heard, for `heard`). */
export function requestStop(state: SessionState, drain: Drain): Step {
  if (state.phase === 'closing') return withoutEffects(state)
  const requested = withConnection(state, { draining: drain })
  return drain ? withoutEffects(requested) : stopNow(requested, { reason: 'stopped', code: null, failed: false })
}

/** Whether a conversation that ends once all is heard ends at once: nobody can hear, or has heard anything. */
export function drainsForNobody(state: SessionState): boolean {
  if (state.phase === 'closing' || state.phase === 'closed') return false
  return state.connection.draining === 'heard' && (!wasLive(state) || state.sound.onHold)
}

/** How long the words in progress may delay an end that waits for them, in ms. */
export const LAST_WORDS_MS = 10_000

interface EndRequest extends Omit<PendingEnd, 'turn'> {
  /** The caller's turn in which it was decided: the current one, unless it has waited since. */
  readonly turn?: number
  readonly withinMs?: number
}

/**
 * Ends the conversation once everything being said has been heard, within `withinMs` (10 s by default); a caller who goes on takes a
 * cancellable end back.
 */
export function endOnceHeard(state: SessionState, end: EndRequest): Step {
  const { withinMs = LAST_WORDS_MS, ...wanted } = end
  const pendingEnd = { turn: state.turn.turnsBegun, ...wanted }
  return emit({ type: 'startTimer', timer: 'last words', ms: Math.ceil(withinMs) })(withLifetime(state, { pendingEnd }))
}

/**
 * Drops what is due in a conversation that is over, except for the goodbye. If the caller takes it up again it is no longer over, and
 * reconnects if it had stopped doing so.
 */
export function settlePendingEnd(state: SessionState): Step {
  const { lifetime, turn, phase } = state
  const hasSpoken = phase === 'waiting' && (turn.heldTexts.length > 0 || isTurnHeld(state))
  const isResumed =
    hasSpoken || turn.callerSpeaking || turn.turnsBegun > (lifetime.pendingEnd?.turn ?? lifetime.prompts.turn)
  const clockCauses: readonly ReplyCause[] = ['idle', 'goodbye']
  const isCancelled = isResumed && (lifetime.pendingEnd === null || lifetime.pendingEnd.cancellable)
  const pendingEnd = isCancelled ? null : lifetime.pendingEnd
  const replyDue = turn.replyDue.filter((cause) =>
    isCancelled ? !clockCauses.includes(cause) : pendingEnd === null || cause === 'goodbye',
  )
  const mustStop = pendingEnd?.final === true && isAnswering(turn)
  const isSame = pendingEnd === lifetime.pendingEnd
  if (replyDue.length === turn.replyDue.length && isSame && !mustStop) return withoutEffects(state)
  const settled = withLifetime(withTurn(state, { replyDue }), { pendingEnd })
  if (mustStop) return sequence(settled, cancelResponses, settlePendingEnd)
  if (isSame) return withoutEffects(settled)
  return sequence(
    settled,
    emit({ type: 'stopTimer', timer: 'last words' }),
    phase === 'waiting' ? reconnectNow : withoutEffects,
  )
}

/** Reconnects at once, and stops speaking over the caller. */
function reconnectNow(state: SessionState): Step {
  return sequence(state, clearPlayback, emit({ type: 'startTimer', timer: 'retry', ms: 1 }))
}

/** Whether everything being said or done when the conversation was over has come to its end. */
export function isEndDue(state: SessionState): boolean {
  const { lifetime, turn, sound, phase } = state
  const hasEnded = phase === 'closing' || phase === 'closed'
  if (lifetime.pendingEnd === null || hasEnded || hasOpenCalls(state)) return false
  return !isResponding(turn) && turn.requested === null && turn.replyDue.length === 0 && !sound.playing
}

/** Ends the conversation although its last words have taken too long. */
export function endAnyway(state: SessionState): Step {
  const { pendingEnd } = state.lifetime
  return pendingEnd === null
    ? withoutEffects(state)
    : stopNow(state, { reason: pendingEnd.reason, code: null, failed: false })
}

export function stopNow(state: SessionState, ending: Ending): Step {
  return withoutEffects({ ...state, phase: 'stopping', ending })
}

const CONVERSATION_ENDED = 'the conversation ended'

/**
 * Ends the tools, reports the remaining words and closes the socket; what is still being heard is cut off unless the drain is `said`.
 * `socket.closed` then ends the conversation.
 */
export function close(state: SessionState): Step {
  const open = state.calls.filter((call) => !call.answered)
  const cancelledAnswer = failedAnswer('cancelled', CONVERSATION_ENDED)
  return sequence(
    { ...state, phase: 'closing' },
    flushWords,
    reportAllUnspoken,
    state.connection.draining === 'said' ? withoutEffects : clearPlayback,
    forEach(open, (now, { callId }) => answerCall(now, callId, cancelledAnswer)),
    forEach(open, (now, { callId, stage }) => {
      if (stage === 'waiting') return withoutEffects(withStage(now, callId, 'over'))
      return emit({ type: 'cancelTool', callId })(now)
    }),
    (now) => endBackgroundCalls(now, cancelledAnswer),
    emit({ type: 'close' }),
  )
}
