import { dirname } from 'node:path'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { execa } from 'execa'
import type { ScriptTool, ToolOutcome } from '../agent/tool.ts'
import { launchPrefix } from './launch-prefix.ts'
import { type CallMark, createStrayHunt, endGroup, signalGroup } from './process-group.ts'
import { maskSecrets } from './secret-mask.ts'
import { createStateDirs } from './state-dirs.ts'
import {
  argumentsLine,
  CONTRACT_VERSION,
  failure,
  judgeEnding,
  misconfigured,
  tookTooLong,
  toolEnvironment,
  toolPath,
  tooMuchOutput,
  type Verdict,
} from './tool-contract.ts'
import { atEnd, collectOutput, readLines } from './tool-output.ts'
import type { ToolTrace } from './tool-trace.ts'

/** How long output is still read after a tool's end, in ms, while something else holds it open. */
const DRAIN_MS = 100
/** Lines of stderr that one call may put into the log, and the longest of them, in characters. */
const LOGGED_LINES_MAX = 200
const LOGGED_CHARACTERS_MAX = 1_000

export interface ToolCall {
  readonly callId: string
  readonly tool: ScriptTool
  /** The text of a JSON object, already checked against the tool's parameters. */
  readonly argumentsText: string
  readonly agent: string
  readonly conversation: string
  readonly generation: number
}

export interface RunningTool {
  /** How the call ended. Never rejects. */
  readonly finished: Promise<ToolOutcome>
  cancel(): void
}

export interface ToolRunner {
  run(call: ToolCall): RunningTool
  /** Ends what still runs for a conversation and removes its state directory. */
  endConversation(conversation: string): Promise<void>
  /** Ends every tool with its children, and starts none any more. */
  stop(): Promise<void>
}

export interface ToolRunnerOptions {
  /** Where the values of a tool's variables come from. */
  readonly baseEnv: NodeJS.ProcessEnv
  /** Folder for the state directories of conversations. */
  readonly stateRoot: string
  /** Names of variables that no tool is ever given, such as the API key's. */
  readonly hidden: readonly string[]
  readonly log: (message: string, fields: { readonly [key: string]: unknown }) => void
  /** For authors who want to watch a call. */
  readonly trace?: (event: ToolTrace) => void
}

/** Runs tools as processes by contract version 1. Runs on the main thread, since a death signal follows the thread that forked. */
export function createToolRunner(options: ToolRunnerOptions): ToolRunner {
  const path = toolPath(dirname(process.execPath), options.baseEnv.PATH)
  const surroundings = { ...options, path, prefix: launchPrefix(path), huntStrays: createStrayHunt() }
  const stateDirs = createStateDirs(options.stateRoot)
  const open = new Map<Launched, string>()
  let stopped = false

  return {
    run(call) {
      if (stopped) return neverLaunched(failure('cancelled', 'the runner is stopping'))
      const launched = launchSafely(call)
      open.set(launched, call.conversation)
      void launched.gone.then(() => open.delete(launched))
      return launched
    },
    endConversation,
    async stop() {
      stopped = true
      const conversations = new Set([...stateDirs.conversations(), ...open.values()])
      await Promise.all([...conversations].map(endConversation))
    },
  }

  /** A launch that fails at once, for want of a folder or a descriptor, is an outcome like any other. */
  function launchSafely(call: ToolCall): Launched {
    try {
      return launch(call, { ...surroundings, stateDir: stateDirs.of(call.conversation) })
    } catch (error) {
      const { outcome, detail } = misconfigured(String(error))
      options.log('tool could not be launched', { tool: call.tool.name, call_id: call.callId, detail })
      return neverLaunched(outcome)
    }
  }

  async function endConversation(conversation: string): Promise<void> {
    const own = [...open].filter(([, owner]) => owner === conversation).map(([launched]) => launched)
    for (const launched of own) launched.cancel()
    await Promise.all(own.map((launched) => launched.gone))
    try {
      await stateDirs.remove(conversation)
    } catch (error) {
      options.log('a state directory could not be removed', { conversation, detail: String(error) })
    }
  }
}

interface Launched extends RunningTool {
  /** Resolves when nothing of the call is left. */
  readonly gone: Promise<void>
}

interface Surroundings extends ToolRunnerOptions {
  readonly path: string
  readonly prefix: readonly string[]
  readonly stateDir: string
  readonly huntStrays: (mark: CallMark) => Promise<void>
}

function neverLaunched(outcome: ToolOutcome): Launched {
  return { finished: Promise.resolve(outcome), gone: Promise.resolve(), cancel() {} }
}

