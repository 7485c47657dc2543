import type { ClientItem } from '../realtime/client-event.ts'
import type { Entry } from './record.ts'
import type { SessionState } from './state.ts'
import { nextEventId, order, type Step, send, sequence } from './stepping.ts'
import { REPLAY_MS } from './waits.ts'

/** Characters of the record that a new session is told, the newest: some 6,000 tokens. */
const REPLAY_CHARACTERS_MAX = 24_000
/** Items that it is told; fewer than the requests without an answer that are remembered. */
const REPLAY_ITEMS_MAX = 48

/** Tells a new session what was said before it, as far as it was heard. It is ready once all of it is acknowledged, or the wait is over. */
export function replay(state: SessionState): Step {
  return sequence(
    { ...state, phase: 'replaying', connection: { ...state.connection, replayed: [] } },
    ...replayOf(state.record).map((content) => (now: SessionState) => {
      const replayed = [...now.connection.replayed, nextItemId(now)]
      return sendItem(content)({ ...now, connection: { ...now.connection, replayed } })
    }),
    order({ type: 'startTimer', timer: 'replay', ms: REPLAY_MS }),
  )
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
export function replayOf(record: readonly Entry[]): readonly Content[] {
  const items: Content[] = []
  let characters = 0
  for (const entry of record.toReversed()) {
    const contents = contentsOf(entry)
    characters += contents.reduce((sum, content) => sum + JSON.stringify(content).length, 0)
    if (characters > REPLAY_CHARACTERS_MAX || items.length + contents.length > REPLAY_ITEMS_MAX) break
    items.unshift(...contents)
  }
  return items
}

function contentsOf(entry: Entry): readonly Content[] {
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
    default:
      return entry satisfies never
  }
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
