import { setTimeout as delay } from 'node:timers/promises'
import type { HttpTool, McpTool, ScriptTool, ToolBase, ToolOutcome } from '../../agent/tool.ts'
import { startDeadline } from '../time.ts'
import { failure, timeoutFailure, type Verdict } from './tool-contract.ts'
import type { Trace } from './tool-trace.ts'

/** How long to wait before trying again after `unavailable`, in ms. */
export const RETRY_AFTER_MS = 200

/** A call to run. */
export interface ToolCall<Called extends ScriptTool | HttpTool | McpTool> {
  readonly callId: string
  readonly conversation: string
  readonly tool: Called
  /** The text of a JSON object, already checked against the tool's parameters. */
  readonly argumentsText: string
}

export interface RunningTool {
  /** The outcome of the call. Never rejects. */
  readonly finished: Promise<ToolOutcome>
  cancel(): void
}

/** Where a call, or what runs it, reports: the log for operators, and a trace for authors who want to watch. */
export interface ToolPorts {
  readonly log: (message: string, fields: { readonly [key: string]: unknown }) => void
  readonly trace?: Trace | undefined
}

interface GatedCall {
  readonly callId: string
  readonly conversation: string
  readonly tool: Pick<ToolBase, 'name' | 'timeoutMs'> & { readonly retry: number }
}

interface GatePorts extends ToolPorts {
  /** Further fields for the log at the call's end. */
  readonly endLogFields?: () => { readonly [key: string]: unknown }
  /** Called when the signal aborts; `isLate` if the deadline is over. Cheaper than a listener, which a call of a worker would notice. */
  readonly onGivenUp?: (isLate: boolean) => void
}

/**
 * Runs a call within its deadline, with further tries and cancellation; it has exactly one outcome. The signal aborts when a call is given
 * up before its end, with the outcome's status as its reason.
 */
export function gateCall(
  { callId, conversation, tool }: GatedCall,
  work: (signal: AbortSignal) => Promise<Verdict>,
  { log, trace, endLogFields = () => ({}), onGivenUp }: GatePorts,
): RunningTool {
  const finished = Promise.withResolvers<ToolOutcome>()
  const controller = new AbortController()
  let isOver = false
  const startedMs = performance.now()
  const about = { tool: tool.name, call_id: callId, conversation }
  const endDeadline = startDeadline(tool.timeoutMs, () => giveUp(timeoutFailure(tool.timeoutMs)))

  void runTries()
  return {
    finished: finished.promise,
    cancel: () => giveUp(failure('cancelled', 'the call was cancelled')),
  }

  function settle({ outcome, detail }: Verdict): void {
    if (isOver) return
    isOver = true
    endDeadline()
    const ms = elapsedMs()
    trace?.({ type: 'answered', ms, detail })
    const reason = outcome.status === 'ok' ? undefined : outcome.message
    log('tool ended', { ...about, status: outcome.status, ms, reason, detail, ...endLogFields() })
    finished.resolve(outcome)
  }

  function giveUp(outcome: ToolOutcome): void {
    if (isOver) return
    settle({ outcome })
    controller.abort(outcome.status)
    onGivenUp?.(outcome.status === 'timeout')
  }

  function elapsedMs(): number {
    return Math.round(performance.now() - startedMs)
  }

  async function runTries(): Promise<void> {
    for (let triesLeft = tool.retry; !isOver; triesLeft -= 1) {
      const verdict = await work(controller.signal).catch((error: unknown) => ({
        outcome: failure('failed', 'it could not be done'),
        detail: String(error),
      }))
      const isLast = triesLeft === 0 || elapsedMs() + RETRY_AFTER_MS >= tool.timeoutMs
      if (isOver || isLast || verdict.outcome.status !== 'unavailable') return settle(verdict)
      log('tool is tried again', { ...about, reason: verdict.outcome.message })
      await delay(RETRY_AFTER_MS, undefined, { signal: controller.signal }).catch(() => {})
    }
  }
}
