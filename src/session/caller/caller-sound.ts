import { bytesPerMs, durationMs, silence } from '../../audio/format.ts'
import { interrupt } from '../barge-in/interruption.ts'
import { acceptedDetection } from '../config-state.ts'
import { nextGeneration } from '../lifetime/opening.ts'
import { makeDue } from '../response/causes.ts'
import { inputFormat } from '../response/playback.ts'
import { NO_AUDIO } from '../sound-state.ts'
import { type SessionState, withSound, withTurn } from '../state.ts'
import { emit, forEach, type Part, report, type Step, send, sequence, withoutEffects } from '../stepping.ts'
import { retainCommitted } from './committed-turns.ts'
import { endHeldTurn, holdSound } from './held-sound.ts'
import { leadOf, newestSent, totalBytes } from './sent-sound.ts'
import { restartSpeechTimer } from './speech.ts'

/** Length of the frames of sound sent to the service, in ms: shorter ones cost messages, longer ones time. */
const FRAME_MS = 60
/** An incomplete frame is sent as it is after this time, in ms: two frames. */
const FRAME_WAIT_MS = 120
/** Silence sent after the caller's sound stops, in ms: without it, turn detection would never find the end of the turn. */
const SILENCE_AFTER_PAUSE_MS = 1_000
/** The service accepts a turn of more than 100 ms; a shorter one is padded with silence to this, in ms. */
const TURN_MIN_MS = 120

/** Sends caller audio in frames as it comes; before the session is live it is held, while paused it is dropped. */
export function receiveCallerAudio(state: SessionState, audio: Uint8Array): Step {
  if (state.sound.paused || audio.byteLength === 0) return withoutEffects(state)
  if (state.phase === 'live' && !state.turn.greetingGuarded) return sendAudio(state, audio)
  return withoutEffects(holdSound(state, audio))
}

/** Sends the sound that was held, in order, and the ends of turns in it; turn detection finds them by silence. */
export function releaseAudio(state: SessionState): Step {
  return forEach(state.sound.held, (now, { audio, isTurnEnd }) => {
    const end = isManual(now) ? commitSound : sendFinalSilence
    return sequence(now, (later) => sendAudio(later, audio), isTurnEnd ? end : withoutEffects)
  })(withSound(state, { held: [] }))
}

/** The sound sent of the caller's current turn; if they are in none, of what may be the beginning of one. */
export function soundOfTurn({ sound }: SessionState): readonly Uint8Array[] {
  return [...sound.turnSound.map(({ audio }) => audio), sound.partialFrame].filter(({ byteLength }) => byteLength > 0)
}

/**
 * Adds sound that may not have been heard: the connection was dead before that was noticed. Both pieces end with what was sent last, so the
 * longer one is kept. Of turns that the caller ends by hand, everything is kept as it is.
 */
export function withUnheardSound(state: SessionState, unheard: Uint8Array): SessionState {
  const isLonger = !isManual(state) && unheard.byteLength > totalBytes(state.sound.turnSound)
  return isLonger ? withSound(state, { turnSound: [{ audio: unheard, sentAt: state.moment.now }] }) : state
}

/** Whether the caller speaks, or has said something that they have not ended by hand yet. */
export function isInTurn({ turn, sound }: SessionState): boolean {
  return turn.callerSpeaking || sound.uncommittedMs > 0
}

/** Sends a frame that was not completed in time; half a sample stays until its other half comes. */
export function flushAudio(state: SessionState): Step {
  const { partialFrame } = state.sound
  const whole = partialFrame.byteLength - (partialFrame.byteLength % sampleBytes(state))
  if (state.phase !== 'live' || whole === 0) return withoutEffects(state)
  return append(withSound(state, { partialFrame: partialFrame.slice(whole) }), partialFrame.subarray(0, whole))
}

/** Stops the caller's sound: turn detection gets the silence that it needs to find the end of the turn. */
export function pauseAudio(state: SessionState): Step {
  if (state.sound.paused) return withoutEffects(state)
  return sequence(state, sendFinalSilence, (now) => withoutEffects(withSound(now, { paused: true })))
}

export function resumeAudio(state: SessionState): Step {
  return withoutEffects(withSound(state, { paused: false, onHold: false }))
}

/** Puts the caller on hold: neither side hears the other until the caller is back. `settle` ends what is being said, and begins nothing. */
export function holdCaller(state: SessionState): Step {
  return sequence(state, pauseAudio, (now) => withoutEffects(withSound(now, { onHold: true })))
}

/**
 * The caller presses the button to speak: the agent falls silent, and earlier sound is not part of the turn. A turn that is still held
 * goes on, unless it was ended.
 */
export function pressToTalk(state: SessionState): Step {
  if (detectsTurns(state)) return warnOfUnusedButton(state, 'press')
  const pressed = withTurn(state, { callerSpeaking: true })
  if (state.phase !== 'live' || state.turn.greetingGuarded) return restartSpeechTimer(pressed)
  return sequence(
    withSound(pressed, { partialFrame: NO_AUDIO, uncommittedMs: 0, turnSound: [] }),
    interrupt,
    send({ type: 'input_audio_buffer.clear' }),
    restartSpeechTimer,
  )
}

/** The channel ends the spoken turn; with turn detection on, that is up to the service. */
export function commitTurn(before: SessionState): Step {
  if (before.phase === 'closing') return withoutEffects(before)
  // A turn that began before the session ends in any case: an edit since may have changed who finds its end, and may yet be refused.
  const hasBegun = before.phase !== 'live' && before.turn.callerSpeaking
  if (detectsTurns(before) && !hasBegun) return warnOfUnusedButton(before, 'commit')
  const state = withTurn(before, { callerSpeaking: false })
  if (state.phase !== 'live' || state.turn.greetingGuarded) {
    const ended = endHeldTurn(state)
    return ended === null ? warnOfEmptyTurn(state) : withoutEffects(ended)
  }
  return commitSound(state)
}

