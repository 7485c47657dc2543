import type { Item } from '../../realtime/server-event.ts'
import { type SessionState, withTurn } from '../state.ts'
import { markAnswered, report, type Step, sequence, withoutEffects } from '../stepping.ts'

/** Items remembered, so that one announced twice is reported once. */
const ITEMS_MAX = 64

export function itemAdded(state: SessionState, item: Item): Step {
  if (state.turn.reportedItemIds.includes(item.id)) return withoutEffects(state)
  const items = [...state.turn.reportedItemIds, item.id].slice(-ITEMS_MAX)
  const replayed = isReplayed(state, item)
  const isOurs = replayed || item.role === 'user' || item.type === 'function_call_output'
  return sequence(
    withTurn(state, { reportedItemIds: items }),
    replayed ? withoutEffects : report({ type: 'item.created', item }),
    isOurs ? markAnswered('item') : withoutEffects,
  )
}

export function itemDone(state: SessionState, item: Item): Step {
  return isReplayed(state, item) ? withoutEffects(state) : report({ type: 'item.updated', item })(state)
}

/** Whether an item only tells a new session what was said before: it was reported then. */
function isReplayed({ connection }: SessionState, { id }: Item): boolean {
  return connection.replayedItemIds.includes(id)
}
