import type { ConsentRequest, Launch } from '../call-state.ts'
import { deepEqual } from '../settings/leaves.ts'
import type { SessionState } from '../state.ts'

/** How long the caller's consent may take, in ms from when the model was told to ask. */
const CONSENT_MS = 120_000
/** Calls waiting for consent at once; the oldest is forgotten first. */
const CONSENT_REQUESTS_MAX = 16

/** What the model is told instead of a result. */
export const CONSENT_REQUIRED =
  'not done yet: ask the caller whether to do this, and name what will be done; when the caller agrees to just that, call again with exactly these arguments; a caller who wants anything about it otherwise has not agreed to it'

/**
 * Whether the caller had the chance to say no: the same call was held back before, not too long ago, the response that repeats it was
 * requested, or began by itself, after another turn of the caller, and they were asked about nothing else since: a yes answers the last
 * question.
 */
export function hasConsent({ consentRequests, moment }: SessionState, launch: Launch, turn: number): boolean {
  const answered = consentRequests.filter((ask) => turn > ask.turn)
  const last = Math.max(...answered.map((ask) => ask.turn))
  return answered.some((ask) => isSame(ask, launch) && ask.turn === last && moment.now - ask.askedAt <= CONSENT_MS)
}

/** Holds the call back until it is repeated in time. Lines typed before that still wait for their moment do not answer it. */
export function requestConsent(state: SessionState, launch: Launch): SessionState {
  const { turnsBegun, heldTexts } = state.turn
  const ask = {
    name: launch.tool.name,
    argumentsText: launch.argumentsText,
    askedAt: state.moment.now,
    turn: turnsBegun + heldTexts.length,
  }
  return { ...state, consentRequests: [...otherRequests(state, launch), ask].slice(-CONSENT_REQUESTS_MAX) }
}

/** Uses up the consent to one call, and drops earlier questions, to which the caller has not agreed. */
export function spendConsent(state: SessionState, launch: Launch): SessionState {
  const turn = state.consentRequests.find((ask) => isSame(ask, launch))?.turn ?? 0
  return { ...state, consentRequests: otherRequests(state, launch).filter((ask) => ask.turn >= turn) }
}

/**
 * Discounts a turn of the caller of which nobody knows whether it answers the last question: that counts as asked after it. Earlier
 * questions are dropped, as what they were asked since is what a later yes answers.
 */
export function discountTurn(state: SessionState): SessionState {
  const last = Math.max(...state.consentRequests.map(({ turn }) => turn))
  const consentRequests = state.consentRequests.flatMap((ask) =>
    ask.turn === last ? [{ ...ask, turn: last + 1 }] : [],
  )
  return { ...state, consentRequests }
}

function otherRequests(state: SessionState, launch: Launch): readonly ConsentRequest[] {
  return state.consentRequests.filter((ask) => !isSame(ask, launch))
}

function isSame(ask: ConsentRequest, { tool, argumentsText }: Launch): boolean {
  return ask.name === tool.name && deepEqual(parseForComparison(ask.argumentsText), parseForComparison(argumentsText))
}

/** Decimal digits up to which two numbers that differ have different values here. */
const EXACT_DIGITS_MAX = 15

/** 50 and 50.00 are one number. Long ones may differ as written although their values are equal, so those stay as written. */
function parseForComparison(text: string): unknown {
  return JSON.parse(text, (_key, value, context?: { readonly source?: string }) => {
    if (typeof value !== 'number') return value
    const source = context?.source ?? String(value)
    const digits = source.replace(/e.*/i, '').replace(/\D/g, '')
    return digits.length <= EXACT_DIGITS_MAX && Number.isFinite(value) ? value : { number: source }
  })
}
