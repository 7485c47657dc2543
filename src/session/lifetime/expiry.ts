import type { ReportedSession } from '../../realtime/session-object.ts'
import { type SessionState, withLifetime } from '../state.ts'
import { emit, type Step, withoutEffects } from '../stepping.ts'

/** The share of a session's time after which another is to take over, as soon as nobody speaks. */
const ROLL_OVER_SHARE = 0.8
/** When a session has this much time left, in ms, it is replaced without waiting for anybody. */
const OVERDUE_MS = 10_000
/** An end nearer than this, in ms, is ignored: a clock is wrong. */
const LIFETIME_MIN_MS = 60_000
/** The longest timer that is set, in ms: a day. */
const TIMER_MAX_MS = 86_400_000

/** Records when the service says the session will end; each report replaces the one before. `since` is when it said so. */
export function noteExpiry(state: SessionState, session: ReportedSession, since = state.moment.now): Step {
  const expiresAt = typeof session.expires_at === 'number' ? session.expires_at * 1_000 : Number.NaN
  const leftMs = expiresAt - since
  if (!(leftMs >= LIFETIME_MIN_MS) || expiresAt === state.lifetime.expiresAt) return withoutEffects(state)
  const ms = Math.min(TIMER_MAX_MS, Math.max(0, Math.round(since + leftMs * ROLL_OVER_SHARE - state.moment.now)))
  return emit({ type: 'startTimer', timer: 'roll over', ms })(withLifetime(state, { expiresAt, rollOver: 'no' }))
}

/** The first time, the next session is due at a turn boundary; the second time, now. */
export function rollOverFired(state: SessionState): Step {
  const { expiresAt, rollOver } = state.lifetime
  if (expiresAt === null) return withoutEffects(state)
  if (rollOver !== 'no') return withoutEffects(withLifetime(state, { rollOver: 'overdue' }))
  const ms = Math.min(TIMER_MAX_MS, Math.max(0, Math.round(expiresAt - OVERDUE_MS - state.moment.now)))
  return emit({ type: 'startTimer', timer: 'roll over', ms })(withLifetime(state, { rollOver: 'due' }))
}
