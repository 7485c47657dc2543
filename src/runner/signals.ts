import type { Drain } from '../session/event.ts'

/** What the system's signals ask of a run, from before it opens anything. */
export interface Signals {
  /** Resolves once the end is asked for. */
  readonly ending: Promise<Drain>
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
  const ending = Promise.withResolvers<Drain>()
  let isEnding = false
  let reload = () => {}
  const end = (drain: Drain) => {
    isEnding = true
    ending.resolve(drain)
  }
  const leave = (signal: NodeJS.Signals) => {
    if (isEnding) process.exit(signal === 'SIGTERM' ? 143 : 130)
    end(signal === 'SIGTERM' && 'heard')
  }
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  process.on('SIGINT', leave)
  process.on('SIGTERM', leave)
  // A terminal that closes may say so twice, once by its shell.
  process.on('SIGHUP', () => (atTerminal ? end(false) : reload()))
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
