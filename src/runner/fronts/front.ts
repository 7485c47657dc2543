import type { Drain } from '../../session/event.ts'
import type { Runner } from '../runner.ts'

/** One way in for a run of `runner start`: it opens conversations as their host, feeds them, and lets them end. */
export interface Front {
  /** Begins to listen; opens conversations as its callers come. */
  begin(runner: Runner): void
  /** Shows a line to the person who runs it: the address, a warning of the watcher. */
  notify(kind: 'info' | 'warning', message: string): void
  /** Called when new conversations may begin with another generation. */
  refreshAgents?(): void
  /** Asks it to end, by a signal or another front: it opens nothing more, and ends what is open, at once or when it has been heard. */
  stop(drain: Drain, signal?: NodeJS.Signals): void
  /** Resolves with the exit code once nothing is left to do. */
  readonly finished: Promise<number>
  /** Closes what it has open; returns the exit code of faults that only show then. */
  close(): Promise<number>
}
