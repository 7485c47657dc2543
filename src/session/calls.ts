import type { ToolOutcome } from '../agent/tool.ts'
import type { Response } from '../realtime/server-event.ts'
import type { Call, Launch } from './call-state.ts'
import { BEGUN, backgroundFull, endBackground, isPending } from './calls/background.ts'
import { type Answer, answerOf, asData, checkCall, failedAnswer } from './calls/call-check.ts'
import { ASK_FIRST, askAbout, isConsented, useConsent } from './calls/consent.ts'
import type { Moment } from './event.ts'
import { answeredCall, entriesUntold, sendItem } from './lifetime/replay.ts'
import { addEntry, answerCall } from './record.ts'
import { newResponse } from './response.ts'
import type { SessionState } from './state.ts'
import { report, type Step, send, sequence, unchanged } from './stepping.ts'
import type { ActiveResponse, AnnouncedCall } from './turn-state.ts'

/** Finished calls that are remembered, so that a call that its response tells of twice is run once. */
const CALLS_MAX = 256
/** Calls of one tool that wait for another of it to end. */
const QUEUED_MAX = 8

/** Takes up the calls of a response that is over: whole ones of a completed response are run, every other is answered. */
export function settleCalls(state: SessionState, active: ActiveResponse, response: Response, moment: Moment): Step {
  const calls = newCalls(state, active, response)
  const completed = response.status === 'completed'
  const isAwaited = response.status !== 'cancelled' && !active.silenced
  return sequence(
    state,
    ...calls.map((call) => (now: SessionState) => begin(now, call, { active, completed, moment })),
    (now) => oweFollowUp(now, response.id, calls.length > 0 && (completed || isAwaited)),
  )
}

/** The calls of a response that was over before it told of them are not run; without an answer the service would wait for one. */
export function answerLate(state: SessionState, response: Response, moment: Moment): Step {
  const active = newResponse(state, response.id)
  const calls = newCalls(state, active, response)
  return sequence(
    state,
    ...calls.map((call) => (now: SessionState) => begin(now, call, { active, completed: false, moment })),
  )
}

/** Some models give each call the same id: where the one before it has its answer, it is another once another response makes it. */
function newCalls(state: SessionState, active: ActiveResponse, response: Response): readonly AnnouncedCall[] {
  return finishedCalls(active, response).filter(({ callId }) => {
    const known = state.calls.find((call) => call.callId === callId)
    return known === undefined || (known.responseId !== active.id && isSettled(known))
  })
}

function isSettled(call: Call): boolean {
  return call.answered && call.stage === 'over' && !isPending(call)
}

interface Begin {
  readonly active: ActiveResponse
  readonly completed: boolean
  readonly moment: Moment
}

function begin(state: SessionState, announced: AnnouncedCall, { active, completed, moment }: Begin): Step {
  const { callId, name } = announced
  const call: Call = {
    callId,
    name,
    responseId: active.id,
    turn: active.turn,
    begunAt: moment.now,
    launch: null,
    stage: 'over',
    interrupted: false,
    filler: 'none',
    answered: false,
    result: null,
    orphaned: false,
  }
  const admitted = completed
    ? admit(state, announced, active, moment)
    : { state, answer: failedAnswer('cancelled', CUT) }
  const entry = { kind: 'call', callId, name, arguments: announced.arguments, turn: active.turn, output: null } as const
  const recorded = addEntry(admitted.state, entry)
  if ('launch' in admitted) {
    const { launch } = admitted
    const filler = launch.tool.sayAfter === null ? 'none' : 'waiting'
    const waiting = { ...call, launch, stage: 'waiting', filler } as const
    if (!launch.tool.background) return unchanged(withCall(recorded, waiting))
    return tell(withCall(recorded, { ...waiting, result: 'awaited' }), callId, BEGUN)
  }
  return answer(withCall(recorded, call), callId, admitted.answer, { ms: 0, moment })
}

const CUT = 'the answer that asked for it was interrupted; it was not run'

/** The oldest that is over is forgotten first, and one whose id comes again. */
function withCall(state: SessionState, call: Call): SessionState {
  const calls = [...state.calls.filter(({ callId }) => callId !== call.callId), call]
  const oldest = calls.findIndex(isSettled)
  return { ...state, calls: calls.length <= CALLS_MAX ? calls : calls.toSpliced(Math.max(0, oldest), 1) }
}

type Admitted =
  | { readonly state: SessionState; readonly launch: Launch }
  | { readonly state: SessionState; readonly answer: Answer }

/** Whether a call may be launched: it fits its tool, no other call of it is in the way, and the caller agrees where he has to. */
function admit(state: SessionState, announced: AnnouncedCall, active: ActiveResponse, moment: Moment): Admitted {
  const checked = checkCall(announced, active.tools)
  if ('answer' in checked) return { state, answer: checked.answer }
  const launch = { ...checked, generation: active.generation }
  const { name, concurrency, confirm, background } = launch.tool
  const others = state.calls.filter((call) => call.name === name && call.stage !== 'over')
  if ((concurrency === 'reject' && others.length > 0) || (concurrency === 'queue' && others.length > QUEUED_MAX)) {
    return { state, answer: failedAnswer('unavailable', 'another call of it is still running; wait for its answer') }
  }
  const full = background ? backgroundFull(state) : null
  if (full !== null) return { state, answer: full }
  if (!confirm) return { state, launch }
  if (isConsented(state, launch, active.turn, moment.now)) return { state: useConsent(state, launch), launch }
  return { state: askAbout(state, launch, moment.now), answer: failedAnswer('unconfirmed', ASK_FIRST) }
}

