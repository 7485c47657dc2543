import type { ConfigState, PendingChange, SentUpdate } from '../config-state.ts'
import { computeEdit, type Edit, withDescriptions } from '../edits/edit.ts'
import { dropOlderOffers, nextOffer, withoutOffer } from '../edits/offers.ts'
import { reportedChanges } from '../edits/reported-changes.ts'
import { holdsBack, type SettingChange } from '../plan.ts'
import { type SessionState, withConfig } from '../state.ts'
import {
  emit,
  msSince,
  nextEventId,
  type Part,
  report,
  type Step,
  send,
  sequence,
  withoutEffects,
} from '../stepping.ts'
import { isQuietMoment } from '../time/quiet.ts'
import { ackMs, QUIET_MS } from '../time/timeouts.ts'
import {
  nextAdditions,
  sameAdditions,
  settingsInForce,
  type WantedSettings,
  wantedSettings,
  withoutAdditions,
} from './wanted-settings.ts'

/** Sends the smallest update that brings the session to what is wanted, once none is in flight and the moment suits. */
export function settleConfig(state: SessionState): Step {
  if (state.phase !== 'live' || state.config.sent !== null) return withoutEffects(state)
  const due = nextChange(state.config)
  if (due === null) return endQuietWait(state)
  const { confirmed, quietWait } = state.config
  const suits = isQuietMoment(state) || (confirmed.agent.reload.apply === 'now' && !due.own)
  const isHeld = !due.own && holdsBack(confirmed.agent, due.generation.agent)
  if (due.waitingReported && (isHeld || (!suits && quietWait !== 'unused'))) return withoutEffects(state)
  const edit = computeEdit(state.config, due.generation.agent)
  if (edit.heldBack && !due.own) return holdBack(state, due, edit)
  if (Object.keys(edit.update).length === 0) return applyLocally(state, due, edit)
  return suits ? sendUpdate(state, due, edit) : waitForQuiet(state, due, edit)
}

/** A change that waits only for its moment. */
interface DueChange extends PendingChange {
  readonly generation: WantedSettings
  /** It comes from the conversation, not from the file. */
  readonly own: boolean
}

/**
 * The next change due. The conversation's additions go before a new generation, or after one that was not answered, so that a refusal
 * clearly belongs to one or the other.
 */
function nextChange(config: ConfigState): DueChange | null {
  const { own, confirmed, unconfirmed } = config
  const base = unconfirmed?.generation ?? confirmed
  const { noticedAt, waitingReported } = own
  if (!sameAdditions(own.additions, base.additions)) {
    const additions = nextAdditions(own.additions, base.additions)
    return { generation: wantedSettings(withoutAdditions(base), additions), own: true, noticedAt, waitingReported }
  }
  const offer = nextOffer(config)
  if (offer === null) return null
  return { ...offer, generation: wantedSettings(offer, confirmed.additions), own: false }
}

/** Marks an offer whose turn has come and has been reported. */
const REPORTED = { waitingReported: true, superseded: false }

/** Keeps an edit for new sessions, which begin with it. */
function holdBack(state: SessionState, due: DueChange, edit: Edit): Step {
  const { offers } = state.config
  const reported = { ...withoutAdditions(due.generation), noticedAt: due.noticedAt, ...REPORTED }
  const held = withConfig(state, { deferred: edit.deferred, offers: offers.with(-1, reported) })
  return reportDeferred(held, due, edit)
}

/**
 * Applies an edit that needs nothing on the wire: it is in force at once, and what waits behind it comes next. An edit that takes back what
 * this conversation never had is reported too: whoever made it waits for that.
 */
