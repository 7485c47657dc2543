import { setTimeout as delay } from 'node:timers/promises'
import type { ToolOutcome } from '../agent/tool.ts'
import type { Attempt } from './tool-attempt.ts'
import { failure, misconfigured, tookTooLong, type Verdict } from './tool-contract.ts'
import type { RunningTool, ToolCall, ToolRunnerOptions } from './tool-process.ts'
import type { ToolTrace } from './tool-trace.ts'

/** How long a service that was not available is left alone before the one more try, in ms. */
const RETRY_AFTER_MS = 200

/** A call that holds processes open. */
export interface OpenCall extends RunningTool {
  /** Resolves when nothing of the call is left. */
  readonly gone: Promise<void>
}

export interface CallPorts extends Pick<ToolRunnerOptions, 'log'> {
  /** Begins one try of the call. Throws where it cannot. */
  readonly begin: (deadlineMs: number) => Attempt
  readonly trace: (event: ToolTrace) => void
}

/** Sees a call to its end in one try, or in several where the tool asks for that: one deadline and one outcome for all of them. */
export function runCall(call: ToolCall, ports: CallPorts): OpenCall {
  const { tool } = call
  const about = { tool: tool.name, call_id: call.callId, conversation: call.conversation }
  const finished = Promise.withResolvers<ToolOutcome>()
  const startedMs = performance.now()
  const deadlineMs = Date.now() + tool.timeoutMs
  const deadline = setTimeout(() => giveUp(tookTooLong(tool.timeoutMs)), tool.timeoutMs)
  const over = new AbortController()
  let running: Attempt | null = null

  return {
    finished: finished.promise,
    cancel: () => giveUp(failure('cancelled', 'the call was cancelled')),
    gone: follow(),
  }

  function settle({ outcome, detail }: Verdict): void {
    if (over.signal.aborted) return
    over.abort()
    clearTimeout(deadline)
    const ms = elapsedMs()
    ports.trace({ type: 'answered', ms, detail })
    const reason = outcome.status === 'ok' ? undefined : outcome.message
    const script = running?.script ?? undefined
    ports.log('tool ended', { ...about, status: outcome.status, ms, reason, detail, script })
    finished.resolve(outcome)
  }

  function giveUp(outcome: ToolOutcome): void {
    if (over.signal.aborted) return
    settle({ outcome })
    running?.end(outcome.status === 'timeout')
  }

  function elapsedMs(): number {
    return Math.round(performance.now() - startedMs)
  }

  async function follow(): Promise<void> {
    const gone: Promise<void>[] = []
    for (let triesLeft = tool.retry; !over.signal.aborted; triesLeft -= 1) {
      running = begin()
      if (running === null) return
      gone.push(running.gone)
      const verdict = await running.ended
      const isLast = triesLeft === 0 || elapsedMs() + RETRY_AFTER_MS >= tool.timeoutMs
      if (over.signal.aborted || verdict.outcome.status !== 'unavailable' || isLast) settle(verdict)
      else {
        ports.log('tool is tried again', { ...about, reason: verdict.outcome.message })
        await delay(RETRY_AFTER_MS, undefined, { signal: over.signal }).catch(() => {})
      }
    }
    await Promise.all(gone)
  }

  /** A start that fails at once, for want of a file or a descriptor, is an outcome like any other. */
  function begin(): Attempt | null {
    try {
      return ports.begin(deadlineMs)
    } catch (error) {
      settle(misconfigured(error instanceof Error ? error.message : String(error)))
      return null
    }
  }
}
