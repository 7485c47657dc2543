import { contentsOf, replayOf } from '../../../src/session/lifetime/replay.ts'
import { isTurnBoundary } from '../../../src/session/lifetime/take-over.ts'
import { sameData } from '../../../src/session/settings/leaves.ts'
import type { Invariants } from './invariant.ts'

/** Of connections, and of the session that follows another one. */
export const OF_SESSIONS: Invariants = {
  'nothing but the settings goes out before the first confirmation': ({ effects, wasLive, wasNextReady }) =>
    effects.every(
      (effect, index) =>
        effect.type !== 'send' ||
        effect.event.type === 'session.update' ||
        (effect.next || effects.slice(0, index).some(({ type }) => type === 'takeOver') ? wasNextReady : wasLive),
    ),
  'never more than two connections, and a second one only while a session is live': ({ state, books }) =>
    books.sockets <= (state.phase === 'live' && state.next !== null ? 2 : 1),
  'a session to come is told its settings and the record, and hears nobody': ({ effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.next !== true ||
        effect.event.type === 'session.update' ||
        effect.event.type === 'conversation.item.create',
    ),
  'a session that takes over is told the record, all of it that fits, in its order and once': ({
    before: { connection: earlier },
    state: { record, connection, phase },
    effects,
    books,
  }) => {
    const isTold = earlier.untold > 0 || effects.some(({ type }) => type === 'takeOver')
    if (!isTold || connection.untold > 0 || !['live', 'replaying'].includes(phase)) return true
    // A call that was still open is told with its answer, after all that was said before; where nothing was told yet, with the rest.
    const answered = effects.flatMap((effect) =>
      effect.type === 'send' && !effect.next && effect.event.type === 'conversation.item.create'
        ? [effect.event.item]
        : [],
    )
    const isLate = (callId: string) =>
      earlier.untold === 0 && answered.some((item) => 'call_id' in item && item.call_id === callId)
    const before = record.filter((entry) => entry.kind !== 'call' || !isLate(entry.callId))
    const told = books.live.items.flatMap(({ id: _, ...content }) =>
      'call_id' in content && isLate(content.call_id) ? [] : [content],
    )
    const whole = before.flatMap(contentsOf)
    return told.length >= replayOf(before).length && sameData(told as never, whole.slice(-told.length) as never)
  },
  'a session is followed unnoticed at a turn boundary, and has no gap there': ({ before, effects }) =>
    !effects.some(({ type }) => type === 'takeOver') ||
    before.life.rollOver !== 'due' ||
    !isTurnBoundary(before) ||
    effects.every(
      (effect) => effect.type !== 'report' || effect.report.type !== 'session.ready' || !effect.report.gap_ms,
    ),
}
