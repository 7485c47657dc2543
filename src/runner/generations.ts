import type { Agent, Connection } from '../agent/agent.ts'
import type { Generation } from '../session/generation.ts'
import type { Refusal } from '../session/report.ts'

/** `confirmed`: the service accepted it in some conversation; `refused`: it certainly refused it. */
export type Verdict = 'open' | 'confirmed' | 'refused'

/** Where a generation comes from: the start of the process, a saved file, a held save that was confirmed, or an older generation. */
export type GenerationSource = 'start' | 'file' | 'accepted' | 'rollback'

/** One generation of an agent, and what is known about it. */
export interface GenerationEntry extends Generation {
  readonly source: GenerationSource
  /** When it was made, in ms since the epoch. */
  readonly at: number
  readonly verdict: Verdict
  /** Why the service refused it, if it did. */
  readonly refusal?: Refusal | undefined
}

/** The generations of one agent. */
export interface Generations {
  /** The newest one the service has not refused; new conversations begin with it. */
  newest(): GenerationEntry
  /** The last confirmed one, if it differs from the newest: what a conversation falls back on at its start. */
  fallback(): GenerationEntry | null
  /** The connection settings of the last one confirmed in this process; before that, those of the newest. */
  connection(): Connection
  /** Makes the next generation. */
  add(agent: Agent, from: { readonly source: GenerationSource; readonly at: number }): GenerationEntry
  /** The generation in which the service refused that content, or null. */
  refusedIn(hash: string): number | null
  /** Records that the service accepted or refused a generation. Returns its new entry; null if that is no news. */
  recordVerdict(number: number, verdict: Exclude<Verdict, 'open'>, refusal?: Refusal): GenerationEntry | null
  /** Oldest first. */
  entries(): readonly GenerationEntry[]
}

/** What an earlier process left of an agent's generations. */
export interface EarlierGenerations {
  /** The newest one; a start with the same content keeps its number. */
  readonly newest: { readonly number: number; readonly hash: string }
  readonly confirmed: GenerationEntry | null
}

/** Generations held in memory; the last confirmed one is held as well. */
const ENTRIES_MAX = 20
/** Refused contents remembered. */
const REFUSED_MAX = 64

/** Begins with the content at the start; numbers continue from an earlier process. */
export function createGenerations(first: Agent, at: number, earlier: EarlierGenerations | null = null): Generations {
  const isUnchanged = earlier?.newest.hash === first.hash
  const number = earlier === null ? 1 : earlier.newest.number + (isUnchanged ? 0 : 1)
  let entries: readonly GenerationEntry[] = [{ number, agent: first, source: 'start', at, verdict: 'open' }]
  /** The last one confirmed in this process. */
  let confirmed: GenerationEntry | null = null
  const refused = new Map<string, number>()

  function last(): GenerationEntry {
    return entries.at(-1) as GenerationEntry
  }

  function newest(): GenerationEntry {
    return entries.findLast(({ verdict }) => verdict !== 'refused') ?? lastConfirmed() ?? last()
  }

  function lastConfirmed(): GenerationEntry | null {
    return confirmed ?? earlier?.confirmed ?? null
  }

  return {
    newest,
    fallback: () => (lastConfirmed()?.agent.hash === newest().agent.hash ? null : lastConfirmed()),
    connection: () => (confirmed ?? newest()).agent.connection,
    add(agent, from) {
      const generation: GenerationEntry = { number: last().number + 1, agent, ...from, verdict: 'open' }
      entries = [...entries, generation].slice(-ENTRIES_MAX)
      return generation
    },
    refusedIn: (hash) => refused.get(hash) ?? null,
    recordVerdict(number, verdict, refusal) {
      const entry = entries.find((one) => one.number === number)
      // The service may accept it in one conversation and refuse it in another: once confirmed, it stays so.
      if (entry === undefined || entry.verdict === verdict || entry.verdict === 'confirmed') return null
      const judged = { ...entry, verdict, refusal }
      entries = entries.map((one) => (one === entry ? judged : one))
      if (verdict === 'refused') rememberRefused(entry)
      else refused.delete(entry.agent.hash)
      if (verdict === 'confirmed' && number >= (confirmed?.number ?? 0)) confirmed = judged
      return judged
    },
    entries: () => entries,
  }

  function rememberRefused({ agent, number }: GenerationEntry): void {
    refused.set(agent.hash, number)
    const [oldest] = refused.keys()
    if (refused.size > REFUSED_MAX && oldest !== undefined) refused.delete(oldest)
  }
}
