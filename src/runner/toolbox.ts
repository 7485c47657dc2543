import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Agent } from '../agent/agent.ts'
import type { McpServer } from '../agent/mcp-server.ts'
import type { ToolOutcome } from '../agent/tool.ts'
import type { ServersListener } from '../io/mcp/mcp-servers.ts'
import { runnerFolderName, sweepLeftBehind } from '../io/processes/left-behind.ts'
import type { Trace } from '../io/tools/tool-trace.ts'
import type { RunningTool, ToolRun } from './conversation.ts'
import { VERSION } from './version.ts'

interface ToolboxOptions {
  /** What the scripts are: their state directories lie apart. */
  readonly purpose?: 'tools' | 'hooks'
  /** Where the values of a tool's variables come from. */
  readonly env: NodeJS.ProcessEnv
  /** Names of variables that no tool is ever given. */
  readonly hidden: readonly string[]
  readonly log: (message: string, fields: { readonly [key: string]: unknown }) => void
  readonly trace?: Trace | undefined
}

/** Whatever answers calls: one adapter for each kind of tool, loaded when the first of its kind is needed. */
export interface Toolbox {
  /** Loads what scripts need before the first of them is called, so that it does not wait. */
  warm(): void
  /** Starts the workers that an agent declares, before anyone calls them. */
  prepare(agent: Agent): void
  run(run: ToolRun & { readonly agent: string; readonly conversation: string }): RunningTool
  /** A conversation has these servers from now on; what they can do is told now and whenever it changes. */
  listTools(conversation: string, servers: readonly McpServer[], listener: ServersListener): Promise<void>
  endConversation(conversation: string): Promise<void>
  close(): Promise<void>
}

export function createToolbox({ purpose = 'tools', env, hidden, log, trace }: ToolboxOptions): Toolbox {
  const stateRoot = join(tmpdir(), runnerFolderName(purpose))
  const shared = { baseEnv: env, hidden, log, trace }
  const scripts = once(async () => {
    const { createToolRunner } = await import('../io/tool-process.ts')
    sweepLeftBehind(tmpdir()).then(
      (names) => names.length > 0 && log('what killed runners left behind was ended', { folders: names }),
      (error: unknown) => log('what killed runners left behind could not be ended', { detail: String(error) }),
    )
    return createToolRunner({ ...shared, stateRoot })
  })
  const requests = once(async () => {
    const { createHttpTools } = await import('../io/http/http-tool.ts')
    return createHttpTools(shared)
  })

  /** The servers that each conversation wants by now: loading the client takes a while. */
  const latest = new Map<string, readonly McpServer[]>()
  const servers = once(async () => {
    const { createMcpServers } = await import('../io/mcp/mcp-servers.ts')
    return createMcpServers({ ...shared, stateRoot, version: VERSION })
  })

  return {
    warm: () => void scripts.get(),
    prepare({ name, tools }) {
      const own = tools.filter((tool) => tool.kind === 'script')
      const isNeeded = own.some((tool) => tool.mode === 'worker')
      void (isNeeded ? scripts.get() : scripts.begun()).then((runner) => runner?.prepare(name, own))
    },
    run(run) {
      const { tool } = run
      switch (tool.kind) {
        case 'script':
          return runLater(scripts.get(), (runner) => runner.run({ ...run, tool }))
        case 'http':
          return runLater(requests.get(), (runner) => runner.run({ ...run, tool }))
        case 'mcp':
          return runLater(servers.get(), (runner) => runner.run({ ...run, tool }))
        case 'control':
          return { finished: Promise.resolve(NO_CONVERSATION), cancel() {} }
        default:
          return tool satisfies never
      }
    },
    async listTools(conversation, wanted, listener) {
      latest.set(conversation, wanted)
      const all = wanted.length === 0 ? await servers.begun() : await servers.get()
      if (latest.get(conversation) === wanted) all?.use(conversation, wanted, listener)
    },
    async endConversation(conversation) {
      latest.delete(conversation)
      ;(await servers.begun())?.endConversation(conversation)
      await (await scripts.begun())?.endConversation(conversation)
    },
    async close() {
      ;(await requests.begun())?.close()
      await (await servers.begun())?.close()
      await (await scripts.begun())?.stop()
      await rm(stateRoot, { recursive: true, force: true }).catch(() => {})
    },
  }
}

const NO_CONVERSATION: ToolOutcome = {
  status: 'unavailable',
  message: 'it acts on a conversation, and there is none here',
}

interface Once<Adapter> {
  get(): Promise<Adapter>
  /** What was loaded, null where nothing needed it. */
  begun(): Promise<Adapter | null>
}

function once<Adapter>(load: () => Promise<Adapter>): Once<Adapter> {
  let loading: Promise<Adapter> | null = null
  return {
    get() {
      loading ??= load()
      return loading
    },
    begun: async () => loading,
  }
}

/** Runs a call once its adapter is there. A call that is cancelled before is given up as soon as it begins. */
function runLater<Adapter>(adapter: Promise<Adapter>, run: (adapter: Adapter) => RunningTool): RunningTool {
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
