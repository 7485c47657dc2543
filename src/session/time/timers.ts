import { makeAnswerDue } from '../barge-in/cut-off-causes.ts'
import { endGuard } from '../barge-in/guarded-greeting.ts'
import { stopAwaitingTurn } from '../barge-in/playback-pause.ts'
import { flushAudio } from '../caller/caller-sound.ts'
import { speechTimedOut } from '../caller/speech.ts'
import { makeFillersDue } from '../calls/filler.ts'
import { endDrainWait } from '../calls/follow-up.ts'
import { stopAwaitingServers } from '../calls/mcp-servers.ts'
import { reportedChanges } from '../edits/reported-changes.ts'
import { endAnyway } from '../ending.ts'
import type { TimerName } from '../event.ts'
import { warnOfMismatches } from '../lifetime/confirm.ts'
import { giveUpConnection } from '../lifetime/connection.ts'
import { rollOverFired } from '../lifetime/expiry.ts'
import { goLive } from '../lifetime/go-live.ts'
import { nextSessionTimedOut } from '../lifetime/next-session-events.ts'
import { sendReplay } from '../lifetime/replay.ts'
import { wasLive } from '../lifetime-state.ts'
import { stopAwaitingWords } from '../record.ts'
import { dueAgain } from '../response/causes.ts'
import { stopAwaitingTranscript } from '../response/report-words.ts'
import { endResponse, endSilenced } from '../response/response-end.ts'
import { restartProgressTimer } from '../response.ts'
import { dropRefusedUpdate, isPresumedRefused, notePossiblyAccepted } from '../settings/refusal.ts'
import { type SessionState, withConfig, withConnection, withTurn } from '../state.ts'
import { emit, forEach, nextEventId, report, type Step, send, sequence, withoutEffects } from '../stepping.ts'
import type { RequestedReply } from '../turn-state.ts'
import { clockFired } from './clock-fired.ts'
import { ackMs } from './timeouts.ts'

/** Requests given up whose late responses are still cancelled. */
const ABANDONED_MAX = 8

/** A busy service is asked this often; every third time, what it is busy with is cancelled first. */
const BUSY_TRIES_MAX = 9
const BUSY_TRIES_UNSEEN = 3

/** Does what is due when a wait is over. A timer that fires after its reason has gone changes nothing. */
export function timerFired(state: SessionState, timer: TimerName): Step {
  switch (timer) {
    case 'connect':
      if (state.phase !== 'connecting' && (state.phase !== 'waiting' || wasLive(state))) return withoutEffects(state)
      return giveUpConnection(
        state,
        `the service did not answer within ${state.connection.timeouts.connectMs / 1000} s`,
      )
    case 'confirm':
      if (state.phase !== 'configuring') return withoutEffects(state)
      return giveUpConnection(state, confirmTimeoutMessage(state))
    case 'retry':
      return withoutEffects(state.phase === 'waiting' ? { ...state, phase: 'idle' } : state)
    case 'healthy':
      if (state.phase !== 'live' && state.phase !== 'replaying') return withoutEffects(state)
      return withoutEffects(withConnection(state, { losses: 0 }))
    case 'ack':
      return updateTimedOut(state)
    case 'quiet':
      if (state.config.quietWait !== 'running') return withoutEffects(state)
      return withoutEffects(withConfig(state, { quietWait: 'over' }))
    case 'frame':
      return flushAudio(state)
    case 'progress':
      return giveUpResponse(state)
    case 'idle':
    case 'silence':
    case 'wrap up':
    case 'limit':
      return clockFired(state, timer)
    case 'roll over':
      return rollOverFired(state)
    case 'next':
      return nextSessionTimedOut(state)
    case 'greeting':
      return endGuard(state)
    case 'speech':
      return speechTimedOut(state)
    case 'resume':
      return stopAwaitingTurn(state)
    case 'last words':
      return endAnyway(state)
    case 'replay':
      if (state.phase !== 'replaying') return withoutEffects(state)
      return sequence(state, sendReplay, goLive)
    case 'transcript':
      return stopAwaitingTranscript(state)
    case 'cancel':
      return endSilenced(state)
    case 'servers':
      return stopAwaitingServers(state)
    case 'drain':
      return endDrainWait(state)
    case 'rate limit':
      return withoutEffects(withTurn(state, { rateLimit: { ...state.turn.rateLimit, isWaiting: false } }))
    case 'filler':
      return makeFillersDue(state)
    default:
      return timer satisfies never
  }
}

