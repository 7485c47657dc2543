import type { Agent } from '../../agent/agent.ts'
import type { Generation } from '../config-state.ts'
import { sameData } from './leaves.ts'
import { joinTools, type Listing, NOTHING_PASSED_OVER, type PassedOver } from './listed-tools.ts'

/** What one conversation wants: a generation of the agent file, with what is its own added. Diffs are taken with this. */
export interface Wanted extends Generation {
  /** The settings as this conversation wants them. */
  readonly agent: Agent
  /** The settings as the file has them. */
  readonly authored: Agent
  readonly additions: Additions
  /** What servers list and it has not. */
  readonly passedOver: readonly PassedOver[]
}

/** What a conversation has beyond the agent file. A reload keeps it. */
export interface Additions {
  /** Tools that servers listed, by the name of the server. Bounded by `SERVERS_MAX`. */
  readonly listed: readonly Listing[]
  /** Settings that this conversation has changed for itself. */
  readonly overrides: readonly Override[]
}

interface Override {
  readonly field: 'voice'
  readonly value: string
  /** What the file said when it was set: once the author writes anything else, the author's word counts. */
  readonly over: readonly string[]
}

export const NO_ADDITIONS: Additions = { listed: [], overrides: [] }

/** Servers whose tools one conversation holds. */
const SERVERS_MAX = 32

export function wanted({ number, agent: authored }: Generation, additions: Additions): Wanted {
  if (isEmpty(additions)) return { number, authored, additions, passedOver: NOTHING_PASSED_OVER, agent: authored }
  const { tools, passedOver } = joinTools(authored, additions.listed)
  const agent = {
    ...authored,
    ...Object.fromEntries(holding(additions.overrides, authored).map(({ field, value }) => [field, value])),
    references: withoutFields(authored.references, additions.overrides),
    tools,
  }
  return { number, authored, additions, passedOver, agent }
}

/** The generation as the file has it, without what a conversation added. */
export function authoredOf({ number, authored }: Wanted): Generation {
  return { number, agent: authored }
}

/** What is in force once a generation is confirmed. An override that the author's edit ended does not come back with a later edit. */
export function inForce<Own extends { readonly additions: Additions }>(
  confirmed: Wanted,
  own: Own,
): { readonly confirmed: Wanted; readonly own: Own } {
  return {
    confirmed: { ...confirmed, additions: withoutEnded(confirmed.additions, confirmed.authored) },
    own: { ...own, additions: withoutEnded(own.additions, confirmed.authored) },
  }
}

/** A server's list takes the place of the one that it gave before. */
export function listTools(additions: Additions, listing: Listing): Additions {
  const others = additions.listed.filter(({ server }) => server !== listing.server)
  return { ...additions, listed: [...others, listing].slice(-SERVERS_MAX) }
}

export function override(additions: Additions, setting: Override): Additions {
  const others = additions.overrides.filter(({ field }) => field !== setting.field)
  return { ...additions, overrides: [...others, setting] }
}

/** The same generation, with the same of this conversation's own. */
export function sameWanted(one: Wanted, other: Wanted): boolean {
  return one.number === other.number && sameAdditions(one.additions, other.additions)
}

export function sameAdditions(one: Additions, other: Additions): boolean {
  return one === other || sameData(one, other)
}

function withoutEnded(additions: Additions, authored: Agent): Additions {
  return { ...additions, overrides: holding(additions.overrides, authored) }
}

function holding(overrides: readonly Override[], authored: Agent): readonly Override[] {
  return overrides.filter(({ field, over }) => over.includes(authored[field]))
}

/** What a conversation has of its own came from no variable. */
function withoutFields(
  references: ReadonlyMap<string, string>,
  overrides: readonly Override[],
): ReadonlyMap<string, string> {
  return new Map([...references].filter(([path]) => !overrides.some(({ field }) => field === path)))
}

function isEmpty({ listed, overrides }: Additions): boolean {
  return listed.length === 0 && overrides.length === 0
}
