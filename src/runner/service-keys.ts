import type { Agent } from '../agent/agent.ts'

/** The variable that holds the token of the page, which is kept as the keys are. */
export const PAGE_TOKEN = 'RUNNER_TOKEN'

/** The variables that hold keys of the service: all that an agent has named since the start, so that none is shown or given away later. */
export interface ServiceKeys {
  /** Names of variables, whether they are set or not. */
  names(): readonly string[]
  /** What they hold, which no log may show. */
  values(): readonly string[]
  /** An agent that conversations may be held on from now on. */
  learn(agent: Pick<Agent, 'connection'>): void
}

/** Names remembered; beyond that the oldest of those that are not set, and hold nothing, are forgotten. */
const NAMES_MAX = 1_000

export function createServiceKeys(env: NodeJS.ProcessEnv): ServiceKeys {
  let names: readonly string[] = []
  return {
    names: () => [PAGE_TOKEN, ...names],
    values: () => [PAGE_TOKEN, ...names].flatMap((name) => env[name] ?? []),
    learn({ connection: { api_key_env } }) {
      if (names.includes(api_key_env)) return
      const forgotten = names.length < NAMES_MAX ? undefined : names.find((name) => env[name] === undefined)
      names = [...names.filter((name) => name !== forgotten), api_key_env]
    },
  }
}
