import type { Drain } from '../session/event.ts'
import { exitCodeOf } from './exit-code.ts'

/** What the system's signals ask of a run, from before it opens anything. */
export interface Signals {
  /** Resolves at the first signal to end. */
  readonly ending: Promise<{ readonly drain: Drain; readonly signal: NodeJS.Signals }>
  /** Whether a signal to end has come: nothing is opened any more. */
  readonly isEnding: boolean
  /** Sets what a reload request calls. Earlier requests are dropped: the run reads its files when it begins anyway. */
  onReload(reload: () => void): void
}

/**
 * Handles signals. The first one ends the run; SIGTERM, which deployments send, lets what is being said be heard. A second one exits at
 * once. If no terminal can hang up, SIGHUP asks for a reload.
 */
export function handleSignals(): Signals {
  const ending = Promise.withResolvers<Awaited<Signals['ending']>>()
  let isEnding = false
  let reload = () => {}
  const end = (signal: NodeJS.Signals) => {
    isEnding = true
    ending.resolve({ drain: signal === 'SIGTERM' && 'heard', signal })
  }
  const endOrExit = (signal: NodeJS.Signals) => {
    if (isEnding) process.exit(exitCodeOf(signal))
    end(signal)
  }
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  process.on('SIGINT', endOrExit)
  process.on('SIGTERM', endOrExit)
  // A closing terminal may send it twice, once through its shell.
  process.on('SIGHUP', () => (atTerminal ? end('SIGHUP') : reload()))
  return {
    ending: ending.promise,
    get isEnding() {
      return isEnding
    },
    onReload(callback) {
      reload = callback
    },
  }
}
