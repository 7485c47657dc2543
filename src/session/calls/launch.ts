import type { Call } from '../call-state.ts'
import { answerCall, makeFollowUpDue, withStage } from '../calls.ts'
import type { SessionState } from '../state.ts'
import { emit, forEach, report, type Step, sequence, withoutEffects } from '../stepping.ts'
import { failedAnswer } from './call-check.ts'
import { launchControlCall } from './control.ts'

/** Ends the calls to be cancelled, then launches those whose turn it is, oldest first. */
export function settleLaunches(state: SessionState): Step {
  const unwanted = state.calls.filter((call) => mustGiveUp(state, call))
  const waiting = state.calls.filter(({ stage }) => stage === 'waiting')
  return sequence(
    state,
    forEach(unwanted, giveUpCall),
    forEach(waiting, (now, { callId }) => launchWhenFree(now, callId)),
  )
}

/**
 * Whether a call is given up: it is to be cancelled, or still waits when the session is left or the conversation is over. Nobody would hear
 * of it then.
 */
function mustGiveUp({ phase, lifetime }: SessionState, { answered, interrupted, orphaned, stage }: Call): boolean {
  const isLeft = orphaned || phase !== 'live' || lifetime.pendingEnd?.cancellable === false
  return !answered && (interrupted || (stage === 'waiting' && isLeft))
}

/**
 * Gives up a call. The model is told at once, and a follow-up is due unless the caller has gone on since; a running process ends in its own
 * time.
 */
function giveUpCall(state: SessionState, call: Call): Step {
  const { callId, stage } = call
  const message = call.interrupted ? 'the caller went on speaking; it was ended' : 'the session ended; it was not run'
  const cancelledAnswer = failedAnswer('cancelled', message)
  const hasCallerMovedOn = call.interrupted || state.turn.turnsBegun > call.turn
  return sequence(
    state,
    (now) => answerCall(now, callId, cancelledAnswer),
    (now) => makeFollowUpDue(now, call.responseId, !hasCallerMovedOn),
    stage === 'running'
      ? emit({ type: 'cancelTool', callId })
      : (now) => withoutEffects(withStage(now, callId, 'over')),
  )
}

function launchWhenFree(state: SessionState, callId: string): Step {
  const call = state.calls.find((other) => other.callId === callId)
  if (call === undefined || call.launch === null || call.stage !== 'waiting') return withoutEffects(state)
  if (call.backgroundResult !== null && (call.backgroundResult !== 'awaited' || state.lifetime.pendingEnd !== null))
    return withoutEffects(state)
  const { tool, parsedArguments, argumentsText, generation } = call.launch
  if (tool.kind === 'control') return launchControlCall(state, call, tool)
  const isToolRunning = state.calls.some(({ name, stage }) => name === call.name && stage === 'running')
  if (!hasFreeSlot(state, call) || (tool.concurrency === 'queue' && isToolRunning)) return withoutEffects(state)
  const background = call.backgroundResult === null ? {} : ({ background: true } as const)
  return sequence(
    withStage(state, callId, 'running'),
    report({ type: 'tool.started', name: call.name, call_id: callId, arguments: parsedArguments, ...background }),
    emit({ type: 'runTool', callId, tool, argumentsText, generation }),
  )
}

/** Whether there is a place for a call. Background calls leave one to calls that the caller waits for, if there is more than one. */
function hasFreeSlot(state: SessionState, call: Call): boolean {
  const slots = state.config.confirmed.agent.limits.max_tool_calls_in_flight
  const inFlight = state.calls.filter(({ stage, launch }) => stage === 'running' && launch?.tool.kind !== 'control')
  if (inFlight.length >= slots) return false
  return (
    call.backgroundResult === null ||
    inFlight.filter(({ backgroundResult }) => backgroundResult !== null).length < Math.max(1, slots - 1)
  )
}
