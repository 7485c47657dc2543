import type { ServiceError } from '../../realtime/server-event.ts'
import type { SentUpdate } from '../config-state.ts'
import { fail } from '../ending.ts'
import { failToOpen, giveUpConnection, retryFirstConnection } from '../lifetime/connection.ts'
import {
  configureAgain,
  fallBackTo,
  isConnectionEdited,
  mayRefuseDeferred,
  withoutDeferred,
} from '../lifetime/opening.ts'
import { wasLive } from '../lifetime-state.ts'
import { dueAgain, isAnswerSilenced } from '../response/causes.ts'
import { retryAfterRateLimit } from '../response/rate-limit.ts'
import { restartProgressTimer, shortenProgressTimer, waitForOtherResponse } from '../response.ts'
import { authorPath } from '../settings/compile.ts'
import { dropRefusedUpdate, dropUnconfirmedUpdate, notePossiblyAccepted, reportRefusal } from '../settings/refusal.ts'
import { sameWanted } from '../settings/wanted-settings.ts'
import { type SessionState, withConfig, withTurn } from '../state.ts'
import { emit, markAnswered, type Part, report, type Step, sequence, withoutEffects } from '../stepping.ts'
import { ackMs } from '../time/timeouts.ts'
import type { ActiveResponse } from '../turn-state.ts'
import { kindOfError } from './error-table.ts'

/** Handles an error of the service by what it belongs to: an update, a request of ours, the whole session, or nothing. */
export function serviceError(state: SessionState, error: ServiceError): Step {
  if (state.phase === 'configuring') return refuseStart(state, error)
  const kind = kindOfError(error)
  if (kind === 'fatal') return fail(state, { reason: error.message, code: null })
  if (kind === 'expired' || kind === 'later') return giveUpConnection(state, error.message)
  if (kind === 'rate limited') return handleRateLimit(state, error)
  const { sent, unconfirmed } = state.config
  const isLate = unconfirmed !== null && sent === null && isCertainRefusal(unconfirmed, error)
  if (unconfirmed !== null && (isLate || namesUpdate(error, unconfirmed))) return refuseLate(state, unconfirmed, error)
  if (sent !== null && isCertainRefusal(sent, error)) return refuseCertainly(state, sent, error)
  if (sent !== null && namesUpdate(error, sent)) return refuseProvisionally(state, error)
  if (kind === 'nothing to cancel') return markAnswered('cancel')(state)
  if (kind === 'busy')
    return isAboutOlderRequest(state, error)
      ? forgetRequest(state, error)
      : waitWhileBusy(correctPresumedAnswer(state, error))
  if (kind === 'too late' || isAboutTruncation(state, error)) return forgetRequest(state, error)
  if (isLikelyRefusal(state, error)) return refuseProvisionally(state, error)
  return sequence(
    state,
    (now) => forgetRequest(now, error),
    reportError(error),
    error.type === 'server_error' ? shortenProgressTimer : withoutEffects,
  )
}

/** An error before the first confirmation is a failed start, in the service's own words. */
function refuseStart(state: SessionState, error: ServiceError): Step {
  const { sent, confirmed } = state.config
  const kind = kindOfError(error)
  if (!wasLive(state) && (kind === 'later' || kind === 'rate limited'))
    return retryFirstConnection(state, error.message)
  if (!wasLive(state)) return refuseFirst(state, error)
  if (kind === 'fatal' && !isConnectionEdited(state)) return fail(state, { reason: error.message, code: null })
  const refused = mayRefuseSettings(error) ? sent : null
  const newer = refused !== null && !sameWanted(refused.generation, confirmed)
  return sequence(
    state,
    newer ? (now) => sequence(now, reportErrorAsRefusal(refused, error), dropRefusedUpdate) : withoutEffects,
    refused !== null && !newer ? refuseDeferred(refused, error) : withoutEffects,
    (now) => giveUpConnection(now, error.message),
  )
}

/** Whether an error that opens no session may be about its settings: not if it is a fault of the service, or about more than settings. */
export function mayRefuseSettings(error: ServiceError): boolean {
  return error.type !== 'server_error' && kindOfError(error) === 'other'
}

