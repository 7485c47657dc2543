import type { ToolOutcome } from '../agent/tool.ts'
import type { Response } from '../realtime/server-event.ts'
import { noteCallsCutOff } from './barge-in/cut-off-causes.ts'
import { isCancelledOnInterrupt } from './barge-in/interruption.ts'
import type { Call, Launch } from './call-state.ts'
import { backgroundRefusal, endBackgroundCall, isBackgroundPending, STARTED_OUTPUT } from './calls/background.ts'
import { answerCutOff, answerOf, type CallAnswer, checkCall, failedAnswer, parsedOrText } from './calls/call-check.ts'
import { CONSENT_REQUIRED, hasConsent, requestConsent, spendConsent } from './calls/consent.ts'
import { argumentsOf, newCalls, uniqueCallId } from './calls/new-calls.ts'
import { callWithOutput, entriesToReplay, sendItem } from './lifetime/replay.ts'
import { addEntry, recordCallOutput } from './record.ts'
import { makeDue } from './response/causes.ts'
import { newResponse } from './response.ts'
import type { SessionState } from './state.ts'
import { forEach, msSince, report, type Step, send, sequence, withoutEffects } from './stepping.ts'
import type { ActiveResponse, AnnouncedCall } from './turn-state.ts'

/** Finished calls remembered, so that one its response reports twice is run once. */
const CALLS_MAX = 256
/** Those of them that may be open at once. */
const OPEN_MAX = 128
/** Calls of one tool that may wait for another call of it to end. */
const QUEUED_MAX = 8

/** Takes up the calls of a response that is over: complete calls of a completed response are run, all others are answered. */
export function startCalls(state: SessionState, active: ActiveResponse, response: Response): Step {
  const calls = newCalls(state, active, response)
  const completed = response.status === 'completed'
  const isAwaited = response.status !== 'cancelled' && !active.silenced
  return sequence(
    state,
    forEach(calls, (now, call) => startCall(now, call, { active, completed })),
    (now) => makeFollowUpDue(now, response.id, calls.length > 0 && (completed || isAwaited)),
    (now) => withoutEffects(noteCallsCutOff(now, active)),
  )
}

/** Answers, without running them, the calls that a response reports after it was over; unanswered, the service would wait for them. */
export function answerLateCalls(state: SessionState, response: Response): Step {
  const active = newResponse(state, response.id)
  const calls = newCalls(state, active, response)
  return forEach(calls, (now, call) => startCall(now, call, { active, completed: false }))(state)
}

function isClosed(call: Call): boolean {
  return call.answered && call.stage === 'over' && !isBackgroundPending(call)
}

interface StartContext {
  readonly active: ActiveResponse
  readonly completed: boolean
}

function startCall(state: SessionState, announced: AnnouncedCall, { active, completed }: StartContext): Step {
  const { callId: wireId, name } = announced
  const callId = uniqueCallId(state, wireId)
  const call: Call = {
    callId,
    wireId,
    name,
    responseId: active.id,
    turn: active.turn,
    begunAt: state.moment.now,
    launch: null,
    stage: 'over',
    interrupted: false,
    filler: 'none',
    answered: false,
    backgroundResult: null,
    orphaned: false,
  }
  const admitted = completed ? admit(state, announced, active) : { state, answer: answerCutOff(name, active.tools) }
  const entry = { kind: 'call', callId, name, arguments: announced.arguments, turn: active.turn, output: null } as const
  const recorded = addEntry(admitted.state, entry)
  if ('launch' in admitted) {
    const { launch } = admitted
    const filler = launch.tool.sayAfter === null ? 'none' : 'waiting'
    const interrupted = active.silenced && isCancelledOnInterrupt({ ...call, launch })
    const waiting = { ...call, launch, stage: 'waiting', interrupted, filler } as const
    if (!launch.tool.background) return withoutEffects(withCall(recorded, waiting))
    return sendCallOutput(withCall(recorded, { ...waiting, backgroundResult: 'awaited' }), callId, STARTED_OUTPUT)
  }
  return answerCall(withCall(recorded, call), callId, admitted.answer)
}

/** Adds a call. Of too many, the oldest closed one is forgotten: fewer are open. */
function withCall(state: SessionState, call: Call): SessionState {
  const calls = [...state.calls, call]
  return { ...state, calls: calls.length <= CALLS_MAX ? calls : calls.toSpliced(calls.findIndex(isClosed), 1) }
}

type Admission =
  | { readonly state: SessionState; readonly launch: Launch }
  | { readonly state: SessionState; readonly answer: CallAnswer }

