import type { Client } from './client.ts'
import type { PageState } from './page-state.ts'
import type { Store } from './store.ts'

/** Warns that the connection is too slow for a conversation, while it is. */
interface SlowConnectionWarning {
  /** Sets the rate of the session's input, in Hz. */
  setInputRate(rateHz: number): void
  /** Checks the connection after the runner's `alive`. */
  check(client: Pick<Client, 'underwayBytes' | 'lateMs'>): void
}

/** Either side's sound later than this, in ms, counts as late: shorter delays pass by themselves. */
const LATE_MS = 3_000
const CALLER_LATE =
  'The connection is too slow for your voice: you are heard many seconds late, or not at all. Press Stop, and type instead.'
const AGENT_LATE =
  'The connection is too slow for the agent: what it says comes many seconds late, and so does its silence when you break in.'

export function createSlowConnectionWarning(page: Store<PageState>): SlowConnectionWarning {
  let inputRateHz = 0

  function findProblem({ underwayBytes, lateMs }: Pick<Client, 'underwayBytes' | 'lateMs'>): string | null {
    if (underwayBytes > (LATE_MS / 1_000) * 2 * inputRateHz) return CALLER_LATE
    return lateMs > LATE_MS ? AGENT_LATE : null
  }

  return {
    setInputRate(rateHz) {
      inputRateHz = rateHz
    },
    check(client) {
      if ([CALLER_LATE, AGENT_LATE, null].includes(page.value.problem)) page.set({ problem: findProblem(client) })
    },
  }
}
