import type { Agent } from '../agent/agent.ts'
import type { Generation } from '../session/state.ts'

/** The generations of one agent: what new conversations begin with, and what a reload makes of a changed file. */
export interface Generations {
  /** The newest that the service has not refused. */
  newest(): Generation
  /** The next generation; null where the content is the one that is in force already. */
  add(agent: Agent): Generation | null
  /** The service said no to it: new conversations begin with the one before. */
  refuse(number: number): void
}

/** Generations kept to fall back on. */
const KEPT_MAX = 20

export function createGenerations(first: Agent): Generations {
  let last = 1
  let kept: readonly Generation[] = [{ number: 1, agent: first }]
  let newestHash = first.hash

  return {
    newest: () => kept.at(-1) ?? { number: 1, agent: first },
    add(agent) {
      if (agent.hash === newestHash) return null
      last += 1
      const generation = { number: last, agent }
      newestHash = agent.hash
      kept = [...kept, generation].slice(-KEPT_MAX)
      return generation
    },
    refuse(number) {
      const others = kept.filter((generation) => generation.number !== number)
      if (others.length > 0) kept = others
    },
  }
}
