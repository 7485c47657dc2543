import type { Agent } from '../agent/agent.ts'
import type { Diagnostic } from '../agent/diagnostic.ts'
import type { ReportedSession } from '../realtime/session-object.ts'
import { mismatches, type Verdict, verdictOf } from './confirmation.ts'
import type { Moment } from './event.ts'
import { goLive } from './live.ts'
import { placeOf } from './place.ts'
import type { ConfigState, Generation, SentUpdate, SessionState } from './state.ts'
import { order, report, type Step, sequence, unchanged } from './stepping.ts'
import { HEALTHY_MS } from './waits.ts'
import { type Additions, inForce, type Listing, listTools, override, sameAdditions } from './wanted.ts'

/** Generations remembered as refused. */
const REFUSED_MAX = 64

/** A new generation waits here until `settle` finds the moment for it; a newer one takes its place. */
export function offerAgent(state: SessionState, offer: { generation: number; agent: Agent; noticedAt: number }): Step {
  const { confirmed, refused } = state.config
  if (offer.generation <= confirmed.number || refused.includes(offer.generation)) return unchanged(state)
  const { generation: number, agent, noticedAt } = offer
  const offered = { number, agent, noticedAt, waitingReported: false }
  return unchanged({ ...state, config: { ...state.config, offered } })
}

/** What a server can do is a part of what the conversation wants. */
export function toolsListed(state: SessionState, listing: Listing, moment: Moment): Step {
  return add(state, listTools(state.config.own.additions, listing), moment)
}

/** The conversation speaks in another voice from now on; a reload keeps it, unless it edits the voice. */
export function overrideVoice(state: SessionState, value: string, moment: Moment): Step {
  const { own, confirmed, offered, sent } = state.config
  const over = [confirmed.authored, sent?.generation.authored, offered?.agent].flatMap((agent) => agent?.voice ?? [])
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

/** A bad file changes nothing; the person who edits it is told. */
export function rejectAgent(state: SessionState, diagnostics: readonly Diagnostic[], moment: Moment): Step {
  return report({ type: 'reload.rejected', offered: null, diagnostics }, moment)(state)
}

/** The first confirmation makes the session live; a later one confirms the update in flight if it shows what we changed. */
export function sessionUpdated(state: SessionState, echo: ReportedSession, moment: Moment): Step {
  const { sent, accepted } = state.config
  const reported = { ...state, config: { ...state.config, reported: echo } }
  if (sent === null) return unchanged(reported)
  if (state.phase === 'live' && !isAnswer(sent, verdictOf(echo, sent.update, accepted))) return unchanged(reported)
  const first = state.phase === 'configuring'
  const { fields, generation: target, own } = sent
  const ms = Math.round(moment.now - sent.noticedAt)
  const taken = { ...reported.config, ...inForce(target, reported.config.own) }
  const config = { ...taken, accepted: sent.next, sent: null, unconfirmed: null }
  return sequence(
    { ...reported, config: first ? { ...config, opened: sent.generation.agent, deferred: [] } : config },
    first
      ? order({ type: 'stopTimer', timer: 'confirm' }, { type: 'startTimer', timer: 'healthy', ms: HEALTHY_MS })
      : order({ type: 'stopTimer', timer: 'ack' }),
    first ? (now) => goLive(now, moment) : unchanged,
    report({ type: 'session.settings', session: echo }, moment),
    fields.length > 0
      ? report({ type: 'reload.applied', ...changesOf({ target, own }, fields), ms }, moment)
      : unchanged,
    (now) => warnOfMismatches(now, echo, sent, moment),
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

/** The service said no: everything stays as it was, and the author is shown the line. */
export function refuseUpdate(
  state: SessionState,
  refusal: { readonly message: string; readonly code: string | null; readonly field: string | null },
  moment: Moment,
): Step {
  const { sent } = state.config
  if (sent === null) return unchanged(state)
  const { message, code, field } = refusal
  const { generation: target, own, fields } = sent
  const place = own ? null : placeOf(target.agent, field ?? fields[0] ?? '')
  const body = {
    ...({ type: 'reload.refused', ...changesOf({ target, own }, fields), message, code } as const),
    ...{ file: place?.file ?? null, line: place?.start.line ?? null, column: place?.start.column ?? null },
  }
  return report(body, moment)(state)
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
  return { ...config, refused, unconfirmed: config.unconfirmed?.number === number ? null : config.unconfirmed }
}

/** Unless the conversation has changed its mind since, which is then still to be asked for. */
function takeBackOwn(config: ConfigState, { generation }: SentUpdate): ConfigState {
  const { own, confirmed } = config
  if (!sameAdditions(own.additions, generation.additions)) return config
  return { ...config, unconfirmed: null, own: { ...own, additions: confirmed.additions } }
}