function launch(call: ToolCall, surroundings: Surroundings): Launched {
  const { tool } = call
  const { baseEnv, hidden, log, stateDir } = surroundings
  const about = { tool: tool.name, call_id: call.callId, conversation: call.conversation }
  const mask = maskSecrets([...tool.env, ...hidden].map((name) => baseEnv[name] ?? ''))
  const finished = Promise.withResolvers<ToolOutcome>()
  const startedMs = performance.now()
  let settled = false
  let asked = Promise.resolve()

  const environment = environmentOf(call, surroundings)
  const command = [...surroundings.prefix, ...tool.run]
  const line = argumentsLine(call.argumentsText)
  const child = spawn(command, tool.cwd, environment)
  const { pid, stdin, stdout, stderr } = child
  stdin.on('error', () => {})
  stdin.end(line)
  trace({ type: 'launched', command, cwd: tool.cwd, stdin: mask(line), variables: Object.keys(environment) })
  const readOutput = collectOutput(stdout, () => {
    settle({ outcome: tooMuchOutput() })
    trace({ type: 'signalled', signal: 'SIGKILL', ms: elapsedMs() })
    if (pid !== undefined) signalGroup(pid, 'SIGKILL')
  })
  const said = readLines(stderr, (line, count) => {
    trace({ type: 'stderr', line: mask(line) })
    if (count > LOGGED_LINES_MAX + 1) return
    const words = mask(line).slice(0, LOGGED_CHARACTERS_MAX)
    log('tool wrote to stderr', { ...about, line: count > LOGGED_LINES_MAX ? 'and more, which is not logged' : words })
  })
  const drained = Promise.all([atEnd(stdout), atEnd(stderr)])
  const deadline = setTimeout(() => giveUp(tookTooLong(tool.timeoutMs)), tool.timeoutMs)

  return {
    finished: finished.promise,
    cancel: () => giveUp(failure('cancelled', 'the call was cancelled')),
    gone: follow(),
  }

  function trace(event: ToolTrace): void {
    surroundings.trace?.(event)
  }

  function elapsedMs(): number {
    return Math.round(performance.now() - startedMs)
  }

  function settle({ outcome, detail }: Verdict): void {
    if (settled) return
    settled = true
    clearTimeout(deadline)
    const message = outcome.status === 'ok' ? undefined : outcome.message
    const ms = elapsedMs()
    trace({ type: 'answered', ms, detail })
    log('tool ended', { ...about, status: outcome.status, ms, reason: message, detail })
    finished.resolve(outcome)
  }

  function giveUp(outcome: ToolOutcome): void {
    if (settled) return
    settle({ outcome })
    if (pid !== undefined) {
      asked = endGroup(pid, tool.killAfterMs, (signal) => trace({ type: 'signalled', signal, ms: elapsedMs() }))
    }
  }

  /** Sees the call to its end: the result at `exit` and a short drain, then everything that it started. */
  async function follow(): Promise<void> {
    const exit = await exitOf(child)
    const exitedMs = elapsedMs()
    if (!settled) await Promise.race([drained, delay(DRAIN_MS, undefined, { ref: false }).then(() => nextTurn())])
    if (!('failure' in exit)) {
      trace({ type: 'exited', ...exit, stdout: mask(readOutput().toString('utf8')), ms: exitedMs })
    }
    if ('failure' in exit) settle(misconfigured(mask(exit.failure)))
    else settle(judgeEnding({ ...exit, stdout: readOutput(), lastLine: said.lastLine() }, mask, tool))
    await asked
    if (pid !== undefined) signalGroup(pid, 'SIGKILL')
    await surroundings.huntStrays({ callId: call.callId, stateDir })
    for (const stream of [stdin, stdout, stderr]) stream.destroy()
  }
}

function environmentOf(call: ToolCall, { baseEnv, hidden, path, stateDir }: Surroundings): { [name: string]: string } {
  const { tool } = call
  const runner = {
    RUNNER_CONTRACT: CONTRACT_VERSION,
    RUNNER_TOOL: tool.name,
    RUNNER_AGENT: call.agent,
    RUNNER_SESSION_ID: call.conversation,
    RUNNER_CALL_ID: call.callId,
    RUNNER_GENERATION: String(call.generation),
    RUNNER_DEADLINE_MS: String(Date.now() + tool.timeoutMs),
    RUNNER_STATE_DIR: stateDir,
  }
  return toolEnvironment({ baseEnv, hidden, declared: tool.env, path, runner })
}

/** `killDescendants` gives the tool a group of its own, and ends that group when this process exits by itself. */
function spawn([file = '', ...words]: readonly string[], cwd: string, env: { [name: string]: string }) {
  return execa(file, words, {
    cwd,
    env,
    extendEnv: false,
    killDescendants: true,
    forceKillAfterDelay: false,
    encoding: 'buffer',
    buffer: false,
    reject: false,
  })
}

type Exit = { readonly exitCode: number | null; readonly signal: string | null } | { readonly failure: string }

/** The process's `exit`, which is earlier than execa's result: that one waits for whoever holds stdout. */
function exitOf(child: ReturnType<typeof spawn>): Promise<Exit> {
  return new Promise((resolve) => {
    child.nodeChildProcess.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
    void child.then((result) => resolve({ failure: result.originalMessage ?? 'it could not be started' }))
  })
}
