import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import type { Agent } from '../agent/agent.ts'
import type { McpServer } from '../agent/mcp-server.ts'
import type { ToolOutcome } from '../agent/tool.ts'
import type { McpServerEvent } from '../io/mcp/mcp-servers.ts'
import { cleanUpKilledRunners, runnerFolderName } from '../io/processes/killed-runners.ts'
import { removeFolder } from '../io/storage/remove-folder.ts'
import type { ToolPorts } from '../io/tools/gated-call.ts'
import type { RunningTool, ToolRun } from './conversation.ts'
import { VERSION } from './version.ts'

interface ToolboxOptions extends ToolPorts {
  /** What the scripts are for; tools and hooks have separate state directories. */
  readonly purpose?: 'tools' | 'hooks'
  /** Where the values of a tool's variables come from. */
  readonly env: NodeJS.ProcessEnv
  /** Names of variables no tool ever gets. Called each time, since an edit may name another. */
  readonly hidden: () => readonly string[]
}

/**
 * Runs tool calls through one adapter for each kind of tool, loaded on first use. If one cannot be loaded, as after an upgrade during the
 * run, the call's outcome says so.
 */
export interface Toolbox {
  /** Loads what scripts need ahead of the first call, so that it does not wait. */
  warm(): void
  /** Starts the workers an agent declares, before anyone calls them. */
  prepare(agent: Agent): void
  run(run: ToolRun & { readonly agent: string; readonly conversation: string }): RunningTool
  /** Sets a conversation's servers, which report their tools now and whenever they change. */
  useServers(
    conversation: string,
    servers: readonly McpServer[],
    onEvent: (event: McpServerEvent) => void,
  ): Promise<void>
  endConversation(conversation: string): Promise<void>
  close(): Promise<void>
}

/** Loads nothing yet. */
export function createToolbox({ purpose = 'tools', env, hidden, log, trace }: ToolboxOptions): Toolbox {
  const stateRoot = resolve(tmpdir(), runnerFolderName(purpose))
  const shared = { baseEnv: env, hidden, log, trace }
  const scripts = lazy(async () => {
    cleanUpKilledRunners(tmpdir()).then(
      (names) => names.length > 0 && log('what killed runners left behind was ended', { folders: names }),
      (error: unknown) => log('what killed runners left behind could not be ended', { detail: String(error) }),
    )
    const { createToolRunner } = await import('../io/tool-process.ts')
    return createToolRunner({ ...shared, stateRoot })
  })
  const requests = lazy(async () => {
    const { createHttpTools } = await import('../io/http/http-tool.ts')
    return createHttpTools(shared)
  })

  /** The servers each conversation wants now; they may change while the client loads. */
  const latest = new Map<string, readonly McpServer[]>()
  const servers = lazy(async () => {
    const { createMcpServers } = await import('../io/mcp/mcp-servers.ts')
    return createMcpServers({ ...shared, stateRoot, version: VERSION })
  })

  function logNotLoaded(error: unknown): void {
    log('what runs tools could not be loaded', { alert: true, detail: String(error) })
  }

  return {
    warm: () => void scripts.get().catch(logNotLoaded),
    prepare({ name, tools }) {
      const own = tools.filter((tool) => tool.kind === 'script')
      const isNeeded = own.some((tool) => tool.mode === 'worker')
      const runner = isNeeded ? scripts.get() : scripts.loaded()
      runner.then((ready) => ready?.prepare(name, own), logNotLoaded)
    },
    run(run) {
      const { tool } = run
      switch (tool.kind) {
        case 'script':
          return runLater(scripts.get(), (runner) => runner.run({ ...run, tool }), logNotLoaded)
        case 'http':
          return runLater(requests.get(), (runner) => runner.run({ ...run, tool }), logNotLoaded)
        case 'mcp':
          return runLater(servers.get(), (runner) => runner.run({ ...run, tool }), logNotLoaded)
        case 'control':
          return { finished: Promise.resolve(NO_CONVERSATION), cancel() {} }
        default:
          return tool satisfies never
      }
    },
    async useServers(conversation, wanted, onEvent) {
      latest.set(conversation, wanted)
      try {
        const all = wanted.length === 0 ? await servers.loaded() : await servers.get()
        if (latest.get(conversation) === wanted) all?.setServers(conversation, wanted, onEvent)
      } catch (error) {
        logNotLoaded(error)
        for (const { name } of wanted)
          onEvent({ type: 'server.failed', server: name, reason: 'it could not be loaded' })
      }
    },
    async endConversation(conversation) {
      latest.delete(conversation)
      ;(await servers.loaded())?.endConversation(conversation)
      await (await scripts.loaded())?.endConversation(conversation)
    },
    async close() {
      ;(await requests.loaded())?.close()
      await (await servers.loaded())?.close()
      await (await scripts.loaded())?.stop()
      await removeFolder(stateRoot).catch(() => {})
    },
  }
}

const NO_CONVERSATION: ToolOutcome = {
  status: 'unavailable',
  message: 'it acts on a conversation, and there is none here',
}
const NOT_LOADED: ToolOutcome = { status: 'misconfigured', message: 'not available right now' }

interface Lazy<Adapter> {
  get(): Promise<Adapter>
  /** What was loaded; null if it was not needed, or could not be loaded. */
  loaded(): Promise<Adapter | null>
}

/** If loading fails, as while too many files are open, the next call tries again. */
function lazy<Adapter>(load: () => Promise<Adapter>): Lazy<Adapter> {
  let loading: Promise<Adapter> | null = null
  return {
    get() {
      loading ??= load().catch((error: unknown) => {
        loading = null
        throw error
      })
      return loading
    },
    loaded: async () => loading?.catch(() => null) ?? null,
  }
}

/** Runs a call once its adapter is loaded. A call cancelled before that is cancelled as soon as it begins. */
function runLater<Adapter>(
  adapter: Promise<Adapter>,
  run: (adapter: Adapter) => RunningTool,
  onNotLoaded: (error: unknown) => void,
): RunningTool {
  let cancelled = false
  let cancel = () => {
    cancelled = true
  }
  const begin = (ready: Adapter) => {
    const call = run(ready)
    cancel = call.cancel
    if (cancelled) call.cancel()
    return call.finished
  }
  const giveUp = (error: unknown) => {
    onNotLoaded(error)
    return NOT_LOADED
  }
  return { finished: adapter.then(begin, giveUp), cancel: () => cancel() }
}
