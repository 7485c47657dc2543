import { constants } from 'node:os'

/** The exit codes of commands, documented in README.md. */
export const EXIT = {
  done: 0,
  /** The answer is no: the file has faults, something would change, or a tool or an answer failed. */
  negative: 1,
  usageError: 2,
  /** The command could not do its job: a file could not be read or written, or runner has a bug. */
  failed: 3,
  /** The environment is not ready: no key, or a service or process that is unreachable or refuses. */
  notReady: 4,
  /** A running process holds it, cannot do it, or had it refused by the service. */
  refused: 5,
} as const

/** The exit code of a command ended early by a signal, as in shells: 128 plus the signal's number. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}
