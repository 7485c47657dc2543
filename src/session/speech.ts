import type { Moment } from './event.ts'
import { silence } from './interruption.ts'
import { keepWatch } from './response.ts'
import type { SessionState } from './state.ts'
import { answered, report, type Step, sequence, unchanged } from './stepping.ts'

/** The caller begins to speak. With `interrupt_response` that is a barge-in: the service cancels, we fall silent. */
export function speechStarted(state: SessionState, moment: Moment): Step {
  const detection = state.config.accepted.audio?.input?.turn_detection
  if (state.phase !== 'live' || detection === null || detection === undefined) return unchanged(state)
  const turn = { ...state.turn, callerSpeaking: true, answerExpected: false, turnsBegun: state.turn.turnsBegun + 1 }
  const heard = { ...state, turn }
  const tell = state.turn.callerSpeaking ? unchanged : report({ type: 'caller.speech', state: 'started' }, moment)
  return detection.interrupt_response ? sequence(heard, silence, tell) : tell(heard)
}

/** The turn is over; where the service answers by itself, that answer is now expected. */
export function speechStopped(state: SessionState, moment: Moment): Step {
  if (!state.turn.callerSpeaking) return unchanged(state)
  const answerExpected = state.config.accepted.audio?.input?.turn_detection?.create_response ?? false
  return sequence(
    { ...state, turn: { ...state.turn, callerSpeaking: false, answerExpected } },
    keepWatch,
    report({ type: 'caller.speech', state: 'stopped' }, moment),
  )
}

export function speechCommitted(state: SessionState, moment: Moment): Step {
  return sequence(state, (now) => speechStopped(now, moment), answered('commit'))
}
