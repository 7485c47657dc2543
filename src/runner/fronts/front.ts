import type { Drain } from '../../session/event.ts'
import type { Runner } from '../runner.ts'

/** One way in for one run of `runner start`: it opens conversations as their host, feeds them, and lets them end. */
export interface Front {
  /** Begins to listen, and opens conversations from now on, whenever its callers come. */
  begin(runner: Runner): void
  /** A line for the person who runs it: the address, a warning of the watcher. */
  tell(kind: 'info' | 'warning', message: string): void
  /** A conversation that is opened from now on may begin with another generation than one before it. */
  renew?(): void
  /** Asked to end, by a signal or by another front: opens nothing more, and ends what is open, at once or when it has been heard. */
  stop(drain: Drain, signal?: NodeJS.Signals): void
  /** Resolves with the exit code once there is nothing left to do. */
  readonly finished: Promise<number>
  /** Ends what it has open; gives the exit code of what only shows by then. */
  close(): Promise<number>
}
