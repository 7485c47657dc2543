import type { Effect } from '../../../src/session/effect.ts'
import type { ObservedStep } from '../observer.ts'

/** What holds after every event, whatever the order of events: each by a sentence that says it. */
export interface Invariants {
  readonly [name: string]: (observed: ObservedStep) => boolean
}

/** How often something of this type is sent. */
export function count(effects: readonly Effect[], type: string): number {
  return effects.filter((effect) => effect.type === 'send' && effect.event.type === type).length
}
