import type { McpServer } from '../../agent/mcp-server.ts'
import type { Tool } from '../../agent/tool.ts'
import { toolsListed } from '../edits/reload.ts'
import type { Moment } from '../event.ts'
import { wasLive } from '../life.ts'
import { configure } from '../lifetime/opening.ts'
import { passedOverAt } from '../settings/finding.ts'
import { sameData } from '../settings/leaves.ts'
import type { PassedOver } from '../settings/listed-tools.ts'
import type { SessionState } from '../state.ts'
import { order, report, type Step, sequence, unchanged } from '../stepping.ts'
import { LISTING_MS } from '../time/waits.ts'

/** What a conversation knows of the servers whose tools it has. */
export interface ServersState {
  /** Those that the world was asked for. */
  readonly asked: readonly McpServer[]
  /** Names of those that have failed and have listed nothing since. */
  readonly failed: readonly string[]
  /** The service waits for our settings, and they wait for what the servers list; `over` once that took too long. */
  readonly opening: 'no' | 'waits' | 'over'
  /** What the author was told of that servers list and the conversation has not. */
  readonly told: readonly PassedOver[]
}

export const NO_SERVERS: ServersState = { asked: [], failed: [], opening: 'no', told: [] }

/** Asks for the servers that are wanted now, and opens the session once they have listed their tools. */
export function settleServers(state: SessionState, moment: Moment): Step {
  return sequence(
    state,
    askForServers,
    (now) => openWhenListed(now, moment),
    (now) => tellPassedOver(now, moment),
  )
}

function askForServers(state: SessionState): Step {
  if (['stopping', 'closing', 'closed'].includes(state.phase)) return unchanged(state)
  const wanted = serversOf(state)
  if (sameData(wanted, state.servers.asked)) return unchanged(state)
  return order({ type: 'useServers', servers: wanted })({ ...state, servers: { ...state.servers, asked: wanted } })
}

/** Those in force, and those that an edit brings besides, so that their tools are known by the time it is confirmed. */
function serversOf({ config: { confirmed, sent, offers } }: SessionState): readonly McpServer[] {
  const agents = [
    confirmed.authored,
    ...(sent === null ? [] : [sent.generation.authored]),
    ...offers.map(({ agent }) => agent),
  ]
  const servers = new Map<string, McpServer>()
  for (const server of agents.flatMap((agent) => agent.servers))
    if (!servers.has(server.name)) servers.set(server.name, server)
  return [...servers.values()]
}

/** The service is there: a first session is opened at once, unless a server has yet to say what it can do, which is waited for a while. */
export function openSession(state: SessionState, created: { readonly [key: string]: unknown }, moment: Moment): Step {
  const leftMs = Math.round(state.connection.startedAt + LISTING_MS - moment.now)
  if (state.phase !== 'configuring' || awaited(state).length === 0) return configure(state, created, moment)
  const configured = { ...state, config: { ...state.config, created } }
  if (leftMs <= 0) return openWhenListed({ ...configured, servers: { ...state.servers, opening: 'over' } }, moment)
  return order({ type: 'startTimer', timer: 'servers', ms: leftMs })({
    ...configured,
    servers: { ...state.servers, opening: 'waits' },
  })
}

function openWhenListed(state: SessionState, moment: Moment): Step {
  const { opening } = state.servers
  if (state.phase !== 'configuring' || opening === 'no') return unchanged(state)
  const missing = awaited(state)
  if (opening === 'waits' && missing.length > 0) return unchanged(state)
  return sequence(
    { ...state, servers: { ...state.servers, opening: 'no' } },
    ...missing.map((name) => report({ type: 'warning', message: lateMessage(name) }, moment)),
    order(
      { type: 'stopTimer', timer: 'servers' },
      { type: 'startTimer', timer: 'confirm', ms: state.connection.waits.confirmMs },
    ),
    (now) => configure(now, now.config.created, moment),
  )
}

/** Names of the servers that a first session waits for: they have neither listed their tools nor failed. */
function awaited(state: SessionState): readonly string[] {
  if (wasLive(state)) return []
  const { asked, failed } = state.servers
  const heard = [...failed, ...state.config.own.additions.listed.map(({ server }) => server)]
  return asked.map(({ name }) => name).filter((name) => !heard.includes(name))
}

/** What the agent is to have of servers and has not, in words: servers that have listed nothing yet, or nothing since they failed, and tools that they were to list by name. */
export function awayOf({ servers: { asked, failed }, config }: SessionState): readonly string[] {
  return asked.flatMap(({ name: server, include }) => {
    const known = config.own.additions.listed.find((listing) => listing.server === server)?.tools
    if (known === undefined || failed.includes(server)) return [`the server ${server}`]
    const missing = (include ?? []).filter((name) => !known.some((tool) => tool.name === name))
    return missing.map((name) => `${name} of the server ${server}`)
  })
}

function lateMessage(server: string): string {
  return `the server ${server} has not listed its tools within ${LISTING_MS / 1000} s: the conversation begins without them, and they come when it has`
}

/** Once what it is about is in force. */
function tellPassedOver(state: SessionState, moment: Moment): Step {
  const { agent, passedOver } = state.config.confirmed
  const { told } = state.servers
  if (passedOver === told) return unchanged(state)
  const news = passedOver.filter(({ message }) => !told.some((known) => known.message === message))
  return sequence(
    { ...state, servers: { ...state.servers, told: passedOver } },
    ...news.map((each) => report({ type: 'warning', ...passedOverAt(agent, each) }, moment)),
  )
}

/** The wait for the servers is over. */
export function serversLate(state: SessionState): Step {
  if (state.servers.opening !== 'waits') return unchanged(state)
  return unchanged({ ...state, servers: { ...state.servers, opening: 'over' } })
}

/** A server has said what it can do. */
export function serverListed(
  state: SessionState,
  listing: { readonly server: string; readonly tools: readonly Tool[]; readonly problems?: readonly string[] },
  moment: Moment,
): Step {
  const { server, tools, problems = [] } = listing
  const failed = state.servers.failed.filter((name) => name !== server)
  return sequence(
    { ...state, servers: { ...state.servers, failed } },
    (now) => toolsListed(now, { server, tools }, moment),
    ...problems.map((message) => report({ type: 'warning', message }, moment)),
  )
}

/** A server is not there. What it listed before stays: it is started again. */
export function serverFailed(
  state: SessionState,
  { server, reason }: { server: string; reason: string },
  moment: Moment,
): Step {
  const { failed, asked } = state.servers
  if (failed.includes(server) || !asked.some(({ name }) => name === server)) return unchanged(state)
  return report(
    { type: 'warning', message: `the server ${server} is not there: ${reason}` },
    moment,
  )({
    ...state,
    servers: { ...state.servers, failed: [...failed, server] },
  })
}
