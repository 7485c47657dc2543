import type { Effect } from '../../../src/session/effect.ts'
import type { Witness } from '../books.ts'

/** What holds after every event, whatever the order of events: each by a sentence that says it. */
export interface Invariants {
  readonly [name: string]: (witness: Witness) => boolean
}

/** How often something of this type is sent. */
export function count(effects: readonly Effect[], type: string): number {
  return effects.filter((effect) => effect.type === 'send' && effect.event.type === type).length
}
