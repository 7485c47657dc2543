import type { Agent } from '../../agent/agent.ts'
import { type Change, planChanges, type When } from '../plan.ts'
import { describeChange } from './describe-change.ts'

/** The order in which an edit takes effect. */
const TIMES: readonly When[] = ['now', 'next response', 'next audio', 'next session', 'refused']

/** One change as a program reads it. */
export interface PlannedChange extends Change {
  readonly summary: string
  readonly lines: readonly string[]
}

/** What an edit changes, how, and when it takes effect in a conversation that is live. */
export function plannedChanges(before: Agent, after: Agent): readonly PlannedChange[] {
  return planChanges(before, after).map((change) => ({ ...change, ...describeChange(before, after, change.field) }))
}

/** The same for people: a line a change with its moment at the end, the changed lines of a text below it, and a count. */
export function planText(changes: readonly PlannedChange[], headline: string): string {
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
  const told = counts.filter(([, count]) => count > 0).map(([time, count]) => `${count} ${time}`)
  return `${[`${headline}: ${changes.length} ${changes.length === 1 ? 'change' : 'changes'}`, ...rows, told.join(', ')].join('\n')}\n`
}
