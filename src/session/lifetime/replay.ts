import type { ClientItem } from '../../realtime/client-event.ts'
import type { Entry } from '../record.ts'
import { sameData } from '../settings/leaves.ts'
import type { SessionState } from '../state.ts'
import { nextEventId, order, type Step, send, sequence } from '../stepping.ts'
import { REPLAY_MS } from '../time/waits.ts'

/** Characters of the record that a new session is told, the newest: some 6,000 tokens. */
const REPLAY_CHARACTERS_MAX = 24_000
/** Items that it is told at once; fewer than the requests without an answer that are remembered. */
const REPLAY_ITEMS_MAX = 48
/** Items of those that are remembered: their echoes are no news. */
const REPLAYED_MAX = 128

/** A new session is to be told the newest of the record, as far as it was heard. It is ready once all of it is acknowledged, or the wait is over. */
export function replay(state: SessionState, untold = newest(state.record).length): Step {
  const connection = { ...state.connection, untold, ownSince: 0 }
  return order({ type: 'startTimer', timer: 'replay', ms: REPLAY_MS })({ ...state, phase: 'replaying', connection })
}

/** Tells it so, also where nobody has said yet what was heard. */
export function tellUntold(state: SessionState): Step {
  return tell(entriesUntold(state))({ ...state, connection: { ...state.connection, untold: 0, ownSince: 0 } })
}

/** Entries that a session which is told what was said has yet to be told. */
export function entriesUntold({ record, connection }: SessionState): readonly Entry[] {
  const end = record.length - connection.ownSince
  return record.slice(Math.max(0, end - connection.untold), end)
}

/** Tells a session of entries, item by item. */
export function tell(entries: readonly Entry[]): (state: SessionState) => Step {
  return (state) =>
    sequence(
      state,
      ...entries.flatMap(contentsOf).map((content) => (now: SessionState) => {
        const replayed = [...now.connection.replayed, nextItemId(now)].slice(-REPLAYED_MAX)
        return sendItem(content)({ ...now, connection: { ...now.connection, replayed } })
      }),
    )
}

/** What a session that was told of some entries has yet to be told; null where what is told of those has changed since, or others stand between them. */
export function untold(record: readonly Entry[], told: readonly Entry[]): readonly Entry[] | null {
  const [first] = told
  if (first === undefined) return newest(record)
  const start = record.indexOf(first)
  const holds = start >= 0 && told.every((entry, index) => isToldAlike(entry, record[start + index]))
  return holds ? record.slice(start + told.length) : null
}

/** Words may be told whole that had come in pieces before, or come twice: nothing else is told of them then. */
function isToldAlike(told: Entry, now: Entry | undefined): boolean {
  return told === now || (now !== undefined && sameData(contentsOf(told), contentsOf(now)))
}

/** Sends an item that has no id yet. */
export function sendItem(content: Content): (state: SessionState) => Step {
  return (state) => {
    const item = { id: nextItemId(state), ...content } as ClientItem
    return send({ type: 'conversation.item.create', item }, 'item')(state)
  }
}

function nextItemId(state: SessionState): string {
  return nextEventId(state).replace(/-(\d+)$/, '-item-$1')
}

type Content = ClientItem extends infer Item ? (Item extends ClientItem ? Omit<Item, 'id'> : never) : never

/** The newest of the record that fits, in its order; a call goes with its answer or not at all. */
function newest(record: readonly Entry[]): readonly Entry[] {
  let items = 0
  let characters = 0
  const from = record.findLastIndex((entry) => {
    const contents = contentsOf(entry)
    items += contents.length
    characters += contents.reduce((sum, content) => sum + JSON.stringify(content).length, 0)
    return characters > REPLAY_CHARACTERS_MAX || items > REPLAY_ITEMS_MAX
  })
  return record.slice(from + 1)
}

/** The items that tell a session of a record from its beginning. */
export function replayOf(record: readonly Entry[]): readonly Content[] {
  return newest(record).flatMap(contentsOf)
}

/** What tells of one entry: as it was heard, and a call with its answer or not at all. */
export function contentsOf(entry: Entry): readonly Content[] {
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
      return entry.output === null ? [] : answeredCall(entry.callId, entry)
    case 'result':
      return [resultMessage(entry.text)]
    default:
      return entry satisfies never
  }
}

/** What was found in the background is told beside the caller's words: it is nobody's order. */
export function resultMessage(text: string): Content {
  return { type: 'message', role: 'user', content: [{ type: 'input_text', text }] }
}

/** A call of a session that is gone, with its answer: the next one has seen neither. */
export function answeredCall(
  call_id: string,
  call: { readonly name: string; readonly arguments: string; readonly output: string | null },
): readonly Content[] {
  const { name, arguments: given, output } = call
  return [
    { type: 'function_call', call_id, name, arguments: given },
    { type: 'function_call_output', call_id, output: output ?? '' },
  ]
}
