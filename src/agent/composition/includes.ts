import type { Fault } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import type { SearchSpace } from './near-paths.ts'
import { type Chain, type Outcome, openPart, refused, type UnplacedFault } from './open-part.ts'
import { type Origin, originAt, type Part, type Sourced } from './origin.ts'
import { translate } from './translate.ts'
import { unknownCollections } from './unknown-collections.ts'

/** How many lists of tools one agent may include, counted as often as they are included. */
const INCLUDES_MAX = 64
/** How many tools a list may have that is included, so that not all of a long one is looked at; an agent may have far fewer. */
const TOOLS_MAX = 1_024

interface Included {
  readonly settings: Sourced
  /** What came of each list that is named. */
  readonly outcomes: readonly Outcome[]
  /** Of foreign keys. */
  readonly faults: readonly Fault[]
}

/** Replaces each include by the tools of its list, and translates foreign settings in every tool. */
export function includeTools(settings: Sourced, space: SearchSpace): Included {
  const { data, origin } = settings
  const unchanged = { settings, outcomes: [], faults: [] }
  if (!isMap(data) || !Array.isArray(data.tools)) return unchanged
  if (!data.tools.some((tool) => includeOf(tool) !== null || unknownCollections(tool, 'tool').length > 0))
    return unchanged
  const list = originAt(origin, ['tools'])
  const { tools, outcomes, faults } = expand(entriesOf(data.tools, list, [list.part]), space)
  const inner = new Map(tools.map((tool, index) => [String(index), tool.origin]))
  const keys = Object.keys(data).map((key) => [key, originAt(origin, [key])] as const)
  const expanded = {
    data: { ...data, tools: tools.map((tool) => tool.data) },
    origin: { ...origin, inner: new Map([...keys, ['tools', { ...list, inner }]]) },
  }
  return { settings: expanded, outcomes, faults }
}

/** An item of a list of tools. */
interface Entry {
  readonly item: Sourced
  readonly chain: Chain
}

function entriesOf(items: readonly unknown[], origin: Origin, chain: Chain): readonly Entry[] {
  return items.map((data, index) => ({ item: { data, origin: originAt(origin, [index]) }, chain }))
}

interface Expanded extends Omit<Included, 'settings'> {
  readonly tools: readonly Sourced[]
}

/** The tools of a list, with those of every list that it includes in their places. */
function expand(entries: readonly Entry[], space: SearchSpace): Expanded {
  const [tools, faults, outcomes]: [Sourced[], Fault[], Outcome[]] = [[], [], []]
  /** How often each list is included. */
  const counts = new Map<string, number>()
  let included = 0
  const waiting = entries.toReversed()
  for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
    const { item, chain } = entry
    const writtenPath = includeOf(item.data)
    if (writtenPath === null) {
      const translated = translate(item, 'tool')
      tools.push(translated.settings)
      faults.push(...translated.faults)
      continue
    }
    const path = [...item.origin.path, 'include']
    included += 1
    if (included === INCLUDES_MAX + 1) outcomes.push(refused(item.origin.part, path, TOO_MANY))
    if (included > INCLUDES_MAX) continue
    const opened = openPart({ word: 'include', writtenPath, path, chain }, space)
    outcomes.push(opened)
    if (opened.status !== 'opened' || opened.part.parsed.data === undefined) continue
    const list = opened.part
    const times = (counts.get(list.realPath) ?? 0) + 1
    counts.set(list.realPath, times)
    const items = list.parsed.data
    if (!Array.isArray(items) || items.length > TOOLS_MAX) outcomes.push(refused(list, [], noListFault(list)))
    else if (times === 1) waiting.push(...entriesOf(items, { part: list, path: [] }, [list, ...chain]).toReversed())
    else if (times === 2 && items.length > 0) outcomes.push(refused(item.origin.part, path, repeatedFault(writtenPath)))
  }
  return { tools, faults, outcomes }
}

const TOO_MANY = {
  rule: 'RV203',
  message: `more than ${INCLUDES_MAX} includes`,
  help: 'Join some of the lists.',
} as const

function repeatedFault(writtenPath: string): UnplacedFault {
  const message = `include: ${writtenPath} is there twice`
  return { rule: 'RV204', message, help: 'Remove one of the two.', text: writtenPath }
}

/** Why a file is no list of tools to include. */
function noListFault({ parsed: { data, file } }: Part): UnplacedFault {
  if (Array.isArray(data)) {
    const message = `${file} has ${data.length} entries; at most ${TOOLS_MAX} are wanted`
    return { rule: 'RV107', message, help: 'Keep the tools that one agent needs.' }
  }
  const isAgentFile = isMap(data) && Object.hasOwn(data, 'tools')
  return {
    rule: 'RV104',
    message: `${file} ${data === null ? 'is empty' : 'is no list of tools'}`,
    help: isAgentFile ? 'Remove the line tools: from it, and what is no tool.' : 'Write each tool as "- name: …".',
  }
}

/** The path in an entry that is nothing but an include. */
function includeOf(tool: unknown): string | null {
  if (!isMap(tool) || Object.keys(tool).length !== 1) return null
  return typeof tool.include === 'string' && tool.include !== '' ? tool.include : null
}
