import type { Agent } from '../../agent/agent.ts'
import type { Generation } from '../generation.ts'
import { deepEqual } from './leaves.ts'
import { mergeTools, NO_OMITTED_TOOLS, type OmittedTools, type ToolListing } from './listed-tools.ts'

/** What one conversation wants: a generation of the agent file, with its own additions. Diffs are taken against this. */
export interface WantedSettings extends Generation {
  /** The settings as this conversation wants them. */
  readonly agent: Agent
  /** The settings as the file has them. */
  readonly authored: Agent
  readonly additions: ConversationAdditions
  /** Tools that servers list and this conversation leaves out. */
  readonly omittedTools: readonly OmittedTools[]
}

/** What a conversation has beyond the agent file. A reload keeps it. */
export interface ConversationAdditions {
  /** Tools that servers listed, by server name. Bounded by `SERVERS_MAX`. */
  readonly listed: readonly ToolListing[]
  /** Settings that this conversation has changed for itself. */
  readonly overrides: readonly Override[]
}

interface Override {
  readonly field: 'voice'
  readonly value: string
  /** What the file said when it was set: as soon as the author writes anything else, that counts. */
  readonly over: readonly string[]
}

export const NO_ADDITIONS: ConversationAdditions = { listed: [], overrides: [] }

/** Servers whose tools one conversation holds. */
const SERVERS_MAX = 32

export function wantedSettings(
  { number, agent: authored }: Generation,
  additions: ConversationAdditions,
): WantedSettings {
  if (isEmpty(additions)) return { number, authored, additions, omittedTools: NO_OMITTED_TOOLS, agent: authored }
  const { tools, omittedTools } = mergeTools(authored, additions.listed)
  const agent = {
    ...authored,
    ...Object.fromEntries(activeOverrides(additions.overrides, authored).map(({ field, value }) => [field, value])),
    references: withoutFields(authored.references, additions.overrides),
    tools,
  }
  return { number, authored, additions, omittedTools, agent }
}

/** The generation as in the file, without the conversation's additions. */
export function withoutAdditions({ number, authored }: WantedSettings): Generation {
  return { number, agent: authored }
}

/** What is in force once a generation is confirmed. An override that an edit ended does not return with a later edit. */
export function settingsInForce<Own extends { readonly additions: ConversationAdditions }>(
  confirmed: WantedSettings,
  own: Own,
): { readonly confirmed: WantedSettings; readonly own: Own } {
  return {
    confirmed: { ...confirmed, additions: withoutEndedOverrides(confirmed.additions, confirmed.authored) },
    own: { ...own, additions: withoutEndedOverrides(own.additions, confirmed.authored) },
  }
}

/** Replaces what the server listed before. */
export function replaceListing(additions: ConversationAdditions, listing: ToolListing): ConversationAdditions {
  const others = additions.listed.filter(({ server }) => server !== listing.server)
  return { ...additions, listed: [...others, listing].slice(-SERVERS_MAX) }
}

export function addOverride(additions: ConversationAdditions, setting: Override): ConversationAdditions {
  const others = additions.overrides.filter(({ field }) => field !== setting.field)
  return { ...additions, overrides: [...others, setting] }
}

/** Whether both are the same generation with the same additions. */
export function sameWanted(one: WantedSettings, other: WantedSettings): boolean {
  return one.number === other.number && sameAdditions(one.additions, other.additions)
}

export function sameAdditions(one: ConversationAdditions, other: ConversationAdditions): boolean {
  return one === other || deepEqual(one, other)
}

/** What to request next of a conversation's additions: one kind at a time, so that a refusal clearly belongs to it. */
export function nextAdditions(own: ConversationAdditions, base: ConversationAdditions): ConversationAdditions {
  return deepEqual(own.overrides, base.overrides) ? own : { ...base, overrides: own.overrides }
}

/** A conversation's additions without those that were refused, unless they have changed since and are still to be requested. */
export function withoutRefused(
  own: ConversationAdditions,
  refused: ConversationAdditions,
  confirmed: ConversationAdditions,
): ConversationAdditions {
  return {
    listed: deepEqual(own.listed, refused.listed) ? confirmed.listed : own.listed,
    overrides: deepEqual(own.overrides, refused.overrides) ? confirmed.overrides : own.overrides,
  }
}

function withoutEndedOverrides(additions: ConversationAdditions, authored: Agent): ConversationAdditions {
  return { ...additions, overrides: activeOverrides(additions.overrides, authored) }
}

function activeOverrides(overrides: readonly Override[], authored: Agent): readonly Override[] {
  return overrides.filter(({ field, over }) => over.includes(authored[field]))
}

/** Without overridden fields, whose values come from no variable. */
function withoutFields(
  references: ReadonlyMap<string, string>,
  overrides: readonly Override[],
): ReadonlyMap<string, string> {
  return new Map([...references].filter(([path]) => !overrides.some(({ field }) => field === path)))
}

function isEmpty({ listed, overrides }: ConversationAdditions): boolean {
  return listed.length === 0 && overrides.length === 0
}
