import type { ConfigState, SentUpdate } from '../config-state.ts'
import { withoutOffer } from '../edits/offers.ts'
import { reportedChanges } from '../edits/reported-changes.ts'
import { type SessionState, withConfig } from '../state.ts'
import { emit, msSince, report, type Step, withoutEffects } from '../stepping.ts'
import { refusalDiagnostic } from './setting-diagnostics.ts'
import { withoutRefused } from './wanted-settings.ts'

/** Updates without a certain answer that are remembered. */
const POSSIBLY_ACCEPTED_MAX = 8
/** Generations remembered as refused. */
const REFUSED_MAX = 64

interface RefusalDetails {
  readonly message: string
  readonly code: string | null
  /** The path of what it refused, on the wire and in the file, if it said so. */
  readonly param: string | null
  readonly field: string | null
  readonly certain: boolean
}

/** Reports a refusal, with the author's line; everything stays as it was. */
export function reportRefusal(state: SessionState, update: SentUpdate, refusal: RefusalDetails): Step {
  const { message, code, certain } = refusal
  const ms = msSince(state, update.sentAt)
  const changed = reportedChanges(update).fields
  const field = refusal.field ?? changed[0] ?? ''
  const diagnostic = update.own ? null : refusalDiagnostic(update.generation.agent, field, { ...refusal, ms })
  const start = diagnostic?.range.start
  const fields = changed.length > 0 || field === '' ? changed : [field]
  const place = { file: diagnostic?.file ?? null, line: start?.line ?? null, column: start?.column ?? null }
  const refused = { ...reportedChanges(update), fields, certain, message, code, ...place, diagnostic }
  return report({ type: 'reload.refused', ...refused })(state)
}

/** Forgets an update that was certainly refused; its settings are not requested again. */
export function dropRefusedUpdate(state: SessionState): Step {
  const { sent } = state.config
  if (sent === null) return withoutEffects(state)
  const dropped = withConfig(state, { ...withoutRefusedUpdate(state.config, sent), sent: null })
  return emit({ type: 'stopTimer', timer: 'ack' })(dropped)
}

/** The configuration without what a refused update brought, which is not requested again. */
export function withoutRefusedUpdate(config: ConfigState, refused: SentUpdate): ConfigState {
  const { confirmed, unconfirmed } = config
  const { number } = refused.generation
  const isInForce = number === confirmed.number || (refused.own && number === unconfirmed?.generation.number)
  return isInForce ? revertAdditions(config, refused) : markGenerationRefused(config, number)
}

/**
 * Whether the update in flight counts as refused, though not for certain: on a guess, or because its generation was refused elsewhere, such
 * as to the next session.
 */
export function isPresumedRefused({ refused }: ConfigState, sent: SentUpdate): boolean {
  return sent.provisionallyRefused || refused.includes(sent.generation.number)
}

/** Gives up a generation, even if it was offered again meanwhile. */
export function markGenerationRefused(config: ConfigState, number: number): ConfigState {
  const refused = [...config.refused, number].slice(-REFUSED_MAX)
  const offers = withoutOffer(config.offers, number)
  const { unconfirmed } = config
  return { ...config, refused, offers, unconfirmed: unconfirmed?.generation.number === number ? null : unconfirmed }
}

/** Takes a late refusal of an update that was given up. A later update may still be on its way, and so may a second answer to this one. */
export function dropUnconfirmedUpdate(state: SessionState, update: SentUpdate, isCertain: boolean): SessionState {
  const { sent } = state.config
  const [dropped] = dropRefusedUpdate(withConfig(state, { sent: update }))
  const possiblyAccepted = dropped.config.possiblyAccepted.filter((session) => !isCertain || session !== update.next)
  return withConfig(dropped, { sent, unconfirmed: null, possiblyAccepted })
}

/** Notes that the session may or may not have the settings of an update. */
export function notePossiblyAccepted(state: SessionState, { next }: SentUpdate): SessionState {
  return withConfig(state, { possiblyAccepted: [...state.config.possiblyAccepted, next].slice(-POSSIBLY_ACCEPTED_MAX) })
}

/** Takes back what a refused update added of the conversation's own. */
function revertAdditions(config: ConfigState, { generation }: SentUpdate): ConfigState {
  const { own, confirmed, unconfirmed } = config
  const additions = withoutRefused(own.additions, generation.additions, confirmed.additions)
  return { ...config, unconfirmed: unconfirmed?.own ? null : unconfirmed, own: { ...own, additions } }
}
