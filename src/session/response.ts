import type { Item, Response } from '../realtime/server-event.ts'
import { settleCalls } from './calls.ts'
import type { Moment } from './event.ts'
import type { ActiveResponse, AnnouncedCall, SessionState } from './state.ts'
import { answered, order, report, type Step, send, sequence, unchanged } from './stepping.ts'
import { reportResponse } from './usage.ts'
import { PROGRESS_MS } from './waits.ts'

/** Ids of ended responses that are remembered, so that late pieces of them are dropped. */
const ENDED_MAX = 64

/** A response begins: ours, or one the service makes by itself after a spoken turn, which then answers whatever was due. */
export function responseCreated(state: SessionState, response: Response): Step {
  if (isKnown(state, response.id)) return unchanged(state)
  const { requested, replyDue } = state.turn
  const ours = requested !== null && !requested.busy
  const turn = {
    ...state.turn,
    answerExpected: false,
    requested: ours ? null : requested,
    replyDue: ours ? replyDue : replyDue.filter((cause) => cause === 'greeting'),
    responses: [...state.turn.responses, { ...newResponse(state, response.id), silenced: ours && requested.cancelled }],
  }
  return sequence(
    { ...state, turn },
    ours ? answered('create') : unchanged,
    ours && requested.cancelled ? send({ type: 'response.cancel', response_id: response.id }, 'cancel') : unchanged,
    keepWatch,
  )
}

export function announceItem(
  state: SessionState,
  event: { readonly type: string; readonly response_id: string | null; readonly item: Item },
): Step {
  const { item } = event
  if (item.type !== 'function_call' || item.call_id === undefined) return unchanged(state)
  return updateResponse(state, event.response_id, (response) =>
    withCall(response, {
      callId: item.call_id ?? '',
      name: item.name ?? '',
      arguments: item.arguments ?? '',
      finished: event.type === 'response.output_item.done' && item.status !== 'incomplete',
    }),
  )
}

/** The name may be missing here: it then stands on the item that was announced. */
export function announceCall(
  state: SessionState,
  event: { readonly call_id: string; readonly name: string | null; readonly arguments: string },
): Step {
  const owner = state.turn.responses.find(({ calls }) => calls.some(({ callId }) => callId === event.call_id))
  return updateResponse(state, owner?.id ?? null, (response) =>
    withCall(response, { callId: event.call_id, name: event.name ?? '', arguments: event.arguments, finished: true }),
  )
}

/** One call as told by several events: whichever says more wins. */
function withCall(response: ActiveResponse, call: AnnouncedCall): ActiveResponse {
  const before = response.calls.find(({ callId }) => callId === call.callId)
  const merged = {
    callId: call.callId,
    name: call.name || before?.name || '',
    arguments: call.arguments || before?.arguments || '',
    finished: call.finished || (before?.finished ?? false),
  }
  return { ...response, calls: [...response.calls.filter(({ callId }) => callId !== call.callId), merged] }
}

/** A response is over: its words are whole, its calls are run, and the next answer may begin. */
export function endResponse(state: SessionState, response: Response, moment: Moment): Step {
  return sequence(
    state,
    (now) => adopt(now, response.id),
    (now) => {
      const active = now.turn.responses.find(({ id }) => id === response.id)
      return active === undefined ? unchanged(now) : endActive(now, active, response, moment)
    },
  )
}

function endActive(state: SessionState, active: ActiveResponse, response: Response, moment: Moment): Step {
  const { requested } = state.turn
  const turn = {
    ...state.turn,
    responses: state.turn.responses.filter((other) => other !== active),
    ended: [...state.turn.ended, response.id].slice(-ENDED_MAX),
    requested: requested?.busy ? null : requested,
    replyDue: requested?.busy ? [...requested.causes, ...state.turn.replyDue] : state.turn.replyDue,
  }
  return sequence(
    { ...state, turn },
    active.silenced ? answered('cancel') : unchanged,
    (now) => reportWords(now, active, response, moment),
    (now) => reportTrouble(now, response, moment),
    (now) => reportResponse(now, active, response, moment),
    (now) => settleCalls(now, active, response, moment),
    keepWatch,
  )
}

function reportWords(state: SessionState, active: ActiveResponse, response: Response, moment: Moment): Step {
  if (active.text === '') return unchanged(state)
  const cut = active.silenced || response.status === 'cancelled'
  const words = { type: 'agent.transcript', text: active.text } as const
  return report(cut ? { ...words, interrupted: true } : words, moment)(state)
}

function reportTrouble(state: SessionState, response: Response, moment: Moment): Step {
  if (response.status === 'failed') {
    const message = response.error?.message ?? response.reason ?? 'the service gave no reason'
    const code = response.error?.code ?? response.reason ?? null
    return report({ type: 'error', message: `the answer failed: ${message}`, code }, moment)(state)
  }
  if (response.status !== 'incomplete') return unchanged(state)
  return report(
    { type: 'warning', message: `the answer was cut short: ${response.reason ?? 'no reason given'}` },
    moment,
  )(state)
}

function newResponse(state: SessionState, id: string): ActiveResponse {
  const { number, agent } = state.config.confirmed
  const { turnsBegun } = state.turn
  return {
    id,
    generation: number,
    tools: agent.tools,
    turn: turnsBegun,
    silenced: false,
    textSource: null,
    text: '',
    calls: [],
  }
}

/** Any event may be the first one seen of its response. */
function adopt(state: SessionState, id: string | null): Step {
  return id === null ? unchanged(state) : responseCreated(state, { id, status: 'in_progress', output: [] })
}

/** Goes on with a response unless it is over or interrupted: what still arrives of it then is dropped. */
export function whileHeard(
  state: SessionState,
  id: string | null,
  goOn: (state: SessionState, response: ActiveResponse) => Step,
): Step {
  return sequence(
    state,
    (now) => adopt(now, id),
    (now) => {
      const response = findResponse(now, id)
      return response === undefined || response.silenced ? unchanged(now) : goOn(now, response)
    },
  )
}

/** A response with something noted about it, which is a sign of life. */
export function updateResponse(
  state: SessionState,
  id: string | null,
  change: (response: ActiveResponse) => ActiveResponse,
): Step {
  return sequence(
    state,
    (now) => adopt(now, id),
    (now) => {
      const target = findResponse(now, id)
      const responses = now.turn.responses.map((response) => (response === target ? change(response) : response))
      return target === undefined ? unchanged(now) : keepWatch({ ...now, turn: { ...now.turn, responses } })
    },
  )
}

/** The response of an event; one that names none belongs to the newest. */
export function findResponse(state: SessionState, id: string | null): ActiveResponse | undefined {
  return id === null ? state.turn.responses.at(-1) : state.turn.responses.find((response) => response.id === id)
}

function isKnown(state: SessionState, id: string): boolean {
  return state.turn.responses.some((response) => response.id === id) || state.turn.ended.includes(id)
}

/** A response that shows no sign of life for too long is given up; every sign starts the wait anew. */
export function keepWatch(state: SessionState): Step {
  const { responses, requested, answerExpected } = state.turn
  const waits = responses.length > 0 || requested !== null || answerExpected
  return order(
    waits ? { type: 'startTimer', timer: 'progress', ms: PROGRESS_MS } : { type: 'stopTimer', timer: 'progress' },
  )(state)
}
