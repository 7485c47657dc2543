import type { Response } from '../../realtime/server-event.ts'
import { clearPlayback } from '../barge-in/interruption.ts'
import { discardUnspoken } from '../barge-in/truncate.ts'
import { answerLateCalls, startCalls } from '../calls.ts'
import { ensureResponse, restartProgressTimer, waitForOtherResponse } from '../response.ts'
import { kindOfError } from '../service/error-table.ts'
import { reportResponse } from '../service/usage.ts'
import { type SessionState, withSound, withTurn } from '../state.ts'
import { emit, forEach, markAnswered, report, type Step, sequence, withoutEffects } from '../stepping.ts'
import { type ActiveResponse, NOT_RATE_LIMITED } from '../turn-state.ts'
import { dueAgain, isNews, unheardCausesOf } from './causes.ts'
import { retryAfterRateLimit } from './rate-limit.ts'
import { endWords, receiveOutputText } from './receive-words.ts'
import { settleWords } from './report-words.ts'

/** Ids of ended responses remembered, so that late pieces of them are dropped. */
const ENDED_MAX = 64
/** Ids of unfinished calls remembered. */
const UNFINISHED_CALLS_MAX = 64

/**
 * Ends a response: its words are complete, its calls are run, and the next may begin. One that was given up ends a second time: calls
 * reported only then are answered.
 */
export function endResponse(state: SessionState, response: Response): Step {
  return sequence(
    state,
    (now) => ensureResponse(now, response),
    (now) => receiveOutputText(now, response),
    (now) => {
      const active = now.turn.responses.find(({ id }) => id === response.id)
      return active === undefined ? answerLateCalls(now, response) : endActive(now, active, response)
    },
  )
}

/** Counts interrupted responses that do not end as over, so that the next may be requested. */
export function endSilenced(state: SessionState): Step {
  const silenced = state.turn.responses.filter((response) => response.silenced)
  return forEach(silenced, (now, { id }) => endResponse(now, { id, status: 'cancelled', output: [] }))(state)
}

function endActive(state: SessionState, active: ActiveResponse, response: Response): Step {
  const { requested } = state.turn
  const isStillDue = requested?.busy && !requested.cancelled
  const isCut = active.silenced || response.status === 'cancelled'
  const unheard = isCut ? unheardCausesOf(active) : []
  const responses = state.turn.responses.filter((other) => other !== active)
  const noneSilenced = responses.every(({ silenced }) => !silenced)
  const ended = withTurn(state, {
    responses,
    endedIds: [...state.turn.endedIds, response.id].slice(-ENDED_MAX),
    unfinishedCallIds: [...state.turn.unfinishedCallIds, ...unfinishedCalls(active)].slice(-UNFINISHED_CALLS_MAX),
    rateLimit: response.status === 'completed' ? NOT_RATE_LIMITED : state.turn.rateLimit,
    requested: requested?.busy ? null : requested,
    replyDue: dueAgain(state.turn, [...(isStillDue ? requested.causes : []), ...unheard.filter(isNews)]),
    cutOff: [...state.turn.cutOff, ...unheard],
  })
  return sequence(
    ended,
    active.silenced ? markAnswered('cancel') : withoutEffects,
    active.silenced && noneSilenced ? emit({ type: 'stopTimer', timer: 'cancel' }) : withoutEffects,
    (now) => clearCancelledSound(now, active, response),
    (now) => finishWords(now, active, response),
    (now) => reportFailure(now, active, response),
    (now) => reportResponse(now, active, response),
    (now) => startCalls(now, active, response),
    restartProgressTimer,
    (now) => retryEmpty(now, active, response),
  )
}

function unfinishedCalls({ calls }: ActiveResponse): readonly string[] {
  return calls.filter(({ finished }) => !finished).map(({ callId }) => callId)
}

/**
 * Cuts off the sound of a response that the service cancelled by itself, when this is the first sign of it, as if the caller had been
 * heard.
 */
function clearCancelledSound(state: SessionState, { id, silenced }: ActiveResponse, { status }: Response): Step {
  if (status !== 'cancelled' || silenced) return withoutEffects(state)
  const sounds = state.sound.items.some(({ responseId }) => responseId === id)
  const waiting = state.sound.waiting.map((piece) => (piece.responseId === id ? { ...piece, isCutOff: true } : piece))
  const over = withSound(state, { waiting })
  return sounds ? clearPlayback(over) : withoutEffects(over)
}

function finishWords(state: SessionState, active: ActiveResponse, response: Response): Step {
  const cut = active.silenced || response.status === 'cancelled'
  return sequence(
    endWords(state, active, cut ? 'cut' : 'whole'),
    settleWords,
    cut ? (now) => discardUnspoken(now, active) : withoutEffects,
  )
}

function reportFailure(state: SessionState, active: ActiveResponse, response: Response): Step {
  if (response.status === 'failed') {
    const message = response.error?.message ?? response.reason ?? 'the service gave no reason'
    const code = response.error?.code ?? response.reason ?? null
    if (kindOfError({ code, message }) === 'rate limited' && !active.hasContent && !active.silenced)
      return retryAfterRateLimit(state, { causes: active.causes, message, code })
    return report({ type: 'error', message: `the answer failed: ${message}`, code })(state)
  }
  if (response.status !== 'incomplete') return withoutEffects(state)
  const message = `the answer was cut short: ${response.reason ?? 'no reason given'}`
  return report({ type: 'warning', message })(state)
}

/**
 * Requests an empty response once more (one with nothing in it, or only with calls that are none), silently; the second time it is
 * reported. If it may have been the service's own, ours may be on its way, and is waited for.
 */
function retryEmpty(state: SessionState, active: ActiveResponse, response: Response): Step {
  const isMute = !active.hasContent && response.output.every(({ type }) => type === 'function_call')
  const isEmpty = isMute && !state.calls.some(({ responseId }) => responseId === active.id)
  const empty = response.status === 'completed' && isEmpty && !active.silenced
  if (!empty) return withoutEffects(withTurn(state, { emptyRetried: false }))
  if (active.presumedRequestId !== null) {
    return waitForOtherResponse(state, {
      eventId: active.presumedRequestId,
      causes: active.causes,
      turn: active.turn,
      cancelled: false,
      busy: true,
    })
  }
  if (state.turn.emptyRetried) {
    const again = withTurn(state, { emptyRetried: false })
    return report({ type: 'warning', message: 'the service answered with nothing, twice' })(again)
  }
  const replyDue = dueAgain(state.turn, active.causes)
  return withoutEffects(withTurn(state, { emptyRetried: true, replyDue }))
}
