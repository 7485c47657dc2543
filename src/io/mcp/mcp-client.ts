import { Client, ProtocolError, type Request, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client'
import type { McpReach } from '../../agent/mcp-server.ts'
import type { RemoteTool } from '../../agent/mcp-tools.ts'
import type { Mask } from '../secret-mask.ts'
import { errorText } from './mcp-failure.ts'
import { AnswerTooLarge } from './mcp-messages.ts'
import { LENIENT_SCHEMAS } from './mcp-schemas.ts'
import { openTransport, type TransportOptions } from './mcp-transport.ts'
import type { McpResult } from './mcp-verdict.ts'

/** How long a server may take to start and list its tools, in ms: long enough for a package to be fetched first. */
const START_MS = 30_000
/**
 * How long a server at an address may leave the newer handshake unanswered before it gets the older one, in ms: an older server may ignore
 * what it does not know, and a newer one may have to be woken up first. One that is a process may take as long as its start.
 */
const PROBE_MS = 10_000
/** The library's own time limit for a call, in ms, set to the longest timer: `gateCall` keeps the deadline. */
const CALL_MS = 2 ** 31 - 1

/** An open connection to a server. */
export interface McpClient {
  /** Hides the values of the variables the server is given. */
  readonly mask: Mask
  /** Whether the server was given a variable that must be hidden from servers by now. */
  readonly holdsHiddenVariable: () => boolean
  /** Whether calls belong to a session of the server, which may end before the connection. */
  readonly hasSession: () => boolean
  /** The handshake it took. */
  readonly handshake: Handshake
  /** Whether it still answers a list of its tools. Many servers ignore a `ping`. */
  isAnswering(): Promise<boolean>
  /** Resolves with the server's answer. Rejects if there is none, or if it is an error. */
  call(name: string, given: { readonly [key: string]: unknown }, options: { signal: AbortSignal }): Promise<McpResult>
  /** Closes the connection once the open calls have ended. */
  retire(): Promise<void>
  /** Resolves when nothing of it is left. */
  close(): Promise<void>
}

/** `legacy` is the handshake nearly all older servers know; `auto` begins with that of 2026, which the newest ones may know alone. */
export type Handshake = 'legacy' | 'auto'

export interface McpClientOptions extends TransportOptions {
  /** The runner's version, sent to servers. */
  readonly version: string
  /** The one to begin with. */
  readonly handshake: Handshake
  /** Ends the connection, or the attempt to open it. */
  readonly signal: AbortSignal
  /** Called with the server's tools, at the start and whenever they change. */
  readonly onTools: (tools: readonly RemoteTool[]) => void
  /** The connection ended by itself; the reason is for people, and is masked. */
  readonly onClosed: (reason: string) => void
}

/** Starts or reaches a server by a handshake that it knows, and lists its tools. Rejects if it does not answer. */
export async function openMcpClient(
  reach: McpReach,
  options: McpClientOptions,
  probeMs = reach.kind === 'url' ? PROBE_MS : START_MS,
): Promise<McpClient> {
  try {
    return await connect(reach, options, probeMs)
  } catch (error) {
    if (!(error instanceof UnknownHandshake) || options.signal.aborted) throw error
    if (options.handshake === 'auto') return openMcpClient(reach, { ...options, handshake: 'legacy' })
    // It refused the older one, so it will answer the newer one once it is awake.
    return openMcpClient(reach, { ...options, handshake: 'auto' }, START_MS)
  }
}

/** The server refuses a handshake, or leaves it unanswered; it may know the other. */
class UnknownHandshake extends Error {}

async function connect(reach: McpReach, options: McpClientOptions, probeMs: number): Promise<McpClient> {
  const { onTools, onClosed, handshake } = options
  const { transport, release, ending, lastLine, mask, holdsHiddenVariable } = openTransport(reach, options)
  const reportTools = (tools: readonly ListedTool[]) => onTools(tools.map((tool) => toRemoteTool(tool, mask)))
  const client = new Client(
    { name: 'runner', version: options.version },
    {
      versionNegotiation: { mode: handshake, probe: { timeoutMs: probeMs } },
      listChanged: {
        tools: {
          onChanged: (error, tools) => (error === null && tools !== null ? reportTools(tools) : undefined),
        },
      },
    },
  )
  useLenientSchemas(client)
  /** Closes only once, whoever asks first: the server gets its time to end by itself. */
  let ended: Promise<void> | null = null
  const close = () => {
    // Not in this turn: the library may report the end while it is being closed.
    ended ??= Promise.resolve()
      .then(() => client.close())
      .catch(() => {})
      .then(() => transport.close())
      .catch(() => {})
      .then(release)
      .finally(() => options.signal.removeEventListener('abort', close))
    return ended
  }
  const open = new Set<PromiseWithResolvers<McpResult>>()
  /** Why the connection can no longer be used. */
  let broken: Error | null = null
  let isOpen = false
  const reportClosed = (...why: readonly string[]) => {
    void close()
    // The end of a connection that never was is what this function rejects with.
    if (isOpen) onClosed(mask(['it has ended', ...why.filter((part) => part !== '')].join(': ')))
  }
  client.onerror = (error) => {
    if (ended !== null || !endsConnection(error)) return
    broken = error
    // At once: the library rejects calls only when the process has ended, which may take seconds.
    for (const call of open) call.reject(error)
    reportClosed(error.message)
  }
  client.onclose = () => {
    if (ended !== null) return
    const how = ending()
    if (how === null) reportClosed()
    else reportClosed(how, lastLine())
  }
  options.signal.addEventListener('abort', close)
  try {
    await client.connect(transport, { timeout: START_MS })
    // If a server declares no tools, the library would say so on standard output.
    const hasTools = client.getServerCapabilities()?.tools !== undefined
    const { tools } = hasTools ? await client.listTools(undefined, { timeout: START_MS }) : { tools: [] }
    if (ended !== null) throw new Error('it has ended')
    isOpen = true
    reportTools(tools)
  } catch (error) {
    const isRefused = client.getProtocolEra() === undefined && isUnknownHandshake(error, handshake)
    const why = ending() ?? (isTimeout(error) ? `no answer within ${START_MS / 1000} s` : errorText(error))
    await close()
    const parts = [why, lastLine()].filter((part) => part !== '')
    throw new (isRefused ? UnknownHandshake : Error)(mask(parts.join(': ')), { cause: error })
  }
  return {
    mask,
    holdsHiddenVariable,
    hasSession: () => transport.sessionId !== undefined,
    handshake: client.getProtocolEra() === 'legacy' ? 'legacy' : 'auto',
    isAnswering: () =>
      client.request({ method: 'tools/list' }, { timeout: START_MS }).then(
        () => true,
        (error: unknown) => !isTimeout(error),
      ),
    call(name, given, { signal }) {
      if (broken !== null) return Promise.reject(broken)
      // Each call has its own promise: racing them all against a shared one would retain every result in memory.
      const call = Promise.withResolvers<McpResult>()
      open.add(call)
      client.callTool({ name, arguments: { ...given } }, { signal, timeout: CALL_MS }).then(call.resolve, call.reject)
      return call.promise.finally(() => open.delete(call))
    },
    retire: () => Promise.allSettled([...open].map(({ promise }) => promise)).then(close),
    close,
  }
}

function isTimeout(error: unknown): error is SdkError {
  return error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout
}

/** Whether the error shows that the server may know the other handshake. Where it answers `auto` with an error, the library goes on with it. */
function isUnknownHandshake(error: unknown, handshake: Handshake): boolean {
  if (handshake === 'auto') return isTimeout(error) && Object(error.data).timeout === PROBE_MS
  return error instanceof ProtocolError || (error instanceof SdkHttpError && [400, 404].includes(error.status ?? 0))
}

/** Makes the library check results against our shapes where we have one. */
function useLenientSchemas(client: Client): void {
  const send = client.request.bind(client) as (request: Request, ...rest: readonly unknown[]) => Promise<unknown>
  client.request = ((request: Request, ...rest: readonly unknown[]) => {
    const schema = LENIENT_SCHEMAS[request.method]
    return schema === undefined ? send(request, ...rest) : send(request, schema, ...rest)
  }) as Client['request']
}

/** Whether an error ends the connection: a line that is too long, or an input the server has closed. */
function endsConnection(error: Error): boolean {
  return error instanceof AnswerTooLarge || (error as NodeJS.ErrnoException).code === 'EPIPE'
}

interface ListedTool {
  readonly name: string
  readonly description?: string | undefined
  readonly inputSchema: object
  readonly execution?: unknown
}

/** A tool as the server lists it, with its texts masked: they go to the model. */
function toRemoteTool({ name, description, inputSchema, execution }: ListedTool, mask: Mask): RemoteTool {
  const needsTask = (execution as { taskSupport?: string } | undefined)?.taskSupport === 'required'
  const masked = JSON.parse(JSON.stringify(inputSchema), (_key, value) =>
    typeof value === 'string' ? mask(value) : value,
  )
  return { name, description: description && mask(description), inputSchema: masked, needsTask }
}