function applyLocally(state: SessionState, due: DueChange, edit: Edit): Step {
  const ms = msSince(state, due.noticedAt)
  const changes = withDescriptions(state.config, due.generation.agent, edit.changes)
  const body = { type: 'reload.applied', ...reportedChanges({ ...due, changes }), changes, ms, ms_wire: null } as const
  const taken = takeUpChange(state, due, edit)
  return sequence(
    withConfig(taken, settingsInForce(due.generation, taken.config.own)),
    (now) => dropOlderOffers(now, due.generation.number),
    changes.length === 0 && (due.own || edit.later.length > 0) ? withoutEffects : report(body),
    (now) => reportDeferred(now, due, edit),
    stopQuietTimer(state, taken),
    settleConfig,
  )
}

function waitForQuiet(state: SessionState, due: DueChange, edit: Edit): Step {
  const { own, offers, quietWait } = state.config
  const reported = due.own
    ? { own: { ...own, waitingReported: true } }
    : { offers: offers.with(-1, { ...withoutAdditions(due.generation), noticedAt: due.noticedAt, ...REPORTED }) }
  return sequence(
    withConfig(state, { ...reported, quietWait: quietWait === 'unused' ? 'running' : quietWait }),
    due.waitingReported
      ? withoutEffects
      : report({ type: 'reload.waiting', ...reportedChanges({ ...due, changes: edit.changes }) }),
    (now) => reportDeferred(now, due, edit),
    quietWait === 'unused' ? emit({ type: 'startTimer', timer: 'quiet', ms: QUIET_MS }) : withoutEffects,
  )
}

function sendUpdate(state: SessionState, due: DueChange, edit: Edit): Step {
  const { update, next } = edit
  const changes = withDescriptions(state.config, due.generation.agent, edit.changes)
  const sent: SentUpdate = {
    generation: due.generation,
    changes,
    own: due.own,
    noticedAt: due.noticedAt,
    sentAt: state.moment.now,
    eventId: nextEventId(state),
    firstEventId: null,
    update,
    next,
    reportedBefore: state.config.reported,
    provisionallyRefused: false,
  }
  const taken = takeUpChange(state, due, edit)
  return sequence(
    withConfig(taken, { sent }),
    (now) => reportDeferred(now, due, edit),
    send({ type: 'session.update', session: update }),
    report({ type: 'reload.sent', ...reportedChanges(sent), ms: msSince(state, due.noticedAt) }),
    stopQuietTimer(state, taken),
    emit({ type: 'startTimer', timer: 'ack', ms: ackMs(state.config.confirmed.agent) }),
  )
}

/** Takes up a change. What still waits keeps the patience that it has used. */
function takeUpChange(state: SessionState, { own, generation }: DueChange, { deferred }: Edit): SessionState {
  const offers = own ? state.config.offers : withoutOffer(state.config.offers, generation.number)
  const quietWait = own && nextOffer(state.config) !== null ? state.config.quietWait : 'unused'
  return withConfig(state, { deferred, offers, quietWait })
}

/** Nothing waits any more: what waited was withdrawn. */
function endQuietWait(state: SessionState): Step {
  if (state.config.quietWait === 'unused') return withoutEffects(state)
  const ended = withConfig(state, { quietWait: 'unused' })
  return stopQuietTimer(state, ended)(ended)
}

function stopQuietTimer(before: SessionState, taken: SessionState): Part {
  const ends = before.config.quietWait !== 'unused' && taken.config.quietWait === 'unused'
  return ends ? emit({ type: 'stopTimer', timer: 'quiet' }) : withoutEffects
}

/** Reports what has to wait for the next session, once, together with the rest of the edit. */
function reportDeferred(state: SessionState, due: DueChange, { later }: Edit): Step {
  if (due.waitingReported) return withoutEffects(state)
  const reasons = [...new Set(later.map(reasonOf))]
  return sequence(
    state,
    ...reasons.map((reason) => {
      const changes = later.filter((change) => reasonOf(change) === reason)
      return report({ type: 'reload.deferred', ...reportedChanges({ ...due, changes }), reason })
    }),
  )
}

function reasonOf({ reason }: SettingChange): string {
  return reason ?? ''
}
