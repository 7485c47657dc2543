import { appendFile, writeFile } from 'node:fs/promises'
import { dirname, extname, relative, resolve } from 'node:path'
import type { Level } from '../../agent/findings/diagnostic.ts'
import type { FindingsReport } from '../../agent/findings.ts'
import { formatCodeframe } from '../../agent/formats/codeframe.ts'
import { makeFolder } from '../../io/storage/make-folder.ts'
import type { FrameRenderer } from './frames.ts'

/** The output formats of findings. */
export type Format = 'codeframe' | 'line' | 'json' | 'github' | 'gitlab' | 'sarif' | 'junit'

/** The format that the extension of a report's file implies. */
const EXTENSIONS: { readonly [extension: string]: Format } = { '.json': 'json', '.sarif': 'sarif', '.xml': 'junit' }

/** The format to use if none is given: it depends on the output file and on where the command runs. */
export function defaultFormat(output: string | undefined, env: NodeJS.ProcessEnv): Format {
  const named = EXTENSIONS[extname(output ?? '')]
  if (named !== undefined) return named
  return env.GITHUB_ACTIONS === 'true' && output === undefined ? 'github' : 'codeframe'
}

/** Variables that name the folder these formats want paths relative to. */
const CHECKOUT: { readonly [format in Format]?: readonly string[] } = {
  github: ['GITHUB_WORKSPACE'],
  gitlab: ['CI_PROJECT_DIR'],
  sarif: ['GITHUB_WORKSPACE', 'CI_PROJECT_DIR'],
}

/** Makes the report's paths relative to the root of the checkout, from whichever folder the command runs in. */
export function relativeToCheckout(format: Format, report: FindingsReport, env: NodeJS.ProcessEnv): FindingsReport {
  const root = (CHECKOUT[format] ?? []).map((name) => env[name] ?? '').find((folder) => folder !== '')
  if (root === undefined) return report
  const findings = report.findings.map((finding) => {
    const file = relative(root, resolve(finding.file))
    return file.startsWith('..') ? finding : { ...finding, file }
  })
  return { ...report, findings }
}

/** The findings in one format. Modules are loaded on first use, so that the usual formats start fast. */
export async function formatFindings(
  format: Format,
  report: FindingsReport,
  { frame, failOn }: FrameRenderer & { readonly failOn: Level },
): Promise<string> {
  switch (format) {
    case 'codeframe':
      return formatCodeframe(report, frame)
    case 'line':
      return (await import('../../agent/formats/line.ts')).formatLine(report)
    case 'json':
      return (await import('../../agent/formats/json.ts')).formatJson(report)
    case 'github':
      return (await import('../../agent/formats/github.ts')).formatGithub(report)
    case 'gitlab':
      return (await import('../../agent/formats/gitlab.ts')).formatGitlab(report)
    case 'sarif':
      return (await import('../../agent/formats/sarif.ts')).formatSarif(report)
    case 'junit':
      return (await import('../../agent/formats/junit.ts')).formatJunit(report, { frame, failOn })
    default:
      return format satisfies never
  }
}

/** Adds the whole table to GitHub's step summary, if there is one. Returns what went wrong, or null. */
export async function addToStepSummary(report: FindingsReport, env: NodeJS.ProcessEnv): Promise<string | null> {
  const file = env.GITHUB_STEP_SUMMARY ?? ''
  if (file === '') return null
  const { githubSummary } = await import('../../agent/formats/github.ts')
  return appendFile(file, githubSummary(report)).then(
    () => null,
    (error: Error) => `the step summary could not be written: ${error.message}`,
  )
}

/** Writes a report, creating the folders above it. Returns what went wrong, or null. */
export async function writeReport(file: string, text: string): Promise<string | null> {
  try {
    makeFolder(dirname(file))
    await writeFile(file, text)
    return null
  } catch (error) {
    return `${file} could not be written: ${(error as Error).message}`
  }
}
