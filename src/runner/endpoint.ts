import type { Agent, Connection } from '../agent/agent.ts'
import { isLoopback, socketAddress } from '../agent/requests/address.ts'
import { EXIT } from './exit-code.ts'

/** Where a conversation connects, or why it cannot. */
export type Endpoint =
  | { readonly kind: 'service'; readonly baseUrl: string; readonly apiKey: string }
  | { readonly kind: 'emulator'; readonly reason: string }
  | { readonly kind: 'refused'; readonly message: string }

/** The flags that choose between the service and the emulator. */
export interface EndpointFlags {
  readonly offline?: boolean
  readonly online?: boolean
  readonly baseUrl?: string
}

/** Where an agent's conversations connect. An agent that began with the service never falls back to the emulator. */
export type EndpointFor = (agentName: string, connection: Connection) => Endpoint

/** Where the conversations of one process connect. */
export interface Endpoints {
  /** Called for each connection, with the agent's name: an edit may name another key variable. */
  readonly endpointFor: EndpointFor
  /** A message that the emulator answers, why, and for which agents if not for all; null if the service does. */
  readonly offlineMessage: string | null
  /** An address given outside the agent files, and what gave it; without path and query. */
  readonly addressOverride: string | null
}

/** Decides where the agents connect; a message and an exit code say why they cannot. */
export function chooseEndpoints(
  agents: readonly ConnectingAgent[],
  flags: EndpointFlags,
  env: Environment,
): Endpoints | { readonly message: string; readonly code: number } {
  const override = addressOverride(flags, env)
  const fault = override === null || flags.offline ? null : addressFault(override)
  if (fault !== null) return { message: fault, code: EXIT.usageError }
  const choose = (connection: Connection) => chooseEndpoint(connection, { flags, override, env })
  const endpoints = agents.map(({ agent }) => choose(agent.connection))
  const refused = endpoints.find((endpoint) => endpoint.kind === 'refused')
  if (refused !== undefined) return { message: refused.message, code: EXIT.notReady }
  const offlineAgents = agents
    .filter((_, index) => endpoints[index]?.kind === 'emulator')
    .map(({ agent }) => agent.name)
  return {
    endpointFor(agentName, connection) {
      const endpoint = choose(connection)
      if (endpoint.kind === 'service' || offlineAgents.includes(agentName)) return endpoint
      return { kind: 'refused', message: `${connection.api_key_env} is not set: ${UNSET_KEY_REMEDY}` }
    },
    offlineMessage: offlineMessage(agents, endpoints),
    addressOverride:
      flags.offline === true || override === null ? null : `${new URL(override.address).origin} (${override.by})`,
  }
}

/** The part of an agent that decides where it connects. */
interface ConnectingAgent {
  readonly agent: Pick<Agent, 'name' | 'connection'>
}

/** What to do after an edit that names a key variable this process does not have. */
const UNSET_KEY_REMEDY = 'name a variable that is, or start the runner anew with it'

interface Environment {
  readonly [name: string]: string | undefined
}

function offlineMessage(agents: readonly ConnectingAgent[], endpoints: readonly Endpoint[]): string | null {
  const emulated = endpoints.flatMap((endpoint, index) =>
    endpoint.kind === 'emulator' ? [{ name: agents[index]?.agent.name ?? '', reason: endpoint.reason }] : [],
  )
  if (emulated.length === 0) return null
  const reasons = [...new Set(emulated.map(({ reason }) => reason))].join(', ')
  const whom = emulated.length === agents.length ? '' : ` for ${emulated.map(({ name }) => name).join(', ')}`
  return `${reasons}, so the built-in emulator answers${whom}`
}

/** An address given outside the agent files, and what gave it. */
interface AddressOverride {
  readonly address: string
  readonly by: '--base-url' | 'INWORLD_BASE_URL'
}

interface EndpointContext {
  readonly flags: EndpointFlags
  readonly override: AddressOverride | null
  readonly env: Environment
}

/** An empty variable counts as unset; an empty flag does not. */
function addressOverride({ baseUrl }: EndpointFlags, env: Environment): AddressOverride | null {
  if (baseUrl !== undefined) return { address: baseUrl, by: '--base-url' }
  const address = nonEmpty(env.INWORLD_BASE_URL)
  return address === undefined ? null : { address, by: 'INWORLD_BASE_URL' }
}

/** The built-in emulator answers only if `--offline` asks for it, or if there is neither a key nor a given address. */
function chooseEndpoint(connection: Connection, { flags, override, env }: EndpointContext): Endpoint {
  const apiKey = nonEmpty(env[connection.api_key_env])?.trim()
  if (flags.offline) {
    const before = override === null ? '' : `, and goes before ${override.by}`
    return { kind: 'emulator', reason: `--offline was given${before}` }
  }
  if (apiKey !== undefined && !KEY.test(apiKey)) {
    const message = `${connection.api_key_env} holds a space, a quotation mark, a line break or a sign that no key has: copy the key into it once more`
    return { kind: 'refused', message }
  }
  if (apiKey !== undefined) return { kind: 'service', baseUrl: override?.address ?? connection.base_url, apiKey }
  const missing = `${connection.api_key_env} is not set`
  const remedy = `set it to an API key of the service (${connection.api_key_env}=… runner start …)`
  if (override !== null)
    return { kind: 'refused', message: `${missing}, and ${override.address} wants a key: ${remedy}` }
  if (flags.online)
    return { kind: 'refused', message: `${missing}: ${remedy}, or leave out --online to rehearse offline` }
  return { kind: 'emulator', reason: missing }
}

/** The characters an API key may have: printable ASCII without spaces and quotation marks, which files of variables may keep. */
const KEY = /^(?!.*["'])[\x21-\x7e]+$/

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value
}

/** What is wrong with an address, or null. */
function addressFault({ address, by }: AddressOverride): string | null {
  const url = socketAddress(address)
  if (url === null) return `${by}: ${address.trim() || 'nothing'} is no address of a service: wss://host/path is wanted`
  if (url.protocol === 'ws:' && !isLoopback(url.hostname))
    return `${by}: ${address} would show the API key to the network: use wss://`
  return null
}
