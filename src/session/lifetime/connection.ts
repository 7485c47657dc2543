import type { Connection } from '../../agent/agent.ts'
import { clearPlayback } from '../barge-in/interruption.ts'
import { reportAllUnspoken } from '../barge-in/truncate.ts'
import { withUnheardSound } from '../caller/caller-sound.ts'
import { fail } from '../ending.ts'
import type { ConnectionEvent } from '../event.ts'
import { wasLive } from '../lifetime-state.ts'
import { flushWords } from '../response/report-words.ts'
import { deepEqual } from '../settings/leaves.ts'
import { NO_AUDIO } from '../sound-state.ts'
import { type SessionState, withConfig, withConnection, withServers } from '../state.ts'
import { emit, report, type Step, sequence, withoutEffects } from '../stepping.ts'
import { openingTimeouts } from '../time/timeouts.ts'
import { leaveSession, requeueUpdates } from './leave-session.ts'
import { asOpened, attemptText, isConnectionEdited, openingSettings, reconnectionToTry } from './opening.ts'
import { isNextSessionReady, takeOver } from './take-over.ts'

/** Losses in a row after which another attempt is made. */
const LOSSES_MAX = 5
/** First wait before another attempt, in ms. It doubles up to the longest; chance takes off up to half. */
const BACKOFF_FIRST_MS = 250
const BACKOFF_MAX_MS = 8_000
/** The longest wait that the service may ask for, in ms. */
const RETRY_AFTER_MAX_MS = 60_000

export function connectionOpened(state: SessionState): Step {
  if (state.phase !== 'connecting') return withoutEffects(state)
  return [
    withServers({ ...state, phase: 'configuring' }, { opening: 'no' }),
    [
      { type: 'stopTimer', timer: 'connect' },
      { type: 'startTimer', timer: 'confirm', ms: state.connection.timeouts.confirmMs },
    ],
  ]
}

export function connectionRefused(
  state: SessionState,
  refusal: { readonly status: number; readonly message: string; readonly retryAfterMs?: number },
): Step {
  if (state.phase === 'closing') return reportClosed(state)
  if (state.phase !== 'connecting') return withoutEffects(state)
  const { status, message } = refusal
  const ending = { reason: refusalMessage(refusal, reconnectionToTry(state)), code: status }
  if (isFinalRefusal(state, status)) return fail(state, ending)
  if (wasLive(state)) return reconnectAfterLoss(state, ending, refusal.retryAfterMs)
  if (status !== 429) return failToOpen(state, ending)
  const waitMs = Math.max(refusal.retryAfterMs ?? 0, backoffMs(state, state.connection.losses))
  if (state.moment.now + waitMs >= state.connection.startedAt + state.connection.timeouts.connectMs)
    return fail(state, ending)
  return retryLater(state, waitMs, `the service is busy (HTTP 429): ${message}`)
}

/** Whether no further attempt can help: key or account are refused, and there are no other connection settings to try. */
export function isFinalRefusal(state: SessionState, status: number): boolean {
  return [401, 402, 403].includes(status) && !isConnectionEdited(state)
}

/** Why no connection was opened; for a refused key, also where the key was given. */
export function refusalMessage(
  { status, message }: { readonly status: number; readonly message: string },
  { api_key_env }: Connection,
): string {
  const help = status === 401 ? `; look at the key in ${api_key_env}` : ''
  return `the service refused the connection (HTTP ${status}): ${message}${help}`
}

/** Why a connection closed, in words. */
export function closedReason({ code, reason }: { readonly code: number; readonly reason: string }): string {
  return reason === '' ? `the connection closed (code ${code})` : reason
}

/** Takes a closed socket as a failed start, a loss, or the requested end, depending on the phase. */
export function connectionClosed(
  state: SessionState,
  { code, reason, unheard = NO_AUDIO }: Extract<ConnectionEvent, { type: 'socket.closed' }>,
): Step {
  const ending = { reason: closedReason({ code, reason }), code }
  switch (state.phase) {
    case 'closing':
      return reportClosed(state)
    case 'connecting':
    case 'configuring':
    case 'replaying':
    case 'live':
      return wasLive(state) ? reconnectAfterLoss(withUnheardSound(state, unheard), ending) : failToOpen(state, ending)
    default:
      return withoutEffects(state)
  }
}

function reportClosed(state: SessionState): Step {
  const ending = state.ending ?? { reason: 'closed', code: null, failed: false }
  return report({ type: 'session.closed', ...ending })({ ...state, phase: 'closed' })
}

