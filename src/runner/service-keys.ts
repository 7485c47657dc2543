import type { Agent } from '../agent/agent.ts'
import { PAGE_TOKEN } from '../agent/runner-secrets.ts'

/** The variables that hold service keys: all that any agent has named since the start, so that none is shown or passed on later. */
export interface ServiceKeys {
  /** Names of variables, set or not. */
  names(): readonly string[]
  /** Their values, which no log may show. */
  values(): readonly string[]
  /** Adds the key variable of an agent that conversations may be held with from now on. */
  add(agent: Pick<Agent, 'connection'>): void
}

/** The most names remembered; beyond that, the oldest one that is not set is forgotten. */
const NAMES_MAX = 1_000

export function createServiceKeys(env: NodeJS.ProcessEnv): ServiceKeys {
  let names: readonly string[] = []
  return {
    names: () => [PAGE_TOKEN, ...names],
    values: () => [PAGE_TOKEN, ...names].flatMap((name) => env[name] ?? []),
    add({ connection: { api_key_env } }) {
      if (names.includes(api_key_env)) return
      const forgotten = names.length < NAMES_MAX ? undefined : names.find((name) => env[name] === undefined)
      names = [...names.filter((name) => name !== forgotten), api_key_env]
    },
  }
}
