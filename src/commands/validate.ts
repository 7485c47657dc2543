import { createFrames } from '../runner/frames.ts'
import { countLevels, type Findings, validatePaths } from '../runner/validate.ts'
import { VERSION } from '../runner/version.ts'

export interface ValidateOptions {
  readonly format: 'codeframe' | 'json'
}

/** Checks agent files and prints what is wrong with them: 0 clean, 1 findings, 2 nothing matched, 3 a file could not be read. */
export async function validate(paths: readonly string[], { format }: ValidateOptions): Promise<number> {
  const findings = await validatePaths(paths)
  for (const path of findings.unmatched)
    process.stderr.write(`runner: nothing matches ${path}; name an agent file, a folder or a glob\n`)
  for (const message of findings.unreadable) process.stderr.write(`runner: ${message}\n`)
  if (findings.unmatched.length > 0 && findings.files.length === 0) return 2
  if (format === 'json') printJson(findings)
  else printFrames(findings)
  if (findings.unreadable.length > 0) return 3
  if (findings.unmatched.length > 0) return 2
  return countLevels(findings.diagnostics).error > 0 ? 1 : 0
}

function printJson({ files, diagnostics }: Findings): void {
  const summary = countLevels(diagnostics)
  const report = { schema: 'runner.findings/1', runner: VERSION, files: files.length, findings: diagnostics, summary }
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
}

function printFrames({ files, diagnostics, sources }: Findings): void {
  const frames = createFrames(process.stdout)
  frames.keep(sources)
  for (const diagnostic of diagnostics) process.stdout.write(`${frames.frame(diagnostic)}\n\n`)
  const { error, warning } = countLevels(diagnostics)
  const found = error + warning === 0 ? 'no faults' : `${plural(error, 'error')}, ${plural(warning, 'warning')}`
  process.stdout.write(`${plural(files.length, 'file')}, ${found}\n`)
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
