import {
  Client,
  ProtocolError,
  ProtocolErrorCode,
  type Request,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
} from '@modelcontextprotocol/client'
import type { McpReach } from '../../agent/mcp-server.ts'
import type { RemoteTool } from '../../agent/mcp-tools.ts'
import type { FailureKind } from '../../agent/tool.ts'
import type { Mask } from '../secret-mask.ts'
import { AnswerTooLarge, NO_ANSWER, TOO_LARGE } from './mcp-no-answer.ts'
import { hiddenSince, maskFor, type ReachOptions, reachServer } from './mcp-reach.ts'
import { RESULT_SHAPES } from './mcp-results.ts'
import type { McpResult } from './mcp-verdict.ts'

/** How long a server may take to start and to say what it can do, in ms: long enough for a package that is fetched first. */
const START_MS = 30_000
/** How much longer the library's own patience is than the deadline of a call, in ms: the deadline is kept by the gate. */
const MARGIN_MS = 1_000

/** An open connection to a server. */
export interface McpClient {
  /** Hides the values of the variables that the server is given. */
  readonly mask: Mask
  /** Whether a variable that the server was given is one that none is given by now. */
  readonly holdsHidden: () => boolean
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
  readonly kind: Extract<FailureKind, 'invalid_arguments' | 'failed' | 'output_too_large'>

  constructor(message: string, kind: McpRefusal['kind']) {
    super(message)
    this.kind = kind
  }
}

export interface McpClientOptions extends ReachOptions {
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
}

/** Starts or reaches a server, and asks what it can do. Rejects where it does not answer. */
export async function openMcpClient(reach: McpReach, options: McpClientOptions): Promise<McpClient> {
  const { onTools, onClosed, handshake } = options
  const mask = maskFor(reach, options)
  const holdsHidden = hiddenSince(reach, options)
  const { transport, release, ending, lastWords } = reachServer(reach, options, mask)
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
  takeInParts(client)
  /** One end of it, whoever asks for it first: a server is given its time to end by itself. */
  let ended: Promise<void> | null = null
  const close = () => {
    // Not within this turn: the library may tell of its end while it is being asked to.
    ended ??= Promise.resolve()
      .then(() => client.close())
      .catch(() => {})
      .then(() => transport.close())
      .catch(() => {})
      .then(release)
    return ended
  }
  /** Fails the calls that are open at once: the library tells them when the process has ended, which may take seconds. */
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => {})
  client.onerror = (error) => {
    if (ended !== null || !isEnd(error)) return
    broken.reject(error)
    void close()
    onClosed()
  }
  client.onclose = () => {
    if (ended !== null) return
    void close()
    onClosed()
  }
  options.signal.addEventListener('abort', close, { once: true })
  try {
    await client.connect(transport, { timeout: START_MS })
    // Of a server that says that it has none the library would write so on standard output.
    const hasTools = client.getServerCapabilities()?.tools !== undefined
    const { tools } = hasTools ? await client.listTools(undefined, { timeout: START_MS }) : { tools: [] }
    onTools(tools.map(remote))
  } catch (error) {
    const why = ending() ?? (error instanceof Error ? error.message : String(error))
    await close()
    const words = [why, lastWords()].filter((word) => word !== '')
    throw new Error(mask(words.join(': ')), { cause: error })
  }
  return {
    mask,
    holdsHidden,
    async call(name, given, { signal, timeoutMs }) {
      try {
        const asked = client.callTool({ name, arguments: { ...given } }, { signal, timeout: timeoutMs + MARGIN_MS })
        return await Promise.race([asked, broken.promise])
      } catch (error) {
        throw refusalIn(error, mask) ?? error
      }
    },
    close,
  }
}

/** Has results judged by our shapes where we have one. */
function takeInParts(client: Client): void {
  const ask = client.request.bind(client) as (request: Request, ...rest: readonly unknown[]) => Promise<unknown>
  client.request = ((request: Request, ...rest: readonly unknown[]) => {
    const shape = RESULT_SHAPES[request.method]
    return shape === undefined ? ask(request, ...rest) : ask(request, shape, ...rest)
  }) as Client['request']
}

/** Whether an error is the end of the connection: a line that is too long, or an input that the server has closed. */
function isEnd(error: Error): boolean {
  return error instanceof AnswerTooLarge || (error as NodeJS.ErrnoException).code === 'EPIPE'
}

/** What of an error is the server's word on the call, or its nonsense; null where the connection itself failed. */
function refusalIn(error: unknown, mask: Mask): McpRefusal | null {
  if (error instanceof AnswerTooLarge) return new McpRefusal(error.message, 'output_too_large')
  if (error instanceof ProtocolError) {
    const code: number = error.code
    if (code === NO_ANSWER) return null
    if (code === TOO_LARGE) return new McpRefusal(error.message, 'output_too_large')
    const isInvalid = code === ProtocolErrorCode.InvalidParams && !/output schema/.test(error.message)
    return new McpRefusal(mask(error.message), isInvalid ? 'invalid_arguments' : 'failed')
  }
  if (!(error instanceof SdkError) || error instanceof SdkHttpError || CONNECTION_FAILURES.includes(error.code))
    return null
  return new McpRefusal(mask(error.message), 'failed')
}

const CONNECTION_FAILURES: readonly string[] = [
  SdkErrorCode.NotConnected,
  SdkErrorCode.NotInitialized,
  SdkErrorCode.RequestTimeout,
  SdkErrorCode.ConnectionClosed,
  SdkErrorCode.SendFailed,
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
