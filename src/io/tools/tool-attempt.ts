import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import type { ScriptTool } from '../../agent/tool.ts'
import type { Children } from '../processes/child.ts'
import type { CallMark } from '../processes/orphans.ts'
import { endGroup, signalGroup } from '../processes/process-group.ts'
import type { ToolCall, ToolPorts } from './gated-call.ts'
import { exitBehindWrappers } from './sandbox.ts'
import {
  argumentsLine,
  CONTRACT_VERSION,
  judgeEnding,
  misconfiguration,
  outputFailure,
  type Verdict,
} from './tool-contract.ts'
import type { Launcher } from './tool-launch.ts'
import { collectOutput, readStderr, streamEnd } from './tool-output.ts'

/** How long output is still read after a tool's end, in ms, if something else holds it open. */
const DRAIN_MS = 100
/** The most stderr lines of one call that are logged and traced, and of characters in a logged line. */
const STDERR_LINES_MAX = 200
const LOGGED_CHARACTERS_MAX = 1_000

/** A call of a script. */
export interface ScriptCall extends ToolCall<ScriptTool> {
  readonly agent: string
  readonly generation: number
}

/** One try of a call. */
export interface Attempt {
  /** Hash of the script it runs, if known. */
  script(): string | null
  /** The verdict, at its exit and a short drain. Never rejects. */
  readonly ended: Promise<Verdict>
  /** Nobody waits any more (because of the deadline if `isLate`): asks it to end, and kills what is left a while later. */
  end(isLate: boolean): void
  /** Resolves when nothing of it is left. */
  readonly cleanedUp: Promise<void>
}

interface AttemptPorts extends ToolPorts {
  readonly children: Children
  readonly killOrphans: (mark: CallMark) => Promise<void>
  readonly launcher: Launcher
  readonly stateDir: string
}

/** Starts a script for a call and follows it to its end. Throws if it cannot be started. */
export function startScriptAttempt(call: ScriptCall, deadlineMs: number, ports: AttemptPorts): Attempt {
  const { tool } = call
  const about = { tool: tool.name, call_id: call.callId, conversation: call.conversation }
  const launch = ports.launcher(tool, variablesOf(call, ports.stateDir, deadlineMs))
  const { mask } = launch
  const startedMs = performance.now()
  const ended = Promise.withResolvers<Verdict>()
  let ending = Promise.resolve()

  const child = ports.children.start(launch)
  const { pid, stdin, stdout, stderr } = child
  const line = argumentsLine(call.argumentsText)
  stdin.on('error', () => {})
  stdin.end(line)
  const variables = Object.keys(launch.environment)
  const unset = tool.env.filter((name) => !variables.includes(name))
  const { cwd, script } = launch
  const command = launch.command.map(mask)
  ports.trace?.({ type: 'launched', command, cwd, script, stdin: mask(line), variables, unset })
  const readOutput = collectOutput(stdout, () => {
    ended.resolve({ outcome: outputFailure() })
    if (pid === undefined) return
    ports.trace?.({ type: 'signalled', signal: 'SIGKILL', ms: elapsedMs() })
    signalGroup(pid, 'SIGKILL')
  })
  const stderrLines = readStderr(stderr, (line, count) => {
    if (count <= STDERR_LINES_MAX) reportStderr(mask(line))
    if (count === STDERR_LINES_MAX + 1) reportStderr('and more, which is not shown')
  })
  const drained = Promise.all([streamEnd(stdout), streamEnd(stderr)])

  return {
    script: () => script,
    ended: ended.promise,
    end() {
      if (pid === undefined) return
      const onSignal = (signal: 'SIGTERM' | 'SIGKILL') => ports.trace?.({ type: 'signalled', signal, ms: elapsedMs() })
      ending = endGroup({ pid, isSandboxed: launch.isSandboxed }, tool.killAfterMs, onSignal)
    },
    cleanedUp: waitForEnd(),
  }

  function reportStderr(line: string): void {
    ports.trace?.({ type: 'stderr', line })
    ports.log('tool wrote to stderr', { ...about, line: line.slice(0, LOGGED_CHARACTERS_MAX) })
  }

  function elapsedMs(): number {
    return Math.round(performance.now() - startedMs)
  }

  async function waitForEnd(): Promise<void> {
    const childExit = await child.exited
    const exitedMs = elapsedMs()
    if (!('failure' in childExit)) {
      await Promise.race([drained, delay(DRAIN_MS, undefined, { ref: false }).then(() => nextTurn())])
    }
    const lastLine = stderrLines.lastLine()
    const exit = 'failure' in childExit ? childExit : exitBehindWrappers(launch, childExit, lastLine)
    if (!('failure' in exit)) {
      const stdout = readOutput()
      ports.trace?.({ type: 'exited', ...exit, stdout: mask(stdout.toString('utf8')), ms: exitedMs })
      ended.resolve(judgeEnding({ ...exit, stdout, lastLine }, mask, tool))
    } else ended.resolve(misconfiguration(mask(exit.failure)))
    await ending
    if (pid !== undefined) signalGroup(pid, 'SIGKILL')
    child.release()
    await ports.killOrphans({ callId: call.callId, stateDir: ports.stateDir })
    for (const stream of [stdin, stdout, stderr]) stream.destroy()
  }
}

function variablesOf(call: ScriptCall, stateDir: string, deadlineMs: number) {
  return {
    RUNNER_CONTRACT: CONTRACT_VERSION,
    RUNNER_TOOL: call.tool.name,
    RUNNER_AGENT: call.agent,
    RUNNER_SESSION_ID: call.conversation,
    RUNNER_CALL_ID: call.callId,
    RUNNER_GENERATION: String(call.generation),
    RUNNER_DEADLINE_MS: String(deadlineMs),
    RUNNER_STATE_DIR: stateDir,
  } as const
}
