import { lossFaults } from '../agent/checks/edit-faults.ts'
import { complain } from '../runner/complain.ts'
import { EXIT } from '../runner/exit-code.ts'
import { loadOrTell, tellFaults } from '../runner/load-agent.ts'
import { type Against, parseAgainst, readBefore } from '../runner/projects/plan-edit.ts'
import { describeChanges, planText } from '../session/edits/plan-text.ts'

export interface PlanOptions {
  readonly against: string
  readonly format: 'text' | 'json'
  readonly detailedExitcode?: boolean
}

/** Prints what an edit changes, and when each change takes effect in a live conversation. Returns the exit code. */
export async function plan(file: string, { against: asked, format, detailedExitcode }: PlanOptions): Promise<number> {
  const after = await loadOrTell(file, 'show')
  if (typeof after === 'number') return after
  const against = parseAgainst(asked)
  const { file: formerly, read: before } = await readBefore(file, against)
  if (before.status === 'missing' && against.kind === 'git' && against.file === null) {
    const howTo = `one that was renamed is compared with --against ${asked}:<its old name>`
    process.stdout.write(`${file} is new: it is not in ${asked}; ${howTo}\n`)
    return detailedExitcode === true ? EXIT.no : EXIT.done
  }
  if ('message' in before) {
    const isNothing = before.status === 'missing' || before.status === 'unknown'
    return complain(whyNot(before.message, against), isNothing ? EXIT.wrongUse : EXIT.notDone)
  }
  if (before.status === 'rejected') {
    tellFaults(before)
    const name = against.kind === 'git' ? `${formerly} in ${asked}` : asked
    return complain(`${name} has faults, so nothing can be compared with it`, EXIT.no)
  }
  const changes = describeChanges(before.agent, after.agent)
  const held = lossFaults(before.agent, after.agent).map(({ message }) => message)
  const isRenamed = against.kind === 'git' && formerly !== file
  const was = isRenamed ? { formerly } : {}
  const text =
    format === 'json'
      ? `${JSON.stringify({ schema: 'runner.plan/1', file, against: asked, ...was, changes, held }, null, 2)}\n`
      : planText(changes, `${file} against ${asked}${isRenamed ? ` (there it is ${formerly})` : ''}`, held)
  process.stdout.write(text)
  return detailedExitcode === true && changes.length > 0 ? EXIT.no : EXIT.done
}

function whyNot(message: string, against: Against): string {
  return against.kind === 'git' ? `${message}; name another file or commit with --against` : message
}
