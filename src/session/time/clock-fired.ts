import { endOnceHeard, stopNow } from '../ending.ts'
import type { Clock } from '../lifetime-state.ts'
import { makeDue } from '../response/causes.ts'
import { type SessionState, withLifetime } from '../state.ts'
import { type Step, withoutEffects } from '../stepping.ts'
import { isClockRunning, markClockStopped, promptsSince } from './clocks.ts'

/** Does what is due when a clock has run out. */
export function clockFired(before: SessionState, clock: Clock): Step {
  if (!isClockRunning(before, clock)) return withoutEffects(before)
  const state = markClockStopped(before, clock)
  const { limits } = state.config.confirmed.agent
  switch (clock) {
    case 'idle':
      return promptIdleCaller(state)
    case 'silence':
      return stopNow(state, { reason: `nobody has said anything for ${limits.idle}`, code: null, failed: false })
    case 'wrap up':
      return withoutEffects(makeDue(withLifetime(state, { wrappedUp: true }), 'wrap up'))
    case 'limit':
      return endOnceHeard(state, { reason: `it has lasted ${limits.max_session}, its limit`, cancellable: false })
    default:
      return clock satisfies never
  }
}

/** Asks, `times` times, whether the caller is still there; then the agent says goodbye, if it has words for that. */
function promptIdleCaller(state: SessionState): Step {
  const { idle } = state.config.confirmed.agent
  const count = promptsSince(state)
  const prompted = withLifetime(state, { prompts: { turn: state.turn.turnsBegun, count: count + 1 } })
  if (idle === undefined || count < idle.times) return withoutEffects(makeDue(prompted, 'idle'))
  return endOnceHeard(makeDue(prompted, 'goodbye'), { reason: 'the caller did not answer', cancellable: true })
}