/** Gives up what waited for this session: settings that were in force are refused, so it can only be that. */
export function refuseDeferred(sent: SentUpdate, error: ServiceError): Part {
  return (state) => {
    if (!mayRefuseDeferred(state.config, fieldOf(error))) return withoutEffects(state)
    return reportErrorAsRefusal(sent, error)({ ...state, config: withoutDeferred(state.config) })
  }
}

/**
 * The very first settings are refused. An edit that came meanwhile, or the tools that servers list, are left out of another attempt; for the
 * agent itself the generation that the service confirmed to others takes its place, once.
 */
function refuseFirst(state: SessionState, error: ServiceError): Step {
  const { sent, confirmed, fallback } = state.config
  const field = sent === null ? null : fieldOf(error)
  const where = field === null ? '' : ` (${field})`
  const refused = sent === null ? 'session' : `settings${where}`
  const reason = `the service refused the ${refused}: ${error.message}`
  if (sent === null || error.type !== 'invalid_request_error' || kindOfError(error) !== 'other')
    return failToOpen(state, { reason, code: null })
  const isLeftOut = sent.generation.number !== confirmed.number || (sent.own && /^tools\b/.test(field ?? ''))
  return sequence(state, reportErrorAsRefusal(sent, error), (now) => {
    if (isLeftOut) return sequence(now, dropRefusedUpdate, configureAgain)
    return fallback === null ? fail(now, { reason, code: null }) : fallBackTo(now, fallback)
  })
}

/**
 * Whether an error certainly refuses the update: by our `event_id`, else by a `param` that names a setting. A fault of the service itself
 * refuses nothing. An error that names the first sending of an update sent twice is not certain: the service may still accept the second.
 */
function isCertainRefusal(sent: SentUpdate, error: ServiceError): boolean {
  if (error.type === 'server_error') return false
  if (error.event_id !== null) return error.event_id === sent.eventId
  return error.param?.startsWith('session.') ?? false
}

function namesUpdate(error: ServiceError, { eventId, firstEventId }: SentUpdate): boolean {
  if (error.type === 'server_error' || error.event_id === null) return false
  return error.event_id === eventId || error.event_id === firstEventId
}

/**
 * Whether an error probably refuses the update: it has no `event_id`, and no `param` or one without `session.`, nothing else of ours is
 * unanswered, and nothing in it points to another request.
 */
function isLikelyRefusal(state: SessionState, error: ServiceError): boolean {
  const { sent } = state.config
  if (sent === null || sent.provisionallyRefused || error.type !== 'invalid_request_error') return false
  if (error.event_id !== null || (error.param !== null && fieldOf(error) === null)) return false
  if (state.unanswered.length > 0 || state.turn.requested !== null) return false
  return !OTHER_REQUESTS.test(`${error.code ?? ''} ${error.message}`)
}

const OTHER_REQUESTS =
  /buffer|conversation\.item|\bitem\b|response\.|truncat|audio content|commit|event[_ ]type|call_id/i

/** Takes a refusal of an update that was given up. */
function refuseLate(state: SessionState, unconfirmed: SentUpdate, error: ServiceError): Step {
  const forgotten = dropUnconfirmedUpdate(state, unconfirmed, isCertainRefusal(unconfirmed, error))
  return reportErrorAsRefusal(unconfirmed, error)(forgotten)
}

/** Takes a refusal of the update in flight; one that names no event may be the missing answer to an earlier one. */
function refuseCertainly(state: SessionState, sent: SentUpdate, error: ServiceError): Step {
  const mayBeOfAnother = error.event_id === null && state.config.answersMissing
  return sequence(
    mayBeOfAnother ? notePossiblyAccepted(state, sent) : state,
    reportErrorAsRefusal(sent, error),
    dropRefusedUpdate,
  )
}

/** Reports a refusal at once; a matching confirmation within the time limit still makes it applied. */
function refuseProvisionally(state: SessionState, error: ServiceError): Step {
  const { sent } = state.config
  if (sent === null || sent.provisionallyRefused) return withoutEffects(state)
  return sequence(
    state,
    reportErrorAsRefusal(sent, error),
    (now) => withoutEffects(withConfig(now, { sent: { ...sent, provisionallyRefused: true } })),
    emit({ type: 'startTimer', timer: 'ack', ms: ackMs(state.config.confirmed.agent) }),
  )
}

