import type { ServerEvent, ServiceError } from '../realtime/server-event.ts'
import type { ReportedSession } from '../realtime/session-object.ts'
import type { SentUpdate } from './config-state.ts'
import { retryMs } from './connection.ts'
import type { Effect } from './effect.ts'
import { kindOfError } from './error-table.ts'
import type { ConnectionEvent, Moment } from './event.ts'
import { sameData } from './leaves.ts'
import { withoutOffer } from './offers.ts'
import { opening, openingUpdate, sendOpening } from './opening.ts'
import type { Entry } from './record.ts'
import { withoutRefused } from './refuse.ts'
import { tell } from './replay.ts'
import { giveUpDeferred, tellRefusal } from './service-error.ts'
import type { Request, SessionState } from './state.ts'
import { answered, order, report, type Step, sequence, unchanged } from './stepping.ts'
import { type OpeningWaits, openingWaits, REPLAY_MS } from './waits.ts'
import { sameWanted, type Wanted } from './wanted.ts'

/** The longest wait before the next session is tried again, in ms: the one that is live does not need it yet. */
const RETRY_MAX_MS = 30_000

/** The session to come, on a connection of its own, while another is live. */
export interface NextSession {
  /** `waiting` for another try; `ready` once its settings are confirmed. */
  readonly stage: 'waiting' | 'connecting' | 'configuring' | 'ready'
  /** Tries that came to nothing. */
  readonly failures: number
  /** When its connection began, in ms since the epoch. */
  readonly startedAt: number
  readonly waits: OpeningWaits
  /** What it is opened with; while it waits for another try, what it would have been opened with then. */
  readonly wanted: Wanted
  readonly created: ReportedSession
  /** What it echoed last, and when, in ms since the epoch. */
  readonly reported: ReportedSession
  readonly reportedAt: number
  /** The update that brings its settings; null until it can be sent. */
  readonly sent: SentUpdate | null
  /** What it was given to remember of the caller. */
  readonly memory: unknown
  /** What it was told of the record, entry by entry as they were then. Bounded by `ENTRIES_MAX`. */
  readonly told: readonly Entry[]
  /** Ids of the items that told it. Bounded by `REPLAYED_MAX`. */
  readonly replayed: readonly string[]
  /** Those of them without an answer. */
  readonly unanswered: readonly Request[]
}

/** Opens a second connection for it. */
export function beginNext(state: SessionState, { now }: Moment): Step {
  const wanted = opening(state)
  const waits = openingWaits(wanted.agent)
  const next: NextSession = {
    stage: 'connecting',
    failures: state.next?.failures ?? 0,
    startedAt: now,
    waits,
    wanted,
    created: {},
    reported: {},
    reportedAt: now,
    sent: null,
    memory: null,
    told: [],
    replayed: [],
    unanswered: [],
  }
  return order(
    { type: 'connect', connection: wanted.agent.connection, next: true },
    { type: 'startTimer', timer: 'next', ms: waits.connectMs },
  )({ ...state, next })
}

/** The conversation has changed since: the session would begin with what is no longer wanted. */
export function opensOtherwise(state: SessionState, { wanted }: NextSession): boolean {
  return !sameWanted(wanted, opening(state))
}

/** Whatever the service has come to remember of the caller since, the next session is given too. */
export function remindNext(state: SessionState, moment: Moment): Step {
  const { next, connection } = state
  if (next === null || sameData(next.memory as never, connection.memory as never)) return unchanged(state)
  return configureNext(state, next, moment)
}

/** Tells it what it was not told yet. */
export function tellNext(state: SessionState, rest: readonly Entry[]): Step {
  const { next } = state
  if (next === null) return unchanged(state)
  const told = { ...state, next: { ...next, told: [...next.told, ...rest] } }
  return sequence(told, onNext(tell(rest)), order({ type: 'startTimer', timer: 'next', ms: REPLAY_MS }))
}

/** It is not wanted any longer. */
export function dropNext(state: SessionState): Step {
  if (state.next === null) return unchanged(state)
  return order({ type: 'close', next: true }, { type: 'stopTimer', timer: 'next' })({ ...state, next: null })
}

/** Writes down what is heard of its connection. Whatever goes wrong there is no matter of the session that is live. */
export function applyNext(state: SessionState, event: ConnectionEvent, moment: Moment): Step {
  const { next } = state
  if (next === null || next.stage === 'waiting') return unchanged(state)
  switch (event.type) {
    case 'socket.opened':
      if (next.stage !== 'connecting') return unchanged(state)
      return order({ type: 'startTimer', timer: 'next', ms: next.waits.confirmMs })({
        ...state,
        next: { ...next, stage: 'configuring' },
      })
    case 'socket.refused': {
      const { status, message, retryAfterMs } = event
      const reason = `the service refused the connection (HTTP ${status}): ${message}`
      return failNext(state, reason, { moment, retryAfterMs, forGood: [401, 402, 403].includes(status) })
    }
    case 'socket.closed':
      return failNext(state, event.reason === '' ? `the connection closed (code ${event.code})` : event.reason, {
        moment,
      })
    case 'server':
      return hearNext(state, next, event.event, moment)
    case 'audio.dropped':
      return unchanged(state)
    default:
      return event satisfies never
  }
}

