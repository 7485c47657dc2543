import type { Ask, Launch } from '../call-state.ts'
import { sameData } from '../settings/leaves.ts'
import type { SessionState } from '../state.ts'

/** How long the caller's consent may take, in ms from when the model was told to ask. */
const CONSENT_MS = 120_000
/** Calls waiting for consent at once; the oldest is forgotten first. */
const ASKS_MAX = 16

/** What the model is told instead of a result. */
export const ASK_FIRST =
  'not done yet: ask the caller whether to do this, and name what will be done; when the caller agrees to just that, call again with exactly these arguments; a caller who wants anything about it otherwise has not agreed to it'

/**
 * Whether the caller had the chance to say no: the same call was held back before, not too long ago, the response that repeats it began
 * after another turn of the caller, and they were asked about nothing else since: a yes answers the last question.
 */
export function isConsented({ asks }: SessionState, launch: Launch, turn: number, now: number): boolean {
  const answered = asks.filter((ask) => turn > ask.turn)
  const last = Math.max(...answered.map((ask) => ask.turn))
  return answered.some((ask) => isSame(ask, launch) && ask.turn === last && now - ask.at <= CONSENT_MS)
}

/** Holds the call back until it is repeated in time. Lines typed before that still wait for their moment do not answer it. */
export function askAbout(state: SessionState, launch: Launch, now: number): SessionState {
  const { turnsBegun, heldTexts } = state.turn
  const ask = { name: launch.tool.name, text: launch.text, at: now, turn: turnsBegun + heldTexts.length }
  return { ...state, asks: [...others(state, launch), ask].slice(-ASKS_MAX) }
}

/** Uses up the consent to one call, and drops earlier questions, to which the caller has not agreed. */
export function useConsent(state: SessionState, launch: Launch): SessionState {
  const turn = state.asks.find((ask) => isSame(ask, launch))?.turn ?? 0
  return { ...state, asks: others(state, launch).filter((ask) => ask.turn >= turn) }
}

function others(state: SessionState, launch: Launch): readonly Ask[] {
  return state.asks.filter((ask) => !isSame(ask, launch))
}

function isSame(ask: Ask, { tool, text }: Launch): boolean {
  return ask.name === tool.name && sameData(parseWithNumbersAsWritten(ask.text), parseWithNumbersAsWritten(text))
}

/** Long numbers may differ as written although their values are equal. */
function parseWithNumbersAsWritten(text: string): unknown {
  return JSON.parse(text, (_key, value, context?: { readonly source?: string }) =>
    typeof value === 'number' ? { number: context?.source ?? String(value) } : value,
  )
}
