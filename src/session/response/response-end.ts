import type { Response } from '../../realtime/server-event.ts'
import { cutUnspoken } from '../barge-in/cut.ts'
import { fallSilent } from '../barge-in/interruption.ts'
import { answerLate, settleCalls } from '../calls.ts'
import type { Moment } from '../event.ts'
import { adopt, keepWatch, waitForOther } from '../response.ts'
import { kindOfError } from '../service/error-table.ts'
import { reportResponse } from '../service/usage.ts'
import type { SessionState } from '../state.ts'
import { answered, order, report, type Step, sequence, unchanged } from '../stepping.ts'
import { type ActiveResponse, NO_ROOM_YET } from '../turn-state.ts'
import { dueAgain, unheardOf } from './causes.ts'
import { askWhenThereIsRoom } from './no-room.ts'
import { settleWords } from './tell-words.ts'
import { endWords, sayOutput } from './words.ts'

/** Ids of ended responses remembered, so that late pieces of them are dropped. */
const ENDED_MAX = 64
/** Ids of unfinished calls remembered. */
const LEFT_CALLS_MAX = 64

/**
 * Ends a response: its words are complete, its calls are run, and the next may begin. One that was given up ends a second time: calls
 * reported only then are answered.
 */
export function endResponse(state: SessionState, response: Response, moment: Moment): Step {
  return sequence(
    state,
    (now) => adopt(now, response),
    (now) => sayOutput(now, response),
    (now) => {
      const active = now.turn.responses.find(({ id }) => id === response.id)
      return active === undefined ? answerLate(now, response, moment) : endActive(now, active, response, moment)
    },
  )
}

/** Counts interrupted responses that do not end as over, so that the next may be requested. */
export function endSilenced(state: SessionState, moment: Moment): Step {
  const silenced = state.turn.responses.filter((response) => response.silenced)
  return sequence(
    state,
    ...silenced.map(
      ({ id }) =>
        (now: SessionState) =>
          endResponse(now, { id, status: 'cancelled', output: [] }, moment),
    ),
  )
}

function endActive(state: SessionState, active: ActiveResponse, response: Response, moment: Moment): Step {
  const { requested } = state.turn
  const isWanted = requested?.busy && !requested.cancelled
  const isCut = active.silenced || response.status === 'cancelled'
  // That time is nearly over is still news, even if the caller has said something else meanwhile.
  const untold = isCut && !active.shown ? active.causes.filter((cause) => cause === 'wrap up') : []
  const turn = {
    ...state.turn,
    responses: state.turn.responses.filter((other) => other !== active),
    ended: [...state.turn.ended, response.id].slice(-ENDED_MAX),
    leftCalls: [...state.turn.leftCalls, ...unfinishedCalls(active)].slice(-LEFT_CALLS_MAX),
    noRoom: response.status === 'completed' ? NO_ROOM_YET : state.turn.noRoom,
    requested: requested?.busy ? null : requested,
    replyDue: dueAgain(state.turn, [...(isWanted ? requested.causes : []), ...untold]),
    cutOff: isCut ? [...state.turn.cutOff, ...unheardOf(active)] : state.turn.cutOff,
  }
  const over = turn.responses.every(({ silenced }) => !silenced)
  return sequence(
    { ...state, turn },
    active.silenced ? answered('cancel') : unchanged,
    active.silenced && over ? order({ type: 'stopTimer', timer: 'cancel' }) : unchanged,
    (now) => fallSilentWith(now, active, response),
    (now) => reportWords(now, active, response, moment),
    (now) => reportTrouble(now, active, response, moment),
    (now) => reportResponse(now, active, response, moment),
    (now) => settleCalls(now, active, response, moment),
    keepWatch,
    (now) => askAgain(now, active, response, moment),
  )
}

function unfinishedCalls({ calls }: ActiveResponse): readonly string[] {
  return calls.filter(({ finished }) => !finished).map(({ callId }) => callId)
}

/**
 * Cuts off the sound of a response that the service cancelled by itself, when this is the first sign of it, as if the caller had been
 * heard.
 */
function fallSilentWith(state: SessionState, { id, silenced }: ActiveResponse, { status }: Response): Step {
  if (status !== 'cancelled' || silenced) return unchanged(state)
  const sounds = state.sound.items.some(({ responseId }) => responseId === id)
  const waiting = state.sound.waiting.map((piece) => (piece.responseId === id ? { ...piece, isOver: true } : piece))
  const over = { ...state, sound: { ...state.sound, waiting } }
  return sounds ? fallSilent(over) : unchanged(over)
}

function reportWords(state: SessionState, active: ActiveResponse, response: Response, moment: Moment): Step {
  const cut = active.silenced || response.status === 'cancelled'
  return sequence(
    endWords(state, active, cut ? 'cut' : 'whole'),
    (now) => settleWords(now, moment),
    cut ? (now) => cutUnspoken(now, active, moment) : unchanged,
  )
}

function reportTrouble(state: SessionState, active: ActiveResponse, response: Response, moment: Moment): Step {
  if (response.status === 'failed') {
    const message = response.error?.message ?? response.reason ?? 'the service gave no reason'
    const code = response.error?.code ?? response.reason ?? null
    if (kindOfError({ code, message }) === 'no room' && !active.shown && !active.silenced)
      return askWhenThereIsRoom(state, { causes: active.causes, message, code }, moment)
    return report({ type: 'error', message: `the answer failed: ${message}`, code }, moment)(state)
  }
  if (response.status !== 'incomplete') return unchanged(state)
  return report(
    { type: 'warning', message: `the answer was cut short: ${response.reason ?? 'no reason given'}` },
    moment,
  )(state)
}

/**
 * Requests an empty response once more (one with nothing in it, or only with calls that are none), silently; the second time it is
 * reported. If it may have been the service's own, ours may be on its way, and is waited for.
 */
function askAgain(state: SessionState, active: ActiveResponse, response: Response, moment: Moment): Step {
  const isMute = !active.shown && response.output.every(({ type }) => type === 'function_call')
  const isEmpty = isMute && !state.calls.some(({ responseId }) => responseId === active.id)
  const empty = response.status === 'completed' && isEmpty && !active.silenced
  if (!empty) return unchanged({ ...state, turn: { ...state.turn, askedAgain: false } })
  if (active.takenFor !== null) {
    return waitForOther(state, { eventId: active.takenFor, causes: active.causes, cancelled: false, busy: true })
  }
  if (state.turn.askedAgain) {
    const again = { ...state, turn: { ...state.turn, askedAgain: false } }
    return report({ type: 'warning', message: 'the service answered with nothing, twice' }, moment)(again)
  }
  const replyDue = dueAgain(state.turn, active.causes)
  return unchanged({ ...state, turn: { ...state.turn, askedAgain: true, replyDue } })
}
