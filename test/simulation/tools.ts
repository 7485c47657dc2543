import type { SessionEvent } from '../../src/session/event.ts'
import type { Random } from '../lives/random.ts'
import type { VirtualTime } from './virtual-time.ts'

const OUTCOMES = [
  { status: 'ok', output: '{"seats":2}' },
  { status: 'timeout', message: 'took longer than 8 s' },
  { status: 'failed', message: 'no such thing' },
] as const
/** The longest that a script runs, and how long a cancelled one takes to end, in ms. */
const RUN_MAX_MS = 8_000
const CANCEL_MS = 100

/** A script that takes a random time and ends in a random way, or when it is cancelled. */
export function runScript(
  { random, time }: { readonly random: Random; readonly time: VirtualTime },
  callId: string,
  finished: (event: SessionEvent) => void,
): { cancel(): void } {
  let isCancelled = false
  const outcome = random.pick(OUTCOMES)
  const end = (result: typeof outcome | { status: 'cancelled'; message: string }, ms: number) =>
    time.after(ms, () => finished({ type: 'tool.finished', callId, outcome: result, ms }))
  const stop = end(outcome, random.between(5, RUN_MAX_MS))
  return {
    cancel() {
      if (isCancelled) return
      isCancelled = true
      stop()
      end({ status: 'cancelled', message: 'it was ended' }, CANCEL_MS)
    },
  }
}
