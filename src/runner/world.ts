import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ToolOutcome } from '../agent/tool.ts'
import type { Log } from '../io/log.ts'
import { openServiceSocket, serviceHeaders, serviceUrl } from '../io/service-socket.ts'
import type { ToolRunner } from '../io/tool-process.ts'
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
export interface World extends Pick<RunnerPorts, 'connect' | 'runTool'> {
  /** Loads what tools need before the first of them is called, so that it does not wait. */
  warm(): void
  endConversation(conversation: string): Promise<void>
  close(): Promise<void>
}

export function openWorld(options: WorldOptions): World {
  const { log, env } = options
  const stateRoot = join(tmpdir(), `runner-${process.pid}`)
  let loading: Promise<ToolRunner> | null = null
  let connections = 0

  /** Starting a process takes a library that is slow to load; the greeting does not wait for it. */
  function tools(): Promise<ToolRunner> {
    loading ??= import('../io/tool-process.ts').then(({ createToolRunner }) =>
      createToolRunner({ baseEnv: env, stateRoot, hidden: options.keyNames, log: logTool }),
    )
    return loading
  }

  function logTool(message: string, fields: { readonly [key: string]: unknown }): void {
    if (fields.status === 'misconfigured') log.error(message, fields)
    else log.info(message, fields)
  }

  return {
    warm: () => void tools(),
    runTool(run) {
      const { tool } = run
      switch (tool.kind) {
        case 'script':
          return runLater(tools(), (runner) => runner.run({ ...run, tool }))
        default:
          return tool.kind satisfies never
      }
    },
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
    async endConversation(conversation) {
      if (loading !== null) await (await loading).endConversation(conversation)
    },
    async close() {
      if (loading === null) return
      await (await loading).stop()
      await rm(stateRoot, { recursive: true, force: true }).catch(() => {})
    },
  }
}

interface Running {
  readonly finished: Promise<ToolOutcome>
  cancel(): void
}

/** Runs a call once its adapter is there. A call that is cancelled before is given up as soon as it begins. */
function runLater<Adapter>(adapter: Promise<Adapter>, run: (adapter: Adapter) => Running): Running {
  let cancelled = false
  let cancel = () => {
    cancelled = true
  }
  const finished = adapter.then((ready) => {
    const call = run(ready)
    cancel = call.cancel
    if (cancelled) call.cancel()
    return call.finished
  })
  return { finished, cancel: () => cancel() }
}
