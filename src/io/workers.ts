import type { ScriptTool } from '../agent/tool.ts'
import type { Children } from './processes/child.ts'
import type { CallMark } from './processes/orphans.ts'
import type { ToolCall, ToolRunnerOptions } from './tool-process.ts'
import { limitLines } from './tools/logged-lines.ts'
import type { Attempt } from './tools/tool-attempt.ts'
import { CONTRACT_VERSION, failure, misconfiguration, type Verdict } from './tools/tool-contract.ts'
import type { ToolFolders } from './tools/tool-folders.ts'
import type { Launcher } from './tools/tool-launch.ts'
import type { Trace } from './tools/tool-trace.ts'
import { createKeeper, type Keeper } from './workers/worker-keeper.ts'
import { startWorker, type WorkerCall, type WorkerProcess } from './workers/worker-process.ts'

/** How long a worker that the agent file no longer declares is kept for conversations that still use it, in ms. */
const LINGER_MS = 5_000

interface WorkersPorts extends Pick<ToolRunnerOptions, 'log'> {
  readonly children: Children
  readonly launcher: Launcher
  readonly folders: ToolFolders
  readonly huntStrays: (mark: CallMark) => Promise<void>
  readonly trace?: Trace | undefined
}

/** The warm processes of worker tools: one per tool, shared by all conversations with its agent. */
interface Workers {
  attempt(call: ToolCall, deadlineMs: number): Attempt
  /** Starts the workers an agent declares, and lets go of those it no longer declares. */
  prepare(agent: string, tools: readonly ScriptTool[]): void
  stop(): Promise<void>
}

interface Kept {
  readonly agent: string
  readonly keeper: Keeper
  isDeclared: boolean
  calls: number
  farewell: NodeJS.Timeout | null
}

export function createWorkers(ports: WorkersPorts): Workers {
  const kept = new Map<string, Kept>()
  let started = 0

  return { attempt, prepare, stop }

  function prepare(agent: string, tools: readonly ScriptTool[]): void {
    const declared = new Map(tools.filter((tool) => tool.mode === 'worker').map((tool) => [keyOf(agent, tool), tool]))
    for (const [key, known] of kept) {
      if (known.agent !== agent) continue
      known.isDeclared = declared.has(key)
      known.keeper.forgive()
      letGoWhenIdle(key, known)
    }
    for (const tool of declared.values()) {
      const known = keeperOf(agent, tool)
      known.isDeclared = true
      void known.keeper.obtain()
    }
  }

  async function stop(): Promise<void> {
    const all = [...kept.values()]
    kept.clear()
    for (const { farewell } of all) if (farewell !== null) clearTimeout(farewell)
    await Promise.all(all.map(({ keeper }) => keeper.stop()))
  }

  function attempt(call: ToolCall, deadlineMs: number): Attempt {
    const known = keeperOf(call.agent, call.tool)
    const ended = Promise.withResolvers<Verdict>()
    let running: WorkerCall | null = null
    let script: string | null = null
    let over = false
    known.calls += 1
    void ended.promise.then(() => {
      known.calls -= 1
      letGoWhenIdle(keyOf(call.agent, call.tool), known)
    })
    const found = known.keeper.obtain()
    if (found instanceof Promise) found.then(begin, (error) => ended.resolve(misconfiguration(String(error))))
    else begin(found)

    return {
      ended: ended.promise,
      gone: Promise.resolve(),
      script: () => script,
      end(isLate) {
        running?.giveUp(isLate)
        ended.resolve({ outcome: failure('cancelled', 'the call was given up') })
        over = true
      },
    }

    function begin(worker: WorkerProcess | Verdict): void {
      if ('outcome' in worker) return ended.resolve(worker)
      if (over) return
      const { callId: id, argumentsText, conversation: session, tool } = call
      const { command, cwd, environment, mask } = worker.launch
      script = worker.launch.script
      running = worker.call({ id, argumentsText, session, deadlineMs }, tool)
      const { line } = running
      ports.trace?.({
        type: 'launched',
        command: command.map(mask),
        cwd,
        script,
        stdin: mask(line),
        variables: Object.keys(environment),
      })
      void running.verdict.then(ended.resolve)
    }
  }

  function keeperOf(agent: string, tool: ScriptTool): Kept {
    const key = keyOf(agent, tool)
    const known = kept.get(key)
    if (known !== undefined) {
      if (known.farewell !== null) clearTimeout(known.farewell)
      known.farewell = null
      return known
    }
    const about = { tool: tool.name, agent }
    const log = (message: string, fields: object) => ports.log(message, { ...about, ...fields })
    const keeper = createKeeper(tool, { log, start: (onLost) => start(agent, tool, onLost) })
    const made: Kept = { agent, keeper, isDeclared: false, calls: 0, farewell: null }
    kept.set(key, made)
    return made
  }

  function letGoWhenIdle(key: string, known: Kept): void {
    if (known.isDeclared || known.calls > 0 || known.farewell !== null || kept.get(key) !== known) return
    known.farewell = setTimeout(() => {
      kept.delete(key)
      void known.keeper.stop()
    }, LINGER_MS)
    known.farewell.unref()
  }

  function start(agent: string, tool: ScriptTool, onLost: (reason: string, isFault: boolean) => void): WorkerProcess {
    started += 1
    const callId = `worker-${tool.name}-${started}`
    const stateDir = ports.folders.of(callId)
    const launch = ports.launcher(tool, {
      RUNNER_CONTRACT: CONTRACT_VERSION,
      RUNNER_TOOL: tool.name,
      RUNNER_AGENT: agent,
      RUNNER_CALL_ID: callId,
      RUNNER_STATE_DIR: stateDir,
    })
    const about = { tool: tool.name, agent, worker: callId }
    const say = limitLines((message, line) => ports.log(message, { ...about, line }))
    const worker = startWorker(launch, {
      children: ports.children,
      huntStrays: ports.huntStrays,
      mark: { callId, stateDir },
      onLost,
      onLine(line) {
        ports.trace?.({ type: 'stderr', line })
        say('tool wrote to stderr', line)
      },
      onNoise: (line) => say('worker wrote a line that is no message', line),
      onReply: (line) => ports.trace?.({ type: 'replied', line: launch.mask(line) }),
    })
    void worker.gone.then(() => ports.folders.release(callId)()).catch(() => {})
    return worker
  }
}

/** Tools that start alike share a process; the timeout and the output settings of their calls may differ. */
function keyOf(agent: string, tool: ScriptTool): string {
  return `${agent} ${startOf(tool)}`
}

/** How each tool is started, as text: computed once, since every call needs it. */
const starts = new WeakMap<ScriptTool, string>()

function startOf(tool: ScriptTool): string {
  const known = starts.get(tool)
  if (known !== undefined) return known
  const { name, run, cwd, env, envFile, pin, limits, sandbox, network, agentFolder } = tool
  const start = JSON.stringify([name, run, cwd, env, envFile, pin, limits, sandbox, network, agentFolder])
  starts.set(tool, start)
  return start
}
