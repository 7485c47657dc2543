import type { SessionEvent } from '../../src/session/event.ts'
import { HELD_BACK_REASON } from '../../src/session/plan.ts'
import type { Report } from '../../src/session/report.ts'
import type { SessionState } from '../../src/session/state.ts'

/** Tracks the generations offered to a conversation, and what it reported of them. */
export class OfferedGenerations {
  /** Generations that the service refused for certain. */
  readonly refused = new Set<number>()
  private readonly offered = new Set<number>()
  /** Generations that were refused, for certain or not, or withdrawn. */
  private readonly withdrawn = new Set<number>()
  /** Generations that wait for the next session, or were never confirmed. */
  private readonly waiting = new Set<number>()

  observe(event: SessionEvent): void {
    if (event.type === 'agent.loaded') this.offered.add(event.generation)
    if (event.type === 'agent.withdrawn') this.withdrawn.add(event.generation)
  }

  observeReport(report: Report): void {
    if (!('offered' in report) || report.offered === null || ('own' in report && report.own)) return
    const { offered, generation } = report
    if (report.type === 'reload.unconfirmed') this.waiting.add(offered)
    if (report.type === 'reload.deferred' && report.reason === HELD_BACK_REASON) this.waiting.add(offered)
    // A refused deferred setting is reported under the generation in force, which stays.
    if (report.type === 'reload.refused' && offered !== generation) this.withdrawn.add(offered)
    if (report.type === 'reload.refused' && offered !== generation && report.certain) this.refused.add(offered)
  }

  /** The newest offered generation that is neither in force nor refused nor waiting; null if there is none. */
  missingGeneration({ config }: SessionState): number | null {
    const newest = Math.max(0, ...[...this.offered].filter((number) => !this.withdrawn.has(number)))
    return newest <= config.confirmed.number || this.waiting.has(newest) ? null : newest
  }
}