/** Whether a call may be launched: it fits its tool, no other call of the tool is in the way, and the caller agreed if they have to. */
function admit(state: SessionState, announced: AnnouncedCall, active: ActiveResponse): Admission {
  const checked = checkCall(announced, active.tools)
  if ('answer' in checked) return { state, answer: checked.answer }
  const launch = { ...checked, generation: active.generation }
  const { name, concurrency, confirm, background } = launch.tool
  const open = state.calls.filter((call) => !isClosed(call))
  if (open.length >= OPEN_MAX)
    return { state, answer: failedAnswer('unavailable', 'too many calls are open; wait for the answers to some') }
  const others = state.calls.filter((call) => call.name === name && call.stage !== 'over')
  if ((concurrency === 'reject' && others.length > 0) || (concurrency === 'queue' && others.length > QUEUED_MAX)) {
    return { state, answer: failedAnswer('unavailable', 'another call of it is still running; wait for its answer') }
  }
  const full = background ? backgroundRefusal(state) : null
  if (full !== null) return { state, answer: full }
  if (!confirm) return { state, launch }
  if (hasConsent(state, launch, active.turn)) return { state: spendConsent(state, launch), launch }
  return { state: requestConsent(state, launch), answer: failedAnswer('unconfirmed', CONSENT_REQUIRED) }
}

/** Records that a tool has ended. Its call is answered once; when all calls of its response are, a follow-up is due. */
export function finishCall(
  state: SessionState,
  { callId, outcome, ms }: { readonly callId: string; readonly outcome: ToolOutcome; readonly ms: number },
): Step {
  const call = state.calls.find((other) => other.callId === callId)
  if (call === undefined) return withoutEffects(state)
  const over = withStage(state, callId, 'over')
  if (call.backgroundResult !== null) return endBackgroundCall(over, callId, answerOf(outcome), ms)
  if (call.answered) return withoutEffects(over)
  return sequence(
    over,
    (now) => answerCall(now, callId, answerOf(outcome), ms),
    (now) => makeFollowUpDue(now, call.responseId, !isSuperseded(now, call)),
  )
}

/** Answers a call, once, and reports how it ended, with the time that its tool took if it ran. */
export function answerCall(state: SessionState, callId: string, { status, output }: CallAnswer, toolMs?: number): Step {
  const call = state.calls.find((other) => other.callId === callId)
  if (call === undefined) return withoutEffects(state)
  const { name, launch, stage } = call
  const ms = Math.round(toolMs ?? msSince(state, call.begunAt))
  const unbegun = launch === null || stage === 'waiting' ? { arguments: parsedOrText(argumentsOf(state, callId)) } : {}
  return sequence(
    state,
    (now) => sendCallOutput(now, callId, output),
    report({ type: 'tool.finished', name, call_id: callId, ...unbegun, status, ms, output }),
  )
}

/** Gives the model its one output for a call. */
function sendCallOutput(state: SessionState, callId: string, output: string): Step {
  const call = state.calls.find((other) => other.callId === callId)
  if (call === undefined) return withoutEffects(state)
  const calls = state.calls.map((other) => (other === call ? { ...call, answered: true } : other))
  return sequence(
    recordCallOutput({ ...state, calls }, callId, output),
    ...outputItems(state, call, { name: call.name, arguments: argumentsOf(state, callId), output }),
  )
}

/**
 * The items that answer a call. A session that did not make the call is given the call as well; one that is not open yet learns of it from
 * the record.
 */
function outputItems(
  state: SessionState,
  { callId, wireId, orphaned }: Call,
  recorded: Parameters<typeof callWithOutput>[1],
) {
  const isOpen = state.phase === 'live' || state.phase === 'replaying'
  const isStillToReplay = entriesToReplay(state).some((entry) => entry.kind === 'call' && entry.callId === callId)
  if (!isOpen || isStillToReplay) return []
  if (orphaned) return callWithOutput(callId, recorded).map(sendItem)
  const item = { type: 'function_call_output' as const, call_id: wireId, output: recorded.output ?? '' }
  return [send({ type: 'conversation.item.create', item }, 'item')]
}

/**
 * Whether the caller interrupted what was said with the call, and the answer to what they said is on its way: the model then has the
 * output, and no follow-up is due. A caller who speaks while nothing is said still gets the follow-up.
 */
function isSuperseded({ turn, record }: SessionState, { turn: callTurn }: Call): boolean {
  const inProgress = [...turn.responses, ...(turn.requested === null ? [] : [turn.requested])]
  const isAnswered = inProgress.some(({ causes, turn: answered }) => answered > callTurn && !causes.includes('filler'))
  const isCut = record.some((entry) => entry.kind === 'agent' && entry.turn === callTurn && entry.heard !== null)
  return isAnswered && isCut
}

/**
 * Makes one follow-up due for all calls of a response, once the last is answered. It does not wait for `end_call`, which may be taken back.
 */
export function makeFollowUpDue(state: SessionState, responseId: string, isWanted: boolean): Step {
  const calls = state.calls.filter((call) => call.responseId === responseId)
  const work = calls.filter((call) => !isEndCall(call))
  const open = (work.length > 0 ? work : calls).some((call) => !call.answered)
  if (!isWanted || open || state.turn.replyDue.includes('tool')) return withoutEffects(state)
  return withoutEffects(makeDue(state, 'tool'))
}

/** Whether a call ends the conversation when its turn comes. */
export function isEndCall({ launch }: Call): boolean {
  return launch?.tool.kind === 'control' && launch.tool.control === 'end_call'
}

export function withStage(state: SessionState, callId: string, stage: Call['stage']): SessionState {
  return { ...state, calls: state.calls.map((call) => (call.callId === callId ? { ...call, stage } : call)) }
}