/** Ends the turn that was sent; one that is too short is filled up with silence. */
function commitSound(state: SessionState): Step {
  const [flushed, effects] = flushAudio(state)
  const { uncommittedMs } = flushed.sound
  if (uncommittedMs === 0) return warnOfEmptyTurn(state)
  const padding = TURN_MIN_MS - uncommittedMs
  const begun = withTurn(flushed, { turnsBegun: flushed.turn.turnsBegun + 1 })
  return sequence(
    makeDue(begun, 'turn'),
    emit(...effects),
    padding > 0 ? (now) => append(now, silence(padding, inputFormat(now))) : withoutEffects,
    (now) => withoutEffects(retainCommitted(now, now.turn.turnsBegun)),
    (now) => withoutEffects(withSound(now, { partialFrame: NO_AUDIO, uncommittedMs: 0 })),
    send({ type: 'input_audio_buffer.commit' }, 'commit'),
  )
}

function warnOfEmptyTurn(state: SessionState): Step {
  return report({ type: 'warning', message: 'the turn was empty: no sound came, so nothing was sent' })(state)
}

function warnOfUnusedButton(state: SessionState, did: 'press' | 'commit'): Step {
  const { type } = acceptedDetection(state.config) ?? { type: 'turn detection' }
  const message = `${did}: it did nothing, since ${type} finds where turns begin and end; it is for turn_detection: manual`
  return report({ type: 'warning', message })(state)
}

/** Reports caller sound lost because the connection was too slow. */
export function audioDropped(state: SessionState, bytes: number): Step {
  const ms = Math.round(durationMs(bytes, inputFormat(state)))
  const message = `${ms} ms of the caller's sound are lost: the connection to the service is too slow for it`
  return report({ type: 'warning', message })(state)
}

/** Sends whole frames, and keeps the rest for the next piece. */
function sendAudio(state: SessionState, audio: Uint8Array): Step {
  const { partialFrame } = state.sound
  const frameBytes = FRAME_MS * bytesPerMs(inputFormat(state))
  if (partialFrame.byteLength === 0 && audio.byteLength === frameBytes) return append(state, audio)
  const all = partialFrame.byteLength === 0 ? audio : concat(partialFrame, audio)
  const frames: Uint8Array[] = []
  for (let at = 0; at + frameBytes <= all.byteLength; at += frameBytes) frames.push(all.subarray(at, at + frameBytes))
  const rest = all.slice(frames.length * frameBytes)
  return sequence(
    withSound(state, { partialFrame: rest }),
    forEach(frames, append),
    updateFrameTimer(partialFrame.byteLength > 0, frames.length > 0, rest.byteLength > 0),
  )
}

/** Begins the wait for the rest of a frame again: it may have ended unnoticed before the session was live. */
export function restartFrameTimer(state: SessionState): Step {
  return updateFrameTimer(false, false, state.sound.partialFrame.byteLength > 0)(state)
}

/** The wait for the rest of a frame begins with its first piece. */
function updateFrameTimer(hadRest: boolean, sentFrame: boolean, hasRest: boolean): Part {
  if (hasRest && (!hadRest || sentFrame)) return emit({ type: 'startTimer', timer: 'frame', ms: FRAME_WAIT_MS })
  if (hadRest && !hasRest) return emit({ type: 'stopTimer', timer: 'frame' })
  return withoutEffects
}

/** Sends sound without an id: nothing answers it. It counts as uncommitted only if turns are ended by hand. */
function append(state: SessionState, audio: Uint8Array): Step {
  const format = inputFormat(state)
  const uncommittedMs = isManual(state) ? state.sound.uncommittedMs + durationMs(audio.byteLength, format) : 0
  const isKept = isInTurn(state) || uncommittedMs > 0
  const sent = [...state.sound.turnSound, { audio, sentAt: state.moment.now }]
  const turnSound = isKept ? newestSent(sent) : leadOf(sent, format, state.moment.now)
  return [
    withSound(state, { uncommittedMs, turnSound }),
    [{ type: 'send', event: { type: 'input_audio_buffer.append', audio } }],
  ]
}

function sendFinalSilence(state: SessionState): Step {
  if (state.phase !== 'live' || isManual(state)) return withoutEffects(state)
  return sequence(state, (now) => sendAudio(now, silence(SILENCE_AFTER_PAUSE_MS, inputFormat(now))), flushAudio)
}

/** Whether turns are ended by hand, in the session that is open. */
export function isManual(state: SessionState): boolean {
  return acceptedDetection(state.config) === null
}

/** Whether the service finds where turns begin and end, or will in the session that opens. */
function detectsTurns(state: SessionState): boolean {
  return !isManual(state) && (state.phase === 'live' || !isNextManual(state))
}

/** Whether turns will be ended by hand in a session that is still to open. */
function isNextManual(state: SessionState): boolean {
  return state.config.accepted.audio === undefined && nextGeneration(state).agent.turn_detection.type === 'manual'
}

function sampleBytes(state: SessionState): number {
  return inputFormat(state).format === 'pcm' ? 2 : 1
}

function concat(one: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(one.byteLength + other.byteLength)
  bytes.set(one)
  bytes.set(other, one.byteLength)
  return bytes
}
