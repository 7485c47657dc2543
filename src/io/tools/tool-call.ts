import type { RunningTool, ToolCall, ToolRunnerOptions } from '../tool-process.ts'
import { gateCall } from './gated-call.ts'
import type { Attempt } from './tool-attempt.ts'
import { failure, misconfiguration } from './tool-contract.ts'
import type { Trace } from './tool-trace.ts'

/** A call that holds processes open. */
export interface OpenCall extends RunningTool {
  /** Resolves when nothing of the call is left. */
  readonly gone: Promise<void>
}

interface CallPorts extends Pick<ToolRunnerOptions, 'log'> {
  /** Begins one try of the call. Throws if it cannot. */
  readonly begin: (deadlineMs: number) => Attempt
  /** The ends of earlier calls with the same mark. */
  readonly before: readonly Promise<void>[]
  readonly trace?: Trace | undefined
}

/** Runs a call to its end, and waits for what it started. */
export function runCall(call: ToolCall, ports: CallPorts): OpenCall {
  const deadlineMs = Date.now() + call.tool.timeoutMs
  const tries: Attempt[] = []
  const more = () => ({ script: tries.at(-1)?.script() ?? undefined })
  const { finished, cancel } = gateCall(
    call,
    async (signal) => {
      // All tries carry the same mark: the hunt for what one left behind would kill the next.
      const left = [...ports.before, ...tries.map(({ gone }) => gone)]
      if (left.length > 0) await Promise.all(left)
      if (signal.aborted) return { outcome: failure('cancelled', 'the call was cancelled') }
      const attempt = begin(ports, deadlineMs)
      if ('outcome' in attempt) return attempt
      tries.push(attempt)
      const onAbort = () => attempt.end(signal.reason === 'timeout')
      signal.addEventListener('abort', onAbort, { once: true })
      const verdict = await attempt.ended
      signal.removeEventListener('abort', onAbort)
      return verdict
    },
    { ...ports, more },
  )
  return { finished, cancel, gone: finished.then(async () => void (await Promise.all(tries.map(({ gone }) => gone)))) }
}

/** A start that fails at once, because of a missing file or too many open ones, is an outcome like any other. */
function begin(ports: CallPorts, deadlineMs: number) {
  try {
    return ports.begin(deadlineMs)
  } catch (error) {
    return misconfiguration(error instanceof Error ? error.message : String(error))
  }
}
