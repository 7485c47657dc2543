import type { ConfigState, SentUpdate } from '../config-state.ts'
import { withoutOffer } from '../edits/offers.ts'
import { changesOf } from '../edits/reported-changes.ts'
import type { Moment } from '../event.ts'
import type { SessionState } from '../state.ts'
import { order, report, type Step, unchanged } from '../stepping.ts'
import { refusalAt } from './finding.ts'
import { sameAdditions } from './wanted.ts'

/** Updates without a certain answer that are remembered. */
const DOUBTS_MAX = 8
/** Generations remembered as refused. */
const REFUSED_MAX = 64

interface Refusal {
  readonly message: string
  readonly code: string | null
  /** The path of what it refused, on the wire and in the file, where it said so. */
  readonly param: string | null
  readonly field: string | null
  readonly certain: boolean
}

/** The service said no: everything stays as it was, and the author is shown the line. */
export function refuseUpdate(update: SentUpdate, refusal: Refusal, moment: Moment): (state: SessionState) => Step {
  const { message, code, certain } = refusal
  const ms = Math.round(moment.now - update.sentAt)
  const changed = changesOf(update).fields
  const field = refusal.field ?? changed[0] ?? ''
  const diagnostic = update.own ? null : refusalAt(update.generation.agent, field, { ...refusal, ms })
  const start = diagnostic?.range.start
  const fields = changed.length > 0 || field === '' ? changed : [field]
  const place = { file: diagnostic?.file ?? null, line: start?.line ?? null, column: start?.column ?? null }
  const told = { ...changesOf(update), fields, certain, message, code, ...place, diagnostic }
  return report({ type: 'reload.refused', ...told }, moment)
}

/** After a refusal that is certain, the update is forgotten, and what it brought is asked for no more. */
export function forgetUpdate(state: SessionState): Step {
  const { sent } = state.config
  if (sent === null) return unchanged(state)
  const config = { ...withoutRefused(state.config, sent), sent: null }
  return order({ type: 'stopTimer', timer: 'ack' })({ ...state, config })
}

/** What a refused update brought is asked for no more. */
export function withoutRefused(config: ConfigState, refused: SentUpdate): ConfigState {
  const { number } = refused.generation
  return number === config.confirmed.number ? takeBackOwn(config, refused) : giveUpGeneration(config, number)
}

/** Whether the update in flight has had a no that is not certain to be its own: on a guess, or to the session that is made ready. */
export function isThoughtRefused({ refused }: ConfigState, sent: SentUpdate): boolean {
  return sent.provisionallyRefused || refused.includes(sent.generation.number)
}

/** It is asked for no more, also where it was offered once more meanwhile. */
export function giveUpGeneration(config: ConfigState, number: number): ConfigState {
  const refused = [...config.refused, number].slice(-REFUSED_MAX)
  const offers = withoutOffer(config.offers, number)
  const { unconfirmed } = config
  return { ...config, refused, offers, unconfirmed: unconfirmed?.generation.number === number ? null : unconfirmed }
}

/** The answer to an update that was given up is no, after all. One that was sent after it may still be on its way, and so may its own second answer. */
export function forgetUnconfirmed(state: SessionState, update: SentUpdate, isCertain: boolean): SessionState {
  const { sent } = state.config
  const [{ config, ...rest }] = forgetUpdate({ ...state, config: { ...state.config, sent: update } })
  const doubts = isCertain ? config.doubts.filter((doubt) => doubt !== update.next) : config.doubts
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
