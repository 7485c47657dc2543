// What a worker tool in TypeScript or JavaScript needs (`mode: worker`): one function that answers a call.
//
//   import { serve } from './lib/worker.mts'
//   serve(({ order_number }) => orders[order_number] ?? 'There is no such order.')
//
// Node runs it as it is: no build step, no package. The runner starts the script once and gives it call after call.
// Copy this file next to your tools; nothing else belongs to it.
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** What is known of a call besides its arguments. */
export interface Call {
  readonly id: string
  /** The conversation. */
  readonly session: string
  /** Unix time, in ms, at which nobody waits for the answer any more. */
  readonly deadlineMs: number
  /** Aborts when the call is cancelled or its deadline is over: pass it on to `fetch`. */
  readonly signal: AbortSignal
}

export type Kind = 'invalid_arguments' | 'unavailable' | 'not_allowed' | 'misconfigured' | 'failed'

/** Throw it to say how a call failed; any other error is `failed`. The model reads the message. */
export class ToolError extends Error {
  readonly kind: Kind

  constructor(kind: Kind, message: string) {
    super(message)
    this.kind = kind
  }
}

/** Answers calls until the runner closes the input. A string is answered as it is, any other value as JSON; calls run side by side. */
// biome-ignore lint/suspicious/noExplicitAny: the runner has checked the arguments against `parameters`
export async function serve(answer: (args: any, call: Call) => unknown): Promise<void> {
  // Standard output belongs to the runner: what anybody else writes there goes to the log.
  const answers = process.stdout.write.bind(process.stdout)
  process.stdout.write = process.stderr.write.bind(process.stderr)
  const cancels = new Map<string, AbortController>()
  const open = new Set<Promise<void>>()
  let waiting = ''

  say({ ready: 1 })
  // Heard as events: calls often come many at once, and awaiting line after line makes the last ones wait.
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => {
    const { id, cancel, args, session, deadline_ms: deadlineMs } = JSON.parse(line)
    if (cancel !== undefined) cancels.get(cancel)?.abort()
    else {
      const work = take(args, { id, session, deadlineMs, signal: begin(id) }).finally(() => open.delete(work))
      open.add(work)
    }
  })
  await once(lines, 'close')
  await Promise.all(open)
  flush()
  process.exit()

  /** Answers of one moment go out together. */
  function say(message: object): void {
    if (waiting === '') process.nextTick(flush)
    waiting += `${JSON.stringify(message)}\n`
  }

  function flush(): void {
    const lines = waiting
    waiting = ''
    answers(lines)
  }

  function begin(id: string): AbortSignal {
    const controller = new AbortController()
    cancels.set(id, controller)
    return controller.signal
  }

  async function take(args: unknown, call: Call): Promise<void> {
    const { id } = call
    try {
      const output = (await answer(args, call)) ?? ''
      say({ id, output: typeof output === 'string' ? output : JSON.stringify(output) })
    } catch (error) {
      const kind = error instanceof ToolError ? error.kind : 'failed'
      say({ id, error: { kind, message: error instanceof Error ? error.message : String(error) } })
    } finally {
      cancels.delete(id)
    }
  }
}
