import type { Agent } from '../agent/agent.ts'

/** One accepted content of an agent file, as offered to a conversation. */
export interface Generation {
  readonly number: number
  readonly agent: Agent
}
