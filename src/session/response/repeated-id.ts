import { isOfResponse } from '../record.ts'
import { type SessionState, withSound, withTurn } from '../state.ts'

/** Frees the id of an ended response, since another one has it: what is still known of the ended one is not taken for the other's. */
export function releaseResponseId(state: SessionState, id: string): SessionState {
  const { endedIds } = state.turn
  if (!endedIds.includes(id)) return state
  const items = state.sound.items.map((item) => (item.responseId === id ? { ...item, orphaned: true } : item))
  return {
    ...withSound(withTurn(state, { endedIds: endedIds.filter((ended) => ended !== id) }), { items }),
    calls: state.calls.map((call) => (call.responseId === id ? { ...call, responseId: '' } : call)),
    record: state.record.map((entry) =>
      isOfResponse(entry, { responseId: id }) ? { ...entry, orphaned: true } : entry,
    ),
  }
}
