import type { McpReach, McpServer } from '../../agent/mcp-server.ts'
import { toolsOf } from '../../agent/mcp-tools.ts'
import type { McpTool, ToolOutcome } from '../../agent/tool.ts'
import { createChildren } from '../processes/child.ts'
import { type GatePorts, gateCall } from '../tools/gated-call.ts'
import type { McpClientOptions } from './mcp-client.ts'
import { type KeptServer, keepServer } from './mcp-server.ts'

/** How long a server that no conversation uses is kept for the next one, in ms. */
const IDLE_MS = 60_000

interface McpCall {
  readonly callId: string
  readonly conversation: string
  readonly tool: McpTool
  readonly argumentsText: string
}

export interface McpServersListener {
  onListed(server: string, tools: readonly McpTool[], problems: readonly string[]): void
  onFailure(server: string, reason: string): void
}

/** The servers of all conversations: one of each kind, shared by the conversations that have it. */
export interface McpServers {
  /** Sets a conversation's servers; earlier ones that are not among them are let go. */
  setServers(conversation: string, servers: readonly McpServer[], listener: McpServersListener): void
  run(call: McpCall): { readonly finished: Promise<ToolOutcome>; cancel(): void }
  endConversation(conversation: string): void
  close(): Promise<void>
}

export type McpServersOptions = GatePorts & Pick<McpClientOptions, 'baseEnv' | 'hidden' | 'stateRoot' | 'version'>

interface Pooled {
  readonly kept: KeptServer
  users: number
  idle: NodeJS.Timeout | null
}

interface Use {
  readonly server: McpServer
  stop(): void
}

export function createMcpServers(options: McpServersOptions): McpServers {
  const children = createChildren()
  const pool = new Map<string, Pooled>()
  const uses = new Map<string, ReadonlyMap<string, Use>>()
  const ending = new Set<Promise<void>>()

  return {
    setServers(conversation, servers, listener) {
      const before = uses.get(conversation) ?? new Map<string, Use>()
      const after = new Map<string, Use>()
      for (const server of servers) {
        const known = before.get(server.name)
        after.set(server.name, known !== undefined && isSame(known.server, server) ? known : begin(server, listener))
      }
      uses.set(conversation, after)
      for (const [name, setServers] of before) if (after.get(name) !== setServers) setServers.stop()
    },
    run({ tool, ...call }) {
      const held = hold(tool.server)
      options.trace?.({ type: 'asked', server: tool.server.name, arguments: call.argumentsText })
      const work = (signal: AbortSignal) => held.kept.call(tool, call.argumentsText, signal)
      const running = gateCall({ ...call, tool: { ...tool, retry: 0 } }, work, options)
      void running.finished.then(() => release(tool.server.reach))
      return running
    },
    endConversation(conversation) {
      for (const setServers of uses.get(conversation)?.values() ?? []) setServers.stop()
      uses.delete(conversation)
    },
    async close() {
      for (const key of [...pool.keys()]) drop(key)
      await Promise.all(ending)
      children.close()
    },
  }

  function begin(server: McpServer, listener: McpServersListener): Use {
    const { kept } = hold(server)
    const told = new Set<string>()
    const stop = kept.listen({
      onTools(remote) {
        const { tools, problems } = toolsOf(server, remote)
        const news = problems.filter((problem) => !told.has(problem))
        for (const problem of news) told.add(problem)
        listener.onListed(server.name, tools, news)
      },
      onFailure: (reason) => listener.onFailure(server.name, reason),
    })
    return {
      server,
      stop() {
        stop()
        release(server.reach)
      },
    }
  }

  function hold({ name, reach }: McpServer): Pooled {
    const key = JSON.stringify(reach)
    const pooled = pool.get(key) ?? { kept: keepServer(reach, { ...options, name, children }), users: 0, idle: null }
    pool.set(key, pooled)
    pooled.users += 1
    if (pooled.idle !== null) clearTimeout(pooled.idle)
    pooled.idle = null
    return pooled
  }

  function release(reach: McpReach): void {
    const key = JSON.stringify(reach)
    const pooled = pool.get(key)
    if (pooled === undefined) return
    pooled.users -= 1
    if (pooled.users === 0) pooled.idle = setTimeout(() => drop(key), IDLE_MS).unref()
  }

  function drop(key: string): void {
    const pooled = pool.get(key)
    if (pooled === undefined) return
    pool.delete(key)
    if (pooled.idle !== null) clearTimeout(pooled.idle)
    const end = pooled.kept.close().finally(() => ending.delete(end))
    ending.add(end)
  }
}

function isSame(one: McpServer, other: McpServer): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
