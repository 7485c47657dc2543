import type { Connection } from '../agent/agent.ts'
import type { Log } from '../io/log.ts'
import { openServiceSocket, serviceHeaders, serviceUrl } from '../io/service/service-socket.ts'
import { openingWaits } from '../session/time/waits.ts'
import type { ServiceSocket } from './conversation/session-sockets.ts'
import type { Endpoint } from './endpoint.ts'
import type { RunnerPorts } from './runner.ts'
import { createToolbox } from './toolbox.ts'

interface WorldOptions {
  readonly log: Log
  readonly env: NodeJS.ProcessEnv
  /** Names of variables that hold keys of the service. */
  readonly keyNames: readonly string[]
  /** Where conversations connect; `emulatorUrl` stands in where an agent is rehearsed offline. */
  readonly endpointFor: (connection: Connection) => Endpoint
  readonly emulatorUrl: string | null
}

/** The sockets and processes behind the runner's conversations. */
interface World extends Pick<RunnerPorts, 'connect' | 'runTool' | 'useServers' | 'prepare'> {
  /** Loads what tools need before the first of them is called, so that it does not wait. */
  warm(): void
  endConversation(conversation: string): Promise<void>
  close(): Promise<void>
}

/** Connects and starts nothing yet. */
export function openWorld(options: WorldOptions): World {
  const { log, env } = options
  const toolbox = createToolbox({ env, hidden: options.keyNames, log: logTool })
  let connections = 0

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
    connect(connection, conversation, onEvent) {
      const address = addressOf(options.endpointFor(connection), options.emulatorUrl)
      if (address === null) return notConnected(`${connection.api_key_env} is not set: ${WITHOUT_KEY}`, onEvent)
      const { baseUrl, apiKey } = address
      connections += 1
      const key = `${conversation}-${Date.now()}-${connections}`
      log.debug('connecting', { conversation, url: baseUrl })
      return openServiceSocket({
        url: serviceUrl(baseUrl, key),
        handshakeMs: openingWaits({ connection }).connectMs,
        headers: serviceHeaders(connection.auth, apiKey),
        onEvent,
        onIgnored: (kind) => log.debug('a frame of the service was ignored', { kind }),
      })
    },
  }
}

/** What somebody can do whose edit has named a variable for the key that this process does not have. */
const WITHOUT_KEY = 'name a variable that is, or start the runner anew with it'

/** Null where there is no key, and no emulator to do without one: who was served by the service is not handed to a rehearsal. */
function addressOf(
  endpoint: Endpoint,
  emulatorUrl: string | null,
): { readonly baseUrl: string; readonly apiKey: string } | null {
  if (endpoint.kind === 'service') return endpoint
  return endpoint.kind === 'emulator' && emulatorUrl !== null ? { baseUrl: emulatorUrl, apiKey: 'offline' } : null
}

/** A connection that does not come about is told as one that closed. */
function notConnected(reason: string, onEvent: Parameters<RunnerPorts['connect']>[2]): ServiceSocket {
  setImmediate(() => onEvent({ type: 'socket.closed', code: 1006, reason }))
  return { send() {}, close() {} }
}
