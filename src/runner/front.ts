import type { Report } from '../session/report.ts'
import type { Ending } from '../session/state.ts'
import type { Runner } from './runner.ts'

/** One way in for one run of `runner start`: it opens conversations, feeds them, and shows what they report. */
export interface Front {
  /** Opens the first conversation and begins to listen. */
  begin(runner: Runner): void
  report(report: Report): void
  /** Nothing is being said or done in a conversation, and nothing is owed. */
  rest(conversation: string): void
  closed(conversation: string, ending: Ending): void
  /** A line for the person who runs it: the address, a warning of the watcher. */
  tell(kind: 'info' | 'warning', message: string): void
  /** Resolves with the exit code once there is nothing left to do. */
  readonly finished: Promise<number>
  close(): Promise<void>
}

/** Exit code of a run in which a conversation ended otherwise than asked for. */
export const SURROUNDINGS_NOT_READY = 4
