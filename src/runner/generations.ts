import type { Agent } from '../agent/agent.ts'
import type { Generation } from '../session/config-state.ts'

/** `confirmed`: the service said yes to it in some conversation; `refused`: it said no, for certain. */
export type Verdict = 'open' | 'confirmed' | 'refused'

/** Where a generation comes from: the start of the process, a saved file, one that was held and is meant, or an older generation. */
export type Source = 'start' | 'file' | 'accepted' | 'rollback'

/** One generation of an agent, and what is known about it. */
export interface Entry extends Generation {
  readonly source: Source
  /** When it was made, in ms since the epoch. */
  readonly at: number
  readonly verdict: Verdict
}

/** The generations of one agent: what new conversations begin with, and what a reload makes of changed content. */
export interface Generations {
  /** The newest that the service has not refused: new conversations begin with it. */
  newest(): Entry
  /** The last one that the service said yes to, other than the newest: what a conversation falls back on at its start. */
  fallback(): Entry | null
  /** The next generation; the number of the equal one where the content is in force already, or was refused. */
  add(agent: Agent, from: { readonly source: Source; readonly at: number }): Added
  /** The service said no to that content. */
  isRefused(hash: string): boolean
  /** The service said yes or no to it. Gives it back as it is judged; null where that is no news. */
  judge(number: number, verdict: Exclude<Verdict, 'open'>): Entry | null
  /** Oldest first. */
  entries(): readonly Entry[]
}

type Added =
  | { readonly kind: 'new'; readonly generation: Entry }
  | { readonly kind: 'same'; readonly number: number }
  | { readonly kind: 'refused before'; readonly number: number }

/** What an earlier process left of an agent's generations. */
export interface Earlier {
  /** The newest one: a start with the same content keeps its number. */
  readonly newest: { readonly number: number; readonly hash: string }
  readonly confirmed: Entry | null
}

/** Generations kept to fall back on; the last confirmed one is kept besides. */
const KEPT_MAX = 20
/** Contents remembered as refused. */
const REFUSED_MAX = 64

/** Begins with the content at the start; where an earlier process left generations of it, their numbers go on. */
export function createGenerations(first: Agent, at: number, earlier: Earlier | null = null): Generations {
  const isKnown = earlier?.newest.hash === first.hash
  const number = earlier === null ? 1 : earlier.newest.number + (isKnown ? 0 : 1)
  let kept: readonly Entry[] = [{ number, agent: first, source: 'start', at, verdict: 'open' }]
  let confirmed = earlier?.confirmed ?? null
  const refused = new Map<string, number>()

  function last(): Entry {
    return kept.at(-1) as Entry
  }

  function newest(): Entry {
    return kept.findLast(({ verdict }) => verdict !== 'refused') ?? confirmed ?? last()
  }

  return {
    newest,
    fallback: () => (confirmed === null || confirmed.agent.hash === newest().agent.hash ? null : confirmed),
    add(agent, from) {
      if (agent.hash === newest().agent.hash) return { kind: 'same', number: newest().number }
      const before = refused.get(agent.hash)
      if (before !== undefined && from.source === 'file') return { kind: 'refused before', number: before }
      const generation: Entry = { number: last().number + 1, agent, ...from, verdict: 'open' }
      kept = [...kept, generation].slice(-KEPT_MAX)
      return { kind: 'new', generation }
    },
    isRefused: (hash) => refused.has(hash),
    judge(number, verdict) {
      const entry = kept.find((one) => one.number === number)
      // One service may say yes in one conversation and no in another: a yes is not taken back.
      if (entry === undefined || entry.verdict === verdict || entry.verdict === 'confirmed') return null
      const judged = { ...entry, verdict }
      kept = kept.map((one) => (one === entry ? judged : one))
      if (verdict === 'refused') remember(entry)
      else refused.delete(entry.agent.hash)
      if (verdict === 'confirmed' && number >= (confirmed?.number ?? 0)) confirmed = judged
      return judged
    },
    entries: () => kept,
  }

  function remember({ agent, number }: Entry): void {
    refused.set(agent.hash, number)
    const [oldest] = refused.keys()
    if (refused.size > REFUSED_MAX && oldest !== undefined) refused.delete(oldest)
  }
}