export function reportErrorAsRefusal(update: SentUpdate, error: ServiceError): Part {
  const { message, code } = error
  const certain = isCertainRefusal(update, error)
  const details = { message, code, param: error.param, field: fieldOf(error), certain }
  return (state) => reportRefusal(state, update, details)
}

function fieldOf(error: ServiceError): string | null {
  return error.param === null ? null : authorPath(error.param)
}

/** Handles a lack of room: a response refused for it is requested later; an update stays unanswered, and is sent once more. */
function handleRateLimit(given: SessionState, error: ServiceError): Step {
  const state = correctPresumedAnswer(given, error)
  const { requested } = state.turn
  const isAboutIt = error.event_id === null || error.event_id === requested?.eventId
  if (requested === null || !isAboutIt) return sequence(given, (now) => forgetRequest(now, error), reportError(error))
  const { message, code } = error
  return sequence(
    withTurn(state, { requested: null }),
    markAnswered('create'),
    requested.cancelled
      ? withoutEffects
      : (now) => retryAfterRateLimit(now, { causes: requested.causes, message, code }),
    restartProgressTimer,
  )
}

/**
 * Corrects the response that was taken for the answer to our request: it is one of the service's own. If it was cut off because the
 * caller did not want ours, what it answers is due again.
 */
function correctPresumedAnswer(state: SessionState, { event_id }: ServiceError): SessionState {
  const taken = state.turn.responses.find(({ presumedRequestId }) => presumedRequestId !== null)
  const eventId = taken?.presumedRequestId ?? null
  if (taken === undefined || eventId === null || state.turn.requested !== null) return state
  if (event_id !== null && event_id !== eventId) return state
  const own: ActiveResponse = { ...taken, causes: ['turn'], presumedRequestId: null }
  const responses = state.turn.responses.map((response) => (response === taken ? own : response))
  const requested = { eventId, causes: taken.causes, turn: taken.turn, cancelled: taken.silenced, busy: false }
  const isLost = taken.silenced && state.turn.answerExpected && !isAnswerSilenced(state.turn)
  const replyDue = dueAgain(state.turn, isLost ? ['turn'] : [])
  return withTurn(state, { responses, requested, replyDue, answerExpected: false, cutOff: [] })
}

/** Whether the error belongs to an older request: one that was given up may be refused late, and the current one has its own answer. */
function isAboutOlderRequest({ turn: { requested } }: SessionState, { event_id }: ServiceError): boolean {
  return event_id !== null && requested !== null && requested.eventId !== event_id
}

/** Waits for a response that we did not request. */
function waitWhileBusy(state: SessionState): Step {
  const { requested } = state.turn
  if (requested === null) return withoutEffects(state)
  return sequence(state, (now) => waitForOtherResponse(now, requested), markAnswered('create'))
}

/**
 * Whether the error is about cutting an item. A service that cannot, or has lost it, need not be reported: what was heard is on record
 * here.
 */
function isAboutTruncation({ unanswered }: SessionState, { event_id }: ServiceError): boolean {
  return unanswered.some(({ eventId, kind }) => eventId === event_id && (kind === 'truncate' || kind === 'delete'))
}

/** Stops waiting for the request that failed. One that came too late and is not named is the oldest of its kind. */
function forgetRequest(state: SessionState, error: ServiceError): Step {
  if (error.event_id === null)
    return kindOfError(error) === 'too late' ? markTruncationAnswered(state) : withoutEffects(state)
  const requested = state.turn.requested?.eventId === error.event_id ? null : state.turn.requested
  const unanswered = state.unanswered.filter(({ eventId }) => eventId !== error.event_id)
  return withoutEffects(withTurn({ ...state, unanswered }, { requested }))
}

function markTruncationAnswered(state: SessionState): Step {
  const cut = state.unanswered.find(({ kind }) => kind === 'truncate' || kind === 'delete')
  return cut === undefined ? withoutEffects(state) : markAnswered(cut.kind)(state)
}

function reportError(error: ServiceError): Part {
  return report({ type: 'error', message: error.message, code: error.code })
}
