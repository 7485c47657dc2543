import { createFrames } from '../runner/frames.ts'
import { addToStepSummary, defaultFormat, type Format, formatted, fromCheckout } from '../runner/print-findings.ts'
import { validatePaths } from '../runner/validate.ts'

export interface ValidateOptions {
  readonly format?: Format
}

/** Checks agent files and prints what is wrong with them: 0 clean, 1 findings, 2 nothing matched, 3 a file could not be read. */
export async function validate(paths: readonly string[], options: ValidateOptions): Promise<number> {
  const { report, sources, unmatched, unreadable } = await validatePaths(paths)
  for (const path of unmatched) complain(`nothing matches ${path}; name an agent file, a folder or a glob`)
  for (const message of unreadable) complain(message)
  if (unmatched.length > 0 && report.files === 0) return 2
  const format = options.format ?? defaultFormat(process.env)
  const frames = createFrames(process.stdout)
  frames.keep(sources)
  const told = fromCheckout(format, report, process.env)
  process.stdout.write(await formatted(format, told, frames.frame))
  if (format === 'github') {
    const failed = await addToStepSummary(told, process.env)
    if (failed !== null) complain(failed)
  }
  if (unreadable.length > 0) return 3
  if (unmatched.length > 0) return 2
  return report.summary.error > 0 ? 1 : 0
}

function complain(message: string): void {
  process.stderr.write(`runner: ${message}\n`)
}
