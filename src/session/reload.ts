import type { Agent } from '../agent/agent.ts'
import type { Diagnostic } from '../agent/diagnostic.ts'
import type { ReportedSession } from '../realtime/session-object.ts'
import { mismatches, type Verdict, verdictOf } from './confirmation.ts'
import type { Moment } from './event.ts'
import { valueAt } from './leaves.ts'
import { goLive } from './live.ts'
import { nextOffer, offersAfter, withOffer, withoutOffer } from './offers.ts'
import { placeOf } from './place.ts'
import type { ConfigState, Generation, SentUpdate, SessionState } from './state.ts'
import { order, report, type Step, sequence, unchanged } from './stepping.ts'
import { HEALTHY_MS } from './waits.ts'
import { type Additions, inForce, type Listing, listTools, override, sameAdditions } from './wanted.ts'

/** Updates without a certain answer that are remembered. */
const DOUBTS_MAX = 8
/** Generations remembered as refused. */
const REFUSED_MAX = 64

/** A new generation waits here until `settle` finds the moment for it; a newer one takes its place. */
export function offerAgent(
  state: SessionState,
  offer: { readonly generation: number; readonly agent: Agent; readonly noticedAt: number },
  moment: Moment,
): Step {
  const { confirmed, refused } = state.config
  if (offer.generation <= confirmed.number || refused.includes(offer.generation)) return unchanged(state)
  const { generation: number, agent, noticedAt } = offer
  const before = nextOffer(state.config)
  const offers = withOffer(state.config.offers, { number, agent, noticedAt, waitingReported: false })
  const overtaken = before !== null && before.number < number
  return sequence(
    { ...state, config: { ...state.config, offers } },
    overtaken ? report({ type: 'reload.superseded', offered: before.number, by: number }, moment) : unchanged,
  )
}

/** One that is on its way already has its own answer. */
export function withdrawAgent(state: SessionState, number: number): Step {
  if (number === state.config.confirmed.number || number === state.config.sent?.generation.number)
    return unchanged(state)
  const offers = withoutOffer(state.config.offers, number)
  return unchanged({ ...state, config: { ...giveUpGeneration(state.config, number), offers } })
}

/** What a server can do is a part of what the conversation wants. */
export function toolsListed(state: SessionState, listing: Listing, moment: Moment): Step {
  return add(state, listTools(state.config.own.additions, listing), moment)
}

/** The conversation speaks in another voice from now on; a reload keeps it, unless it edits the voice. */
export function overrideVoice(state: SessionState, value: string, moment: Moment): Step {
  const { own, confirmed, offers, sent } = state.config
  const agents = [confirmed.authored, sent?.generation.authored, ...offers.map(({ agent }) => agent)]
  const over = agents.flatMap((agent) => agent?.voice ?? [])
  return add(state, override(own.additions, { field: 'voice', value, over }), moment)
}

function add(state: SessionState, additions: Additions, moment: Moment): Step {
  const own = { additions, noticedAt: moment.now, waitingReported: false }
  return unchanged({ ...state, config: { ...state.config, own } })
}

/** How a report names a change: by the generation it belongs to, or as the conversation's own. */
export function changesOf(
  { target, own }: { readonly target: Generation; readonly own: boolean },
  fields: readonly string[],
): { readonly offered: number; readonly fields: readonly string[]; readonly own?: true } {
  return { offered: target.number, fields, ...(own ? { own } : {}) }
}

/** A bad file changes nothing, nor does one that is held; the person who edits it is told. */
export function tellOfSave(
  state: SessionState,
  {
    type,
    diagnostics,
  }: { readonly type: 'agent.rejected' | 'agent.held'; readonly diagnostics: readonly Diagnostic[] },
  moment: Moment,
): Step {
  const told = type === 'agent.held' ? 'reload.held' : 'reload.rejected'
  return report({ type: told, offered: null, diagnostics }, moment)(state)
}

/** The first confirmation makes the session live; a later one confirms the update in flight if it shows what we changed. */
export function sessionUpdated(state: SessionState, echo: ReportedSession, moment: Moment): Step {
  const { sent, unconfirmed, accepted, doubts } = state.config
  const memory = valueAt(echo, ['providerData', 'memory', 'state']) ?? state.connection.memory
  const connection = { ...state.connection, memory }
  const reported = { ...state, connection, config: { ...state.config, reported: echo } }
  if (state.phase === 'configuring') {
    return sent === null ? unchanged(reported) : openSession(reported, sent, echo, moment)
  }
  if (sent !== null && isAnswer(sent, verdictOf(echo, sent.update, [accepted, ...doubts]))) {
    const config = { ...reported.config, sent: null, unconfirmed: null, doubts: [] }
    return sequence({ ...reported, config }, order({ type: 'stopTimer', timer: 'ack' }), (now) =>
      takeUp(now, sent, echo, moment),
    )
  }
  if (unconfirmed === null || verdictOf(echo, unconfirmed.update, [accepted]) !== 'confirmed')
    return unchanged(reported)
  return takeUp(confirmLate(reported, unconfirmed), unconfirmed, echo, moment)
}

