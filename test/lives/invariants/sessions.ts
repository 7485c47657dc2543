import { itemsOf, replayItems } from '../../../src/session/lifetime/replay.ts'
import { isTurnBoundary } from '../../../src/session/lifetime/take-over.ts'
import type { RecordEntry } from '../../../src/session/record.ts'
import { deepEqual } from '../../../src/session/settings/leaves.ts'
import type { ConnectionBooks } from '../connection-books.ts'
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
  'no session is told an item twice': ({ books }) =>
    [books.live, books.next].every((session) => {
      const ids = session?.items.flatMap(({ id }) => id ?? []) ?? []
      return new Set(ids).size === ids.length
    }),
  'a line that was typed waits, or is told to the service and the outside': ({ before, state, event, effects }) => {
    const lines = [...before.turn.heldTexts, ...(event.type === 'caller.text' ? [event.text] : [])]
    const told = effects.flatMap((effect) =>
      effect.type === 'report' && effect.report.type === 'caller.transcript' && effect.report.typed
        ? [effect.report.text]
        : [],
    )
    const isEnding =
      ['stopping', 'closing', 'closed'].includes(before.phase) || ['closing', 'closed'].includes(state.phase)
    const isFull = before.turn.heldTexts.length === 32
    const sent = JSON.stringify(effects.filter(({ type }) => type === 'send'))
    return (
      isEnding ||
      isFull ||
      (lines.every((line) => told.includes(line) || state.turn.heldTexts.includes(line)) &&
        told.every((line) => sent.includes(JSON.stringify(line))))
    )
  },
  'a session that takes over is told the record, all of it that fits, in its order and once': ({
    before: { connection: earlier, calls, phase: phaseBefore },
    state: { record, connection, phase },
    effects,
    books,
  }) => {
    const isTold =
      phaseBefore === 'configuring' || earlier.toReplay > 0 || effects.some(({ type }) => type === 'takeOver')
    if (!isTold || connection.toReplay > 0 || !['live', 'replaying'].includes(phase)) return true
    // A call that was open until now is told with its answer, in its place or after all that was said before.
    const open = calls.filter(({ answered }) => !answered).map(({ callId }) => callId)
    const isLate = (callId: string) =>
      open.includes(callId) && books.live.items.some((item) => 'call_id' in item && item.call_id === callId)
    const before = record.filter(
      (entry) => !isOwn(books.live, entry) && (entry.kind !== 'call' || !isLate(entry.callId)),
    )
    const typed = new Set(record.flatMap((entry) => (entry.kind === 'caller' ? [entry.itemId] : [])))
    const told = books.live.items.flatMap(({ id, ...content }) => {
      const isNews =
        typed.has(id ?? '') ||
        ('call_id' in content && (isLate(content.call_id) || books.live.hasCalled(content.call_id)))
      return isNews ? [] : [content]
    })
    const whole = before.flatMap(itemsOf)
    return told.length >= replayItems(before).length && deepEqual(told as never, whole.slice(-told.length) as never)
  },
  'a session is followed unnoticed at a turn boundary, and has no gap there': ({ before, effects }) =>
    !effects.some(({ type }) => type === 'takeOver') ||
    before.lifetime.rollOver !== 'due' ||
    !isTurnBoundary(before) ||
    effects.every(
      (effect) => effect.type !== 'report' || effect.report.type !== 'session.ready' || !effect.report.gap_ms,
    ),
}

/** What this session has said or heard itself: nobody tells it of that. Entries of sessions that are gone have lost their ids. */
function isOwn(session: ConnectionBooks, entry: RecordEntry): boolean {
  switch (entry.kind) {
    case 'caller':
      return entry.itemId !== ''
    case 'agent':
      return entry.responseId !== ''
    case 'call':
      return session.hasCalled(entry.callId)
    case 'result':
      return false
    default:
      return entry satisfies never
  }
}
