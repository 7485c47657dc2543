import { GREETING_MS } from '../barge-in/guarded-greeting.ts'
import { isManual, releaseAudio, restartFrameTimer } from '../caller/caller-sound.ts'
import { setInputFormat } from '../caller/held-sound.ts'
import { restartSpeechTimer } from '../caller/speech.ts'
import { wasLive } from '../lifetime-state.ts'
import { restartProgressTimer } from '../response.ts'
import type { SessionState } from '../state.ts'
import { emit, msSince, report, type Step, sequence, withoutEffects } from '../stepping.ts'
import { beginReplay, replayItems } from './replay.ts'

/** Goes live with the confirmed settings; a session that follows another is first told what was said. */
export function replayThenGoLive(state: SessionState): Step {
  const isNext = state.phase === 'configuring' && wasLive(state)
  return isNext && replayItems(state.record).length > 0 ? beginReplay(state) : goLive(state)
}

/**
 * Goes live: what was held goes out in order, and the agent greets once, or again if the greeting was cut off. Typed turns wait for the
 * greeting. A button that is held means nothing where turn detection is on. `playbackContinues`: playback goes on as it is.
 */
export function goLive(state: SessionState, playbackContinues = false): Step {
  const live = asLive(state)
  const { audio } = state.config.confirmed.agent
  const { startedAt, leftAt } = state.connection
  const gap = leftAt === null ? {} : { gap_ms: msSince(state, leftAt) }
  return sequence(
    live,
    report({ type: 'session.ready', ms: msSince(state, startedAt), ...gap }),
    emit({ type: 'stopTimer', timer: 'replay' }),
    restartProgressTimer,
    restartSpeechTimer,
    restartFrameTimer,
    (now) => setInputFormat(now, audio.input),
    playbackContinues ? withoutEffects : emit({ type: 'openSound', input: audio.input, output: audio.output }),
    live.turn.greetingGuarded ? emit({ type: 'startTimer', timer: 'greeting', ms: GREETING_MS }) : releaseAudio,
  )
}

/** The conversation once it is live, with the greeting due if it is to be said. */
function asLive(state: SessionState): SessionState {
  const { agent } = state.config.confirmed
  const { greeting } = state.connection
  const isDue = greeting === 'cut' ? state.turn.turnsBegun === 0 : greeting === 'due'
  const greets = isDue && agent.greeting !== undefined
  return {
    ...state,
    phase: 'live',
    connection: {
      ...state.connection,
      greeting: agent.greeting === undefined ? 'over' : greeting,
      losses: wasLive(state) ? state.connection.losses : 0,
    },
    lifetime: { ...state.lifetime, startedAt: state.lifetime.startedAt ?? state.moment.now },
    turn: {
      ...state.turn,
      callerSpeaking: state.turn.callerSpeaking && isManual(state),
      replyDue: greets ? ['greeting', ...state.turn.replyDue] : state.turn.replyDue,
      greetingGuarded: greets && !agent.greeting_interruptible,
    },
  }
}
