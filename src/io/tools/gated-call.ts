import { setTimeout as delay } from 'node:timers/promises'
import type { ToolBase, ToolOutcome } from '../../agent/tool.ts'
import { startDeadline } from '../deadline.ts'
import { failure, timeoutFailure, type Verdict } from './tool-contract.ts'
import type { Trace } from './tool-trace.ts'

/** How long to wait before trying again after `unavailable`, in ms. */
export const RETRY_AFTER_MS = 200

interface GatedCall {
  readonly callId: string
  readonly conversation: string
  readonly tool: Pick<ToolBase, 'name' | 'timeoutMs'> & { readonly retry: number }
}

export interface GatePorts {
  readonly log: (message: string, fields: { readonly [key: string]: unknown }) => void
  readonly trace?: Trace | undefined
  /** Further fields for the log at the call's end. */
  readonly endLogFields?: () => { readonly [key: string]: unknown }
}

/**
 * Runs a call within its deadline, with further tries and cancellation; it has exactly one outcome. The signal aborts when nobody waits any
 * more, with the outcome's status as its reason.
 */
export function gateCall(
  { callId, conversation, tool }: GatedCall,
  work: (signal: AbortSignal) => Promise<Verdict>,
  { log, trace, endLogFields = () => ({}) }: GatePorts,
): { readonly finished: Promise<ToolOutcome>; cancel(): void } {
  const finished = Promise.withResolvers<ToolOutcome>()
  const controller = new AbortController()
  let isOver = false
  const startedMs = performance.now()
  const about = { tool: tool.name, call_id: callId, conversation }
  const endDeadline = startDeadline(tool.timeoutMs, () => settle({ outcome: timeoutFailure(tool.timeoutMs) }))

  void runTries()
  return {
    finished: finished.promise,
    cancel: () => settle({ outcome: failure('cancelled', 'the call was cancelled') }),
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
    controller.abort(outcome.status)
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