/** Leaves a connection that took too long; it counts as lost. */
export function giveUpConnection(state: SessionState, reason: string): Step {
  if (!wasLive(state)) return failToOpen(state, { reason, code: null })
  return sequence(state, emit({ type: 'close' }), (now) => reconnectAfterLoss(now, { reason, code: null }))
}

/** Retries a first connection for which the service has no room, within the time that a start may take. */
export function retryFirstConnection(state: SessionState, reason: string): Step {
  const leftMs = state.connection.startedAt + state.connection.timeouts.connectMs - state.moment.now
  if (backoffMs(state, state.connection.losses) >= leftMs) return fail(state, { reason, code: null })
  return openAgain(state, leftMs, `the service has no room: ${reason}`)
}

/**
 * Takes a first connection that opened no session. If an edit changed how to connect, the settings that opened sessions before it are tried
 * once, in a time of their own.
 */
export function failToOpen(state: SessionState, ending: { reason: string; code: number | null }): Step {
  const before = state.config.openedWith
  const isTried = deepEqual(reconnectionToTry(state), before.connection)
  if (isTried) return fail(state, ending)
  const timeouts = openingTimeouts(before)
  const anew = withConnection(withConfig(state, asOpened(openingSettings(state), before.connection)), {
    startedAt: state.moment.now,
    timeouts,
  })
  return openAgain(anew, timeouts.connectMs, `no session was opened: ${ending.reason}`)
}

/** Makes another attempt to open the first session, within that time. */
function openAgain(state: SessionState, withinMs: number, message: string): Step {
  return sequence(
    { ...state, config: requeueUpdates(state.config) },
    emit(
      { type: 'close' },
      { type: 'stopTimer', timer: 'confirm' },
      { type: 'startTimer', timer: 'connect', ms: withinMs },
    ),
    (now) => retryLater(now, backoffMs(now, now.connection.losses), message),
  )
}

/** Reconnects after a loss, up to `LOSSES_MAX` times in a row; what belonged to the old session is dropped. */
function reconnectAfterLoss(
  state: SessionState,
  ending: { reason: string; code: number | null },
  retryAfterMs?: number,
): Step {
  if (state.lifetime.pendingEnd !== null && !isNextSessionReady(state))
    return endWithoutReconnecting(state, ending.reason)
  const losses = state.connection.losses + 1
  if (losses > LOSSES_MAX) {
    return fail(state, { ...ending, reason: `the connection was lost ${losses} times in a row: ${ending.reason}` })
  }
  const waitMs = Math.max(boundedRetryAfterMs(retryAfterMs), backoffMs(state, losses - 1))
  if (isNextSessionReady(state)) {
    const message = `the connection was lost: ${ending.reason}; the next one, which was ready, takes its place`
    return sequence(withConnection(state, { losses }), report({ type: 'warning', message }), takeOver)
  }
  return sequence(
    state,
    flushWords,
    reportAllUnspoken,
    (now) => withoutEffects(leaveSession(withConnection(now, { losses }))),
    clearPlayback,
    (now) => retryLater(now, waitMs, `the connection was lost: ${ending.reason}`),
  )
}

/**
 * Lets a conversation that is over end without reconnecting, once what had come of its last words is heard; a caller who types, or ends a
 * turn by hand, takes it up again. Without the service, speech cannot be told from silence.
 */
function endWithoutReconnecting(state: SessionState, reason: string): Step {
  return sequence(
    state,
    report({
      type: 'warning',
      message: `the connection was lost: ${reason}; what came of the last words is heard, and the conversation ends`,
    }),
    flushWords,
    reportAllUnspoken,
    (now) => withoutEffects({ ...leaveSession(now, true), phase: 'waiting' }),
  )
}

function retryLater(state: SessionState, waitMs: number, message: string): Step {
  const ms = Math.ceil(waitMs)
  const losses = wasLive(state) ? state.connection.losses : state.connection.losses + 1
  const waiting = withConnection({ ...state, phase: 'waiting' }, { losses })
  const attempt = `trying again in ${(ms / 1000).toFixed(1)} s${attemptText(waiting, reconnectionToTry(waiting))}`
  return sequence(
    waiting,
    report({ type: 'warning', message: `${message}; ${attempt}` }),
    emit({ type: 'startTimer', timer: 'retry', ms }),
  )
}

/** How long the service asks us to wait, in ms, within the limit. */
export function boundedRetryAfterMs(retryAfterMs = 0): number {
  return Math.min(RETRY_AFTER_MAX_MS, retryAfterMs)
}

export function backoffMs({ moment }: SessionState, losses: number, longestMs = BACKOFF_MAX_MS): number {
  return Math.min(longestMs, BACKOFF_FIRST_MS * 2 ** losses) * (1 - moment.chance / 2)
}
