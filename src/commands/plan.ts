import { lossFaults } from '../agent/checks/edit-faults.ts'
import { EXIT } from '../runner/exit-code.ts'
import { loadAgentToShow, printFaults } from '../runner/load-agent.ts'
import { printError } from '../runner/printing/print-error.ts'
import { type Baseline, parseBaseline, readBaseline } from '../runner/projects/plan-baseline.ts'
import { describeChanges, planText } from '../session/edits/plan-text.ts'

export interface PlanOptions {
  readonly against: string
  readonly format: 'text' | 'json'
  readonly detailedExitcode?: boolean
}

/** Prints what an edit changes, and when each change takes effect in a live conversation. Returns the exit code. */
export async function plan(
  file: string,
  { against: baselineText, format, detailedExitcode }: PlanOptions,
): Promise<number> {
  const after = await loadAgentToShow(file)
  if (typeof after === 'number') return after
  const against = parseBaseline(baselineText)
  const { file: formerly, read: before } = await readBaseline(file, against)
  if (before.status === 'missing' && against.kind === 'git' && against.file === null) {
    const howTo = `one that was renamed is compared with --against ${baselineText}:<its old name>`
    process.stdout.write(`${file} is new: it is not in ${baselineText}; ${howTo}\n`)
    return detailedExitcode === true ? EXIT.negative : EXIT.done
  }
  if ('message' in before) {
    const isNothing = before.status === 'missing' || before.status === 'unknown'
    return printError(whyNot(before.message, against), isNothing ? EXIT.usageError : EXIT.failed)
  }
  if (before.status === 'rejected') {
    printFaults(before)
    const name = against.kind === 'git' ? `${formerly} in ${baselineText}` : baselineText
    return printError(`${name} has faults, so nothing can be compared with it`, EXIT.negative)
  }
  const changes = describeChanges(before.agent, after.agent)
  const held = lossFaults(before.agent, after.agent).map(({ message }) => message)
  const isRenamed = against.kind === 'git' && formerly !== file
  const was = isRenamed ? { formerly } : {}
  const text =
    format === 'json'
      ? `${JSON.stringify({ schema: 'runner.plan/1', file, against: baselineText, ...was, changes, held }, null, 2)}\n`
      : planText(changes, `${file} against ${baselineText}${isRenamed ? ` (there it is ${formerly})` : ''}`, held)
  process.stdout.write(text)
  return detailedExitcode === true && changes.length > 0 ? EXIT.negative : EXIT.done
}

function whyNot(message: string, against: Baseline): string {
  return against.kind === 'git' ? `${message}; name another file or commit with --against` : message
}
