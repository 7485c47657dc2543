import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import type { Children } from '../processes/child.ts'
import type { CallMark } from '../processes/orphans.ts'
import { endGroup, signalGroup } from '../processes/process-group.ts'
import type { ToolCall, ToolRunnerOptions } from '../tool-process.ts'
import { endBehind } from './sandbox.ts'
import {
  argumentsLine,
  CONTRACT_VERSION,
  judgeEnding,
  misconfiguration,
  outputFailure,
  type Verdict,
} from './tool-contract.ts'
import type { Launcher } from './tool-launch.ts'
import { atEnd, collectOutput, readWords } from './tool-output.ts'
import type { Trace } from './tool-trace.ts'

/** How long output is still read after a tool's end, in ms, if something else holds it open. */
const DRAIN_MS = 100
/** The most stderr lines of one call that are logged and traced, and of characters in a logged line. */
const SHOWN_LINES_MAX = 200
const LOGGED_CHARACTERS_MAX = 1_000

/** One try of a call. */
export interface Attempt {
  /** Hash of the script it runs, if known. */
  script(): string | null
  /** The verdict, at its exit and a short drain. Never rejects. */
  readonly ended: Promise<Verdict>
  /** Nobody waits any more (because of the deadline if `isLate`): asks it to end, and kills what is left a while later. */
  end(isLate: boolean): void
  /** Resolves when nothing of it is left. */
  readonly gone: Promise<void>
}

interface AttemptPorts {
  readonly children: Children
  readonly huntStrays: (mark: CallMark) => Promise<void>
  readonly launcher: Launcher
  readonly stateDir: string
  readonly log: ToolRunnerOptions['log']
  readonly trace?: Trace | undefined
}

/** Starts a script for a call and follows it to its end. Throws if it cannot be started. */
export function attempt(call: ToolCall, deadlineMs: number, ports: AttemptPorts): Attempt {
  const { tool } = call
  const about = { tool: tool.name, call_id: call.callId, conversation: call.conversation }
  const launch = ports.launcher(tool, variablesOf(call, ports.stateDir, deadlineMs))
  const { mask } = launch
  const startedMs = performance.now()
  const ended = Promise.withResolvers<Verdict>()
  let asked = Promise.resolve()

  const child = ports.children.start(launch)
  const { pid, stdin, stdout, stderr } = child
  const line = argumentsLine(call.argumentsText)
  stdin.on('error', () => {})
  stdin.end(line)
  const variables = Object.keys(launch.environment)
  const { cwd, script } = launch
  const command = launch.command.map(mask)
  ports.trace?.({ type: 'launched', command, cwd, script, stdin: mask(line), variables })
  const readOutput = collectOutput(stdout, () => {
    ended.resolve({ outcome: outputFailure() })
    if (pid === undefined) return
    ports.trace?.({ type: 'signalled', signal: 'SIGKILL', ms: elapsedMs() })
    signalGroup(pid, 'SIGKILL')
  })
  const said = readWords(stderr, (line, count) => {
    if (count <= SHOWN_LINES_MAX) show(mask(line))
    if (count === SHOWN_LINES_MAX + 1) show('and more, which is not shown')
  })
  const drained = Promise.all([atEnd(stdout), atEnd(stderr)])

  return {
    script: () => script,
    ended: ended.promise,
    end() {
      if (pid === undefined) return
      const onStep = (signal: 'SIGTERM' | 'SIGKILL') => ports.trace?.({ type: 'signalled', signal, ms: elapsedMs() })
      asked = endGroup({ pid, isSandboxed: launch.isSandboxed }, tool.killAfterMs, onStep)
    },
    gone: follow(),
  }

  function show(line: string): void {
    ports.trace?.({ type: 'stderr', line })
    ports.log('tool wrote to stderr', { ...about, line: line.slice(0, LOGGED_CHARACTERS_MAX) })
  }

  function elapsedMs(): number {
    return Math.round(performance.now() - startedMs)
  }

  async function follow(): Promise<void> {
    const seen = await child.exited
    const exitedMs = elapsedMs()
    if (!('failure' in seen)) {
      await Promise.race([drained, delay(DRAIN_MS, undefined, { ref: false }).then(() => nextTurn())])
    }
    const lastLine = said.lastLine()
    const exit = 'failure' in seen ? seen : endBehind(launch, seen, lastLine)
    if (!('failure' in exit)) {
      const stdout = readOutput()
      ports.trace?.({ type: 'exited', ...exit, stdout: mask(stdout.toString('utf8')), ms: exitedMs })
      ended.resolve(judgeEnding({ ...exit, stdout, lastLine }, mask, tool))
    } else ended.resolve(misconfiguration(mask(exit.failure)))
    await asked
    if (pid !== undefined) signalGroup(pid, 'SIGKILL')
    child.release()
    await ports.huntStrays({ callId: call.callId, stateDir: ports.stateDir })
    for (const stream of [stdin, stdout, stderr]) stream.destroy()
  }
}

function variablesOf(call: ToolCall, stateDir: string, deadlineMs: number) {
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
