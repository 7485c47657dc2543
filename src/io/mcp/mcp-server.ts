import { setTimeout as delay } from 'node:timers/promises'
import type { McpReach } from '../../agent/mcp-server.ts'
import type { RemoteTool } from '../../agent/mcp-tools.ts'
import { parseExactly } from '../../agent/requests/exact-json.ts'
import type { McpTool } from '../../agent/tool.ts'
import type { ToolPorts } from '../tools/gated-call.ts'
import { createLineLimiter } from '../tools/line-limiter.ts'
import { cutMessage } from '../tools/tool-answer.ts'
import { failure, type Verdict } from '../tools/tool-contract.ts'
import { type Handshake, type McpClient, type McpClientOptions, openMcpClient } from './mcp-client.ts'
import { type FailedCall, judgeError } from './mcp-failure.ts'
import { judgeResult, type McpResult } from './mcp-verdict.ts'

/** First wait before a server is started again, in ms; it doubles up to the maximum. */
const RESTART_MS = 100
const RESTART_MAX_MS = 30_000
/** After living this long, in ms, a server is healthy: earlier ends are forgotten. */
const HEALTHY_MS = 60_000

const HOLDS_KEY = 'a variable that it was given holds a key by now'
/** How often to check whether a server was given a variable that holds a key by now, in ms. */
const CHECK_EVERY_MS = 500

/**
 * Calls in a row that may time out, with none answered meanwhile, before the process is started again. That would lose the calls still
 * open, so each of those allows one more.
 */
const LATE_CALLS_MAX = 3

/** One server, kept alive: it is started again when it ends. */
export interface SupervisedServer {
  /** Reports its tools now, if known, and whenever they change, or else its failure. Returns a function that stops listening. */
  listen(listener: ServerListener): () => void
  /** Answers a call; ends early if `signal` aborts. */
  call(tool: McpTool, argumentsText: string, signal: AbortSignal): Promise<Verdict>
  close(): Promise<void>
}

interface ServerListener {
  onTools(tools: readonly RemoteTool[]): void
  /** It could not be started, or has ended; the reason is for people. */
  onFailure(reason: string): void
}

interface SupervisedServerOptions
  extends Pick<McpClientOptions, 'baseEnv' | 'hidden' | 'stateRoot' | 'children' | 'version'> {
  readonly name: string
  readonly log: ToolPorts['log']
}