/** A tool has ended. Its call is answered once, and when all of its response are, the agent owes a word on them. */
export function finishCall(
  state: SessionState,
  { callId, outcome, ms }: { readonly callId: string; readonly outcome: ToolOutcome; readonly ms: number },
  moment: Moment,
): Step {
  const call = state.calls.find((other) => other.callId === callId)
  if (call === undefined) return unchanged(state)
  const over = withStage(state, callId, 'over')
  if (call.result !== null) return endBackground(over, callId, answerOf(outcome), { ms, moment })
  if (call.answered) return unchanged(over)
  return sequence(
    over,
    (now) => answer(now, callId, answerOf(outcome), { ms, moment }),
    (now) => oweFollowUp(now, call.responseId, !isOvertaken(now, call)),
  )
}

/** Answers a call, once; the outside is told how it ended. */
export function answer(
  state: SessionState,
  callId: string,
  { status, output }: Answer,
  { ms, moment }: { ms: number; moment: Moment },
): Step {
  const call = state.calls.find((other) => other.callId === callId)
  if (call === undefined) return unchanged(state)
  const { name, launch, stage } = call
  const unbegun = launch === null || stage === 'waiting' ? { arguments: asData(argumentsOf(state, callId)) } : {}
  return sequence(
    state,
    (now) => tell(now, callId, output),
    report({ type: 'tool.finished', name, call_id: callId, ...unbegun, status, ms: Math.round(ms), output }, moment),
  )
}

/** The arguments of a call in the model's own words. */
function argumentsOf({ record }: SessionState, callId: string): string {
  const entry = record.findLast((other) => other.kind === 'call' && other.callId === callId)
  return entry?.kind === 'call' ? entry.arguments : '{}'
}

/** Gives the model its one output for a call. */
function tell(state: SessionState, callId: string, output: string): Step {
  const call = state.calls.find((other) => other.callId === callId)
  if (call === undefined) return unchanged(state)
  const calls = state.calls.map((other) => (other === call ? { ...call, answered: true } : other))
  return sequence(
    answerCall({ ...state, calls }, callId, output),
    ...answerItems(state, call, { name: call.name, arguments: argumentsOf(state, callId), output }),
  )
}

/** A session that did not make the call is told of it together with its answer; one that is not open yet learns it from the record. */
function answerItems(state: SessionState, { callId, orphaned }: Call, told: Parameters<typeof answeredCall>[1]) {
  const isOpen = state.phase === 'live' || state.phase === 'replaying'
  const isUntold = entriesUntold(state).some((entry) => entry.kind === 'call' && entry.callId === callId)
  if (!isOpen || isUntold) return []
  if (orphaned) return answeredCall(callId, told).map(sendItem)
  const item = { type: 'function_call_output' as const, call_id: callId, output: told.output ?? '' }
  return [send({ type: 'conversation.item.create', item }, 'item')]
}

/**
 * The caller has broken in on what was said with the call, and what he said has its answer on the way: the model has the output, and says no more
 * of it by itself. Who speaks while nothing is said still waits for it.
 */
function isOvertaken({ turn, record }: SessionState, { turn: asked }: Call): boolean {
  const underWay = [...turn.responses, ...(turn.requested === null ? [] : [turn.requested])]
  const isAnswered = underWay.some(({ causes }) => !causes.includes('filler'))
  const isCut = record.some((entry) => entry.kind === 'agent' && entry.turn === asked && entry.heard !== null)
  return turn.turnsBegun > asked && isAnswered && isCut
}

/** One follow-up for all calls of a response, owed once the last of them is answered; it waits for no end of the call, which may be taken back. */
export function oweFollowUp(state: SessionState, responseId: string, owed: boolean): Step {
  const calls = state.calls.filter((call) => call.responseId === responseId)
  const work = calls.filter((call) => !isEndCall(call))
  const open = (work.length > 0 ? work : calls).some((call) => !call.answered)
  if (!owed || open || state.turn.replyDue.includes('tool')) return unchanged(state)
  return unchanged({ ...state, turn: { ...state.turn, replyDue: [...state.turn.replyDue, 'tool'] } })
}

/** Whether a call, once it has its turn, ends the conversation. */
export function isEndCall({ launch }: Call): boolean {
  return launch?.tool.kind === 'control' && launch.tool.control === 'end_call'
}

/** Calls whose arguments are whole, told by the stream or only by the end of the response. */
function finishedCalls(active: ActiveResponse, response: Response): readonly AnnouncedCall[] {
  const told = response.output.flatMap((item): AnnouncedCall[] => {
    if (item.type !== 'function_call' || item.call_id === undefined) return []
    const finished = item.status === 'completed' || (item.status !== 'incomplete' && response.status === 'completed')
    return [{ callId: item.call_id, name: item.name ?? '', arguments: item.arguments ?? '', finished }]
  })
  const merged = told.map((call) => {
    const announced = active.calls.find(({ callId }) => callId === call.callId)
    return {
      callId: call.callId,
      name: call.name || announced?.name || '',
      arguments: call.arguments || announced?.arguments || '',
      finished: call.finished || (announced?.finished ?? false),
    }
  })
  const untold = active.calls.filter(({ callId }) => !told.some((call) => call.callId === callId))
  const finished = [...merged, ...untold].filter((call) => call.finished)
  return [...new Map(finished.map((call) => [call.callId, call])).values()]
}

export function withStage(state: SessionState, callId: string, stage: Call['stage']): SessionState {
  return { ...state, calls: state.calls.map((call) => (call.callId === callId ? { ...call, stage } : call)) }
}
