import type { McpReach, McpServer } from '../../agent/mcp-server.ts'
import { toolsOfServer } from '../../agent/mcp-tools.ts'
import type { McpTool } from '../../agent/tool.ts'
import { createChildren } from '../processes/child.ts'
import { gateCall, type RunningTool, type ToolCall, type ToolPorts } from '../tools/gated-call.ts'
import type { McpClientOptions } from './mcp-client.ts'
import { type SupervisedServer, superviseServer } from './mcp-server.ts'

/** How long a server that no conversation uses is retained for the next one, in ms. */
const IDLE_MS = 60_000

/** What one of a conversation's servers did: listed its tools, or could not be started, or ended. */
export type McpServerEvent =
  | {
      readonly type: 'tools.listed'
      readonly server: string
      readonly tools: readonly McpTool[]
      /** What was left out of the list, and why; each is reported once. */
      readonly problems: readonly string[]
    }
  | { readonly type: 'server.failed'; readonly server: string; readonly reason: string }

/** The servers of all conversations: one of each kind, shared by the conversations that have it. */
export interface McpServers {
  /** Sets a conversation's servers; earlier ones that are not among them are released. */
  setServers(conversation: string, servers: readonly McpServer[], onEvent: (event: McpServerEvent) => void): void
  run(call: ToolCall<McpTool>): RunningTool
  endConversation(conversation: string): void
  close(): Promise<void>
}

type McpServersOptions = ToolPorts & Pick<McpClientOptions, 'baseEnv' | 'hidden' | 'stateRoot' | 'version'>

interface PooledServer {
  readonly supervised: SupervisedServer
  users: number
  idleTimer: NodeJS.Timeout | null
}

interface ServerUse {
  readonly server: McpServer
  stop(): void
}

export function createMcpServers(options: McpServersOptions): McpServers {
  const children = createChildren()
  const pool = new Map<string, PooledServer>()
  const uses = new Map<string, ReadonlyMap<string, ServerUse>>()
  const ending = new Set<Promise<void>>()

  return {
    setServers(conversation, servers, onEvent) {
      const before = uses.get(conversation) ?? new Map<string, ServerUse>()
      const after = new Map<string, ServerUse>()
      for (const server of servers) {
        const known = before.get(server.name)
        after.set(
          server.name,
          known !== undefined && isSameServer(known.server, server) ? known : begin(server, onEvent),
        )
      }
      uses.set(conversation, after)
      for (const [name, use] of before) if (after.get(name) !== use) use.stop()
    },
    run({ tool, ...call }) {
      const acquired = acquire(tool.server)
      options.trace?.({ type: 'asked', server: tool.server.name, arguments: call.argumentsText })
      const work = (signal: AbortSignal) => acquired.supervised.call(tool, call.argumentsText, signal)
      const running = gateCall({ ...call, tool: { ...tool, retry: 0 } }, work, options)
      void running.finished.then(() => release(tool.server.reach))
      return running
    },
    endConversation(conversation) {
      for (const use of uses.get(conversation)?.values() ?? []) use.stop()
      uses.delete(conversation)
    },
    async close() {
      for (const key of [...pool.keys()]) drop(key)
      await Promise.all(ending)
      children.close()
    },
  }

  function begin(server: McpServer, onEvent: (event: McpServerEvent) => void): ServerUse {
    const { supervised } = acquire(server)
    const reportedProblems = new Set<string>()
    const stop = supervised.listen({
      onTools(remote) {
        const { tools, problems } = toolsOfServer(server, remote)
        const newProblems = problems.filter((problem) => !reportedProblems.has(problem))
        for (const problem of newProblems) reportedProblems.add(problem)
        onEvent({ type: 'tools.listed', server: server.name, tools, problems: newProblems })
      },
      onFailure: (reason) => onEvent({ type: 'server.failed', server: server.name, reason }),
    })
    return {
      server,
      stop() {
        stop()
        release(server.reach)
      },
    }
  }

  function acquire({ name, reach }: McpServer): PooledServer {
    const key = JSON.stringify(reach)
    const pooled = pool.get(key) ?? {
      supervised: superviseServer(reach, { ...options, name, children }),
      users: 0,
      idleTimer: null,
    }
    pool.set(key, pooled)
    pooled.users += 1
    if (pooled.idleTimer !== null) clearTimeout(pooled.idleTimer)
    pooled.idleTimer = null
    return pooled
  }

  function release(reach: McpReach): void {
    const key = JSON.stringify(reach)
    const pooled = pool.get(key)
    if (pooled === undefined) return
    pooled.users -= 1
    if (pooled.users === 0) pooled.idleTimer = setTimeout(() => drop(key), IDLE_MS).unref()
  }

  function drop(key: string): void {
    const pooled = pool.get(key)
    if (pooled === undefined) return
    pool.delete(key)
    if (pooled.idleTimer !== null) clearTimeout(pooled.idleTimer)
    const end = pooled.supervised.close().finally(() => ending.delete(end))
    ending.add(end)
  }
}

function isSameServer(one: McpServer, other: McpServer): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