/** What the service failed to do between the open socket and the live session. */
function confirmTimeoutMessage({ config, connection }: SessionState): string {
  const missing = config.sent === null ? 'begin a session' : 'confirm the settings'
  return `the service did not ${missing} within ${connection.timeouts.confirmMs / 1000} s`
}

/**
 * Sends an unanswered update once more, whole; then reports it as unconfirmed and goes on. One whose generation was refused meanwhile, such
 * as to the next session, is not sent again.
 */
function updateTimedOut(state: SessionState): Step {
  const { sent } = state.config
  if (sent === null || state.phase !== 'live') return withoutEffects(state)
  if (isPresumedRefused(state.config, sent)) return dropRefusedUpdate(notePossiblyAccepted(state, sent))
  if (sent.firstEventId !== null) {
    return sequence(
      notePossiblyAccepted(withConfig(state, { sent: null, unconfirmed: sent }), sent),
      report({ type: 'reload.unconfirmed', ...reportedChanges(sent) }),
      (now) =>
        now.config.reported === sent.reportedBefore
          ? withoutEffects(now)
          : warnOfMismatches(now, now.config.reported, sent),
    )
  }
  const again = { ...sent, eventId: nextEventId(state), firstEventId: sent.eventId }
  return sequence(
    withConfig(state, { sent: again, answersMissing: true }),
    send({ type: 'session.update', session: sent.next }),
    emit({ type: 'startTimer', timer: 'ack', ms: ackMs(state.config.confirmed.agent) }),
  )
}

/**
 * Requests again from a busy service. A response of which nothing is heard must not block it for ever: it is cancelled unseen, and in the
 * end its session is left.
 */
function retryBusyRequest(state: SessionState, { eventId, causes, cancelled }: RequestedReply): Step {
  const busyTries = state.turn.busyTries + 1
  if (busyTries > BUSY_TRIES_MAX) {
    return giveUpConnection(state, 'the service is busy with a response that nothing is heard of')
  }
  const replyDue = dueAgain(state.turn, cancelled ? [] : causes)
  const abandoned = [...state.turn.abandoned, eventId].slice(-ABANDONED_MAX)
  const retried = withTurn(state, { busyTries, requested: null, replyDue, abandoned })
  const isStuck = busyTries % BUSY_TRIES_UNSEEN === 0
  return sequence(retried, restartProgressTimer, isStuck ? send({ type: 'response.cancel' }, 'cancel') : withoutEffects)
}

function giveUpResponse(state: SessionState): Step {
  const { requested, responses } = state.turn
  // A session that goes live restarts the wait.
  if (state.phase !== 'live') return withoutEffects(state)
  if (requested === null && responses.length === 0) {
    // So does the end of the caller's turn.
    if (state.turn.callerSpeaking) return withoutEffects(state)
    return withoutEffects(stopAwaitingWords(makeAnswerDue(state), state.turn.turnsBegun))
  }
  if (requested?.busy && responses.length === 0) return retryBusyRequest(state, requested)
  const message = 'the service shows no sign of an answer; it is given up'
  // A request that only waits for the end of these responses is made again with it.
  const waiting = requested?.busy ? requested : null
  const requestIds = requested === null || requested === waiting ? [] : [requested.eventId]
  const abandoned = [...state.turn.abandoned, ...requestIds].slice(-ABANDONED_MAX)
  const owed = state.turn.answerExpected ? makeAnswerDue(state) : state
  return sequence(
    withTurn({ ...owed, unanswered: [] }, { requested: waiting, abandoned }),
    report({ type: 'error', message, code: null }),
    forEach(responses, (now, { id }) =>
      sequence(now, send({ type: 'response.cancel', response_id: id }, 'cancel'), (later) =>
        endResponse(later, { id, status: 'cancelled', output: [] }),
      ),
    ),
  )
}