function openSession(state: SessionState, sent: SentUpdate, echo: ReportedSession, moment: Moment): Step {
  const opened = { opened: sent.generation.agent, deferred: [], sent: null, unconfirmed: null }
  return sequence(
    { ...state, config: { ...state.config, ...opened } },
    order({ type: 'stopTimer', timer: 'confirm' }, { type: 'startTimer', timer: 'healthy', ms: HEALTHY_MS }),
    (now) => confirm(now, sent),
    (now) => goLive(now, moment),
    (now) => tellApplied(now, sent, echo, moment),
  )
}

/** The answer to an update that was given up; one that was sent after it may still be on its way. */
function confirmLate(state: SessionState, update: SentUpdate): SessionState {
  const doubts = state.config.doubts.filter((doubt) => doubt !== update.next)
  return { ...state, config: { ...state.config, unconfirmed: null, doubts } }
}

function takeUp(state: SessionState, update: SentUpdate, echo: ReportedSession, moment: Moment): Step {
  return sequence(
    state,
    (now) => confirm(now, update),
    (now) => tellApplied(now, update, echo, moment),
  )
}

/** From here on its settings are in force, those that only the runner needs among them. */
function confirm(state: SessionState, { generation, next }: SentUpdate): Step {
  const { own, offers } = state.config
  const config = { ...state.config, ...inForce(generation, own), accepted: next }
  return unchanged({ ...state, config: { ...config, offers: offersAfter(offers, generation.number) } })
}

function tellApplied(state: SessionState, update: SentUpdate, echo: ReportedSession, moment: Moment): Step {
  const { fields, generation: target, own, noticedAt, sentAt } = update
  const ms = Math.round(moment.now - noticedAt)
  const ms_wire = Math.round(sentAt - noticedAt)
  const body = { type: 'reload.applied', ...changesOf({ target, own }, fields), ms, ms_wire } as const
  return sequence(
    state,
    report({ type: 'session.settings', session: echo }, moment),
    fields.length > 0 ? report(body, moment) : unchanged,
    (now) => warnOfMismatches(now, echo, update, moment),
  )
}

/** Silence is taken for the answer, unless the service seemed to refuse. */
function isAnswer(sent: SentUpdate, verdict: Verdict): boolean {
  return verdict === 'confirmed' || (verdict === 'silent' && !sent.provisionallyRefused)
}

function warnOfMismatches(state: SessionState, echo: ReportedSession, sent: SentUpdate, moment: Moment): Step {
  const found = mismatches(echo, sent.update)
  return sequence(
    state,
    ...found.map(({ field, asked, shown }) => {
      const place = placeOf(sent.generation.agent, field)
      const where = place === null ? field : `${place.file}:${place.start.line}:${place.start.column} ${field}`
      const message = `${where}: asked for ${JSON.stringify(asked)}, the service shows ${JSON.stringify(shown)}`
      return report({ type: 'warning', message }, moment)
    }),
  )
}

export interface Refusal {
  readonly message: string
  readonly code: string | null
  /** The author's path of what it refused, where it said so. */
  readonly field: string | null
  readonly certain: boolean
}

/** The service said no: everything stays as it was, and the author is shown the line. */
export function refuseUpdate(update: SentUpdate, refusal: Refusal, moment: Moment): (state: SessionState) => Step {
  const { message, code, field, certain } = refusal
  const { generation: target, own, fields } = update
  const place = own ? null : placeOf(target.agent, field ?? fields[0] ?? '')
  const body = {
    ...({ type: 'reload.refused', ...changesOf({ target, own }, fields), certain, message, code } as const),
    ...{ file: place?.file ?? null, line: place?.start.line ?? null, column: place?.start.column ?? null },
  }
  return report(body, moment)
}

/** After a refusal that is certain, the update is forgotten, and what it brought is asked for no more. */
export function forgetUpdate(state: SessionState): Step {
  const { sent, confirmed } = state.config
  if (sent === null) return unchanged(state)
  const { number } = sent.generation
  const given = number === confirmed.number ? takeBackOwn(state.config, sent) : giveUpGeneration(state.config, number)
  return order({ type: 'stopTimer', timer: 'ack' })({ ...state, config: { ...given, sent: null } })
}

function giveUpGeneration(config: ConfigState, number: number): ConfigState {
  const refused = [...config.refused, number].slice(-REFUSED_MAX)
  const { unconfirmed } = config
  return { ...config, refused, unconfirmed: unconfirmed?.generation.number === number ? null : unconfirmed }
}

/** The answer to an update that was given up is no, after all. One that was sent after it may still be on its way. */
export function forgetUnconfirmed(state: SessionState, update: SentUpdate): SessionState {
  const { sent } = state.config
  const [{ config, ...rest }] = forgetUpdate({ ...state, config: { ...state.config, sent: update } })
  const doubts = config.doubts.filter((doubt) => doubt !== update.next)
  return { ...rest, config: { ...config, sent, unconfirmed: null, doubts } }
}

/** The session may be as an update would have it, or not. */
export function doubt(state: SessionState, { next }: SentUpdate): SessionState {
  return { ...state, config: { ...state.config, doubts: [...state.config.doubts, next].slice(-DOUBTS_MAX) } }
}

/** Unless the conversation has changed its mind since, which is then still to be asked for. */
function takeBackOwn(config: ConfigState, { generation }: SentUpdate): ConfigState {
  const { own, confirmed } = config
  if (!sameAdditions(own.additions, generation.additions)) return config
  return { ...config, unconfirmed: null, own: { ...own, additions: confirmed.additions } }
}
