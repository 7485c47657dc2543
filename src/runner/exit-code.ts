import { constants } from 'node:os'

/** What a command ends with; README.md tells it to users. */
export const EXIT = {
  done: 0,
  /** The answer is no: the file has faults, something would change, a tool did not work. */
  no: 1,
  wrongUse: 2,
  /** It could not do its job: a file that cannot be read or written, a fault of ours. */
  notDone: 3,
  /** The surroundings are not ready: no key, a service or a process that is not reached or turns one away. */
  notReady: 4,
  /** A running process holds it, cannot do it, or was refused by the service. */
  refused: 5,
} as const

/** What a command ends with that a signal ends before it is done, as shells have it: 128 and the signal's number. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}