export function superviseServer(reach: McpReach, options: SupervisedServerOptions): SupervisedServer {
  const { name, log } = options
  const logLine = createLineLimiter((message, line) => log(message, { server: name, line }))
  const listeners = new Set<ServerListener>()
  const closed = new AbortController()
  let tools: readonly RemoteTool[] | null = null
  let lastFailure: string | null = null
  /** Calls in a row that timed out and during which no other was answered. */
  let lateCalls = 0
  let answeredCalls = 0
  /** Calls it has not answered yet. */
  let openCalls = 0
  /** The connection being made or in use; null while waiting for the next try. */
  let current: Promise<McpClient> | null = null
  /** Resolves when another connection is begun. */
  let nextConnection = Promise.withResolvers<void>()
  /** Ends the current connection, so that another is made; the reason is null if that is no failure. */
  let endConnection: (reason: string | null) => void = () => {}
  const supervision = superviseConnections()

  return {
    listen(listener) {
      listeners.add(listener)
      if (tools !== null) listener.onTools(tools)
      else if (lastFailure !== null) listener.onFailure(lastFailure)
      return () => void listeners.delete(listener)
    },
    async call(tool, argumentsText, signal) {
      for (let isLast = false; ; isLast = true) {
        const connection = current
        const client = await whenReady(signal)
        if (client?.holdsHiddenVariable() && current === connection) endConnection(HOLDS_KEY)
        if (client === null || client.holdsHiddenVariable()) {
          const outcome = failure('unavailable', 'its server is starting again; it may work in a moment')
          return { outcome, detail: lastFailure ?? 'it was never there' }
        }
        openCalls += 1
        const answeredBefore = answeredCalls
        const answer = await callThrough(client, tool, { argumentsText, signal })
        openCalls -= 1
        const isLate = signal.reason === 'timeout'
        if (!signal.aborted) answeredCalls += 1
        if (isLate || !signal.aborted) lateCalls = answeredCalls === answeredBefore ? lateCalls + 1 : 0
        if (reach.kind === 'command' && isLate) void restartIfStuck(client, connection)
        if ('outcome' in answer) return answer
        const { verdict, leaveReason } = answer
        if (leaveReason !== null && current === connection)
          endConnection(leaveReason === 'expired' ? null : (verdict.detail ?? 'it has ended'))
        if (leaveReason !== 'expired' || isLast) return verdict
        if (current === connection) await orNullOnAbort(nextConnection.promise, signal)
      }
    },
    async close() {
      closed.abort()
      endConnection(null)
      await supervision
    },
  }

  async function superviseConnections(): Promise<void> {
    let handshake: Handshake = reach.kind === 'url' ? 'auto' : 'legacy'
    for (let failures = 0; !closed.signal.aborted; ) {
      const startedMs = performance.now()
      const { opened, ended } = beginConnection(handshake)
      const client = await opened
      if (client !== null) {
        log('a server is ready', { server: name, ms: Math.round(performance.now() - startedMs) })
        // One that worked is used again: a server may leave the first request of the other unanswered.
        handshake = client.handshake
        const hiddenCheck = setInterval(
          () => client.holdsHiddenVariable() && endConnection(HOLDS_KEY),
          CHECK_EVERY_MS,
        ).unref()
        const reason = await ended
        clearInterval(hiddenCheck)
        if (closed.signal.aborted) return client.close()
        if (reason === null) log('a server has ended its session', { server: name })
        else reportFailure(reason)
        // A server at an address may still answer the open calls, so the next connection does not wait for them.
        if (reach.kind === 'url') void client.retire()
        else await client.close()
        // The server is there and only wants a new session: it is never reported as failed, and calls go to the new one at once.
        if (reason === null) continue
      } else handshake = reach.kind === 'command' && handshake === 'auto' ? 'legacy' : 'auto'
      if (performance.now() - startedMs > HEALTHY_MS) failures = 0
      const waitMs = Math.min(RESTART_MAX_MS, RESTART_MS * 2 ** failures)
      failures += 1
      await delay(waitMs, undefined, { signal: closed.signal }).catch(() => {})
    }
  }

  /** Begins a connection, which calls wait for from now on. `opened` is null if it fails; `ended` is what `endConnection` was told. */
  function beginConnection(handshake: Handshake) {
    const end = Promise.withResolvers<string | null>()
    const connection = openMcpClient(reach, {
      ...options,
      handshake,
      signal: closed.signal,
      onTools: setTools,
      onClosed: end.resolve,
      onLine: (line) => logLine('a server wrote to stderr', line),
      onNoise: (line) => logLine('a server wrote a line that is no message', line),
    })
    lateCalls = 0
    endConnection = end.resolve
    current = connection
    nextConnection.resolve()
    nextConnection = Promise.withResolvers()
    const opened = connection.catch((error: Error) =>
      reportFailure(`it could not be ${reach.kind === 'url' ? 'reached' : 'started'}: ${cutMessage(error.message)}`),
    )
    return { opened, ended: end.promise }
  }

  /** A process that timed out on a call may be stuck, as a whole or with its calls; then it is started again. */
  async function restartIfStuck(client: McpClient, connection: typeof current): Promise<void> {
    const isLateTooOften = lateCalls >= LATE_CALLS_MAX + openCalls
    const reason = isLateTooOften ? `it was too late for ${lateCalls} calls in a row` : 'it answers nothing any more'
    if (!isLateTooOften && (await client.isAnswering())) return
    if (current === connection) endConnection(reason)
  }

  function setTools(listed: readonly RemoteTool[]): void {
    tools = listed
    lastFailure = null
    for (const listener of listeners) listener.onTools(listed)
  }

  /**
   * Reports a failure, once for each reason. Its tools stay known, since it will come back; a server that was told to end has not failed.
   */
  function reportFailure(reason: string): null {
    current = null
    if (closed.signal.aborted) return null
    if (reason !== lastFailure) log('a server is not there', { server: name, status: 'misconfigured', reason })
    lastFailure = reason
    for (const listener of listeners) listener.onFailure(reason)
    return null
  }

  /** The connection, awaited while it is being made; null if there is none. */
  async function whenReady(signal: AbortSignal): Promise<McpClient | null> {
    return current === null
      ? null
      : orNullOnAbort(
          current.catch(() => null),
          signal,
        )
  }
}

/** The value, or null once nobody waits for the call any more. */
function orNullOnAbort<Value>(awaited: Promise<Value>, signal: AbortSignal): Promise<Value | null> {
  const aborted = Promise.withResolvers<null>()
  signal.addEventListener('abort', () => aborted.resolve(null), { once: true })
  return Promise.race([awaited, aborted.promise])
}

/** Makes a call and judges the result. */
async function callThrough(
  client: McpClient,
  tool: McpTool,
  { argumentsText, signal }: { readonly argumentsText: string; readonly signal: AbortSignal },
): Promise<Verdict | FailedCall> {
  const { mask } = client
  const hasSession = client.hasSession()
  let result: McpResult
  try {
    result = await client.call(tool.name, parseExactly(argumentsText), { signal })
  } catch (error) {
    return signal.aborted
      ? { outcome: failure('cancelled', 'the call was cancelled') }
      : judgeError(error, hasSession, mask)
  }
  return judgeResult(result, mask, tool)
}
