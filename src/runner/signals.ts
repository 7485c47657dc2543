import type { Drain } from '../session/event.ts'
import { exitCodeOf } from './exit-code.ts'

/** What the system's signals ask of a run, from before it opens anything. */
export interface Signals {
  /** Resolves once the end is asked for. */
  readonly ending: Promise<{ readonly drain: Drain; readonly signal: NodeJS.Signals }>
  /** The end is asked for: nothing is opened any more. */
  readonly isEnding: boolean
  /** Told each time a reload is asked for; what is asked before is owed nothing, as each run looks at its files when it begins. */
  onReload(reload: () => void): void
}

/**
 * The first signal asks for the end: SIGTERM, with which a deployment ends a process, for one that lets what is said be heard. A second one leaves at
 * once. Where no terminal can hang up, SIGHUP asks for a reload.
 */
export function hearSignals(): Signals {
  const ending = Promise.withResolvers<Awaited<Signals['ending']>>()
  let isEnding = false
  let reload = () => {}
  const end = (signal: NodeJS.Signals) => {
    isEnding = true
    ending.resolve({ drain: signal === 'SIGTERM' && 'heard', signal })
  }
  const leave = (signal: NodeJS.Signals) => {
    if (isEnding) process.exit(exitCodeOf(signal))
    end(signal)
  }
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  process.on('SIGINT', leave)
  process.on('SIGTERM', leave)
  // A terminal that closes may say so twice, once by its shell.
  process.on('SIGHUP', () => (atTerminal ? end('SIGHUP') : reload()))
  return {
    ending: ending.promise,
    get isEnding() {
      return isEnding
    },
    onReload(told) {
      reload = told
    },
  }
}
