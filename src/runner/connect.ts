import type { Log } from '../io/log.ts'
import { openServiceSocket, serviceHeaders, serviceUrl } from '../io/service/service-socket.ts'
import { openingTimeouts } from '../session/time/timeouts.ts'
import type { ServiceSocket } from './conversation/session-sockets.ts'
import type { Endpoint, EndpointFor } from './endpoint.ts'
import type { RunnerPorts } from './runner.ts'

interface ConnectOptions {
  readonly log: Log
  readonly endpointFor: EndpointFor
  /** The address for agents the emulator answers for; null if none runs. */
  readonly emulatorUrl: string | null
}

/** How conversations connect: to the service, or to the emulator in its place. */
export function createConnect({ log, endpointFor, emulatorUrl }: ConnectOptions): RunnerPorts['connect'] {
  let connections = 0
  /** Agents that the emulator answers for. An edit may name a key that is set; from then on the service answers. */
  const emulated = new Set<string>()
  return (connection, { agent, conversation }, onEvent) => {
    const endpoint = endpointFor(agent, connection)
    const address = addressOf(endpoint, emulatorUrl)
    if (endpoint.kind === 'emulator') emulated.add(agent)
    else if (endpoint.kind === 'service' && emulated.delete(agent))
      log.warn('the service answers from now on, where the emulator did', { agent, key: connection.api_key_env })
    if (typeof address === 'string') return notConnected(address, onEvent)
    const { baseUrl, apiKey } = address
    connections += 1
    const key = `${conversation}-${Date.now()}-${connections}`
    log.debug('connecting', { conversation, url: baseUrl })
    return openServiceSocket({
      url: serviceUrl(baseUrl, key),
      handshakeMs: openingTimeouts({ connection }).connectMs,
      headers: serviceHeaders(connection.auth, apiKey),
      onEvent,
      onIgnored: (kind) => log.debug('a frame of the service was ignored', { kind }),
    })
  }
}

/** A string says why there is none. */
function addressOf(
  endpoint: Endpoint,
  emulatorUrl: string | null,
): { readonly baseUrl: string; readonly apiKey: string } | string {
  switch (endpoint.kind) {
    case 'service':
      return endpoint
    case 'emulator':
      return emulatorUrl === null ? endpoint.reason : { baseUrl: emulatorUrl, apiKey: 'offline' }
    case 'refused':
      return endpoint.message
    default:
      return endpoint satisfies never
  }
}

/** Reports a connection that could not be attempted as one that closed. */
function notConnected(reason: string, onEvent: Parameters<RunnerPorts['connect']>[2]): ServiceSocket {
  setImmediate(() => onEvent({ type: 'socket.closed', code: 1006, reason }))
  return { send() {}, close() {} }
}