/** A wait for it is over. */
export function nextLate(state: SessionState, moment: Moment): Step {
  const { next } = state
  if (next === null) return unchanged(state)
  const { connectMs, confirmMs } = next.waits
  switch (next.stage) {
    case 'waiting':
      return beginNext(state, moment)
    case 'connecting':
      return failNext(state, `the service did not answer within ${connectMs / 1000} s`, { moment })
    case 'configuring':
      return failNext(state, `the service did not confirm the settings within ${confirmMs / 1000} s`, { moment })
    case 'ready':
      return unchanged({ ...state, next: { ...next, unanswered: [] } })
    default:
      return next.stage satisfies never
  }
}

function hearNext(state: SessionState, next: NextSession, event: ServerEvent, moment: Moment): Step {
  switch (event.type) {
    case 'session.created': {
      if (next.stage !== 'configuring' || next.sent !== null) return unchanged(state)
      const created = { created: event.session, reported: event.session, reportedAt: moment.now }
      return configureNext(state, { ...next, ...created }, moment)
    }
    case 'session.updated': {
      if (next.sent === null) return unchanged(state)
      const reported = { reported: event.session, reportedAt: moment.now }
      const ready = { ...state, next: { ...next, ...reported, stage: 'ready' as const } }
      return next.stage === 'configuring' ? order(waitOn(next))(ready) : unchanged(ready)
    }
    case 'conversation.item.added':
      return next.replayed.includes(event.item.id) ? onNext(answered('item'))(state) : unchanged(state)
    case 'error':
      return nextRefuses(state, next, event.error, moment)
    default:
      return unchanged(state)
  }
}

/** Settings may be confirmed once more while it is told what was said. */
function waitOn({ unanswered }: NextSession): Effect {
  if (unanswered.length === 0) return { type: 'stopTimer', timer: 'next' }
  return { type: 'startTimer', timer: 'next', ms: REPLAY_MS }
}

function configureNext(state: SessionState, next: NextSession, moment: Moment): Step {
  const sent = openingUpdate(state, next.wanted, { created: next.created, moment })
  const { memory } = state.connection
  return sequence(
    { ...state, next: { ...next, stage: 'configuring', sent, memory } },
    onNext(sendOpening(sent)),
    order({ type: 'startTimer', timer: 'next', ms: next.waits.confirmMs }),
  )
}

/** Settings that are refused are not asked for again, here or there; an item that is refused is left out, as in any session. */
function nextRefuses(state: SessionState, next: NextSession, error: ServiceError, moment: Moment): Step {
  const { sent, unanswered } = next
  const others = unanswered.filter(({ eventId }) => eventId !== error.event_id)
  if (others.length < unanswered.length) {
    return report(
      { type: 'error', message: error.message, code: error.code },
      moment,
    )({ ...state, next: { ...next, unanswered: others } })
  }
  const refused = next.stage === 'configuring' && error.type !== 'server_error' ? sent : null
  const isNew = !sameWanted(next.wanted, state.config.confirmed)
  return sequence(
    state,
    refused === null
      ? unchanged
      : isNew
        ? giveUpOpening(refused, error, moment)
        : giveUpDeferred(refused, error, moment),
    (now) => failNext(now, error.message, { moment, forGood: kindOfError(error) === 'fatal' }),
  )
}

function giveUpOpening(refused: SentUpdate, error: ServiceError, moment: Moment): (state: SessionState) => Step {
  return (state) => {
    const config = withoutRefused(state.config, refused)
    const offers = withoutOffer(config.offers, refused.generation.number)
    return tellRefusal(refused, error, moment)({ ...state, config: { ...config, offers } })
  }
}

/** The session that is live goes on; the next is tried again while there is time, unless that cannot help. */
function failNext(
  state: SessionState,
  reason: string,
  {
    moment,
    retryAfterMs = 0,
    forGood = false,
  }: { moment: Moment; retryAfterMs?: number | undefined; forGood?: boolean },
): Step {
  const { next } = state
  if (next === null) return unchanged(state)
  const ms = Math.ceil(Math.max(retryAfterMs, retryMs(next.failures, moment.chance, RETRY_MAX_MS)))
  const further = forGood ? 'it is not tried again before an edit' : `trying again in ${(ms / 1000).toFixed(1)} s`
  const message = `the next session could not be made ready, and this one goes on: ${reason}; ${further}`
  return sequence(
    { ...state, next: { ...next, stage: 'waiting', wanted: opening(state), failures: next.failures + 1 } },
    report({ type: 'warning', message }, moment),
    order(
      { type: 'close', next: true },
      forGood ? { type: 'stopTimer', timer: 'next' } : { type: 'startTimer', timer: 'next', ms },
    ),
  )
}

/** Does to the next session what is written for the one that is live: what it sends goes there, and what it learns is known of that one. */
function onNext(part: (state: SessionState) => Step): (state: SessionState) => Step {
  return (state) => {
    const { next, connection, unanswered } = state
    if (next === null) return unchanged(state)
    const inItsPlace = { ...connection, replayed: next.replayed }
    const [view, effects] = part({ ...state, connection: inItsPlace, unanswered: next.unanswered })
    const learnt = { replayed: view.connection.replayed, unanswered: view.unanswered }
    return [
      { ...view, connection, unanswered, next: { ...next, ...learnt } },
      effects.map((effect): Effect => (effect.type === 'send' ? { ...effect, next: true } : effect)),
    ]
  }
}
