import { apply } from './apply.ts'
import type { Moment, SessionEvent } from './event.ts'
import { noteLatency } from './latency.ts'
import { settle } from './settle.ts'
import type { SessionState } from './state.ts'
import { type Step, sequence } from './stepping.ts'

/** The whole of a conversation's behaviour: writes an event down, then does what the state now calls for. */
export function step(state: SessionState, event: SessionEvent, moment: Moment): Step {
  return sequence(
    state,
    (now) => apply(now, event, moment),
    (now) => noteLatency(now, event, moment),
    (now) => settle(now, moment),
  )
}
