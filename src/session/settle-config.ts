import { type Edit, editFor } from './edit.ts'
import type { Moment } from './event.ts'
import { sameData } from './leaves.ts'
import { nextOffer, offersAfter, withoutOffer } from './offers.ts'
import type { Change } from './plan.ts'
import { isQuietMoment } from './quiet.ts'
import { changesOf } from './reload.ts'
import type { ConfigState, SentUpdate, SessionState, Waiting } from './state.ts'
import { nextEventId, order, report, type Step, send, sequence, unchanged } from './stepping.ts'
import { ackMs, QUIET_MS } from './waits.ts'
import { authoredOf, inForce, sameAdditions, type Wanted, wanted } from './wanted.ts'

/** Sends the smallest update that brings the session to what is wanted, once none is in flight and the moment suits. */
export function settleConfig(state: SessionState, moment: Moment): Step {
  const due = state.phase === 'live' && state.config.sent === null ? dueChange(state.config) : null
  if (due === null) return unchanged(state)
  const edit = editFor(state.config, due.target.agent)
  const { apply } = state.config.confirmed.agent.reload
  if (edit.heldBack && !due.own) return holdBack(state, due, edit, moment)
  if (Object.keys(edit.update).length === 0) return applyHere(state, due, edit, moment)
  const suits = isQuietMoment(state) || (apply === 'now' && !due.own)
  return suits ? sendUpdate(state, due, edit, moment) : waitForQuiet(state, due, edit, moment)
}

/** A change that waits for nothing but its moment. */
interface Due extends Waiting {
  readonly target: Wanted
  /** It comes from the conversation, and not from the file. */
  readonly own: boolean
}

/** What the conversation adds goes before a new generation, so that a refusal is known to be of the one or of the other. */
function dueChange(config: ConfigState): Due | null {
  const { own, confirmed, unconfirmed } = config
  const base = unconfirmed?.generation ?? confirmed
  const { noticedAt, waitingReported } = own
  if (!sameAdditions(own.additions, base.additions)) {
    return { target: wanted(authoredOf(base), own.additions), own: true, noticedAt, waitingReported }
  }
  const offer = nextOffer(config)
  if (offer === null) return null
  return { ...offer, target: wanted(offer, own.additions), own: false }
}

/** New sessions begin with it. How edits are applied changes here and now, so that the author can let it go on after all. */
function holdBack(state: SessionState, due: Due, edit: Edit, moment: Moment): Step {
  const { confirmed, offers } = state.config
  const { reload } = due.target.agent
  if (!sameData(reload, confirmed.agent.reload)) {
    const { agent, authored } = confirmed
    const changed = { ...confirmed, agent: { ...agent, reload }, authored: { ...authored, reload } }
    const ms = Math.round(moment.now - due.noticedAt)
    return sequence(
      { ...state, config: { ...state.config, confirmed: changed } },
      report({ type: 'reload.applied', ...changesOf(due, edit.fields), ms, ms_wire: null }, moment),
      (now) => settleConfig(now, moment),
    )
  }
  if (due.waitingReported) return unchanged(state)
  return sequence(
    {
      ...state,
      config: {
        ...state.config,
        deferred: edit.deferred,
        offers: offers.with(-1, { ...authoredOf(due.target), noticedAt: due.noticedAt, waitingReported: true }),
      },
    },
    (now) => tellLater(now, due, edit, moment),
  )
}

/** Nothing of it goes on the wire: it is in force at once, and what waits behind it comes next. */
function applyHere(state: SessionState, due: Due, edit: Edit, moment: Moment): Step {
  const ms = Math.round(moment.now - due.noticedAt)
  const { fields } = edit
  const taken = take(state, due, edit)
  const offers = offersAfter(taken.config.offers, due.target.number)
  return sequence(
    { ...taken, config: { ...taken.config, ...inForce(due.target, taken.config.own), offers } },
    fields.length === 0
      ? unchanged
      : report({ type: 'reload.applied', ...changesOf(due, fields), ms, ms_wire: null }, moment),
    (now) => tellLater(now, due, edit, moment),
    stopPatience(state, taken),
    (now) => settleConfig(now, moment),
  )
}

function waitForQuiet(state: SessionState, due: Due, edit: Edit, moment: Moment): Step {
  const { own, offers, patience } = state.config
  const told = due.own
    ? { own: { ...own, waitingReported: true } }
    : { offers: offers.with(-1, { ...authoredOf(due.target), noticedAt: due.noticedAt, waitingReported: true }) }
  return sequence(
    { ...state, config: { ...state.config, ...told, patience: patience === 'unused' ? 'running' : patience } },
    due.waitingReported ? unchanged : report({ type: 'reload.waiting', ...changesOf(due, edit.fields) }, moment),
    (now) => tellLater(now, due, edit, moment),
    patience === 'unused' ? order({ type: 'startTimer', timer: 'quiet', ms: QUIET_MS }) : unchanged,
  )
}

function sendUpdate(state: SessionState, due: Due, edit: Edit, moment: Moment): Step {
  const { update, next, fields } = edit
  const sent: SentUpdate = {
    ...{ generation: due.target, own: due.own, noticedAt: due.noticedAt, sentAt: moment.now },
    ...{ eventId: nextEventId(state), earlierIds: [], update, next, fields },
    ...{ repeated: false, provisionallyRefused: false, overdue: false },
  }
  const taken = take(state, due, edit)
  return sequence(
    { ...taken, config: { ...taken.config, sent } },
    (now) => tellLater(now, due, edit, moment),
    send({ type: 'session.update', session: update }),
    report({ type: 'reload.sent', ...changesOf(due, fields), ms: Math.round(moment.now - due.noticedAt) }, moment),
    stopPatience(state, taken),
    order({ type: 'startTimer', timer: 'ack', ms: ackMs(state.config.confirmed.agent) }),
  )
}

/** What still waits keeps the patience that it has used. */
function take(state: SessionState, { own, target }: Due, { deferred }: Edit): SessionState {
  const offers = own ? state.config.offers : withoutOffer(state.config.offers, target.number)
  const patience = own && nextOffer(state.config) !== null ? state.config.patience : 'unused'
  return { ...state, config: { ...state.config, deferred, offers, patience } }
}

function stopPatience(before: SessionState, taken: SessionState): (state: SessionState) => Step {
  const ends = before.config.patience !== 'unused' && taken.config.patience === 'unused'
  return ends ? order({ type: 'stopTimer', timer: 'quiet' }) : unchanged
}

/** What has to wait for the next session is told once, when the rest of the edit is. */
function tellLater(state: SessionState, due: Due, { later }: Edit, moment: Moment): Step {
  if (due.waitingReported) return unchanged(state)
  const reasons = [...new Set(later.map(reasonOf))]
  return sequence(
    state,
    ...reasons.map((reason) => {
      const fields = later.filter((change) => reasonOf(change) === reason).map(({ field }) => field)
      return report({ type: 'reload.deferred', ...changesOf(due, fields), reason }, moment)
    }),
  )
}

function reasonOf({ reason }: Change): string {
  return reason ?? ''
}
