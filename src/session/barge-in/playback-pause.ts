import { durationMs } from '../../agent/duration.ts'
import { lastCallerEntry, updateCallerEntry } from '../record.ts'
import type { CallerEntry } from '../record-entry.ts'
import type { SoundState } from '../sound-state.ts'
import { type SessionState, withSound, withTurn } from '../state.ts'
import { emit, report, type Step, sequence, withoutEffects } from '../stepping.ts'
import { isFalseInterruption, isInterruptionByWords, isOverEarlierAnswer } from './interruption-by-words.ts'

/**
 * Pauses the agent while it is not known whether the caller interrupts. After a cough, or words that do not count, it resumes with nothing
 * lost. What does interrupt clears the sound, and the pause with it.
 */
export function settlePlaybackPause(state: SessionState): Step {
  const before = state.sound.playbackPause
  const next = wantedPause(state)
  if (next === before) return withoutEffects(state)
  return sequence(
    withSound(state, { playbackPause: next }),
    before === 'no' ? pause : withoutEffects,
    before === 'until transcribed' ? emit({ type: 'stopTimer', timer: 'resume' }) : withoutEffects,
    next === 'until transcribed' ? emit({ type: 'startTimer', timer: 'resume', ms: resumeMs(state) }) : withoutEffects,
    next === 'no' ? resume : withoutEffects,
  )
}

/** Stops waiting for the words of what sounded like a turn. They may still come, and interrupt. */
export function stopAwaitingTurn(state: SessionState): Step {
  const entry = lastTurn(state)
  if (state.sound.playbackPause !== 'until transcribed' || entry === undefined) return withoutEffects(state)
  return withoutEffects(updateCallerEntry(state, entry.itemId, { state: 'late' }))
}

function wantedPause(state: SessionState): SoundState['playbackPause'] {
  const { phase, sound, turn, lifetime } = state
  const entry = lastTurn(state)
  // An end cuts it off: it does not sound again first.
  if (phase === 'stopping' && !state.connection.draining) return sound.playbackPause
  if (phase !== 'live' || !sound.playing || turn.greetingGuarded || lifetime.pendingEnd !== null) return 'no'
  if (entry === undefined || !isInterruptionByWords(state) || resumeMs(state) === 0) return 'no'
  if (!isOverEarlierAnswer(state, entry)) return 'no'
  if (turn.callerSpeaking) return 'while the caller speaks'
  return entry.state === 'open' ? 'until transcribed' : 'no'
}

function pause(state: SessionState): Step {
  return sequence(state, emit({ type: 'pausePlayback' }), report({ type: 'agent.playback', state: 'paused' }))
}

/** Resumes the agent. If nothing was recognised, nothing was said: no answer is expected and no wait is measured; nor for a murmur. */
function resume(state: SessionState): Step {
  const isSaid = lastTurn(state)?.text !== ''
  const answerExpected = state.turn.answerExpected && isSaid
  const latency = isSaid && !isFalseInterruption(state) ? state.latency : { ...state.latency, turn: null }
  return sequence(
    withTurn({ ...state, latency }, { answerExpected }),
    emit({ type: 'resumePlayback' }),
    report({ type: 'agent.playback', state: 'resumed' }),
  )
}

function lastTurn(state: SessionState): CallerEntry | undefined {
  const entry = lastCallerEntry(state)
  return entry?.turn === state.turn.turnsBegun ? entry : undefined
}

/** How long to wait for the words of a finished turn, in ms; with 0 the agent does not pause at all. */
function resumeMs({ config }: SessionState): number {
  const { interruption } = config.confirmed.agent
  return interruption === undefined ? 0 : (durationMs(interruption.resume_after) ?? 0)
}
