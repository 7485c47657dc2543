import { apply } from './apply.ts'
import type { Moment, SessionEvent } from './event.ts'
import { settle } from './settle.ts'
import type { SessionState } from './state.ts'
import { emit, type Step, sequence } from './stepping.ts'
import { trackLatency } from './time/latency.ts'

/** The whole behaviour of a conversation: records an event, then does what the state now calls for. */
export function step(state: SessionState, event: SessionEvent, moment: Moment): Step {
  const [applied, effects] = apply({ ...state, moment }, event)
  const tracked = sequence(applied, emit(...effects), (now) => trackLatency(now, event))
  // Most events are pieces of the caller's sound, which make nothing due.
  if (event.type === 'caller.audio') return tracked
  return sequence(tracked[0], emit(...tracked[1]), settle)
}
