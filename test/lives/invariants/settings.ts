import { wasLive } from '../../../src/session/lifetime-state.ts'
import { deepEqual, leaves, pathOf, valueAt } from '../../../src/session/settings/leaves.ts'
import type { Invariants } from './invariant.ts'

/** On updates, accepted settings and generations. */
export const SETTING_INVARIANTS: Invariants = {
  'at most one update is in flight': ({ state, observer }) =>
    observer.live.updates.length <= 1 || state.config.sent === null || state.config.sent.firstEventId !== null,
  'accepted settings change only by a confirmation, or with the connection': ({ before, state, event, effects }) =>
    deepEqual(before.config.accepted, state.config.accepted) ||
    effects.some(({ type }) => type === 'takeOver') ||
    (event.type === 'server' && event.event.type === 'session.updated') ||
    Object.keys(state.config.accepted).length === 0,
  'an update in an open session changes something, unless it is uncertain what was accepted': ({ before, effects }) => {
    const { phase, config } = before
    if (phase !== 'live' || config.possiblyAccepted.length > 0 || config.sent !== null) return true
    return effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.next ||
        effect.event.type !== 'session.update' ||
        leaves(effect.event.session).some(({ path, value }) => !deepEqual(valueAt(config.accepted, path), value)),
    )
  },
  'a refused generation is never sent again': ({ before, state, observer }) =>
    [
      [before.config.sent, state.config.sent],
      [before.next?.sent, state.next?.sent],
    ].every(([earlier, sent]) => !sent || sent === earlier || !observer.edits.refused.has(sent.generation.number)),
  'a report carries the generation in force, which never decreases': ({ before, state, effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'report' ||
        isBetween(effect.report.generation, before.config.confirmed.number, state.config.confirmed.number),
    ) &&
    (before.config.confirmed.number <= state.config.confirmed.number || !wasLive(before)),
  'a sound format never changes in a live session': ({ before, state }) =>
    before.phase !== 'live' ||
    state.phase !== 'live' ||
    ['input', 'output'].every((side) =>
      deepEqual(valueAt(before, formatOf(side)) as never, valueAt(state, formatOf(side)) as never),
    ),
}

/** One event may confirm a generation and find that the next needs no update. */
function isBetween(value: number, one: number, other: number): boolean {
  return value >= Math.min(one, other) && value <= Math.max(one, other)
}

function formatOf(side: string) {
  return pathOf(`config.accepted.audio.${side}.format`)
}
