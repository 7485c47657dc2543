import type { ServerEvent, ServiceError } from '../../realtime/server-event.ts'
import type { SentUpdate } from '../config-state.ts'
import type { NextSession } from '../connection-state.ts'
import type { Effect } from '../effect.ts'
import type { ConnectionEvent } from '../event.ts'
import { kindOfError } from '../service/error-table.ts'
import { mayRefuseSettings, refuseDeferred, reportErrorAsRefusal } from '../service/service-error.ts'
import { withoutRefusedUpdate } from '../settings/refusal.ts'
import { sameWanted } from '../settings/wanted-settings.ts'
import type { SessionState } from '../state.ts'
import { emit, markAnswered, type Part, report, type Step, sequence, withoutEffects } from '../stepping.ts'
import { REPLAY_MS } from '../time/timeouts.ts'
import { backoffMs, boundedRetryAfterMs, closedReason, isFinalRefusal, refusalMessage } from './connection.ts'
import { configureNextSession, inNextSession, openNextSession } from './next-session.ts'
import { attemptText, connectionToTry, isConnectionEdited, openingSettings } from './opening.ts'

/** The longest wait between attempts to open the next session, in ms: the live one does not need it yet. */
const BACKOFF_MAX_MS = 30_000

/** Records what happens on the next session's connection. Whatever goes wrong there does not concern the live session. */
export function applyNextSession(state: SessionState, event: ConnectionEvent): Step {
  const { next } = state
  if (next === null || next.stage === 'waiting') return withoutEffects(state)
  switch (event.type) {
    case 'socket.opened':
      if (next.stage !== 'connecting') return withoutEffects(state)
      return emit({ type: 'startTimer', timer: 'next', ms: next.timeouts.confirmMs })({
        ...state,
        next: { ...next, stage: 'configuring' },
      })
    case 'socket.refused': {
      const { status, retryAfterMs } = event
      const reason = refusalMessage(event, connectionToTry(state, next.wanted.agent, next.failures))
      return failNextSession(state, reason, { retryAfterMs, isPermanent: isFinalRefusal(state, status) })
    }
    case 'socket.closed':
      return failNextSession(state, closedReason(event))
    case 'server':
      return applyNextServer(state, next, event.event)
    case 'audio.dropped':
      return withoutEffects(state)
    default:
      return event satisfies never
  }
}

/** Does what is due when a wait for the next session is over. */
export function nextSessionTimedOut(state: SessionState): Step {
  const { next } = state
  if (next === null) return withoutEffects(state)
  const { connectMs, confirmMs } = next.timeouts
  switch (next.stage) {
    case 'waiting':
      return openNextSession(state)
    case 'connecting':
      return failNextSession(state, `the service did not answer within ${connectMs / 1000} s`)
    case 'configuring':
      return failNextSession(state, `the service did not confirm the settings within ${confirmMs / 1000} s`)
    case 'ready':
      return withoutEffects({ ...state, next: { ...next, unanswered: [] } })
    default:
      return next.stage satisfies never
  }
}

function applyNextServer(state: SessionState, next: NextSession, event: ServerEvent): Step {
  switch (event.type) {
    case 'session.created': {
      if (next.sent !== null) return withoutEffects(state)
      const created = { created: event.session, reported: event.session, reportedAt: state.moment.now }
      // What it was to begin with may have been refused to the live session since.
      const isRefused = state.config.refused.includes(next.wanted.number)
      const wanted = isRefused ? openingSettings(state) : next.wanted
      return configureNextSession(state, { ...next, ...created, wanted })
    }
    case 'session.updated': {
      if (next.sent === null) return withoutEffects(state)
      const reported = { reported: event.session, reportedAt: state.moment.now }
      const ready = { ...state, next: { ...next, ...reported, stage: 'ready' as const } }
      return emit(replayTimer(next))(ready)
    }
    case 'conversation.item.added':
      return next.replayedItemIds.includes(event.item.id)
        ? inNextSession(markAnswered('item'))(state)
        : withoutEffects(state)
    case 'error':
      return nextServiceError(state, next, event.error)
    default:
      return withoutEffects(state)
  }
}

/** Keeps the timer only while items are unacknowledged: settings may be confirmed again while the session is being told what was said. */
function replayTimer({ unanswered }: NextSession): Effect {
  if (unanswered.length === 0) return { type: 'stopTimer', timer: 'next' }
  return { type: 'startTimer', timer: 'next', ms: REPLAY_MS }
}

/**
 * Handles an error of the next session. Refused settings are not requested again, in either session; a refused item is left out, as in any
 * session.
 */
function nextServiceError(state: SessionState, next: NextSession, error: ServiceError): Step {
  const { sent, unanswered } = next
  const others = unanswered.filter(({ eventId }) => eventId !== error.event_id)
  if (others.length < unanswered.length) {
    return report({ type: 'error', message: error.message, code: error.code })({
      ...state,
      next: { ...next, unanswered: others },
    })
  }
  const refused = next.stage === 'configuring' && mayRefuseSettings(error) ? sent : null
  const isNew = !sameWanted(next.wanted, state.config.confirmed)
  return sequence(
    state,
    refused === null ? withoutEffects : isNew ? refuseOpening(refused, error) : refuseDeferred(refused, error),
    (now) => {
      const isPermanent = kindOfError(error) === 'fatal' && !isConnectionEdited(now)
      return failNextSession(now, error.message, { isPermanent })
    },
  )
}

function refuseOpening(refused: SentUpdate, error: ServiceError): Part {
  return (state) =>
    reportErrorAsRefusal(refused, error)({ ...state, config: withoutRefusedUpdate(state.config, refused) })
}

/** Ends an attempt to open the next session, while the live one goes on; another follows later, unless that cannot help. */
function failNextSession(
  state: SessionState,
  reason: string,
  { retryAfterMs, isPermanent = false }: { retryAfterMs?: number | undefined; isPermanent?: boolean } = {},
): Step {
  const { next } = state
  if (next === null) return withoutEffects(state)
  const leastMs = boundedRetryAfterMs(retryAfterMs)
  const ms = Math.ceil(Math.max(leastMs, backoffMs(state, next.failures, BACKOFF_MAX_MS)))
  const wanted = openingSettings(state)
  const failures = next.failures + 1
  const attempt = attemptText(state, connectionToTry(state, wanted.agent, failures))
  const further = isPermanent
    ? 'it is not tried again before an edit'
    : `trying again in ${(ms / 1000).toFixed(1)} s${attempt}`
  const message = `the next session could not be made ready, and this one goes on: ${reason}; ${further}`
  return sequence(
    { ...state, next: { ...next, stage: 'waiting', wanted, failures } },
    report({ type: 'warning', message }),
    emit(
      { type: 'close', next: true },
      isPermanent ? { type: 'stopTimer', timer: 'next' } : { type: 'startTimer', timer: 'next', ms },
    ),
  )
}
