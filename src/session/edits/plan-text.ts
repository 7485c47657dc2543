import type { Agent } from '../../agent/agent.ts'
import { type ChangeTiming, planChanges, type SettingChange, settingsOf } from '../plan.ts'
import { describeChange } from './describe-change.ts'

/** The order in which an edit takes effect. */
const TIMES: readonly ChangeTiming[] = ['now', 'next response', 'next audio', 'next session', 'refused']

/** One change as a program reads it. */
export interface PlannedChange extends SettingChange {
  readonly summary: string
  readonly lines: readonly string[]
}

/** What an edit changes, how, and when it takes effect in a live conversation. */
export function describeChanges(before: Agent, after: Agent): readonly PlannedChange[] {
  const wanted = settingsOf(after)
  return planChanges(before, after).map((change) => {
    const isUnset = !wanted.has(change.field) && ['next response', 'next audio'].includes(change.when)
    return { ...change, ...(isUnset ? { reason: UNSET_REASON } : {}), ...describeChange(before, after, change.field) }
  })
}

const UNSET_REASON = 'next session, if the service has reported no value of its own'

/**
 * The same for people: one line per change with its moment at the end, the changed lines of a text below it, a count, and what the edit
 * would lose, for which its first save is held.
 */
export function planText(changes: readonly PlannedChange[], headline: string, losses: readonly string[]): string {
  if (changes.length === 0) return `${headline}: nothing changes\n`
  const width = (key: 'field' | 'summary') => Math.max(...changes.map((change) => [...change[key]].length))
  const [fieldWidth, summaryWidth] = [width('field'), width('summary')]
  const rows = changes.flatMap(({ field, summary, when, reason, lines }) => {
    const why = reason === undefined ? '' : ` (${reason})`
    return [
      `  ${field.padEnd(fieldWidth)}  ${summary.padEnd(summaryWidth)}  ${when}${why}`,
      ...lines.map((line) => `  ${' '.repeat(fieldWidth)}  ${line}`),
    ]
  })
  const counts = TIMES.map((time) => [time, changes.filter(({ when }) => when === time).length] as const)
  const countsText = counts.filter(([, count]) => count > 0).map(([time, count]) => `${count} ${time}`)
  const count = `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}`
  const held = losses.map((loss) => `held until it is saved once more: ${loss}`)
  return `${[`${headline}: ${count}`, ...rows, countsText.join(', '), ...held].join('\n')}\n`
}
