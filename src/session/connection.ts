import type { ReportedSession, SessionObject } from '../realtime/session-object.ts'
import { compileSession } from './compile.ts'
import { describeChange } from './describe-change.ts'
import { described } from './edit.ts'
import { fail } from './ending.ts'
import type { Moment } from './event.ts'
import { withValue } from './leaves.ts'
import { withoutSession } from './lost-session.ts'
import { nextOffer, withoutOffer } from './offers.ts'
import { type Change, planChanges } from './plan.ts'
import type { PlannedChange } from './plan-text.ts'
import { forgetUpdate } from './refuse.ts'
import { noteExpiry } from './roll-over.ts'
import type { Generation, SessionState } from './state.ts'
import { nextEventId, order, report, type Step, send, sequence, unchanged } from './stepping.ts'
import { flushWords } from './tell-words.ts'
import { authoredOf, sameAdditions, type Wanted, wanted } from './wanted.ts'

/** Losses in a row after which the conversation is given up. */
const LOSSES_MAX = 5
/** First wait before another try, in ms; it doubles up to the longest, and chance takes up to half of it away. */
const RETRY_MS = 250
const RETRY_MAX_MS = 8_000

export function connectionOpened(state: SessionState): Step {
  if (state.phase !== 'connecting') return unchanged(state)
  return [
    { ...state, phase: 'configuring', servers: { ...state.servers, opening: 'no' } },
    [
      { type: 'stopTimer', timer: 'connect' },
      { type: 'startTimer', timer: 'confirm', ms: state.connection.waits.confirmMs },
    ],
  ]
}

/** Sends the whole session once; whatever the caller says waits until the service has confirmed it. */
export function configure(state: SessionState, created: ReportedSession, moment: Moment): Step {
  if (state.phase !== 'configuring' || state.config.sent !== null) return unchanged(state)
  const generation = opening(state)
  const session = compileSession(generation.agent)
  const noticedAt = nextOffer(state.config)?.noticedAt ?? moment.now
  const sent = {
    generation,
    own:
      generation.number === state.config.confirmed.number &&
      !sameAdditions(generation.additions, state.config.confirmed.additions),
    eventId: nextEventId(state),
    earlierIds: [],
    update: session,
    next: session,
    changes: takenUp(state, generation),
    noticedAt,
    sentAt: moment.now,
    shownBefore: created,
    repeated: false,
    provisionallyRefused: false,
    overdue: false,
  }
  const offers = withoutOffer(state.config.offers, generation.number)
  const config = { ...state.config, created, reported: created, accepted: {}, offers, sent }
  return sequence(
    { ...state, config },
    (now) => noteExpiry(now, created, moment),
    send({ type: 'session.update', session: withMemory(session, state.connection.memory) }),
  )
}

/** The session that is open is given other settings than those that it was to begin with. */
export function beginAgain(state: SessionState, fallback: Generation, moment: Moment): Step {
  const { confirmed: refused, created, own } = state.config
  const [forgotten] = forgetUpdate({
    ...state,
    config: { ...state.config, confirmed: wanted(fallback, own.additions) },
  })
  const config = { ...forgotten.config, opened: fallback.agent, fallback: null }
  const sound = { ...forgotten.sound, paused: fallback.agent.connection.start_audio_paused }
  const message = `the service refused generation ${refused.number}; this conversation begins with generation ${fallback.number}`
  return sequence(
    { ...forgotten, config, sound },
    report({ type: 'warning', message }, moment),
    order({ type: 'startTimer', timer: 'confirm', ms: state.connection.waits.confirmMs }),
    (now) => configure(now, created, moment),
  )
}

/** One new thing at a time, here too: what the conversation added since waits where the generation itself is new. */
function opening(state: SessionState): Wanted {
  const { own, confirmed } = state.config
  const newest = newestOffer(state)
  return wanted(newest, newest.number === confirmed.number ? own.additions : confirmed.additions)
}

/** The service remembers the caller by what it is given back. */
function withMemory(session: SessionObject, memory: unknown): SessionObject {
  if (memory === null) return session
  return withValue(session, ['providerData', 'memory', 'state'], memory)
}

/** What the next session begins with. */
export function newestOffer({ config }: SessionState): Generation {
  return nextOffer(config) ?? authoredOf(config.unconfirmed?.generation ?? config.confirmed)
}

/** A session that opens again takes up what waited for it; nobody is greeted twice. */
function takenUp(state: SessionState, generation: Generation): readonly PlannedChange[] {
  const { confirmed, opened, deferred } = state.config
  if (!state.connection.everLive) return []
  const planned = planChanges(confirmed.agent, generation.agent)
  const waited = deferred.filter((field) => !planned.some((change) => change.field === field))
  const changes: readonly PlannedChange[] = [
    ...waited.map((field) => ({ field, when: 'now' as const, ...describeChange(opened, generation.agent, field) })),
    ...described(state.config, generation.agent, planned.map(atOpening)),
  ]
  return changes.filter(({ field }) => field !== 'greeting')
}

