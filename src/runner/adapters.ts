import type { Log } from '../io/log.ts'
import { openServiceSocket, serviceHeaders, serviceUrl } from '../io/service/service-socket.ts'
import { openingTimeouts } from '../session/time/timeouts.ts'
import type { ServiceSocket } from './conversation/session-sockets.ts'
import type { Endpoint, EndpointFor } from './endpoint.ts'
import type { RunnerPorts } from './runner.ts'
import { createToolbox } from './toolbox.ts'

interface AdaptersOptions {
  readonly log: Log
  readonly env: NodeJS.ProcessEnv
  /** Names of variables that hold service keys. Called each time, since an edit may name another. */
  readonly keyNames: () => readonly string[]
  /** Where conversations connect; `emulatorUrl` is the address for agents the emulator answers for. */
  readonly endpointFor: EndpointFor
  readonly emulatorUrl: string | null
}

/** The sockets and processes behind the runner's conversations. */
interface Adapters extends Pick<RunnerPorts, 'connect' | 'runTool' | 'useServers' | 'prepare'> {
  /** Loads what tools need ahead of the first call, so that it does not wait. */
  warm(): void
  endConversation(conversation: string): Promise<void>
  close(): Promise<void>
}

/** Connects and starts nothing yet. */
export function openAdapters(options: AdaptersOptions): Adapters {
  const { log, env } = options
  const toolbox = createToolbox({ env, hidden: options.keyNames, log: logTool })
  let connections = 0
  /** Agents that the emulator answers for. An edit may name a key that is set; from then on the service answers. */
  const emulated = new Set<string>()

  function logTool(message: string, fields: { readonly [key: string]: unknown }): void {
    if (fields.status === 'misconfigured' || fields.alert === true) log.error(message, fields)
    else log.info(message, fields)
  }

  return {
    warm: toolbox.warm,
    runTool: toolbox.run,
    useServers(conversation, servers, onEvent) {
      void toolbox.listTools(conversation, servers, {
        onListed: (server, tools, problems) => onEvent({ type: 'tools.listed', server, tools, problems }),
        onFailure: (server, reason) => onEvent({ type: 'server.failed', server, reason }),
      })
    },
    prepare: toolbox.prepare,
    endConversation: toolbox.endConversation,
    close: toolbox.close,
    connect(connection, { agent, conversation }, onEvent) {
      const endpoint = options.endpointFor(agent, connection)
      const address = addressOf(endpoint, options.emulatorUrl)
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
    },
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
