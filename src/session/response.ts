import type { ResponseCreateParams } from '../realtime/client-event.ts'
import type { Item, Response } from '../realtime/server-event.ts'
import { cancelMatching } from './barge-in/interruption.ts'
import { isFalseInterruption } from './barge-in/interruption-by-words.ts'
import { acceptedDetection } from './config-state.ts'
import { hasOwnWords, isAnswerSilenced, isNews } from './response/causes.ts'
import { releaseResponseId } from './response/repeated-id.ts'
import { type SessionState, withConnection, withTurn } from './state.ts'
import { emit, markAnswered, nextEventId, type Step, send, sequence, withoutEffects } from './stepping.ts'
import { isOnHold } from './time/quiet.ts'
import { BUSY_MS, FAULT_MS, PROGRESS_MS } from './time/timeouts.ts'
import type { ActiveResponse, AnnouncedCall, ReplyCause, RequestedReply } from './turn-state.ts'

/**
 * A response begins: ours, or one by the service after a spoken turn, which then answers whatever was due. The service tells which if it
 * returns our metadata; otherwise it is taken for the one we requested. A greeting and a wrap-up stay due behind a response of the
 * service's own, and everything behind one that is cancelled.
 */
export function responseCreated(before: SessionState, response: Pick<Response, 'id' | 'request'>): Step {
  if (isKnown(before, response)) return withoutEffects(before)
  const state = releaseResponseId(before, response.id)
  const { requested, replyDue, abandoned, answerExpected, cutOff } = state.turn
  const isAbandoned = response.request !== undefined && abandoned.includes(response.request)
  const isNamed = response.request === undefined ? requested?.busy === false : response.request === requested?.eventId
  const isOurs = requested !== null && isNamed && !isAbandoned
  const isOvertaken = isOurs && isOvertakenBySpeech(state, requested)
  const cancelled =
    isAbandoned ||
    (isOurs ? requested.cancelled || isOvertaken : isFalseInterruption(state) || isAnswerSilenced(state.turn))
  const causes: readonly ReplyCause[] = isOurs ? requested.causes : ['turn']
  const answers = isOurs ? !cancelled && !causes.every(hasOwnWords) : !isAbandoned
  const presumedRequestId = isOurs && response.request === undefined && answerExpected ? requested.eventId : null
  const answered = isOurs && presumedRequestId === null ? requested.turn : state.turn.turnsBegun
  const begun = withTurn(state, {
    busyTries: 0,
    answerExpected: answerExpected && !answers,
    requested: isOurs ? null : requested,
    cutOff: isOvertaken ? [...cutOff, ...causes] : cancelled || !answers ? cutOff : [],
    replyDue: isOurs || cancelled ? replyDue : replyDue.filter((cause) => cause === 'greeting' || isNews(cause)),
    responses: [
      ...state.turn.responses,
      { ...newResponse(state, response.id), turn: answered, causes, presumedRequestId },
    ],
  })
  return sequence(
    begun,
    isOurs ? markAnswered('create') : withoutEffects,
    cancelled ? (now) => cancelMatching(now, ({ id }) => id === response.id) : withoutEffects,
    restartProgressTimer,
  )
}

/** Whether the caller has begun to speak since a response was requested, and goes on: their voice cuts it off as it would a begun one. */
function isOvertakenBySpeech({ turn, config }: SessionState, requested: RequestedReply): boolean {
  const interrupts = acceptedDetection(config)?.interrupt_response ?? false
  return interrupts && turn.callerSpeaking && !requested.cancelled && requested.turn < turn.turnsBegun
}

export function announceItem(
  state: SessionState,
  event: { readonly type: string; readonly response_id: string | null; readonly item: Item },
): Step {
  const { item } = event
  if (item.type !== 'function_call' || item.call_id === undefined) return updateResponse(state, event.response_id)
  return updateResponse(state, event.response_id, (response) =>
    withCall(response, {
      callId: item.call_id ?? '',
      name: item.name ?? '',
      arguments: item.arguments ?? '',
      finished: event.type === 'response.output_item.done' && item.status !== 'incomplete',
    }),
  )
}

/**
 * Completes a call. The name may be missing here; it is then on the announced item. The response may be missing too; a call that an earlier
 * response left unfinished, or that has no name and was not announced, does not belong to the newest.
 */
export function announceCall(
  state: SessionState,
  event: {
    readonly response_id: string | null
    readonly call_id: string
    readonly name: string | null
    readonly arguments: string
  },
): Step {
  const owner = state.turn.responses.find(({ calls }) => calls.some(({ callId }) => callId === event.call_id))
  const isNobodys = state.turn.unfinishedCallIds.includes(event.call_id) || (owner === undefined && !event.name)
  if (event.response_id === null && isNobodys) return withoutEffects(state)
  return updateResponse(state, event.response_id ?? owner?.id ?? null, (response) =>
    withCall(response, { callId: event.call_id, name: event.name ?? '', arguments: event.arguments, finished: true }),
  )
}

function withCall(response: ActiveResponse, call: AnnouncedCall): ActiveResponse {
  const others = response.calls.filter(({ callId }) => callId !== call.callId)
  return { ...response, calls: [...others, mergeCall(response, call)] }
}

