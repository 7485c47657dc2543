import type { ScriptTool } from '../agent/tool.ts'
import type { Children } from './processes/child.ts'
import type { CallMark } from './processes/orphans.ts'
import type { ToolPorts } from './tools/gated-call.ts'
import { createLineLimiter } from './tools/line-limiter.ts'
import type { Attempt, ScriptCall } from './tools/tool-attempt.ts'
import { CONTRACT_VERSION, failure, misconfiguration, type Verdict } from './tools/tool-contract.ts'
import type { ToolFolders } from './tools/tool-folders.ts'
import type { Launcher } from './tools/tool-launch.ts'
import { startWorker, type WorkerCall, type WorkerLoss, type WorkerProcess } from './workers/worker-process.ts'
import { createWorkerSupervisor, type WorkerSupervisor } from './workers/worker-supervisor.ts'

/** How long a worker that the agent file no longer declares is retained for conversations that still use it, in ms. */
const LINGER_MS = 5_000

interface WorkersPorts extends ToolPorts {
  readonly children: Children
  readonly launcher: Launcher
  readonly folders: ToolFolders
  readonly killOrphans: (mark: CallMark) => Promise<void>
}

/** The warm processes of worker tools: one per tool, shared by all conversations with its agent. */
interface Workers {
  startAttempt(call: ScriptCall, deadlineMs: number): Attempt
  /** Starts the workers an agent declares, and releases those it no longer declares. */
  prepare(agent: string, tools: readonly ScriptTool[]): void
  stop(): Promise<void>
}

interface PoolEntry {
  readonly agent: string
  readonly key: string
  readonly supervisor: WorkerSupervisor
  isDeclared: boolean
  calls: number
  lingerTimer: NodeJS.Timeout | null
}

export function createWorkers(ports: WorkersPorts): Workers {
  const pool = new Map<string, PoolEntry>()
  let started = 0

  return { startAttempt, prepare, stop }

  function prepare(agent: string, tools: readonly ScriptTool[]): void {
    const declared = new Map(tools.filter((tool) => tool.mode === 'worker').map((tool) => [keyOf(agent, tool), tool]))
    for (const entry of pool.values()) {
      if (entry.agent !== agent) continue
      entry.isDeclared = declared.has(entry.key)
      entry.supervisor.resetCrashes()
      releaseWhenIdle(entry)
    }
    for (const tool of declared.values()) {
      const entry = entryOf(agent, tool)
      entry.isDeclared = true
      void entry.supervisor.obtain()
    }
  }

  async function stop(): Promise<void> {
    const entries = [...pool.values()]
    pool.clear()
    for (const { lingerTimer } of entries) if (lingerTimer !== null) clearTimeout(lingerTimer)
    await Promise.all(entries.map(({ supervisor }) => supervisor.stop()))
  }

  function startAttempt(call: ScriptCall, deadlineMs: number): Attempt {
    const entry = entryOf(call.agent, call.tool)
    const ended = Promise.withResolvers<Verdict>()
    let running: WorkerCall | null = null
    let script: string | null = null
    let isGivenUp = false
    entry.calls += 1
    void ended.promise.then(() => {
      entry.calls -= 1
      releaseWhenIdle(entry)
    })
    const found = entry.supervisor.obtain()
    if (found instanceof Promise) found.then(begin, (error) => ended.resolve(misconfiguration(String(error))))
    else begin(found)

    return {
      ended: ended.promise,
      cleanedUp: Promise.resolve(),
      script: () => script,
      end(isLate) {
        running?.giveUp(isLate)
        ended.resolve({ outcome: failure('cancelled', 'the call was given up') })
        isGivenUp = true
      },
    }

    function begin(worker: WorkerProcess | Verdict): void {
      if ('outcome' in worker) return ended.resolve(worker)
      if (isGivenUp) return
      const { callId: id, argumentsText, conversation: session, tool } = call
      const { command, cwd, environment, mask } = worker.launch
      script = worker.launch.script
      running = worker.call({ id, argumentsText, session, deadlineMs }, tool, ended.resolve)
      const { line } = running
      ports.trace?.({
        type: 'launched',
        command: command.map(mask),
        cwd,
        script,
        stdin: mask(line),
        variables: Object.keys(environment),
        unset: tool.env.filter((name) => !(name in environment)),
      })
    }
  }

  function entryOf(agent: string, tool: ScriptTool): PoolEntry {
    const key = keyOf(agent, tool)
    const entry = pool.get(key)
    if (entry !== undefined) {
      if (entry.lingerTimer !== null) clearTimeout(entry.lingerTimer)
      entry.lingerTimer = null
      return entry
    }
    const about = { tool: tool.name, agent }
    const log = (message: string, fields: object) => ports.log(message, { ...about, ...fields })
    const supervisor = createWorkerSupervisor(tool, { log, start: (onLost) => startProcess(agent, tool, onLost) })
    const created: PoolEntry = { agent, key, supervisor, isDeclared: false, calls: 0, lingerTimer: null }
    pool.set(key, created)
    return created
  }

  function releaseWhenIdle(entry: PoolEntry): void {
    const { key } = entry
    if (entry.isDeclared || entry.calls > 0 || entry.lingerTimer !== null || pool.get(key) !== entry) return
    entry.lingerTimer = setTimeout(() => {
      pool.delete(key)
      void entry.supervisor.stop()
    }, LINGER_MS)
    entry.lingerTimer.unref()
  }

  function startProcess(agent: string, tool: ScriptTool, onLost: (loss: WorkerLoss) => void): WorkerProcess {
    started += 1
    const callId = `worker-${tool.name}-${started}`
    const stateDir = ports.folders.folderOf(callId)
    const launch = ports.launcher(tool, {
      RUNNER_CONTRACT: CONTRACT_VERSION,
      RUNNER_TOOL: tool.name,
      RUNNER_AGENT: agent,
      RUNNER_CALL_ID: callId,
      RUNNER_STATE_DIR: stateDir,
    })
    const about = { tool: tool.name, agent, worker: callId }
    const logLine = createLineLimiter((message, line) => ports.log(message, { ...about, line }))
    const worker = startWorker(launch, {
      children: ports.children,
      killOrphans: ports.killOrphans,
      mark: { callId, stateDir },
      onLost,
      onLine(line) {
        ports.trace?.({ type: 'stderr', line })
        logLine('tool wrote to stderr', line)
      },
      onNoise: (line) => logLine('worker wrote a line that is no message', line),
      onReply: (line) => ports.trace?.({ type: 'replied', line: launch.mask(line) }),
    })
    void worker.cleanedUp.then(() => ports.folders.detach(callId)()).catch(() => {})
    return worker
  }
}

/** The key of each tool and its agent: made once, since every call needs it, and it is long. */
const keys = new WeakMap<ScriptTool, { readonly agent: string; readonly key: string }>()

/** Tools that start alike share a process; the timeout and the output settings of their calls may differ. */
function keyOf(agent: string, tool: ScriptTool): string {
  const known = keys.get(tool)
  if (known?.agent === agent) return known.key
  const { name, run, cwd, env, envFile, pin, limits, sandbox, network, agentFolder } = tool
  const key = JSON.stringify([agent, name, run, cwd, env, envFile, pin, limits, sandbox, network, agentFolder])
  keys.set(tool, { agent, key })
  return key
}
