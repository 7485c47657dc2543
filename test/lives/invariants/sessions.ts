import type { ClientItem } from '../../../src/realtime/client-event.ts'
import { itemsOf, replayItems } from '../../../src/session/lifetime/replay.ts'
import { isTurnBoundary } from '../../../src/session/lifetime/take-over.ts'
import type { RecordEntry } from '../../../src/session/record-entry.ts'
import { deepEqual } from '../../../src/session/settings/leaves.ts'
import type { ConnectionObserver } from '../connection-observer.ts'
import type { Invariants } from './invariant.ts'

/** On connections, and on the session that follows another one. */
export const SESSION_INVARIANTS: Invariants = {
  'only settings are sent before the first confirmation': ({ effects, wasLive, wasNextReady }) =>
    effects.every(
      (effect, index) =>
        effect.type !== 'send' ||
        effect.event.type === 'session.update' ||
        (effect.next || effects.slice(0, index).some(({ type }) => type === 'takeOver') ? wasNextReady : wasLive),
    ),
  'at most two connections are open, the second only while a session is live': ({ state, observer }) =>
    observer.sockets <= (state.phase === 'live' && state.next !== null ? 2 : 1),
  'a next session is sent its settings and the replay, and no sound': ({ effects }) =>
    effects.every(
      (effect) =>
        effect.type !== 'send' ||
        effect.next !== true ||
        effect.event.type === 'session.update' ||
        effect.event.type === 'conversation.item.create',
    ),
  'no session is sent an item twice': ({ observer }) =>
    [observer.live, observer.next].every((session) => {
      const ids = session?.items.flatMap(({ id }) => id ?? []) ?? []
      return new Set(ids).size === ids.length
    }),
  'a typed line is held, or sent and reported': ({ before, state, event, effects }) => {
    const lines = [...before.turn.heldTexts, ...(event.type === 'caller.text' ? [event.text] : [])]
    const reported = effects.flatMap((effect) =>
      effect.type === 'report' && effect.report.type === 'caller.transcript' && effect.report.typed
        ? [effect.report.text]
        : [],
    )
    const isEnding =
      ['stopping', 'closing', 'closed'].includes(before.phase) || ['closing', 'closed'].includes(state.phase)
    const isFull = before.turn.heldTexts.length === 32
    const sent = lines.length === 0 ? '' : JSON.stringify(effects.filter(({ type }) => type === 'send'))
    return (
      isEnding ||
      isFull ||
      (lines.every((line) => reported.includes(line) || state.turn.heldTexts.includes(line)) &&
        reported.every((line) => sent.includes(JSON.stringify(line))))
    )
  },
  'a session that takes over is sent the record, as much as fits, in order and once': ({
    before: { connection: earlier, calls, phase: phaseBefore },
    state: { record, connection, phase },
    effects,
    observer,
  }) => {
    const isReplayed =
      phaseBefore === 'configuring' || earlier.toReplay > 0 || effects.some(({ type }) => type === 'takeOver')
    if (!isReplayed || connection.toReplay > 0 || !['live', 'replaying'].includes(phase)) return true
    // A call that was open until now is replayed with its output, in its place or after all that was said before.
    const open = calls.filter(({ answered }) => !answered).map(({ callId }) => callId)
    const isLate = (callId: string) =>
      open.includes(callId) && observer.live.items.some((item) => 'call_id' in item && item.call_id === callId)
    const before = record.filter(
      (entry) => !isOwn(observer.live, entry) && (entry.kind !== 'call' || !isLate(entry.callId)),
    )
    const typed = new Set(record.flatMap((entry) => (entry.kind === 'caller' ? [entry.itemId] : [])))
    const replayed = observer.live.items.flatMap((item, index, items) => {
      const { id, ...content } = item
      const isNews = typed.has(id ?? '') || isOwnOutput(item, items[index - 1])
      return isNews || ('call_id' in content && isLate(content.call_id)) ? [] : [content]
    })
    const whole = before.flatMap(itemsOf)
    return (
      replayed.length >= replayItems(before).length &&
      deepEqual(replayed as never, whole.slice(-replayed.length) as never)
    )
  },
  'a take-over at a turn boundary leaves no gap': ({ before, effects }) =>
    !effects.some(({ type }) => type === 'takeOver') ||
    before.lifetime.rollOver !== 'due' ||
    !isTurnBoundary(before) ||
    effects.every(
      (effect) => effect.type !== 'report' || effect.report.type !== 'session.ready' || !effect.report.gap_ms,
    ),
}

/** Whether this session said or heard an entry itself, so that it is not replayed to it. Entries of earlier sessions have lost their ids. */
function isOwn(session: ConnectionObserver, entry: RecordEntry): boolean {
  switch (entry.kind) {
    case 'caller':
      return entry.itemId !== ''
    case 'agent':
      return !entry.orphaned
    case 'call':
      return session.ownCalls.has(entry.callId)
    case 'result':
      return false
    default:
      return entry satisfies never
  }
}

/** Whether an item answers a call of this session: one of an earlier session is sent with its output. */
function isOwnOutput(item: ClientItem, before: ClientItem | undefined): boolean {
  if (item.type !== 'function_call_output') return false
  return before?.type !== 'function_call' || before.call_id !== item.call_id
}
