import type { McpServer } from '../../agent/mcp-server.ts'
import type { Tool } from '../../agent/tool.ts'
import { addListedTools } from '../edits/reload.ts'
import { configureSession } from '../lifetime/opening.ts'
import { wasLive } from '../lifetime-state.ts'
import { deepEqual } from '../settings/leaves.ts'
import { omittedToolsFinding } from '../settings/setting-diagnostics.ts'
import { type SessionState, withConfig, withServers } from '../state.ts'
import { emit, report, type Step, sequence, withoutEffects } from '../stepping.ts'
import { LISTING_MS } from '../time/timeouts.ts'

/** Asks for the servers wanted now, and opens the session once they have listed their tools. */
export function settleMcpServers(state: SessionState): Step {
  return sequence(state, requestServers, configureWhenListed, warnOfOmittedTools)
}

function requestServers(state: SessionState): Step {
  if (['stopping', 'closing', 'closed'].includes(state.phase)) return withoutEffects(state)
  const wanted = serversOf(state)
  if (deepEqual(wanted, state.servers.requested)) return withoutEffects(state)
  return emit({ type: 'useServers', servers: wanted })(withServers(state, { requested: wanted }))
}

/** The servers in force, and those that an edit adds, so that their tools are known when it is confirmed. */
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

/** Opens a first session at once, unless a server has yet to list its tools: that is waited for, up to `LISTING_MS`. */
export function sessionCreated(state: SessionState, created: { readonly [key: string]: unknown }): Step {
  const leftMs = Math.round(state.connection.startedAt + LISTING_MS - state.moment.now)
  if (state.phase !== 'configuring' || unlistedServers(state).length === 0) return configureSession(state, created)
  const configured = withConfig(state, { created })
  if (leftMs <= 0) return configureWhenListed(withServers(configured, { opening: 'over' }))
  return emit({ type: 'startTimer', timer: 'servers', ms: leftMs })(withServers(configured, { opening: 'waits' }))
}

function configureWhenListed(state: SessionState): Step {
  const { opening } = state.servers
  if (state.phase !== 'configuring' || opening === 'no') return withoutEffects(state)
  const missing = unlistedServers(state)
  if (opening === 'waits' && missing.length > 0) return withoutEffects(state)
  return sequence(
    withServers(state, { opening: 'no' }),
    ...missing.map((name) => report({ type: 'warning', message: notListedMessage(name) })),
    emit(
      { type: 'stopTimer', timer: 'servers' },
      { type: 'startTimer', timer: 'confirm', ms: state.connection.timeouts.confirmMs },
    ),
    (now) => configureSession(now, now.config.created),
  )
}

/** Names of the servers that a first session waits for: they have neither listed their tools nor failed. */
function unlistedServers(state: SessionState): readonly string[] {
  if (wasLive(state)) return []
  const { requested, failed } = state.servers
  const listedOrFailed = [...failed, ...state.config.own.additions.listed.map(({ server }) => server)]
  return requested.map(({ name }) => name).filter((name) => !listedOrFailed.includes(name))
}

/**
 * What the agent should have from servers and has not, in words: servers that have listed nothing yet, or nothing since they failed, and
 * tools named under `include` that they do not list.
 */
export function missingFromServers({ servers: { requested, failed }, config }: SessionState): readonly string[] {
  return requested.flatMap(({ name: server, include }) => {
    const known = config.own.additions.listed.find((listing) => listing.server === server)?.tools
    if (known === undefined || failed.includes(server)) return [`the server ${server}`]
    const missing = (include ?? []).filter((name) => !known.some((tool) => tool.name === name))
    return missing.map((name) => `${name} of the server ${server}`)
  })
}

function notListedMessage(server: string): string {
  return `the server ${server} has not listed its tools within ${LISTING_MS / 1000} s: the conversation begins without them, and they come when it has`
}

/** Warns of tools that are left out, once the settings concerned are in force. */
function warnOfOmittedTools(state: SessionState): Step {
  const { agent, omittedTools } = state.config.confirmed
  const { reportedOmissions } = state.servers
  if (omittedTools === reportedOmissions) return withoutEffects(state)
  const news = omittedTools.filter(({ message }) => !reportedOmissions.some((known) => known.message === message))
  return sequence(
    withServers(state, { reportedOmissions: omittedTools }),
    ...news.map((omitted) => report({ type: 'warning', ...omittedToolsFinding(agent, omitted) })),
  )
}

/** Stops waiting for the servers. */
export function stopAwaitingServers(state: SessionState): Step {
  if (state.servers.opening !== 'waits') return withoutEffects(state)
  return withoutEffects(withServers(state, { opening: 'over' }))
}

/** Takes what a server lists. */
export function toolsListed(
  state: SessionState,
  listing: { readonly server: string; readonly tools: readonly Tool[]; readonly problems?: readonly string[] },
): Step {
  const { server, tools, problems = [] } = listing
  const failed = state.servers.failed.filter((name) => name !== server)
  return sequence(
    withServers(state, { failed }),
    (now) => addListedTools(now, { server, tools }),
    ...problems.map((message) => report({ type: 'warning', message })),
  )
}

/** Notes that a server is not there. What it listed before stays: it is started again. */
export function mcpServerFailed(state: SessionState, { server, reason }: { server: string; reason: string }): Step {
  const { failed, requested } = state.servers
  if (failed.includes(server) || !requested.some(({ name }) => name === server)) return withoutEffects(state)
  const noted = withServers(state, { failed: [...failed, server] })
  return report({ type: 'warning', message: `the server ${server} is not there: ${reason}` })(noted)
}
