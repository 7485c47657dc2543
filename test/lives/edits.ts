import type { SessionEvent } from '../../src/session/event.ts'
import { HELD_BACK_REASON } from '../../src/session/plan.ts'
import type { Report } from '../../src/session/report.ts'
import type { SessionState } from '../../src/session/state.ts'

/** Keeps count of the generations that were offered to a conversation, and of what it said became of them. */
export class Edits {
  /** Generations that the service certainly refused. */
  readonly refused = new Set<number>()
  private readonly offered = new Set<number>()
  /** Those that were refused, for certain or not, or withdrawn: they are wanted no more. */
  private readonly gone = new Set<number>()
  /** Those that its session, or the author, would have wait; nobody promised when. */
  private readonly waiting = new Set<number>()

  hear(event: SessionEvent): void {
    if (event.type === 'agent.loaded') this.offered.add(event.generation)
    if (event.type === 'agent.withdrawn') this.gone.add(event.generation)
  }

  tell(report: Report): void {
    if (!('offered' in report) || report.offered === null || ('own' in report && report.own)) return
    const { offered, generation } = report
    if (report.type === 'reload.unconfirmed') this.waiting.add(offered)
    if (report.type === 'reload.deferred' && report.reason === HELD_BACK_REASON) this.waiting.add(offered)
    // What waited for the next session is refused to the generation in force, which stays.
    if (report.type === 'reload.refused' && offered !== generation) this.gone.add(offered)
    if (report.type === 'reload.refused' && offered !== generation && report.certain) this.refused.add(offered)
  }

  /** The newest generation that was wanted and neither taken nor refused, when there was time for it; null where none is missing. */
  missingIn({ config }: SessionState): number | null {
    const newest = Math.max(0, ...[...this.offered].filter((number) => !this.gone.has(number)))
    return newest <= config.confirmed.number || this.waiting.has(newest) ? null : newest
  }
}
