import type { Diagnostic, Level } from '../agent/findings/diagnostic.ts'
import { type FindingsReport, hasAtLeast } from '../agent/findings.ts'
import { FILE_BYTES_MAX } from '../agent/reading/parsed-file.ts'
import { readStream, writeStandardOutput } from '../io/standard-streams.ts'
import { EXIT } from '../runner/exit-code.ts'
import { createFrames } from '../runner/printing/frames.ts'
import { printError } from '../runner/printing/print-error.ts'
import {
  addToStepSummary,
  defaultFormat,
  type Format,
  formatFindings,
  relativeToCheckout,
  writeReport,
} from '../runner/printing/print-findings.ts'
import { type Findings, validatePaths, validateUnsaved } from '../runner/projects/validate.ts'
import { exitOnOutputError, noMatchMessage } from './errors.ts'

export interface ValidateOptions {
  readonly format?: Format
  readonly output?: string
  /** The lowest level of findings that makes the exit code 1. */
  readonly failOn: Level
  readonly stdin?: boolean
  readonly stdinFilename?: string
  readonly explain?: string
  /** Whether to use findings cached by an earlier run, and to cache those of this one. */
  readonly cache?: boolean
}

/**
 * Checks agent files and reports their faults: 0 clean, 1 findings, 2 wrong usage or nothing matched, 3 a file could not be read or
 * written.
 */
export async function validate(paths: readonly string[], options: ValidateOptions): Promise<number> {
  if (options.explain !== undefined) return explain(options.explain)
  const misuse = misuseOf(paths, options)
  if (misuse !== null) return printError(misuse, EXIT.usageError)
  const found = await check(paths, options)
  for (const path of found.unmatched) printError(noMatchMessage(path), EXIT.usageError)
  for (const message of found.unreadable) printError(message, EXIT.failed)
  if (found.unmatched.length > 0 && found.report.files === 0 && found.unreadable.length === 0) return EXIT.usageError
  const isWritten = await printReport(found, options)
  if (!isWritten || found.unreadable.length > 0) return EXIT.failed
  if (found.unmatched.length > 0) return EXIT.usageError
  return hasAtLeast(found.report, options.failOn) ? EXIT.negative : EXIT.done
}

async function explain(rule: string): Promise<number> {
  const { explainRule } = await import('../agent/findings/explain.ts')
  const explained = explainRule(rule)
  if ('message' in explained) return printError(explained.message, EXIT.usageError)
  process.stdout.write(explained.text)
  return EXIT.done
}

function misuseOf(paths: readonly string[], { stdin = false, stdinFilename }: ValidateOptions): string | null {
  if (stdin && paths.length > 0) return '--stdin takes no path: name what it holds with --stdin-filename'
  if (stdin && stdinFilename === undefined)
    return '--stdin wants --stdin-filename: the paths in the file are relative to it'
  if (!stdin && stdinFilename !== undefined) return '--stdin-filename goes with --stdin'
  return !stdin && paths.length === 0 ? 'name a path: an agent file, a folder or a glob' : null
}

async function check(
  paths: readonly string[],
  { stdin, stdinFilename = '', cache = true }: ValidateOptions,
): Promise<Findings> {
  if (stdin !== true) return validatePaths(paths, { cache })
  return validateUnsaved(stdinFilename, await readStream(process.stdin, FILE_BYTES_MAX))
}

/** Prints the report; if it goes to a file, standard error shows the frames for people. Returns whether all was written. */
async function printReport(
  { report, sources }: Findings,
  { format: requestedFormat, output, failOn }: ValidateOptions,
): Promise<boolean> {
  const format = requestedFormat ?? defaultFormat(output, process.env)
  const shown = relativeToCheckout(format, report, process.env)
  const text = await formatFindings(format, shown, { frame: framesFor(format, output, sources), failOn })
  if (format === 'github') await addSummary(shown)
  if (output === undefined) {
    writeStandardOutput(text, exitOnOutputError)
    return true
  }
  const frames = createFrames(process.stderr)
  frames.addSources(sources)
  process.stderr.write(await formatFindings('codeframe', report, { frame: frames.frame, failOn }))
  const failed = await writeReport(output, text)
  if (failed !== null) printError(failed, EXIT.failed)
  return failed === null
}

/** How to draw frames: plain unless the text goes to a terminal. Standard output is only looked at once there is something to draw. */
function framesFor(format: Format, output: string | undefined, sources: ReadonlyMap<string, string>) {
  const draw = () => {
    const frames = createFrames(format === 'codeframe' && output === undefined ? process.stdout : {})
    frames.addSources(sources)
    return frames.frame
  }
  let frame: ReturnType<typeof draw> | undefined
  return (finding: Diagnostic) => {
    frame ??= draw()
    return frame(finding)
  }
}

async function addSummary(report: FindingsReport): Promise<void> {
  const failed = await addToStepSummary(report, process.env)
  if (failed !== null) printError(failed, EXIT.done)
}
