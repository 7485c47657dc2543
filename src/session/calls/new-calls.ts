import type { Response } from '../../realtime/server-event.ts'
import type { Call } from '../call-state.ts'
import { mergeCall } from '../response.ts'
import { deepEqual } from '../settings/leaves.ts'
import type { SessionState } from '../state.ts'
import type { ActiveResponse, AnnouncedCall } from '../turn-state.ts'
import { isBackgroundPending } from './background.ts'
import { parsedOrText } from './call-check.ts'

/** The finished calls of a response that are not known yet. */
export function newCalls(state: SessionState, active: ActiveResponse, response: Response): readonly AnnouncedCall[] {
  return finishedCalls(active, response).filter((announced) => {
    const namesakes = state.calls.filter(({ wireId, orphaned }) => wireId === announced.callId && !orphaned)
    return !namesakes.some((known) => known.responseId === active.id || isRepeated(state, known, announced))
  })
}

/** Whether another response repeats a call that is still awaited. Some models give every call the same id: any other one is new. */
function isRepeated(state: SessionState, known: Call, announced: AnnouncedCall): boolean {
  const isAwaited = !known.answered || isBackgroundPending(known)
  return isAwaited && isSame({ name: known.name, arguments: argumentsOf(state, known.callId) }, announced)
}

/** An id that no other call of this conversation has: that of the service, numbered if it came before. */
export function uniqueCallId({ calls, record }: SessionState, wireId: string): string {
  const taken = new Set([...calls, ...record].flatMap((known) => ('callId' in known ? [known.callId] : [])))
  let callId = wireId
  for (let number = 2; taken.has(callId); number += 1) callId = `${wireId}#${number}`
  return callId
}

/** The arguments of a call exactly as the model wrote them. */
export function argumentsOf({ record }: SessionState, callId: string): string {
  const entry = record.findLast((other) => other.kind === 'call' && other.callId === callId)
  return entry?.kind === 'call' ? entry.arguments : '{}'
}

/** Calls with complete arguments, whether streamed or reported only at the end of the response; one that is reported twice counts once. */
function finishedCalls(active: ActiveResponse, response: Response): readonly AnnouncedCall[] {
  const reported = response.output.flatMap((item): AnnouncedCall[] => {
    if (item.type !== 'function_call' || item.call_id === undefined) return []
    const finished = item.status === 'completed' || (item.status !== 'incomplete' && response.status === 'completed')
    return [{ callId: item.call_id, name: item.name ?? '', arguments: item.arguments ?? '', finished }]
  })
  const merged = reported.map((call) => mergeCall(active, call))
  const streamedOnly = active.calls.filter(({ callId }) => !reported.some((call) => call.callId === callId))
  const finished = [...merged, ...streamedOnly].filter((call) => call.finished)
  return finished.filter((call, index) => {
    return !finished.slice(0, index).some((other) => other.callId === call.callId && isSame(other, call))
  })
}

type CallContent = Pick<AnnouncedCall, 'name' | 'arguments'>

function isSame(one: CallContent, other: CallContent): boolean {
  return one.name === other.name && deepEqual(parsedOrText(one.arguments), parsedOrText(other.arguments))
}
