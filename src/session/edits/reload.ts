import type { Agent } from '../../agent/agent.ts'
import type { Diagnostic } from '../../agent/findings/diagnostic.ts'
import { wasLive } from '../lifetime-state.ts'
import { holdsBack } from '../plan.ts'
import type { Refusal } from '../report.ts'
import type { ToolListing } from '../settings/listed-tools.ts'
import { markGenerationRefused } from '../settings/refusal.ts'
import { formatPlace } from '../settings/setting-diagnostics.ts'
import { addOverride, type ConversationAdditions, replaceListing, sameAdditions } from '../settings/wanted-settings.ts'
import { type SessionState, withConfig } from '../state.ts'
import { msSince, report, type Step, sequence, withoutEffects } from '../stepping.ts'
import { supersedeOlder, withOffer } from './offers.ts'
import { reportedChanges } from './reported-changes.ts'

/** Offers a new generation, which waits until `settle` finds the moment for it; a newer one replaces it. */
export function offerGeneration(
  state: SessionState,
  offer: { readonly generation: number; readonly agent: Agent; readonly noticedAt: number },
): Step {
  const { confirmed, refused } = state.config
  if (offer.generation <= confirmed.number || refused.includes(offer.generation)) return withoutEffects(state)
  const { generation: number, agent, noticedAt } = offer
  const offers = withOffer(state.config.offers, { number, agent, noticedAt, waitingReported: false, superseded: false })
  return supersedeOlder(withConfig(state, { offers }), number)
}

/**
 * Reports a generation as superseded to a conversation that was never offered it: whoever saved it waits for that. One that the
 * conversation knows has its own report.
 */
export function reportSuperseded(
  state: SessionState,
  { generation, by }: { readonly generation: number; readonly by: number },
): Step {
  const { confirmed, sent, unconfirmed, offers, refused } = state.config
  const known = [...offers.map(({ number }) => number), sent?.generation.number, unconfirmed?.generation.number]
  const isKnown = generation <= confirmed.number || known.includes(generation) || refused.includes(generation)
  return isKnown ? withoutEffects(state) : report({ type: 'reload.superseded', offered: generation, by })(state)
}

/** Withdraws a generation that was refused elsewhere, unless it is in force or in flight: one in flight gets its own answer. */
export function withdrawGeneration(
  state: SessionState,
  { generation, refusal }: { readonly generation: number; readonly refusal?: Refusal },
): Step {
  const { confirmed, sent, refused } = state.config
  if (generation === confirmed.number || generation === sent?.generation.number) return withoutEffects(state)
  const withdrawn = { ...state, config: markGenerationRefused(state.config, generation) }
  if (refusal === undefined || refused.includes(generation)) return withoutEffects(withdrawn)
  return report({ type: 'reload.refused', offered: generation, ...refusal, certain: true, elsewhere: true })(withdrawn)
}

/** Adds what a server lists to what the conversation wants. */
export function addListedTools(state: SessionState, listing: ToolListing): Step {
  return withAdditions(state, replaceListing(state.config.own.additions, listing))
}

/** Changes the voice of this conversation; a reload keeps it, unless it edits the voice. */
export function overrideVoice(state: SessionState, value: string): Step {
  const { own, confirmed, offers, sent, unconfirmed } = state.config
  const updates = [sent?.generation.authored, unconfirmed?.generation.authored]
  const agents = [confirmed.authored, ...updates, ...offers.map(({ agent }) => agent)]
  const replacedVoices = agents.flatMap((agent) => agent?.voice ?? [])
  return withAdditions(state, addOverride(own.additions, { field: 'voice', value, over: replacedVoices }))
}

function withAdditions(state: SessionState, additions: ConversationAdditions): Step {
  if (sameAdditions(additions, state.config.own.additions)) return withoutEffects(state)
  const own = { additions, noticedAt: state.moment.now, waitingReported: false }
  return withoutEffects(withConfig(state, { own }))
}

/** Reports a bad or held save, which changes nothing. */
export function reportUnusableSave(
  state: SessionState,
  {
    type,
    diagnostics,
  }: { readonly type: 'agent.rejected' | 'agent.held'; readonly diagnostics: readonly Diagnostic[] },
): Step {
  const reportType = type === 'agent.held' ? 'reload.held' : 'reload.rejected'
  return report({ type: reportType, offered: null, diagnostics })(state)
}

/** Reports what a save is warned of, though it is good. */
export function reportWarnings(
  state: SessionState,
  { diagnostics }: { readonly diagnostics: readonly Diagnostic[] },
): Step {
  const warnings = diagnostics.map((diagnostic) => {
    const { file, range, message } = diagnostic
    return report({ type: 'warning', message: `${formatPlace({ file, ...range })} ${message}`, diagnostic })
  })
  return sequence(state, ...warnings)
}

/**
 * Reports that a save is good again, if its generation is in force; one not confirmed yet gets its own report. One that waits for the next
 * session, or was never answered, has none to come, so that is reported again.
 */
export function reportRestored(
  state: SessionState,
  { generation, noticedAt }: { readonly generation: number; readonly noticedAt: number },
): Step {
  const { confirmed, offers, unconfirmed } = state.config
  const offer = offers.find(({ number }) => number === generation)
  if (offer !== undefined && holdsBack(confirmed.agent, offer.agent)) {
    const unreported = withOffer(offers, { ...offer, noticedAt, waitingReported: false })
    return withoutEffects(withConfig(state, { offers: unreported }))
  }
  if (unconfirmed?.own === false && generation === unconfirmed.generation.number)
    return report({ type: 'reload.unconfirmed', ...reportedChanges(unconfirmed) })(state)
  if (!wasLive(state) || generation !== confirmed.number) return withoutEffects(state)
  const ms = msSince(state, noticedAt)
  const nothing = { offered: generation, fields: [], changes: [] }
  return report({ type: 'reload.applied', ...nothing, ms, ms_wire: null })(state)
}
