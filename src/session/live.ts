import { releaseAudio } from './caller-sound.ts'
import type { Moment } from './event.ts'
import type { ReplyCause, SessionState } from './state.ts'
import { order, report, type Step, sequence } from './stepping.ts'

/** The service has confirmed the settings: sound and words may flow, what was held goes out in order, and the agent greets once. Typed turns wait for the greeting. */
export function goLive(state: SessionState, moment: Moment): Step {
  const { agent } = state.config.confirmed
  const greets = !state.connection.everLive && agent.greeting !== undefined
  const due: readonly ReplyCause[] = greets ? ['greeting'] : []
  const live: SessionState = {
    ...state,
    phase: 'live',
    connection: {
      ...state.connection,
      everLive: true,
      losses: state.connection.everLive ? state.connection.losses : 0,
    },
    turn: { ...state.turn, replyDue: due },
  }
  const ms = Math.round(moment.now - state.connection.startedAt)
  return sequence(
    live,
    report({ type: 'session.ready', ms }, moment),
    order({ type: 'openSound', input: agent.audio.input, output: agent.audio.output }),
    (now) => releaseAudio(now, moment),
  )
}
