import type { Agent } from '../../agent/agent.ts'
import type { Diagnostic } from '../../agent/findings/diagnostic.ts'
import type { Moment } from '../event.ts'
import { wasLive } from '../life.ts'
import { holdsBack } from '../plan.ts'
import type { Refusal } from '../report.ts'
import type { Listing } from '../settings/listed-tools.ts'
import { giveUpGeneration } from '../settings/refuse.ts'
import { type Additions, listTools, override } from '../settings/wanted.ts'
import type { SessionState } from '../state.ts'
import { report, type Step, unchanged } from '../stepping.ts'
import { overtake, withOffer } from './offers.ts'

/** A new generation waits here until `settle` finds the moment for it; a newer one takes its place. */
export function offerAgent(
  state: SessionState,
  offer: { readonly generation: number; readonly agent: Agent; readonly noticedAt: number },
  moment: Moment,
): Step {
  const { confirmed, refused } = state.config
  if (offer.generation <= confirmed.number || refused.includes(offer.generation)) return unchanged(state)
  const { generation: number, agent, noticedAt } = offer
  const offers = withOffer(state.config.offers, { number, agent, noticedAt, waitingReported: false, overtaken: false })
  return overtake({ ...state, config: { ...state.config, offers } }, number, moment)
}

/** What a conversation was never offered is told there all the same: whoever saved it waits for word. What it knows has a fate of its own. */
export function tellOfOvertaken(
  state: SessionState,
  { generation, by }: { readonly generation: number; readonly by: number },
  moment: Moment,
): Step {
  const { confirmed, sent, unconfirmed, offers, refused } = state.config
  const known = [...offers.map(({ number }) => number), sent?.generation.number, unconfirmed?.generation.number]
  const isKnown = generation <= confirmed.number || known.includes(generation) || refused.includes(generation)
  return isKnown ? unchanged(state) : report({ type: 'reload.superseded', offered: generation, by }, moment)(state)
}

/** One that is on its way already has its own answer. */
export function withdrawAgent(
  state: SessionState,
  { generation, refusal }: { readonly generation: number; readonly refusal?: Refusal },
  moment: Moment,
): Step {
  const { confirmed, sent, refused } = state.config
  if (generation === confirmed.number || generation === sent?.generation.number) return unchanged(state)
  const left = { ...state, config: giveUpGeneration(state.config, generation) }
  if (refusal === undefined || refused.includes(generation)) return unchanged(left)
  return report(
    { type: 'reload.refused', offered: generation, ...refusal, certain: true, elsewhere: true },
    moment,
  )(left)
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

/**
 * Whoever mends a save waits to hear that it is good again; where the generation is not confirmed yet, its own report comes. One
 * that is held back for the next session has none to come: that it waits is told once more.
 */
export function tellOfRestored(
  state: SessionState,
  { generation, noticedAt }: { readonly generation: number; readonly noticedAt: number },
  moment: Moment,
): Step {
  const { confirmed, offers } = state.config
  const offer = offers.find(({ number }) => number === generation)
  if (offer !== undefined && holdsBack(confirmed.agent, offer.agent)) {
    const untold = withOffer(offers, { ...offer, noticedAt, waitingReported: false })
    return unchanged({ ...state, config: { ...state.config, offers: untold } })
  }
  if (!wasLive(state) || generation !== confirmed.number) return unchanged(state)
  const ms = Math.round(moment.now - noticedAt)
  const nothing = { offered: generation, fields: [], changes: [] }
  return report({ type: 'reload.applied', ...nothing, ms, ms_wire: null }, moment)(state)
}
