import type { ReportedSession } from '../realtime/session-object.ts'
import type { Moment } from './event.ts'
import { fallSilent } from './interruption.ts'
import { isSilent } from './life.ts'
import { withoutSession } from './lost-session.ts'
import type { SessionState } from './state.ts'
import { order, type Step, sequence, unchanged } from './stepping.ts'
import { flushWords } from './tell-words.ts'

/** The share of a session's time after which another one follows, as soon as nobody speaks. */
const SHARE = 0.8
/** Nobody is waited for any longer when a session has so much time left, in ms. */
const LAST_MS = 10_000
/** An end that is nearer than this is a clock that goes wrong, in ms. */
const LIFE_MIN_MS = 60_000
/** The longest wait that is set, in ms: a day. */
const WAIT_MAX_MS = 86_400_000

/** The service says when the session will end by itself; each word of it replaces the one before. */
export function noteExpiry(state: SessionState, shown: ReportedSession, { now }: Moment): Step {
  const expiresAt = typeof shown.expires_at === 'number' ? shown.expires_at * 1_000 : Number.NaN
  const leftMs = expiresAt - now
  if (!(leftMs >= LIFE_MIN_MS) || expiresAt === state.life.expiresAt) return unchanged(state)
  const ms = Math.min(WAIT_MAX_MS, Math.round(leftMs * SHARE))
  return order({ type: 'startTimer', timer: 'roll over', ms })({
    ...state,
    life: { ...state.life, expiresAt, rollOver: 'no' },
  })
}

/** First the session is to be followed at a quiet moment; the second time, now. */
export function rollOverFired(state: SessionState, { now }: Moment): Step {
  const { expiresAt, rollOver } = state.life
  if (expiresAt === null) return unchanged(state)
  if (rollOver !== 'no') return unchanged({ ...state, life: { ...state.life, rollOver: 'overdue' } })
  const ms = Math.min(WAIT_MAX_MS, Math.max(0, Math.round(expiresAt - LAST_MS - now)))
  return order({ type: 'startTimer', timer: 'roll over', ms })({ ...state, life: { ...state.life, rollOver: 'due' } })
}

/** Leaves a session before it ends by itself. What the caller says until the next is open is held, and it is told what was said. */
export function settleRollOver(state: SessionState, moment: Moment): Step {
  const { rollOver, over } = state.life
  if (rollOver === 'no' || state.phase !== 'live' || over !== null) return unchanged(state)
  const isQuiet = isSilent(state) && state.config.sent === null
  if (rollOver === 'due' && !isQuiet) return unchanged(state)
  return sequence(
    state,
    (now) => flushWords(now, moment),
    (now) =>
      unchanged({ ...withoutSession(now), phase: 'idle', life: { ...now.life, expiresAt: null, rollOver: 'no' } }),
    state.sound.playing ? fallSilent : unchanged,
    order({ type: 'stopTimer', timer: 'roll over' }, { type: 'close' }),
  )
}
