import type { ClientItem } from '../../realtime/client-event.ts'
import type { RecordEntry } from '../record-entry.ts'
import { deepEqual } from '../settings/leaves.ts'
import { type SessionState, withConnection } from '../state.ts'
import { emit, forEach, nextEventId, type Part, type Step, send } from '../stepping.ts'
import { REPLAY_MS } from '../time/timeouts.ts'

/** Characters of the record that a new session is told, the newest: about 6,000 tokens. */
const REPLAY_CHARACTERS_MAX = 24_000
/** Items that it is told at once; fewer than `UNANSWERED_MAX`, the unanswered requests that are remembered. */
const REPLAY_ITEMS_MAX = 48
/** Ids of such items that are remembered: their echoes are not reported. */
const REPLAYED_MAX = 128

/**
 * Begins telling a new session the newest of the record, as it was heard. It is ready once all of it is acknowledged, or the wait is over.
 */
export function beginReplay(state: SessionState, count = newestEntries(state.record).length): Step {
  const begun = withConnection({ ...state, phase: 'replaying' }, { toReplay: count, entriesSinceReplay: 0 })
  return emit({ type: 'startTimer', timer: 'replay', ms: REPLAY_MS })(begun)
}

/** Tells the session those entries, even if it has not been reported yet what was heard. */
export function sendReplay(state: SessionState): Step {
  return replayEntries(entriesToReplay(state))(withConnection(state, { toReplay: 0, entriesSinceReplay: 0 }))
}

/** The entries of the record that a session in replay is still to be told. */
export function entriesToReplay({ record, connection }: SessionState): readonly RecordEntry[] {
  const end = record.length - connection.entriesSinceReplay
  return record.slice(Math.max(0, end - connection.toReplay), end)
}

/** Tells a session these entries, item by item. */
export function replayEntries(entries: readonly RecordEntry[]): Part {
  return forEach(entries.flatMap(itemsOf), (state, content) => {
    const replayedItemIds = [...state.connection.replayedItemIds, nextItemId(state)].slice(-REPLAYED_MAX)
    return sendItem(content)(withConnection(state, { replayedItemIds }))
  })
}

/**
 * The entries that a session, given those it was told, is still to be told; null if what was told has changed since, or other entries came
 * between.
 */
export function notYetReplayed(
  record: readonly RecordEntry[],
  replayed: readonly RecordEntry[],
): readonly RecordEntry[] | null {
  const [first] = replayed
  if (first === undefined) return newestEntries(record)
  const start = record.indexOf(first)
  const isUnchanged = start >= 0 && replayed.every((entry, index) => readsTheSame(entry, record[start + index]))
  return isUnchanged ? record.slice(start + replayed.length) : null
}

/** Whether an entry would still be told in the same words: it may have been replaced without a change in them. */
function readsTheSame(replayed: RecordEntry, now: RecordEntry | undefined): boolean {
  return replayed === now || (now !== undefined && deepEqual(itemsOf(replayed), itemsOf(now)))
}

/** Sends an item that has no id yet. */
export function sendItem(content: ItemWithoutId): Part {
  return (state) => {
    const item = { id: nextItemId(state), ...content } as ClientItem
    return send({ type: 'conversation.item.create', item }, 'item')(state)
  }
}

function nextItemId(state: SessionState): string {
  return nextEventId(state).replace(/-(\d+)$/, '-item-$1')
}

type ItemWithoutId = ClientItem extends infer Item ? (Item extends ClientItem ? Omit<Item, 'id'> : never) : never

/** The newest entries that fit, in order; a call goes with its answer or not at all. */
function newestEntries(record: readonly RecordEntry[]): readonly RecordEntry[] {
  let items = 0
  let characters = 0
  const from = record.findLastIndex((entry) => {
    const contents = itemsOf(entry)
    items += contents.length
    characters += contents.reduce((sum, content) => sum + JSON.stringify(content).length, 0)
    return characters > REPLAY_CHARACTERS_MAX || items > REPLAY_ITEMS_MAX
  })
  return record.slice(from + 1)
}

/** The items that tell a session the record from its beginning. */
export function replayItems(record: readonly RecordEntry[]): readonly ItemWithoutId[] {
  return newestEntries(record).flatMap(itemsOf)
}

/** The items that tell one entry, as it was heard; a call goes with its answer or not at all. */
export function itemsOf(entry: RecordEntry): readonly ItemWithoutId[] {
  switch (entry.kind) {
    case 'caller':
      return entry.text === ''
        ? []
        : [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: entry.text }] }]
    case 'agent': {
      const text = entry.heard ?? entry.text
      return text === '' ? [] : [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }]
    }
    case 'call':
      return entry.output === null ? [] : callWithOutput(entry.callId, entry)
    case 'result':
      return [resultMessage(entry.text)]
    default:
      return entry satisfies never
  }
}

/** A background result, as a message among the caller's: it is data, not an instruction. */
export function resultMessage(text: string): ItemWithoutId {
  return { type: 'message', role: 'user', content: [{ type: 'input_text', text }] }
}

/** A call of an earlier session, with its answer: the next session has seen neither. */
export function callWithOutput(
  call_id: string,
  call: { readonly name: string; readonly arguments: string; readonly output: string | null },
): readonly ItemWithoutId[] {
  const { name, arguments: given, output } = call
  return [
    { type: 'function_call', call_id, name, arguments: given },
    { type: 'function_call_output', call_id, output: output ?? '' },
  ]
}