/** Nothing has to wait where a session opens. */
function atOpening({ field }: Change): Change {
  return { field, when: 'now' }
}

export function connectionRefused(
  state: SessionState,
  refusal: { readonly status: number; readonly message: string; readonly retryAfterMs?: number },
  moment: Moment,
): Step {
  if (state.phase === 'closing') return closed(state, moment)
  if (state.phase !== 'connecting') return unchanged(state)
  const { status, message } = refusal
  const ending = { reason: `the service refused the connection (HTTP ${status}): ${message}`, code: status }
  if (status === 401 || status === 402 || status === 403) return fail(state, ending, moment)
  if (state.connection.everLive) return loseConnection(state, ending, moment)
  if (status !== 429) return fail(state, ending, moment)
  const waitMs = Math.max(refusal.retryAfterMs ?? 0, retryMs(state.connection.losses, moment.chance))
  if (moment.now + waitMs >= state.connection.startedAt + state.connection.waits.connectMs)
    return fail(state, ending, moment)
  return retryLater(state, waitMs, { message: `the service is busy (HTTP 429): ${message}` }, moment)
}

/** A closed socket is a failed start, a loss, or the end that was asked for, by what the conversation was doing. */
export function connectionClosed(
  state: SessionState,
  { code, reason }: { readonly code: number; readonly reason: string },
  moment: Moment,
): Step {
  const ending = { reason: reason === '' ? `the connection closed (code ${code})` : reason, code }
  switch (state.phase) {
    case 'closing':
      return closed(state, moment)
    case 'connecting':
    case 'configuring':
    case 'replaying':
    case 'live':
      return state.connection.everLive ? loseConnection(state, ending, moment) : fail(state, ending, moment)
    default:
      return unchanged(state)
  }
}

function closed(state: SessionState, moment: Moment): Step {
  const ending = state.ending ?? { reason: 'closed', code: null, failed: false }
  return report({ type: 'session.closed', ...ending }, moment)({ ...state, phase: 'closed' })
}

/** A connection that took too long is left, and counts as lost. */
export function giveUpConnection(state: SessionState, reason: string, moment: Moment): Step {
  if (!state.connection.everLive) return fail(state, { reason, code: null }, moment)
  return sequence(state, order({ type: 'close' }), (now) => loseConnection(now, { reason, code: null }, moment))
}

/** A first connection for which the service has no room just now is tried again within the time that a start may take. */
export function tryAgainLater(state: SessionState, reason: string, moment: Moment): Step {
  const waitMs = retryMs(state.connection.losses, moment.chance)
  const leftMs = state.connection.startedAt + state.connection.waits.connectMs - moment.now
  if (waitMs >= leftMs) return fail(state, { reason, code: null }, moment)
  return sequence(
    { ...state, config: { ...state.config, sent: null } },
    order(
      { type: 'close' },
      { type: 'stopTimer', timer: 'confirm' },
      { type: 'startTimer', timer: 'connect', ms: leftMs },
    ),
    (now) => retryLater(now, waitMs, { message: `the service has no room: ${reason}` }, moment),
  )
}

/** After a drop the conversation connects again, a bounded number of times; what belonged to the old session is let go. */
function loseConnection(state: SessionState, ending: { reason: string; code: number | null }, moment: Moment): Step {
  const losses = state.connection.losses + 1
  if (losses > LOSSES_MAX) {
    return fail(
      state,
      { ...ending, reason: `the connection was lost ${losses} times in a row: ${ending.reason}` },
      moment,
    )
  }
  const waitMs = retryMs(losses - 1, moment.chance)
  const [certain] = state.config.sent?.provisionallyRefused ? forgetUpdate(state) : unchanged(state)
  return sequence(
    certain,
    (now) => flushWords(now, moment),
    (now) => unchanged({ ...withoutSession(now), connection: { ...now.connection, losses } }),
    order(...(state.sound.playing ? [{ type: 'clearPlayback' } as const] : [])),
    (now) => retryLater(now, waitMs, { message: `the connection was lost: ${ending.reason}` }, moment),
  )
}

function retryLater(state: SessionState, waitMs: number, { message }: { message: string }, moment: Moment): Step {
  const ms = Math.ceil(waitMs)
  const losses = state.connection.everLive ? state.connection.losses : state.connection.losses + 1
  return sequence(
    { ...state, phase: 'waiting', connection: { ...state.connection, losses } },
    report({ type: 'warning', message: `${message}; trying again in ${(ms / 1000).toFixed(1)} s` }, moment),
    order({ type: 'startTimer', timer: 'retry', ms }),
  )
}

function retryMs(losses: number, chance: number): number {
  return Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** losses) * (1 - chance / 2)
}
