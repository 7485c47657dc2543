import type { Call } from '../call-state.ts'
import { dueAgain, hasOwnWords, isNews, isToolResult } from '../response/causes.ts'
import { type SessionState, withSound, withTurn } from '../state.ts'
import { emit, type Step, send, sequence, withoutEffects } from '../stepping.ts'
import { CANCEL_MS } from '../time/timeouts.ts'
import type { ActiveResponse } from '../turn-state.ts'

/** Cancels the responses in progress; what was handed to playback before goes on. */
export function cancelResponses(state: SessionState): Step {
  return sequence(state, (now) => cancelMatching(now, () => true), cancelRequested)
}

/** Cancels the responses in progress that match. One that does not end in time counts as over. */
export function cancelMatching(state: SessionState, matches: (response: ActiveResponse) => boolean): Step {
  const targets = unsilenced(state).filter(matches)
  return sequence(
    state,
    (now) => markSilenced(now, targets),
    ...targets.map(({ id }) => send({ type: 'response.cancel', response_id: id }, 'cancel')),
  )
}

/**
 * Stops what the agent is saying: the sound here first, then the response there; if no session is live, only the sound. Doing it twice adds
 * nothing.
 */
export function interrupt(state: SessionState): Step {
  return state.phase === 'live' ? sequence(state, cutSoundAndCalls, cancelResponses) : cutSound(state)
}

/**
 * Stops the agent by the caller's hand: also what their voice has cut off, an answer that is due to their words, and the one the service
 * is about to give to a finished spoken turn. What a tool found is still told. A session that follows is not given that turn again: it
 * would answer it.
 */
export function interruptByHand(state: SessionState): Step {
  const { callerSpeaking, turnsBegun } = state.turn
  const replyDue = state.turn.replyDue.filter((cause) => hasOwnWords(cause) || isToolResult(cause))
  const stopped = withTurn(state, { cutOff: [], replyDue })
  if (callerSpeaking) return interrupt(stopped)
  return interrupt(withSound(withTurn(stopped, { silencedTurn: turnsBegun }), { committed: [] }))
}

/** Stops what answers turns before this one, whose own answer is being made. */
export function interruptEarlierTurns(state: SessionState, turn: number): Step {
  return sequence(state, clearPlayback, (now) => cancelMatching(now, (response) => response.turn < turn))
}

/** Stops what the agent is saying if the service cancels its responses itself. */
export function silenceResponses(state: SessionState): Step {
  return silence(state, () => true)
}

/** The same for what answers turns before this one, whose own answer has begun. */
export function silenceEarlierTurns(state: SessionState, turn: number): Step {
  return silence(state, (response) => response.turn < turn)
}

function silence(state: SessionState, matches: (response: ActiveResponse) => boolean): Step {
  return sequence(state, cutSoundAndCalls, (now) => markSilenced(now, unsilenced(now).filter(matches)))
}

function unsilenced({ turn }: SessionState): readonly ActiveResponse[] {
  return turn.responses.filter(({ silenced }) => !silenced)
}

/** Drops what still arrives of these responses. News of which no word has come is due again. */
function markSilenced(state: SessionState, targets: readonly ActiveResponse[]): Step {
  if (targets.length === 0) return withoutEffects(state)
  const responses = state.turn.responses.map((active) =>
    targets.includes(active) ? { ...active, silenced: true } : active,
  )
  const unsaid = targets.flatMap(({ causes, hasContent }) => (hasContent ? [] : causes.filter(isNews)))
  const silenced = withTurn(state, { responses, replyDue: dueAgain(state.turn, unsaid) })
  return emit({ type: 'startTimer', timer: 'cancel', ms: CANCEL_MS })(silenced)
}

/** Stops the sound, and marks the calls that are cancelled on interruption. */
function cutSoundAndCalls(state: SessionState): Step {
  const calls = state.calls.map((call) => (isCancelledOnInterrupt(call) ? { ...call, interrupted: true } : call))
  return cutSound({ ...state, calls })
}

/** Stops the sound, including what waits behind it. */
function cutSound(state: SessionState): Step {
  const waiting = state.sound.waiting.map((piece) => ({ ...piece, isCutOff: true }))
  return clearPlayback(withSound(state, { waiting }))
}

/** Whether a call is open and cancelled once the agent is interrupted (`on_interrupt: cancel`). */
export function isCancelledOnInterrupt({ answered, launch }: Call): boolean {
  return !answered && launch?.tool.onInterrupt === 'cancel'
}

/** Stops only the sound, even while it is paused; what was heard of it is reported later. */
export function clearPlayback(state: SessionState): Step {
  if (!state.sound.playing) return withoutEffects(state)
  const clearing = state.sound.items.map(({ key }) => key)
  return emit({ type: 'clearPlayback' })(withSound(state, { playing: false, playbackPause: 'no', clearing }))
}

/** Cancels the requested response as soon as its id is known. News is due again. */
function cancelRequested(state: SessionState): Step {
  const { requested } = state.turn
  if (requested === null || requested.cancelled) return withoutEffects(state)
  const replyDue = dueAgain(state.turn, requested.causes.filter(isNews))
  return withoutEffects(withTurn(state, { requested: { ...requested, cancelled: true }, replyDue }))
}