/** Merges a call with what was said of it before: whichever says more wins. */
export function mergeCall({ calls }: ActiveResponse, call: AnnouncedCall): AnnouncedCall {
  const before = calls.find(({ callId }) => callId === call.callId)
  return {
    callId: call.callId,
    name: call.name || before?.name || '',
    arguments: call.arguments || before?.arguments || '',
    finished: call.finished || (before?.finished ?? false),
  }
}

export function newResponse(state: SessionState, id: string): ActiveResponse {
  const { number, agent } = state.config.confirmed
  const { turnsBegun } = state.turn
  return {
    id,
    generation: number,
    tools: agent.tools,
    turn: turnsBegun,
    causes: ['turn'],
    presumedRequestId: null,
    hasContent: false,
    silenced: false,
    textSource: null,
    calls: [],
  }
}

/** Makes sure the response is known: any event may be the first one seen of it. */
export function ensureResponse(state: SessionState, { id, request }: { id: string | null; request?: string }): Step {
  if (id === null) return withoutEffects(state)
  return responseCreated(state, request === undefined ? { id } : { id, request })
}

/** Continues with a response unless it is over, interrupted, or the caller is on hold: what still arrives of it is then dropped. */
export function withActiveResponse(
  state: SessionState,
  id: string | null,
  continueWith: (state: SessionState, response: ActiveResponse) => Step,
): Step {
  return sequence(
    state,
    (now) => ensureResponse(now, { id }),
    (now) => {
      const response = findResponse(now, id)
      return response === undefined || response.silenced || isOnHold(now)
        ? withoutEffects(now)
        : continueWith(now, response)
    },
  )
}

/** Changes a response; any such event is a sign of life. */
function updateResponse(
  state: SessionState,
  id: string | null,
  change: (response: ActiveResponse) => ActiveResponse = (response) => response,
): Step {
  return sequence(
    state,
    (now) => ensureResponse(now, { id }),
    (now) => {
      const target = findResponse(now, id)
      const responses = now.turn.responses.map((response) => (response === target ? change(response) : response))
      return target === undefined ? withoutEffects(now) : restartProgressTimer(withTurn(now, { responses }))
    },
  )
}

/** Notes that a word or a sound of a response has come: the greeting has begun, or is over before it was said. */
export function noteContent(
  state: SessionState,
  { id, causes, textSource: followed }: ActiveResponse,
  textSource = followed,
): Step {
  const { connection } = state
  // One that is said after something else is not said again.
  const begins = causes.includes('greeting') && connection.greeting !== 'over'
  const greeting = begins || connection.greeting === 'begun' ? 'begun' : 'over'
  const noted = withConnection(state, { greeting })
  return updateResponse(noted, id, (active) => ({ ...active, hasContent: true, textSource }))
}

/** The response of an event; an event that names none belongs to the newest. */
export function findResponse(state: SessionState, id: string | null): ActiveResponse | undefined {
  return id === null ? state.turn.responses.at(-1) : state.turn.responses.find((response) => response.id === id)
}

/** Whether a response has begun before. One with the id of an ended response is another if it answers our request. */
function isKnown({ turn }: SessionState, { id, request }: Pick<Response, 'id' | 'request'>): boolean {
  if (turn.responses.some((response) => response.id === id)) return true
  return turn.endedIds.includes(id) && (request === undefined || request !== turn.requested?.eventId)
}

/** Restarts the wait after which a response without a sign of life is given up. */
export function restartProgressTimer(state: SessionState): Step {
  const noted = withTurn(state, { faultReported: false })
  const timer = { timer: 'progress' } as const
  return emit(
    isResponseAwaited(state) ? { type: 'startTimer', ...timer, ms: PROGRESS_MS } : { type: 'stopTimer', ...timer },
  )(noted)
}

/**
 * Shortens the wait for a sign of life: the service reported a fault that may be that of a response. A second report does not extend it.
 */
export function shortenProgressTimer(state: SessionState): Step {
  if (state.turn.faultReported || !isResponseAwaited(state)) return withoutEffects(state)
  const noted = withTurn(state, { faultReported: true })
  return emit({ type: 'startTimer', timer: 'progress', ms: FAULT_MS })(noted)
}

function isResponseAwaited({ turn: { responses, requested, answerExpected } }: SessionState): boolean {
  return responses.length > 0 || requested !== null || answerExpected
}

/** Requests a response for these causes. The service returns the metadata with it, and so tells whose it is. */
export function requestResponse(
  state: SessionState,
  causes: readonly ReplyCause[],
  settings: Omit<ResponseCreateParams, 'metadata'>,
): Step {
  const eventId = nextEventId(state)
  const requested = { eventId, causes, turn: state.turn.turnsBegun, cancelled: false, busy: false }
  return sequence(
    withTurn(state, { requested }),
    send({ type: 'response.create', response: { ...settings, metadata: { request: eventId } } }, 'create'),
    restartProgressTimer,
  )
}

/** Requests the same again when the service's other response is over; one of which nothing is heard is waited for less long. */
export function waitForOtherResponse(state: SessionState, requested: RequestedReply): Step {
  const waiting = withTurn(state, { requested: { ...requested, busy: true } })
  if (state.turn.responses.length > 0) return withoutEffects(waiting)
  return emit({ type: 'startTimer', timer: 'progress', ms: BUSY_MS })(waiting)
}
