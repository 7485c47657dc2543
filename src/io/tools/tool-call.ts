import { gateCall, type RunningTool, type ToolPorts } from './gated-call.ts'
import type { Attempt, ScriptCall } from './tool-attempt.ts'
import { failure, misconfiguration } from './tool-contract.ts'

/** A call that holds processes open. */
export interface OpenCall extends RunningTool {
  /** Resolves when nothing of the call is left. */
  readonly cleanedUp: Promise<void>
}

interface CallPorts extends ToolPorts {
  /** Begins one try of the call. Throws if it cannot. */
  readonly startAttempt: (deadlineMs: number) => Attempt
  /** The ends of earlier calls with the same mark. */
  readonly earlierCalls: readonly Promise<void>[]
}

/** Runs a call to its end, and waits for what it started. */
export function runCall(call: ScriptCall, ports: CallPorts): OpenCall {
  const deadlineMs = Date.now() + call.tool.timeoutMs
  /** The last try, and whether it still runs. */
  let attempt: Attempt | null = null
  let isRunning = false
  const endLogFields = () => ({ script: attempt?.script() ?? undefined })
  const { finished, cancel } = gateCall(
    call,
    async (signal) => {
      // All tries carry the same mark: killing the orphans of one would kill the next.
      const earlier = attempt === null ? ports.earlierCalls : [attempt.cleanedUp]
      if (earlier.length > 0) await Promise.all(earlier)
      if (signal.aborted) return { outcome: failure('cancelled', 'the call was cancelled') }
      const started = startAttempt(ports, deadlineMs)
      if ('outcome' in started) return started
      attempt = started
      isRunning = true
      const verdict = await started.ended
      isRunning = false
      return verdict
    },
    {
      ...ports,
      endLogFields,
      onGivenUp(isLate) {
        if (isRunning) attempt?.end(isLate)
      },
    },
  )
  return {
    finished,
    cancel,
    cleanedUp: finished.then(() => attempt?.cleanedUp),
  }
}

/** A start that fails at once, because of a missing file or too many open ones, is an outcome like any other. */
function startAttempt(ports: CallPorts, deadlineMs: number) {
  try {
    return ports.startAttempt(deadlineMs)
  } catch (error) {
    return misconfiguration(error instanceof Error ? error.message : String(error))
  }
}
