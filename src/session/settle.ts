import { releaseTexts } from './caller.ts'
import { newestOffer } from './connection.ts'
import { editFor } from './edit.ts'
import { close } from './ending.ts'
import type { Moment } from './event.ts'
import { settleLaunches } from './launch.ts'
import type { Change } from './plan.ts'
import { keepWatch } from './response.ts'
import type { SessionState } from './state.ts'
import { nextEventId, order, report, type Step, send, sequence, unchanged } from './stepping.ts'
import { ACK_MS, CONNECT_MS, QUIET_MS } from './waits.ts'

/**
 * Sends what the state now calls for, and records what it sent: settling twice adds nothing. It reads the state alone, so
 * the order in which the facts came does not matter.
 */
export function settle(state: SessionState, moment: Moment): Step {
  return sequence(
    state,
    (now) => settleConnection(now, moment),
    (now) => settleHeld(now, moment),
    (now) => settleLaunches(now, moment),
    (now) => settleConfig(now, moment),
    settleReply,
    settleEnd,
  )
}

function settleConnection(state: SessionState, moment: Moment): Step {
  if (state.phase !== 'idle') return unchanged(state)
  const { everLive, losses } = state.connection
  const firstTry = everLive || losses === 0
  const startedAt = firstTry ? moment.now : state.connection.startedAt
  const { connection } = newestOffer(state).agent
  return sequence(
    { ...state, phase: 'connecting', connection: { ...state.connection, startedAt } },
    order({ type: 'connect', connection }),
    firstTry ? order({ type: 'startTimer', timer: 'connect', ms: CONNECT_MS }) : unchanged,
  )
}

/** What was typed before the session was live is said after the greeting, which it would otherwise stand in front of. */
function settleHeld(state: SessionState, moment: Moment): Step {
  const { heldTexts, replyDue, requested, responses } = state.turn
  if (state.phase !== 'live' || heldTexts.length === 0) return unchanged(state)
  if (replyDue.includes('greeting') || requested !== null || responses.length > 0) return unchanged(state)
  return releaseTexts(state, moment)
}

function settleConfig(state: SessionState, moment: Moment): Step {
  const { offered, sent } = state.config
  if (state.phase !== 'live' || offered === null || sent !== null) return unchanged(state)
  const { update, next, fields, later, deferred } = editFor(state.config, offered.agent)
  const { number, agent, noticedAt } = offered
  const generation = { number, agent }
  const taken = { ...state, config: { ...state.config, deferred, offered: null, patienceOver: false } }
  const tellDeferred = offered.waitingReported
    ? unchanged
    : (now: SessionState) => reportDeferred(now, later, number, moment)

  if (Object.keys(update).length === 0) {
    const ms = Math.round(moment.now - noticedAt)
    return sequence(
      { ...taken, config: { ...taken.config, confirmed: generation } },
      fields.length > 0 ? report({ type: 'reload.applied', offered: number, fields, ms }, moment) : unchanged,
      tellDeferred,
    )
  }
  if (!isQuietMoment(state)) {
    if (offered.waitingReported) return unchanged(state)
    return sequence(
      { ...state, config: { ...state.config, offered: { ...offered, waitingReported: true } } },
      report({ type: 'reload.waiting', offered: number, fields }, moment),
      tellDeferred,
      order({ type: 'startTimer', timer: 'quiet', ms: QUIET_MS }),
    )
  }
  const eventId = nextEventId(state)
  const flags = { repeated: false, provisionallyRefused: false, overdue: false }
  return sequence(
    { ...taken, config: { ...taken.config, sent: { generation, eventId, update, next, fields, noticedAt, ...flags } } },
    tellDeferred,
    send({ type: 'session.update', session: update }),
    order({ type: 'stopTimer', timer: 'quiet' }, { type: 'startTimer', timer: 'ack', ms: ACK_MS }),
  )
}

function reportDeferred(state: SessionState, later: readonly Change[], offered: number, moment: Moment): Step {
  const reasons = [...new Set(later.map(({ reason }) => reason ?? ''))]
  return sequence(
    state,
    ...reasons.map((reason) => {
      const fields = later.filter((change) => (change.reason ?? '') === reason).map(({ field }) => field)
      return report({ type: 'reload.deferred', offered, fields, reason }, moment)
    }),
  )
}

/** No response runs, the caller does not speak, no call is open, and no tool's follow-up is owed; or it has waited long enough. */
function isQuietMoment(state: SessionState): boolean {
  const { responses, requested, callerSpeaking, replyDue } = state.turn
  if (responses.length > 0 || requested !== null) return false
  if (state.config.patienceOver) return true
  return !callerSpeaking && !hasOpenCalls(state) && !replyDue.includes('tool')
}

/** Asks for one answer for all that is owed. What a tool found is not told while the caller speaks. */
function settleReply(state: SessionState): Step {
  const { replyDue, requested, responses, callerSpeaking } = state.turn
  if (state.phase !== 'live' || replyDue.length === 0) return unchanged(state)
  if (callerSpeaking && replyDue.every((cause) => cause === 'tool')) return unchanged(state)
  if (requested !== null || responses.length > 0 || hasOpenCalls(state) || isUpdateAwaited(state))
    return unchanged(state)
  const greets = replyDue.includes('greeting')
  const causes = greets ? (['greeting'] as const) : replyDue
  const turn = {
    ...state.turn,
    replyDue: greets ? replyDue.filter((cause) => cause !== 'greeting') : [],
    requested: { eventId: nextEventId(state), causes, cancelled: false, busy: false },
  }
  return sequence(
    { ...state, turn },
    send(greets ? { type: 'response.create', response: greetingOrder(state) } : { type: 'response.create' }, 'create'),
    keepWatch,
  )
}

/** Per-response instructions replace the session's, so the agent's own go first. */
function greetingOrder(state: SessionState): { instructions: string } {
  const { instructions, greeting } = state.config.confirmed.agent
  return {
    instructions: `${instructions.trimEnd()}\n\nSay exactly these words to the caller now, and nothing else: "${greeting ?? ''}"`,
  }
}

function settleEnd(state: SessionState): Step {
  if (state.phase === 'stopping') return close(state)
  if (!state.connection.draining || state.phase !== 'live' || !isAtRest(state)) return unchanged(state)
  return close({ ...state, ending: { reason: 'stopped', code: null, failed: false } })
}

/** Whether nothing is being said or done, and nothing is owed: the moment for the next line of a script. */
export function isAtRest(state: SessionState): boolean {
  const { responses, requested, replyDue, callerSpeaking, answerExpected, heldTexts } = state.turn
  const speaking = responses.length > 0 || requested !== null || callerSpeaking
  const busy = speaking || answerExpected || replyDue.length > 0 || heldTexts.length > 0
  return state.phase === 'live' && !busy && !hasOpenCalls(state)
}

function hasOpenCalls(state: SessionState): boolean {
  return state.calls.some((call) => !call.answered && !call.orphaned)
}

function isUpdateAwaited(state: SessionState): boolean {
  const { sent } = state.config
  return sent !== null && !sent.overdue && !sent.provisionallyRefused
}
