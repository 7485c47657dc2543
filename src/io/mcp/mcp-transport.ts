import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { McpReach } from '../../agent/mcp-server.ts'
import { fillTemplate, variablesIn } from '../../agent/requests/template.ts'
import { createHttpClient } from '../http/http-client.ts'
import type { Children } from '../processes/child.ts'
import { createOrphanKiller } from '../processes/orphans.ts'
import { type Mask, withoutPaths } from '../secret-mask.ts'
import { deathSignalPrefix } from '../tools/command-prefix.ts'
import { toolEnvironment, toolPath } from '../tools/tool-contract.ts'
import { createToolFolders } from '../tools/tool-folders.ts'
import {
  createHiddenCheck,
  createVariableMask,
  readableValue,
  refuseHiddenVariables,
  type ToolVariables,
  valuesOf,
} from '../tools/tool-variables.ts'
import { isUnexpectedAnswer } from './mcp-failure.ts'
import { createGuardedFetch } from './mcp-fetch.ts'
import { NO_ANSWER, substituteAnswer } from './mcp-messages.ts'
import { createServerProcess, type ServerProcess } from './mcp-process.ts'

/** The least wait before an ended stream of events is requested again, in ms. */
const RECONNECT_MIN_MS = 100

export interface TransportOptions extends ToolVariables {
  /** The folder for started servers: it identifies the orphans of a killed runner. */
  readonly stateRoot: string
  readonly children: Children
  /** A line of the server's standard error, masked. */
  readonly onLine: (line: string) => void
  /** A line of its standard output that is not a message, masked. */
  readonly onNoise: (line: string) => void
}

interface OpenTransport {
  readonly transport: ServerProcess | StreamableHTTPClientTransport
  /** How its process ended; null while it lives, or if it has none. */
  ending(): string | null
  /** The last line it wrote; empty if it has no process. */
  lastLine(): string
  /** Resolves when nothing of it is left. */
  release(): Promise<void>
  /** Hides the values of the variables the server is given, and of those it must not see. */
  readonly mask: Mask
  /** Whether the server was given a variable that must be hidden from servers by now. */
  readonly holdsHiddenVariable: () => boolean
}

type OpenedServer = Omit<OpenTransport, 'mask' | 'holdsHiddenVariable'>

/** Opens the way to a server: a process or an address. Throws if a variable it needs is not set, or holds a key. */
export function openTransport(reach: McpReach, options: TransportOptions): OpenTransport {
  refuseHiddenVariables(reach.named, options)
  const given = reach.kind === 'command' ? reach.env : Object.values(reach.headers).flatMap(variablesIn)
  const values = [...valuesOf(options, given), ...withoutPaths(valuesOf(options, reach.named))]
  const mask = createVariableMask(values, options)
  const opened = reach.kind === 'command' ? startServer(reach, options, mask) : openRemote(reach, options)
  return { ...opened, mask, holdsHiddenVariable: createHiddenCheck([...given, ...reach.named], options) }
}

/** Starts a process that dies with the runner. Its orphans carry its mark, and are killed after it. */
function startServer(
  reach: Extract<McpReach, { kind: 'command' }>,
  options: TransportOptions,
  mask: Mask,
): OpenedServer {
  const { baseEnv, hidden, stateRoot, children, onLine, onNoise } = options
  const path = toolPath(dirname(process.execPath), baseEnv.PATH)
  const mark = `mcp-${randomUUID()}`
  const folders = createToolFolders(stateRoot)
  const stateDir = folders.folderOf(mark)
  const runner = { RUNNER_CALL_ID: mark, RUNNER_STATE_DIR: stateDir }
  const command = [...deathSignalPrefix(path), ...reach.command]
  const environment = toolEnvironment({ baseEnv, hidden: hidden(), declared: reach.env, file: {}, path, runner })
  const transport = createServerProcess(
    { command, cwd: reach.cwd, environment },
    { children, onLine: (line) => onLine(mask(line)), onNoise: (line) => onNoise(mask(line)) },
  )
  const killOrphans = createOrphanKiller()
  return {
    transport,
    ending: transport.ending,
    lastLine: transport.lastLine,
    async release() {
      await killOrphans({ callId: mark, stateDir })
      await folders
        .detach(mark)()
        .catch(() => {})
    },
  }
}

function openRemote(reach: Extract<McpReach, { kind: 'url' }>, variables: ToolVariables): OpenedServer {
  const httpClient = createHttpClient()
  const variable = (name: string) => readableValue(variables, name)
  const headers = Object.entries(reach.headers).map(([name, template]): [string, string] => {
    const value = fillTemplate(template, { variable, argument: () => undefined })
    if (value === undefined) throw new Error(`a variable of its header ${name} is not set`)
    return [name, value]
  })
  const transport = new StreamableHTTPClientTransport(new URL(reach.url), {
    fetch: createGuardedFetch(httpClient, reach.allowPrivate),
    requestInit: { headers: Object.fromEntries(headers) },
    reconnectionScheduler: reconnectLater,
  })
  const send = transport.send.bind(transport)
  transport.send = async (message, options) => {
    const answerInItsPlace = () => {
      const substitute = substituteAnswer(message, NO_ANSWER)
      if (substitute !== null) transport.onmessage?.(substitute)
    }
    // A stream that ends without the answer is reported to nobody else: the call would wait for its deadline.
    const onRequestStreamEnd = () => {
      options?.onRequestStreamEnd?.()
      answerInItsPlace()
    }
    try {
      await send(message, { ...options, onRequestStreamEnd })
    } catch (error) {
      // The library would give up; it goes on with `initialize` where the answer is an error.
      if (!('method' in message && message.method === 'server/discover' && isUnexpectedAnswer(error))) throw error
      answerInItsPlace()
    }
  }
  return {
    transport,
    ending: () => null,
    lastLine: () => '',
    async release() {
      httpClient.close()
    },
  }
}

/** A server may set the delay before its events are requested again, even to zero. */
function reconnectLater(reconnect: () => void, delayMs: number): () => void {
  const timer = setTimeout(reconnect, Math.max(delayMs, RECONNECT_MIN_MS))
  return () => clearTimeout(timer)
}
