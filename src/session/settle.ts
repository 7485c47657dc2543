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
import { goLive } from './lifetime/go-live.ts'
import { reconnectionToTry } from './lifetime/opening.ts'
import { sendReplay } from './lifetime/replay.ts'
import { settleRollOver } from './lifetime/roll-over.ts'
import { wasLive } from './lifetime-state.ts'
import { dueAgain, isAnswering, unheardCauses } from './response/causes.ts'
import { settleReply } from './response/reply.ts'
import { settleWords } from './response/report-words.ts'
import { settleWaitingSound } from './response/waiting-sound.ts'
import { settleConfig } from './settings/settle-config.ts'
import { type SessionState, withConnection, withTurn } from './state.ts'
import { emit, type Step, sequence, withoutEffects } from './stepping.ts'
import { settleClocks } from './time/clocks.ts'
import { isAtRest, isOnHold, needsNoReconnect } from './time/quiet.ts'
import { openingTimeouts } from './time/timeouts.ts'

/**
 * Sends what the state now calls for, and records what it sent, so settling twice adds nothing. It reads only the state, so the order of
 * events does not matter.
 */
export function settle(state: SessionState): Step {
  return sequence(
    state,
    settleConnection,
    settleReplay,
    settleHold,
    settleGuardedGreeting,
    settleHeldTexts,
    settleWords,
    settleCalls,
    settleConfig,
    settleMcpServers,
    settleControlCallsInTurn,
    settlePendingEnd,
    settleGreetingHeard,
    settleWaitingSound,
    settlePlaybackPause,
    settleBackgroundResults,
    settleReply,
    settleEnd,
    settleDrainWait,
    settleFiller,
    settleClocks,
    settleCommitted,
    settleRollOverAndAgain,
  )
}

/** Settles everything again when another session has taken over, since anything may be due in it. */
function settleRollOverAndAgain(state: SessionState): Step {
  const [followed, effects] = settleRollOver(state)
  if (effects.length === 0) return [followed, effects]
  return sequence(followed, emit(...effects), settle)
}

function settleConnection(state: SessionState): Step {
  if (state.phase !== 'idle') return withoutEffects(state)
  const isFirstAttempt = wasLive(state) || state.connection.losses === 0
  const startedAt = isFirstAttempt ? state.moment.now : state.connection.startedAt
  const connection = reconnectionToTry(state)
  const timeouts = isFirstAttempt ? openingTimeouts({ connection }) : state.connection.timeouts
  return sequence(
    withConnection({ ...state, phase: 'connecting' }, { startedAt, timeouts }),
    emit({ type: 'connect', connection }),
    isFirstAttempt ? emit({ type: 'startTimer', timer: 'connect', ms: timeouts.connectMs }) : withoutEffects,
  )
}

/** An end that a call requested does not hold up later calls if a speaking caller takes it back at once. */
function settleCalls(state: SessionState): Step {
  const [launched, effects] = settleLaunches(state)
  const isTakenBack = (now: SessionState) => launched.lifetime.pendingEnd !== null && now.lifetime.pendingEnd === null
  return sequence(launched, emit(...effects), settlePendingEnd, (now) =>
    isTakenBack(now) ? settleCalls(now) : withoutEffects(now),
  )
}

/** A control call that is answered may make room for the next call, which may be another one. */
function settleControlCallsInTurn(state: SessionState): Step {
  const [granted, effects] = settleControlCalls(state)
  if (effects.length === 0) return [granted, effects]
  return sequence(granted, emit(...effects), settleCalls, settleConfig, settleControlCallsInTurn)
}

function settleReplay(state: SessionState): Step {
  if (state.phase !== 'replaying' || (state.connection.toReplay > 0 && state.sound.clearing.length > 0))
    return withoutEffects(state)
  return sequence(state, sendReplay, (now) => (now.unanswered.length > 0 ? withoutEffects(now) : goLive(now)))
}

/** Sends text typed before the session was live, but only after the greeting, which it would otherwise precede. */
function settleHeldTexts(state: SessionState): Step {
  const { replyDue, requested, responses } = state.turn
  if (state.phase !== 'live' || state.turn.greetingGuarded) return withoutEffects(state)
  if (replyDue.includes('greeting') || requested !== null || responses.length > 0) return withoutEffects(state)
  return releaseTexts(state)
}

/**
 * Cuts the agent off while the caller is on hold, also a response that the service began by itself; one of which nothing had come is due
 * again once the caller is back. Calls may end with it, and so may a greeting that holds the caller back.
 */
function settleHold(state: SessionState): Step {
  if (!isOnHold(state)) return withoutEffects(state)
  if (!state.sound.playing && !isAnswering(state.turn)) return withoutEffects(state)
  return interrupt(withTurn(state, { replyDue: dueAgain(state.turn, unheardCauses(state.turn)) }))
}

function settleEnd(state: SessionState): Step {
  if (state.phase === 'stopping') return close(state)
  if (isEndDue(state))
    return close({ ...state, ending: { reason: state.lifetime.pendingEnd?.reason ?? '', code: null, failed: false } })
  const { draining } = state.connection
  const isDone = (isAtRest(state) || needsNoReconnect(state)) && !hasBackgroundWork(state)
  const isHeard = draining === 'said' || !state.sound.playing
  if (!drainsForNobody(state) && (!draining || !isDone || !isHeard)) return withoutEffects(state)
  return close({ ...state, ending: { reason: 'stopped', code: null, failed: false } })
}
