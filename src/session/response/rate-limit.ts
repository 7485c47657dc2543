import { backoffMs, boundedRetryAfterMs } from '../lifetime/connection.ts'
import { type SessionState, withTurn } from '../state.ts'
import { emit, report, type Step, sequence } from '../stepping.ts'
import { NOT_RATE_LIMITED, type ReplyCause } from '../turn-state.ts'
import { dueAgain } from './causes.ts'

/** How often in a row a response refused for lack of room is requested again. */
const ATTEMPTS_MAX = 3
/** The first wait is as long as the third after a loss: a second. */
const FIRST_BACKOFF = 2

interface RefusedResponse {
  readonly causes: readonly ReplyCause[]
  readonly message: string
  readonly code: string | null
}

/** Requests a response again later because the service has no room for it now: when the service says so, or after a while. */
export function retryAfterRateLimit(state: SessionState, { causes, message, code }: RefusedResponse): Step {
  const { attempts } = state.turn.rateLimit
  if (attempts === ATTEMPTS_MAX)
    return report({ type: 'error', message, code })(withTurn(state, { rateLimit: NOT_RATE_LIMITED }))
  const namedMs = boundedRetryAfterMs(waitNamedIn(message))
  const ms = Math.ceil(Math.max(namedMs, backoffMs(state, attempts + FIRST_BACKOFF)))
  const replyDue = dueAgain(state.turn, causes)
  const warning = `the service has no room for an answer: ${message}; asking again in ${(ms / 1000).toFixed(1)} s`
  return sequence(
    withTurn(state, { replyDue, rateLimit: { attempts: attempts + 1, isWaiting: true } }),
    report({ type: 'warning', message: warning }),
    emit({ type: 'startTimer', timer: 'rate limit', ms }),
  )
}

/** The wait that the service names in its message ("try again in 1m2.5s"), in ms; 0 if it names none. */
function waitNamedIn(message: string): number {
  const [, named = ''] =
    /\b(?:try|retry) (?:again )?(?:in|after) ((?:[\d.]{1,9} ?(?:ms|s|m|h)[a-z]{0,11} ?)+)/i.exec(message) ?? []
  const parts = [...named.matchAll(/([\d.]+) ?(millis|ms|s|m|h)/gi)]
  const ms = parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNITS_MS[unit.toLowerCase()] ?? 0), 0)
  return Number.isFinite(ms) ? ms : 0
}

const UNITS_MS: { readonly [unit: string]: number } = { millis: 1, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
