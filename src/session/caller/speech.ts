import { causesCutOff } from '../barge-in/cut-off-causes.ts'
import { silenceEarlierTurns, silenceResponses } from '../barge-in/interruption.ts'
import { discountTurn } from '../calls/consent.ts'
import { acceptedDetection } from '../config-state.ts'
import { callerEntry, openCallerEntry } from '../record.ts'
import { restartProgressTimer } from '../response.ts'
import { type SessionState, withTurn } from '../state.ts'
import { emit, markAnswered, report, type Step, sequence, withoutEffects } from '../stepping.ts'
import { SPEECH_MS } from '../time/timeouts.ts'
import type { ActiveResponse } from '../turn-state.ts'
import { retainCommitted } from './committed-turns.ts'

/**
 * The caller begins to speak. With `interrupt_response` that is a barge-in: the service cancels, we fall silent. A beginning reported
 * twice, by its words and by the service's voice detection, counts once.
 */
export function speechStarted(state: SessionState, itemId: string): Step {
  if (!isTurnDetectionOn(state)) return withoutEffects(state)
  const known = callerEntry(state, itemId)
  if (known !== undefined && (state.turn.callerSpeaking || known.unannounced)) return withoutEffects(state)
  return beginTurn(state, itemId, { unannounced: false })
}

/** Takes words, or the end, of an unannounced turn as its beginning: some turn detections report speech late, or not at all. */
export function beginUnannouncedTurn(state: SessionState, itemId: string): Step {
  if (callerEntry(state, itemId) !== undefined) return withoutEffects(state)
  if (!isTurnDetectionOn(state)) return withoutEffects(openCallerEntry(state, itemId))
  return beginTurn(state, itemId, { unannounced: true })
}

/**
 * Whether the service decides where turns begin and end. It also reports what it hears when the caller ends turns by hand; that decides
 * nothing.
 */
export function isTurnDetectionOn({ phase, config }: SessionState): boolean {
  const detection = acceptedDetection(config)
  return phase === 'live' && detection !== null && detection !== undefined
}

function beginTurn(state: SessionState, itemId: string, { unannounced }: { readonly unannounced: boolean }): Step {
  const interrupts = isVoiceInterrupting(state)
  const turnsBegun = state.turn.turnsBegun + 1
  const spokenTurn = { turn: turnsBegun, since: unannounced ? null : state.moment.now, until: null, committed: false }
  const cutOff = causesCutOff(state, interrupts)
  const begun = withTurn(state, { callerSpeaking: true, spokenTurn, answerExpected: false, turnsBegun, cutOff })
  return sequence(
    openCallerEntry(begun, itemId, unannounced),
    interrupts ? silenceResponses : withoutEffects,
    restartSpeechTimer,
    state.turn.callerSpeaking ? withoutEffects : report({ type: 'caller.speech', state: 'started' }),
  )
}

/** Whether the service cancels its responses once it hears the caller. */
function isVoiceInterrupting({ config }: SessionState): boolean {
  return acceptedDetection(config)?.interrupt_response ?? false
}

/** Restarts the wait for the end of a turn while the caller speaks; an end that is never reported must not hold up everything. */
export function restartSpeechTimer(state: SessionState): Step {
  if (!state.turn.callerSpeaking) return withoutEffects(state)
  return emit({ type: 'startTimer', timer: 'speech', ms: SPEECH_MS })(state)
}

/** Stops waiting for the end of the turn, unless the caller ends it by hand and is still speaking. */
export function speechTimedOut(state: SessionState): Step {
  const lastAt = state.latency.voice?.lastAt ?? 0
  const goesOn = !isTurnDetectionOn(state) && lastAt > state.moment.now - SPEECH_MS
  return goesOn ? restartSpeechTimer(state) : endSpeech(state)
}

/** The service has heard the end of the turn. */
export function speechStopped(state: SessionState): Step {
  return isTurnDetectionOn(state) ? endSpeech(state) : withoutEffects(state)
}

/** Ends the turn; if the service answers by itself, that answer is now expected. */
export function endSpeech(before: SessionState): Step {
  if (!before.turn.callerSpeaking) return withoutEffects(before)
  const state = isTurnDetectionOn(before) ? retainCommitted(before, before.turn.spokenTurn.turn) : before
  const answerExpected = acceptedDetection(state.config)?.create_response ?? false
  const spokenTurn = { ...state.turn.spokenTurn, until: before.moment.now }
  return sequence(
    withTurn(state, { callerSpeaking: false, spokenTurn, answerExpected }),
    restartProgressTimer,
    emit({ type: 'stopTimer', timer: 'speech' }),
    isTurnDetectionOn(before) ? report({ type: 'caller.speech', state: 'stopped' }) : withoutEffects,
  )
}

/** The turn enters the history, in its place even if nothing was reported of it before. */
export function speechCommitted(state: SessionState, itemId: string): Step {
  return sequence(state, (now) => takeCommitted(now, itemId), speechStopped, markAnswered('commit'))
}

function takeCommitted(state: SessionState, itemId: string): Step {
  if (state.phase !== 'live' || itemId === '') return withoutEffects(state)
  return sequence(
    state,
    (now) => takeWholeTurn(now, itemId),
    (now) => withoutEffects(withTurn(now, { spokenTurn: { ...now.turn.spokenTurn, committed: true } })),
  )
}

/**
 * Takes the item, or the final words, of the turn that was reported, whatever its id was then, or else of one that was not reported. An
 * answer to that one may have begun already.
 */
export function takeWholeTurn(state: SessionState, itemId: string): Step {
  const { callerSpeaking, spokenTurn } = state.turn
  if (callerSpeaking || !spokenTurn.committed) return withoutEffects(openCallerEntry(state, itemId))
  const isNew = callerEntry(state, itemId) === undefined && isTurnDetectionOn(state)
  const answer = isNew ? answerBegun(state) : undefined
  return answer === undefined ? beginUnannouncedTurn(state, itemId) : takeAnsweredTurn(state, itemId, answer)
}

/** The response that the service has begun by itself, although the caller did not have the last word; nothing of it has come. */
function answerBegun({ turn, record }: SessionState): ActiveResponse | undefined {
  if (record.at(-1)?.kind === 'caller') return undefined
  return turn.responses.find(({ causes, hasContent, silenced }) => causes.includes('turn') && !hasContent && !silenced)
}

/** Takes a turn that nobody reported before its answer began: it is no consent to what that answer may do. */
function takeAnsweredTurn(state: SessionState, itemId: string, answer: ActiveResponse): Step {
  const turnsBegun = state.turn.turnsBegun + 1
  const spokenTurn = { turn: turnsBegun, since: null, until: state.moment.now, committed: false }
  const responses = state.turn.responses.map((other) => (other === answer ? { ...other, turn: turnsBegun } : other))
  const answered = withTurn(discountTurn(state), { spokenTurn, turnsBegun, responses })
  const begun = openCallerEntry(answered, itemId, true)
  return sequence(
    retainCommitted(begun, turnsBegun),
    isVoiceInterrupting(state) ? (now) => silenceEarlierTurns(now, turnsBegun) : withoutEffects,
    report({ type: 'caller.speech', state: 'started' }),
    report({ type: 'caller.speech', state: 'stopped' }),
  )
}

/** The service takes a long silence for a turn, and answers it: the caller has begun none. */
export function silenceCommitted(state: SessionState, itemId: string): Step {
  return withoutEffects(state.phase === 'live' ? openCallerEntry(state, itemId) : state)
}
