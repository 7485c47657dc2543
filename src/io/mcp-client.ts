import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import {
  Client,
  ProtocolError,
  ProtocolErrorCode,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import { DEFAULT_INHERITED_ENV_VARS, StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import type { McpReach } from '../agent/mcp-server.ts'
import type { RemoteTool } from '../agent/mcp-tools.ts'
import { fillTemplate, variablesIn } from '../agent/template.ts'
import { createExchanger } from './http-exchange.ts'
import { deathSignal, ownSession } from './launch-words.ts'
import { createGuardedFetch } from './mcp-fetch.ts'
import type { McpResult } from './mcp-verdict.ts'
import { type Mask, maskSecrets } from './secret-mask.ts'
import { createStateDirs } from './state-dirs.ts'
import { createStrayHunt } from './stray-hunt.ts'
import { toolEnvironment, toolPath } from './tool-contract.ts'
import { readLines } from './tool-output.ts'

/** How long a server may take to start and to say what it can do, in ms: long enough for a package that is fetched first. */
const START_MS = 30_000
/** How long the service's own patience is longer than the deadline of a call, in ms: the deadline is kept by the gate. */
const MARGIN_MS = 1_000

/** An open connection to a server. */
export interface McpClient {
  /** Hides the values of the variables that the server is given. */
  readonly mask: Mask
  /** The server's answer. Rejects with `McpRefusal` where it says no to the call itself, else where the connection failed. */
  call(
    name: string,
    given: { readonly [key: string]: unknown },
    options: { signal: AbortSignal; timeoutMs: number },
  ): Promise<McpResult>
  /** Resolves when nothing of it is left. */
  close(): Promise<void>
}

/** The server took the request and will not do it. */
export class McpRefusal extends Error {
  readonly isInvalid: boolean

  constructor(message: string, isInvalid: boolean) {
    super(message)
    this.isInvalid = isInvalid
  }
}

export interface McpClientOptions {
  readonly baseEnv: NodeJS.ProcessEnv
  readonly hidden: readonly string[]
  /** Where started servers have their folders: what a killed runner has left is known by them. */
  readonly stateRoot: string
  /** Version of the runner, which servers are told. */
  readonly version: string
  /** `legacy` is the handshake that nearly all servers know; `auto` asks first which one it is. */
  readonly handshake: 'legacy' | 'auto'
  /** Ends the attempt. */
  readonly signal: AbortSignal
  /** Told of what the server can do, at the start and whenever that changes. */
  readonly onTools: (tools: readonly RemoteTool[]) => void
  /** The connection has ended without being asked to. */
  readonly onClosed: () => void
  /** A line of the server's standard error, masked. */
  readonly onLine: (line: string) => void
}

/** Starts or reaches a server, and asks what it can do. Rejects where it does not answer. */
export async function openMcpClient(reach: McpReach, options: McpClientOptions): Promise<McpClient> {
  const { onTools, onClosed, handshake } = options
  const mask = maskFor(reach, options)
  const { transport, release } =
    reach.kind === 'command' ? startServer(reach, options, mask) : reachServer(reach, options)
  const client = new Client(
    { name: 'runner', version: options.version },
    {
      versionNegotiation: { mode: handshake },
      listChanged: {
        tools: {
          onChanged: (error, tools) => (error === null && tools !== null ? onTools(tools.map(remote)) : undefined),
        },
      },
    },
  )
  /** One end of it, whoever asks for it first: a server is given its time to end by itself. */
  let ended: Promise<void> | null = null
  const close = () => {
    // Not within this turn: the library may tell of its end while it is being asked to.
    ended ??= Promise.resolve()
      .then(() => client.close())
      .catch(() => {})
      .then(release)
    return ended
  }
  client.onerror = () => {}
  client.onclose = () => {
    if (ended !== null) return
    void close()
    onClosed()
  }
  // A child of a server that never answered may hold its output open: the library would wait for that for ever.
  options.signal.addEventListener('abort', close, { once: true })
  try {
    await client.connect(transport, { timeout: START_MS })
    const { tools } = await client.listTools(undefined, { timeout: START_MS })
    onTools(tools.map(remote))
  } catch (error) {
    await close()
    throw new Error(mask(error instanceof Error ? error.message : String(error)), { cause: error })
  }
  return {
    mask,
    async call(name, given, { signal, timeoutMs }) {
      try {
        return await client.callTool({ name, arguments: { ...given } }, { signal, timeout: timeoutMs + MARGIN_MS })
      } catch (error) {
        throw refusalIn(error, mask) ?? error
      }
    },
    close,
  }
}

/** What of an error is the server's word on the call, or its nonsense; null where the connection itself failed. */
function refusalIn(error: unknown, mask: Mask): McpRefusal | null {
  if (error instanceof ProtocolError) {
    const isInvalid = error.code === ProtocolErrorCode.InvalidParams && !/output schema/.test(error.message)
    return new McpRefusal(mask(error.message), isInvalid)
  }
  if (!(error instanceof SdkError) || error instanceof SdkHttpError || CONNECTION_FAILURES.includes(error.code))
    return null
  return new McpRefusal(mask(error.message), false)
}

const CONNECTION_FAILURES: readonly string[] = [
  ...[SdkErrorCode.NotConnected, SdkErrorCode.NotInitialized, SdkErrorCode.RequestTimeout],
  ...[SdkErrorCode.ConnectionClosed, SdkErrorCode.SendFailed],
]

function remote(tool: {
  name: string
  description?: string | undefined
  inputSchema: object
  execution?: unknown
}): RemoteTool {
  const { name, description, inputSchema, execution } = tool
  const needsTask = (execution as { taskSupport?: string } | undefined)?.taskSupport === 'required'
  return { name, description, inputSchema: { ...inputSchema }, needsTask }
}

/** The library adds variables of its own choice to those it is given; one that is given as undefined is not set. */
const nothingInherited = Object.fromEntries(DEFAULT_INHERITED_ENV_VARS.map((name) => [name, undefined]))

type Reached = { readonly transport: StdioClientTransport | StreamableHTTPClientTransport; release(): Promise<void> }

/** A process that dies with the runner; what it leaves behind carries its mark, and is ended after it. */
function startServer(reach: Extract<McpReach, { kind: 'command' }>, options: McpClientOptions, mask: Mask): Reached {
  const { baseEnv, hidden, stateRoot, onLine } = options
  const path = toolPath(dirname(process.execPath), baseEnv.PATH)
  const mark = `mcp-${randomUUID()}`
  const stateDirs = createStateDirs(stateRoot)
  const stateDir = stateDirs.of(mark)
  const runner = { RUNNER_CALL_ID: mark, RUNNER_STATE_DIR: stateDir }
  const [command = '', ...args] = [...deathSignal(path), ...ownSession(path), ...reach.command]
  const env = toolEnvironment({ baseEnv, hidden, declared: reach.env, file: {}, path, runner })
  const exactly = { ...nothingInherited, ...env } as { [name: string]: string }
  const transport = new StdioClientTransport({ command, args, env: exactly, cwd: reach.cwd, stderr: 'pipe' })
  if (transport.stderr !== null) readLines(transport.stderr as Readable, (line) => onLine(mask(line)))
  const huntStrays = createStrayHunt()
  return {
    transport,
    async release() {
      await huntStrays({ callId: mark, stateDir })
      await stateDirs.remove(mark).catch(() => {})
    },
  }
}

function reachServer(reach: Extract<McpReach, { kind: 'url' }>, { baseEnv, hidden }: McpClientOptions): Reached {
  const exchanger = createExchanger()
  const variable = (name: string) => (hidden.includes(name) ? undefined : baseEnv[name])
  const headers = Object.entries(reach.headers).map(([name, template]): [string, string] => {
    const value = fillTemplate(template, { variable, argument: () => undefined })
    if (value === undefined) throw new Error(`a variable of its header ${name} is not set`)
    return [name, value]
  })
  const transport = new StreamableHTTPClientTransport(new URL(reach.url), {
    fetch: createGuardedFetch(exchanger, reach.allowPrivate),
    requestInit: { headers: Object.fromEntries(headers) },
  })
  return {
    transport,
    async release() {
      exchanger.close()
    },
  }
}

function maskFor(reach: McpReach, { baseEnv, hidden }: McpClientOptions): Mask {
  const names = reach.kind === 'command' ? reach.env : Object.values(reach.headers).flatMap(variablesIn)
  return maskSecrets([...names, ...hidden].map((name) => baseEnv[name] ?? ''))
}
