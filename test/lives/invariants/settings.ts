import { wasLive } from '../../../src/session/lifetime-state.ts'
import { deepEqual, leaves, pathOf, valueAt } from '../../../src/session/settings/leaves.ts'
import type { Invariants } from './invariant.ts'

/** Of updates, of what is accepted, and of generations. */
export const OF_SETTINGS: Invariants = {
  'never two updates in flight': ({ state, books }) =>
    books.live.updates.length <= 1 || state.config.sent === null || state.config.sent.firstEventId !== null,
  'what is accepted changes by a confirmation alone, or with the connection': ({ before, state, event, effects }) =>
    deepEqual(before.config.accepted, state.config.accepted) ||
    effects.some(({ type }) => type === 'takeOver') ||
    (event.type === 'server' && event.event.type === 'session.updated') ||
    Object.keys(state.config.accepted).length === 0,
  'an update in an open session holds something that is not accepted yet, unless that is in doubt': ({
    before,
    effects,
  }) => {
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
  'a refused generation is never sent again': ({ before, state, books }) =>
    [
      [before.config.sent, state.config.sent],
      [before.next?.sent, state.next?.sent],
    ].every(([earlier, sent]) => !sent || sent === earlier || !books.edits.refused.has(sent.generation.number)),
  'a report carries the generation in force, which never goes back': ({ before, state, effects }) =>
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
