import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '../io/log.ts'
import { openServiceSocket, serviceHeaders, serviceUrl } from '../io/service-socket.ts'
import { createToolRunner, type ToolRunner } from '../io/tool-process.ts'
import type { Endpoint } from './endpoint.ts'
import type { RunnerPorts } from './runner.ts'

export interface WorldOptions {
  readonly log: Log
  readonly env: NodeJS.ProcessEnv
  /** Names of variables that hold keys of the service. */
  readonly keyNames: readonly string[]
  /** Where conversations connect; `emulatorUrl` stands in where an agent is rehearsed offline. */
  readonly endpointFor: (connection: Parameters<RunnerPorts['connect']>[0]) => Exclude<Endpoint, { kind: 'refused' }>
  readonly emulatorUrl: string | null
}

/** The sockets and processes behind the runner's conversations. */
export function openWorld(
  options: WorldOptions,
): Pick<RunnerPorts, 'connect' | 'runTool'> & { readonly tools: ToolRunner } {
  const { log, env } = options
  const tools = createToolRunner({
    baseEnv: env,
    stateRoot: join(tmpdir(), `runner-${process.pid}`),
    hidden: options.keyNames,
    log: (message, fields) => log.info(message, fields),
  })
  let connections = 0

  return {
    tools,
    runTool: (run) => tools.run(run),
    connect(connection, conversation, onEvent) {
      const endpoint = options.endpointFor(connection)
      const offline = endpoint.kind === 'emulator'
      const baseUrl = offline ? (options.emulatorUrl ?? '') : endpoint.baseUrl
      connections += 1
      const key = `${conversation}-${Date.now()}-${connections}`
      log.debug('connecting', { conversation, url: baseUrl })
      return openServiceSocket({
        url: serviceUrl(baseUrl, key),
        headers: serviceHeaders(connection.auth, offline ? 'offline' : endpoint.apiKey),
        onEvent,
        onIgnored: (kind) => log.debug('a frame of the service was ignored', { kind }),
      })
    },
  }
}
