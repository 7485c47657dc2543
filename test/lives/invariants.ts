import type { Witness } from './books.ts'
import { OF_ANSWERS } from './invariants/answers.ts'
import { OF_CALLS } from './invariants/calls.ts'
import { OF_EVERY_STEP } from './invariants/every-step.ts'
import type { Invariants } from './invariants/invariant.ts'
import { OF_SESSIONS } from './invariants/sessions.ts'
import { OF_SETTINGS } from './invariants/settings.ts'
import { OF_SOUND } from './invariants/sound.ts'
import { OF_WAITS } from './invariants/waits.ts'

/**
 * The one list of what holds after every event of a conversation. Lives are drawn in two ways, over the same agents, edits, books, debts
 * and invariants, since neither way reaches what the other does:
 *
 * - `session/free`: any event at any moment, without time, also what no service that keeps to the protocol would say there, and timers
 *   that run out before anything was waited for. This finds orderings; a life that breaks something shrinks to the few events that do it.
 * - `simulation`: time that passes, a service that judges every frame as the emulator does, sound that lasts, and chance in what goes
 *   wrong. This finds waits without an end, timers that are missing or too short, and frames that the service does not take; none of it
 *   exists where any timer may run out at any moment. Its lives do not shrink: one event less is another life.
 */
const INVARIANTS: Invariants = {
  ...OF_EVERY_STEP,
  ...OF_SESSIONS,
  ...OF_SETTINGS,
  ...OF_ANSWERS,
  ...OF_CALLS,
  ...OF_SOUND,
  ...OF_WAITS,
}

/** The first invariant that a step breaks; null where it keeps them all. */
export function brokenBy(witness: Witness): string | null {
  return Object.entries(INVARIANTS).find(([, holds]) => !holds(witness))?.[0] ?? null
}
