import type { Call } from '../call-state.ts'
import { exactWordsInstructions } from '../response/exact-words.ts'
import { requestResponse } from '../response.ts'
import { type SessionState, withTurn } from '../state.ts'
import { emit, type Step, sequence, withoutEffects } from '../stepping.ts'
import { isOnHold, isUpdateAwaited } from '../time/quiet.ts'

/** Keeps the timer of the next filler, and requests the filler words that are due while nobody speaks. */
export function settleFiller(state: SessionState): Step {
  return sequence(state, updateFillerTimer, requestFiller)
}

/** Makes filler words due for the calls that have taken so long. */
export function makeFillersDue(state: SessionState): Step {
  const calls = state.calls.map((call) =>
    isFillerWaiting(call) && fillerDueAt(call) <= state.moment.now ? { ...call, filler: 'due' as const } : call,
  )
  return withoutEffects(withTurn({ ...state, calls }, { fillerAt: null }))
}

function updateFillerTimer(state: SessionState): Step {
  const waiting = state.calls.filter(isFillerWaiting)
  const next = waiting.length === 0 ? null : Math.min(...waiting.map(fillerDueAt))
  if (next === state.turn.fillerAt) return withoutEffects(state)
  const updated = withTurn(state, { fillerAt: next })
  if (next === null) return emit({ type: 'stopTimer', timer: 'filler' })(updated)
  return emit({ type: 'startTimer', timer: 'filler', ms: Math.max(1, Math.ceil(next - state.moment.now)) })(updated)
}

/** Requests one filler for all calls of a response, without tools: it must not begin another call. */
function requestFiller(state: SessionState): Step {
  const call = state.calls.find(({ filler, answered, orphaned }) => filler === 'due' && !answered && !orphaned)
  const sayAfter = call?.launch?.tool.sayAfter
  if (call === undefined || !sayAfter || !maySpeak(state) || hasCallerMovedOn(state, call)) return withoutEffects(state)
  const calls = state.calls.map((other) =>
    other.responseId === call.responseId ? { ...other, filler: 'done' as const } : other,
  )
  const settings = { ...exactWordsInstructions(state, sayAfter.text), tool_choice: 'none' } as const
  return requestResponse({ ...state, calls }, ['filler'], settings)
}

function maySpeak(state: SessionState): boolean {
  const { responses, requested, callerSpeaking, answerExpected, rateLimit } = state.turn
  const busy = responses.length > 0 || requested !== null || callerSpeaking || answerExpected || rateLimit.isWaiting
  return state.phase === 'live' && !busy && !state.sound.playing && !isOnHold(state) && !isUpdateAwaited(state)
}

/** Whether the caller has gone on to something else, and has had an answer to it. */
function hasCallerMovedOn({ turn }: SessionState, call: Call): boolean {
  return turn.turnsBegun > call.turn && turn.replyDue.length === 0
}

function isFillerWaiting(call: Call): boolean {
  return call.filler === 'waiting' && !call.answered && !call.orphaned
}

function fillerDueAt({ begunAt, launch }: Call): number {
  return begunAt + (launch?.tool.sayAfter?.delayMs ?? 0)
}
