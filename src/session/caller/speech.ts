import { cutOffBy } from '../barge-in/cut-off.ts'
import { silence } from '../barge-in/interruption.ts'
import type { Moment } from '../event.ts'
import { callerEntry, openCaller } from '../record.ts'
import { keepWatch } from '../response.ts'
import type { SessionState } from '../state.ts'
import { answered, order, report, type Step, sequence, unchanged } from '../stepping.ts'
import { SPEECH_MS } from '../time/waits.ts'
import { keepCommitted } from './committed-turns.ts'

/**
 * The caller begins to speak. With `interrupt_response` that is a barge-in: the service cancels, we fall silent. A beginning reported
 * twice, by its words and by the service's voice detection, counts once.
 */
export function speechStarted(state: SessionState, itemId: string, moment: Moment): Step {
  if (!hasEars(state)) return unchanged(state)
  const known = callerEntry(state, itemId)
  if (known !== undefined && (state.turn.callerSpeaking || known.unannounced)) return unchanged(state)
  return beginTurn(state, itemId, { unannounced: false, moment })
}

/** Takes words of an unannounced turn as its beginning: some turn detections report speech late, or not at all. */
export function hearUnannounced(state: SessionState, itemId: string, moment: Moment): Step {
  if (callerEntry(state, itemId) !== undefined) return unchanged(state)
  if (!hasEars(state)) return unchanged(openCaller(state, itemId))
  return beginTurn(state, itemId, { unannounced: true, moment })
}

/**
 * Whether the service decides where turns begin and end. It also reports what it hears when the caller ends turns by hand; that decides
 * nothing.
 */
export function hasEars({ phase, config }: SessionState): boolean {
  const detection = config.accepted.audio?.input?.turn_detection
  return phase === 'live' && detection !== null && detection !== undefined
}

function beginTurn(
  state: SessionState,
  itemId: string,
  { unannounced, moment }: { readonly unannounced: boolean; readonly moment: Moment },
): Step {
  const interrupts = state.config.accepted.audio?.input?.turn_detection?.interrupt_response ?? false
  const turnsBegun = state.turn.turnsBegun + 1
  const spoken = { turn: turnsBegun, since: unannounced ? null : moment.now, until: null }
  const turn = {
    ...state.turn,
    callerSpeaking: true,
    spoken,
    answerExpected: false,
    turnsBegun,
    cutOff: cutOffBy(state, interrupts),
  }
  return sequence(
    openCaller({ ...state, turn }, itemId, unannounced),
    interrupts ? silence : unchanged,
    listenOn,
    state.turn.callerSpeaking ? unchanged : report({ type: 'caller.speech', state: 'started' }, moment),
  )
}

/** Restarts the wait for the end of a turn while the caller speaks; an end that is never reported must not hold up everything. */
export function listenOn(state: SessionState): Step {
  if (!state.turn.callerSpeaking) return unchanged(state)
  return order({ type: 'startTimer', timer: 'speech', ms: SPEECH_MS })(state)
}

/** Stops waiting for the end of the turn, unless the caller ends it by hand and is still speaking. */
export function missEnd(state: SessionState, moment: Moment): Step {
  const lastAt = state.latency.voice?.lastAt ?? 0
  const goesOn = !hasEars(state) && lastAt > moment.now - SPEECH_MS
  return goesOn ? listenOn(state) : endSpeech(state, moment)
}

/** The service has heard the end of the turn. */
export function speechStopped(state: SessionState, moment: Moment): Step {
  return hasEars(state) ? endSpeech(state, moment) : unchanged(state)
}

/** Ends the turn; if the service answers by itself, that answer is now expected. */
export function endSpeech(given: SessionState, moment: Moment): Step {
  if (!given.turn.callerSpeaking) return unchanged(given)
  const state = hasEars(given) ? keepCommitted(given, given.turn.spoken.turn) : given
  const answerExpected = state.config.accepted.audio?.input?.turn_detection?.create_response ?? false
  const spoken = { ...state.turn.spoken, until: moment.now }
  return sequence(
    { ...state, turn: { ...state.turn, callerSpeaking: false, spoken, answerExpected } },
    keepWatch,
    order({ type: 'stopTimer', timer: 'speech' }),
    report({ type: 'caller.speech', state: 'stopped' }, moment),
  )
}

/** The turn enters the history, in its place even if its beginning was never reported. */
export function speechCommitted(state: SessionState, itemId: string, moment: Moment): Step {
  return sequence(
    state.phase === 'live' && itemId !== '' ? openCaller(state, itemId) : state,
    (now) => speechStopped(now, moment),
    answered('commit'),
  )
}
