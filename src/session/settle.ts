import { settleGreetingHeard, settleGuardedGreeting } from './barge-in/guarded-greeting.ts'
import { interrupt } from './barge-in/interruption.ts'
import { settlePlaybackPause } from './barge-in/playback-pause.ts'
import { releaseTexts } from './caller/caller-text.ts'
import { settleCommitted } from './caller/committed-turns.ts'
import { hasBackgroundWork, settleBackgroundResults } from './calls/background.ts'
import { settleControlCalls } from './calls/control.ts'
import { settleFiller } from './calls/filler.ts'
import { settleDrainWait } from './calls/follow-up.ts'
import { settleLaunches } from './calls/launch.ts'
import { settleMcpServers } from './calls/mcp-servers.ts'
import { close, drainsForNobody, isEndDue, settlePendingEnd } from './ending.ts'
import type { Moment } from './event.ts'
import { goLive } from './lifetime/go-live.ts'
import { reconnectionToTry } from './lifetime/opening.ts'
import { sendReplay } from './lifetime/replay.ts'
import { settleRollOver } from './lifetime/roll-over.ts'
import { wasLive } from './lifetime-state.ts'
import { dueAgain, unheardCauses } from './response/causes.ts'
import { settleReply } from './response/reply.ts'
import { settleWords } from './response/report-words.ts'
import { settleWaitingSound } from './response/waiting-sound.ts'
import { settleConfig } from './settings/settle-config.ts'
import type { SessionState } from './state.ts'
import { emit, type Step, sequence, unchanged } from './stepping.ts'
import { settleClocks } from './time/clocks.ts'
import { isAtRest, isOnHold, needsNoReconnect } from './time/quiet.ts'
import { openingTimeouts } from './time/timeouts.ts'

/**
 * Sends what the state now calls for, and records what it sent, so settling twice adds nothing. It reads only the state, so the order of
 * events does not matter.
 */
export function settle(state: SessionState, moment: Moment): Step {
  return sequence(
    state,
    (now) => settleConnection(now, moment),
    (now) => settleReplay(now, moment),
    settleHold,
    (now) => settleGuardedGreeting(now, moment),
    (now) => settleHeldTexts(now, moment),
    (now) => settleWords(now, moment),
    (now) => settleCalls(now, moment),
    (now) => settleConfig(now, moment),
    (now) => settleMcpServers(now, moment),
    (now) => settleControlCallsInTurn(now, moment),
    settlePendingEnd,
    settleGreetingHeard,
    (now) => settlePlaybackPause(now, moment),
    (now) => settleWaitingSound(now, moment),
    settleBackgroundResults,
    settleReply,
    (now) => settleEnd(now, moment),
    settleDrainWait,
    (now) => settleFiller(now, moment),
    (now) => settleClocks(now, moment),
    settleCommitted,
    (now) => settleRollOverAndAgain(now, moment),
  )
}

/** Settles everything again when another session has taken over, since anything may be due in it. */
function settleRollOverAndAgain(state: SessionState, moment: Moment): Step {
  const [followed, effects] = settleRollOver(state, moment)
  if (effects.length === 0) return [followed, effects]
  return sequence(followed, emit(...effects), (now) => settle(now, moment))
}

function settleConnection(state: SessionState, moment: Moment): Step {
  if (state.phase !== 'idle') return unchanged(state)
  const isFirstAttempt = wasLive(state) || state.connection.losses === 0
  const startedAt = isFirstAttempt ? moment.now : state.connection.startedAt
  const connection = reconnectionToTry(state)
  const timeouts = isFirstAttempt ? openingTimeouts({ connection }) : state.connection.timeouts
  return sequence(
    { ...state, phase: 'connecting', connection: { ...state.connection, startedAt, timeouts } },
    emit({ type: 'connect', connection }),
    isFirstAttempt ? emit({ type: 'startTimer', timer: 'connect', ms: timeouts.connectMs }) : unchanged,
  )
}

/** An end that a call requested does not hold up later calls if a speaking caller takes it back at once. */
function settleCalls(state: SessionState, moment: Moment): Step {
  const [launched, effects] = settleLaunches(state, moment)
  const isTakenBack = (now: SessionState) => launched.lifetime.pendingEnd !== null && now.lifetime.pendingEnd === null
  return sequence(launched, emit(...effects), settlePendingEnd, (now) =>
    isTakenBack(now) ? settleCalls(now, moment) : unchanged(now),
  )
}

/** A control call that is answered may make room for the next call, which may be another one. */
function settleControlCallsInTurn(state: SessionState, moment: Moment): Step {
  const [granted, effects] = settleControlCalls(state, moment)
  if (effects.length === 0) return [granted, effects]
  return sequence(
    granted,
    emit(...effects),
    (now) => settleCalls(now, moment),
    (now) => settleConfig(now, moment),
    (now) => settleControlCallsInTurn(now, moment),
  )
}

function settleReplay(state: SessionState, moment: Moment): Step {
  if (state.phase !== 'replaying' || (state.connection.toReplay > 0 && state.sound.clearing.length > 0))
    return unchanged(state)
  return sequence(state, sendReplay, (now) => (now.unanswered.length > 0 ? unchanged(now) : goLive(now, moment)))
}

/** Sends text typed before the session was live, but only after the greeting, which it would otherwise precede. */
function settleHeldTexts(state: SessionState, moment: Moment): Step {
  const { replyDue, requested, responses } = state.turn
  if (state.phase !== 'live' || state.turn.greetingGuarded) return unchanged(state)
  if (replyDue.includes('greeting') || requested !== null || responses.length > 0) return unchanged(state)
  return releaseTexts(state, moment)
}

/**
 * Cuts the agent off while the caller is on hold, also a response that the service began by itself; one of which nothing had come is due
 * again once the caller is back. Calls may end with it, and so may a greeting that holds the caller back.
 */
function settleHold(state: SessionState): Step {
  if (!isOnHold(state)) return unchanged(state)
  const { requested, responses } = state.turn
  const isAnswering = responses.some(({ silenced }) => !silenced) || requested?.cancelled === false
  if (!state.sound.playing && !isAnswering) return unchanged(state)
  return interrupt({ ...state, turn: { ...state.turn, replyDue: dueAgain(state.turn, unheardCauses(state.turn)) } })
}

function settleEnd(state: SessionState, moment: Moment): Step {
  if (state.phase === 'stopping') return close(state, moment)
  if (isEndDue(state))
    return close(
      { ...state, ending: { reason: state.lifetime.pendingEnd?.reason ?? '', code: null, failed: false } },
      moment,
    )
  const { draining } = state.connection
  const isDone = (isAtRest(state) || needsNoReconnect(state)) && !hasBackgroundWork(state)
  const isHeard = draining === 'said' || !state.sound.playing
  if (!drainsForNobody(state) && (!draining || !isDone || !isHeard)) return unchanged(state)
  return close({ ...state, ending: { reason: 'stopped', code: null, failed: false } }, moment)
}
