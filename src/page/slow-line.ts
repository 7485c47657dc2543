import type { Client } from './client.ts'
import type { Observed } from './observed.ts'
import type { PageState } from './page-state.ts'

/** Warns that the connection is too slow for a conversation, while it is. */
interface SlowLine {
  /** Sets the rate of the session's input, in Hz. */
  setRate(rate: number): void
  /** Checks the connection after the runner's `alive`. */
  note(client: Pick<Client, 'underwayBytes' | 'lateMs'>): void
}

/** Either side's sound later than this, in ms, counts as late: shorter delays pass by themselves. */
const LATE_MS = 3_000
const CALLER_LATE =
  'The connection is too slow for your voice: you are heard many seconds late, or not at all. Press Stop, and type instead.'
const AGENT_LATE =
  'The connection is too slow for the agent: what it says comes many seconds late, and so does its silence when you break in.'

export function createSlowLine(page: Observed<PageState>): SlowLine {
  let inputRate = 0

  function problemOf({ underwayBytes, lateMs }: Pick<Client, 'underwayBytes' | 'lateMs'>): string | null {
    if (underwayBytes > (LATE_MS / 1_000) * 2 * inputRate) return CALLER_LATE
    return lateMs > LATE_MS ? AGENT_LATE : null
  }

  return {
    setRate(rate) {
      inputRate = rate
    },
    note(client) {
      if ([CALLER_LATE, AGENT_LATE, null].includes(page.value.problem)) page.set({ problem: problemOf(client) })
    },
  }
}
