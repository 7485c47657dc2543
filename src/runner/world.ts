import type { Log } from '../io/log.ts'
import { openServiceSocket, serviceHeaders, serviceUrl } from '../io/service/service-socket.ts'
import { openingWaits } from '../session/time/waits.ts'
import type { Endpoint } from './endpoint.ts'
import type { RunnerPorts } from './runner.ts'
import { createToolbox } from './toolbox.ts'

interface WorldOptions {
  readonly log: Log
  readonly env: NodeJS.ProcessEnv
  /** Names of variables that hold keys of the service. */
  readonly keyNames: readonly string[]
  /** Where conversations connect; `emulatorUrl` stands in where an agent is rehearsed offline. */
  readonly endpointFor: (connection: Parameters<RunnerPorts['connect']>[0]) => Exclude<Endpoint, { kind: 'refused' }>
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
      const endpoint = options.endpointFor(connection)
      const offline = endpoint.kind === 'emulator'
      const baseUrl = offline ? (options.emulatorUrl ?? '') : endpoint.baseUrl
      connections += 1
      const key = `${conversation}-${Date.now()}-${connections}`
      log.debug('connecting', { conversation, url: baseUrl })
      return openServiceSocket({
        url: serviceUrl(baseUrl, key),
        handshakeMs: openingWaits({ connection }).connectMs,
        headers: serviceHeaders(connection.auth, offline ? 'offline' : endpoint.apiKey),
        onEvent,
        onIgnored: (kind) => log.debug('a frame of the service was ignored', { kind }),
      })
    },
  }
}
