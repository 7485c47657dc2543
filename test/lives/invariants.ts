import { CALL_INVARIANTS } from './invariants/calls.ts'
import { STEP_INVARIANTS } from './invariants/every-step.ts'
import type { Invariants } from './invariants/invariant.ts'
import { RESPONSE_INVARIANTS } from './invariants/responses.ts'
import { SESSION_INVARIANTS } from './invariants/sessions.ts'
import { SETTING_INVARIANTS } from './invariants/settings.ts'
import { SOUND_INVARIANTS } from './invariants/sound.ts'
import { TIMER_INVARIANTS } from './invariants/timers.ts'
import type { ObservedStep } from './observer.ts'

/**
 * The one list of what holds after every event of a conversation. Lives are drawn in two ways, over the same agents, edits and
 * invariants, by the same observer, since neither way reaches what the other does:
 *
 * - `session/free`: any event at any moment, without time, also what no service that keeps to the protocol would say there, and timers
 *   that run out before anything was waited for. This finds orderings; a life that breaks something shrinks to the few events that do it.
 * - `simulation`: time that passes, a service that judges every frame as the emulator does, sound that lasts, and chance in what goes
 *   wrong. This finds waits without an end, timers that are missing or too short, and frames that the service does not take; none of it
 *   exists where any timer may run out at any moment. Its lives do not shrink: one event less is another life.
 */
const INVARIANTS: Invariants = {
  ...STEP_INVARIANTS,
  ...SESSION_INVARIANTS,
  ...SETTING_INVARIANTS,
  ...RESPONSE_INVARIANTS,
  ...CALL_INVARIANTS,
  ...SOUND_INVARIANTS,
  ...TIMER_INVARIANTS,
}

/** The first invariant that a step breaks; null where it keeps them all. */
export function brokenInvariant(observed: ObservedStep): string | null {
  return Object.entries(INVARIANTS).find(([, holds]) => !holds(observed))?.[0] ?? null
}
