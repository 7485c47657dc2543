import { releaseAudio } from '../caller/caller-sound.ts'
import { isSoundWaiting } from '../response/waiting-sound.ts'
import { type SessionState, withConnection, withTurn } from '../state.ts'
import { emit, type Step, sequence, withoutEffects } from '../stepping.ts'

/** How long a greeting may hold the caller back, in ms: one that nobody hears must not do so for ever. */
export const GREETING_MS = 30_000

/** Releases what the caller said during a greeting that may not be interrupted, once it is over. */
export function settleGuardedGreeting(state: SessionState): Step {
  const { greetingGuarded, replyDue, requested, responses } = state.turn
  if (!greetingGuarded || state.phase !== 'live') return withoutEffects(state)
  const greets = [replyDue, requested?.causes ?? [], ...responses.map(({ causes }) => causes)]
  if (isSounding(state) || greets.some((causes) => causes.includes('greeting'))) return withoutEffects(state)
  return endGuard(state)
}

/** Notes that a greeting was heard to its end, or was interrupted. */
export function settleGreetingHeard(state: SessionState): Step {
  const { connection, turn, phase } = state
  if (connection.greeting !== 'begun' || phase !== 'live' || isSounding(state)) return withoutEffects(state)
  if (turn.responses.some(({ causes, silenced }) => causes.includes('greeting') && !silenced))
    return withoutEffects(state)
  return withoutEffects(withConnection(state, { greeting: 'over' }))
}

function isSounding(state: SessionState): boolean {
  return state.sound.playing || isSoundWaiting(state)
}

/** Stops holding the caller back. */
export function endGuard(state: SessionState): Step {
  if (!state.turn.greetingGuarded) return withoutEffects(state)
  return sequence(
    withTurn(state, { greetingGuarded: false }),
    emit({ type: 'stopTimer', timer: 'greeting' }),
    releaseAudio,
  )
}
