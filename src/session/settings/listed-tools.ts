import type { Agent } from '../../agent/agent.ts'
import { TOOLS_MAX } from '../../agent/mcp-tools.ts'
import type { Tool } from '../../agent/tool.ts'

/** What one server last listed. */
export interface ToolListing {
  readonly server: string
  readonly tools: readonly Tool[]
}

/** Tools that a server lists and the agent leaves out, in words. */
export interface OmittedTools {
  readonly server: string
  readonly message: string
  readonly help: string
}

/** Nothing is left out. Always this one value, so that it compares as identical. */
export const NO_OMITTED_TOOLS: readonly OmittedTools[] = []
/** Names that are listed; the rest is counted. */
const NAMES_MAX = 5

/**
 * Joins the tools of the file and those of its servers, in the order of the file, as many as the service takes. Of two with the same name,
 * the agent has the first. Tools of a server that the file does not name are ignored.
 */
export function mergeTools(
  { tools: own, servers }: Agent,
  listed: readonly ToolListing[],
): { readonly tools: readonly Tool[]; readonly omittedTools: readonly OmittedTools[] } {
  const taken = new Map(own.map((tool) => [tool.name, { tool, of: AGENT_FILE }]))
  const omittedTools: OmittedTools[] = []
  for (const { name: server } of servers) {
    const tools = listed.find((listing) => listing.server === server)?.tools ?? []
    const fresh = tools.filter(({ name }) => !taken.has(name))
    const shadowed = Map.groupBy(
      tools.filter(({ name }) => taken.has(name)),
      ({ name }) => taken.get(name)?.of ?? AGENT_FILE,
    )
    for (const [by, namesakes] of shadowed) omittedTools.push(omittedDuplicates(server, by, namesakes))
    const room = Math.max(0, TOOLS_MAX - taken.size)
    for (const tool of fresh.slice(0, room)) taken.set(tool.name, { tool, of: server })
    if (fresh.length > room) omittedTools.push(omittedBeyondLimit(server, fresh.slice(room)))
  }
  return {
    tools: [...taken.values()].map(({ tool }) => tool),
    omittedTools: omittedTools.length === 0 ? NO_OMITTED_TOOLS : omittedTools,
  }
}

/** The origin of a tool that the file itself declares: no server has this name. */
const AGENT_FILE = ''

const HELP = 'Name the tools that are wanted of each server under include.'

function omittedDuplicates(server: string, by: string, tools: readonly Tool[]): OmittedTools {
  const goesTo = by === AGENT_FILE ? 'the tool of the file' : by
  const message = `left out of the tools of ${server}: ${namesOf(tools)}; a call of that name goes to ${goesTo}`
  return { server, message, help: HELP }
}

function omittedBeyondLimit(server: string, tools: readonly Tool[]): OmittedTools {
  const message = `left out of the tools of ${server}: ${namesOf(tools)}; a session takes ${TOOLS_MAX} in all`
  return { server, message, help: HELP }
}

function namesOf(tools: readonly Tool[]): string {
  const names = tools.slice(0, NAMES_MAX).map(({ name }) => name)
  return tools.length > NAMES_MAX ? `${names.join(', ')} and ${tools.length - NAMES_MAX} more` : names.join(', ')
}
