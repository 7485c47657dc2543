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
  const tries: Attempt[] = []
  const endLogFields = () => ({ script: tries.at(-1)?.script() ?? undefined })
  const { finished, cancel } = gateCall(
    call,
    async (signal) => {
      // All tries carry the same mark: killing the orphans of one would kill the next.
      const earlier = [...ports.earlierCalls, ...tries.map(({ cleanedUp }) => cleanedUp)]
      if (earlier.length > 0) await Promise.all(earlier)
      if (signal.aborted) return { outcome: failure('cancelled', 'the call was cancelled') }
      const attempt = startAttempt(ports, deadlineMs)
      if ('outcome' in attempt) return attempt
      tries.push(attempt)
      const onAbort = () => attempt.end(signal.reason === 'timeout')
      signal.addEventListener('abort', onAbort, { once: true })
      const verdict = await attempt.ended
      signal.removeEventListener('abort', onAbort)
      return verdict
    },
    { ...ports, endLogFields },
  )
  return {
    finished,
    cancel,
    cleanedUp: finished.then(async () => void (await Promise.all(tries.map(({ cleanedUp }) => cleanedUp)))),
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
