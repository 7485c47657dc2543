import { isUtf8 } from 'node:buffer'
import type { FailureKind, ScriptTool, ToolOutcome } from '../../agent/tool.ts'
import type { Mask } from '../secret-mask.ts'
import { cutMessage, cutOutput, isJson, minifyJson, parseObject } from './tool-answer.ts'

/** The pure half of tool contract version 1: what a script gets, and what its end means. */
export const CONTRACT_VERSION = '1'
/** The most bytes read of stdout; a tool that writes more is killed. */
export const OUTPUT_BYTES_MAX = 1_048_576

/** What the model reads of a tool that cannot be started: the reason is for the operator. */
const NOT_AVAILABLE = 'not available right now'
/** PATH of tools if the runner has none. */
const FALLBACK_PATH = '/usr/local/bin:/usr/bin:/bin'

/** How a process ended, and what it had written by then. `lastLine` is the last line of stderr that is not empty. */
export interface ProcessEnd {
  readonly exitCode: number | null
  readonly signal: string | null
  readonly stdout: Buffer
  readonly lastLine: string
}

/** What a tool's answer must be. */
export type AnswerFormat = Pick<ScriptTool, 'output' | 'maxOutputBytes'>

/** The outcome, and in `detail` what only the operator should know. */
export interface Verdict {
  readonly outcome: ToolOutcome
  readonly detail?: string
}

/** What a process's end means. Everything in the verdict is masked. */
export function judgeEnding(ending: ProcessEnd, mask: Mask, format: AnswerFormat): Verdict {
  const { exitCode, signal, stdout, lastLine } = ending
  const advice = streamAdvice(lastLine)
  if (exitCode === 0) return { ...judgeAnswer(stdout, mask, format), ...(advice === null ? {} : { detail: advice }) }
  const end = describeEnd(exitCode, signal)
  const message = errorMessage(stdout) ?? (lastLine || end)
  const kind = signal === null ? kindOf(exitCode) : 'crashed'
  if (kind === 'misconfigured') return misconfiguration(`${end}: ${cutMessage(mask(message))}`)
  return { ...judgeFailure(kind, message, mask), detail: advice === null ? end : `${end}: ${advice}` }
}

/** What to do instead if a standard stream was opened by its path: the system only says that there is no such device. */
function streamAdvice(lastLine: string): string | null {
  const [path] = /\/dev\/(?:std(?:in|out|err)|fd\/[0-2])\b/.exec(lastLine) ?? []
  if (path === undefined || !/no such device or address/i.test(lastLine)) return null
  return `${path} is a socket, which cannot be opened as a file; read descriptor 0, and write to 1 and 2`
}

/** A failure in words the model can act on. */
export function judgeFailure(kind: FailureKind, words: string, mask: Mask): Verdict {
  return { outcome: failure(kind, cutMessage(mask(words)) || 'it failed without a word') }
}

/** The outcome of a failed call, as the model reads it. */
export function failure(status: FailureKind, message: string): ToolOutcome {
  return { status, message }
}

/** A tool its author has to fix: the detail is for them; the model reads only that the tool is not available. */
export function misconfiguration(detail: string): Verdict {
  return { outcome: failure('misconfigured', NOT_AVAILABLE), detail }
}

export function timeoutFailure(timeoutMs: number): ToolOutcome {
  return failure('timeout', `took longer than ${timeoutMs / 1000} s`)
}

export function outputFailure(): ToolOutcome {
  return failure('output_too_large', `wrote more than ${OUTPUT_BYTES_MAX / 1_048_576} MiB`)
}

/**
 * The one line on stdin: the model's own text if it is one line, so that long numbers survive; else minified. Two characters that JSON
 * allows inside a string are escaped: many readers, Node's `readline` among them, end a line there.
 */
export function argumentsLine(argumentsText: string): string {
  if (argumentsText.trim() === '') return '{}\n'
  const line = /[\r\n]/.test(argumentsText) ? minifyJson(argumentsText) : argumentsText
  return `${line.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}\n`
}

/** The variables set by the runner itself. */
export type RunnerVariables = { readonly [name: `RUNNER_${string}`]: string }

/** The variables a tool gets. A hidden name is never among them, whoever declares it. */
export function toolEnvironment(given: {
  readonly baseEnv: NodeJS.ProcessEnv
  readonly hidden: readonly string[]
  readonly declared: readonly string[]
  /** The variables of the tool's own file. */
  readonly file: { readonly [name: string]: string }
  readonly path: string
  readonly runner: RunnerVariables
}): { [name: string]: string } {
  const environment: { [name: string]: string } = {}
  for (const name of ['HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', ...given.declared]) {
    const value = given.baseEnv[name]
    if (value !== undefined && !given.hidden.includes(name)) environment[name] = value
  }
  const file = Object.entries(given.file).filter(
    ([name]) => !given.hidden.includes(name) && !name.startsWith('RUNNER_'),
  )
  return { ...environment, ...Object.fromEntries(file), PATH: given.path, ...given.runner }
}

/** The PATH of tools: the folder of the running Node, then the runner's own. */
export function toolPath(nodeFolder: string, basePath: string | undefined): string {
  return `${nodeFolder}:${basePath || FALLBACK_PATH}`
}

/** What an answer means, and how much of it the model gets. */
function judgeAnswer(stdout: Buffer, mask: Mask, format: AnswerFormat): Verdict {
  const verdict = judgeText(stdout.toString('utf8'), mask, format)
  if (verdict.outcome.status !== 'ok' || isUtf8(stdout)) return verdict
  return { ...verdict, detail: 'stdout was not UTF-8; other bytes became U+FFFD' }
}

/** The same for an answer that came as text. */
export function judgeText(answer: string, mask: Mask, format: AnswerFormat): Verdict {
  const text = answer.replace(/\r?\n$/, '')
  if (isReserved(text)) {
    return { outcome: failure('failed', 'its answer has only keys that begin with $, which are reserved') }
  }
  const outcome = outcomeOfText(text, mask, format)
  return outcome.status === 'ok' ? { outcome } : { outcome, detail: 'stdout is not JSON' }
}

/** The outcome of a call that was answered with this text: as much of it as the model gets, unless it is not the JSON that is wanted. */
export function outcomeOfText(text: string, mask: Mask, { output, maxOutputBytes }: AnswerFormat): ToolOutcome {
  if (text === '') return { status: 'ok', output: '{"ok":true}' }
  if (output === 'json' && !isJson(text)) return failure('failed', 'its answer is not the JSON that it should be')
  return { status: 'ok', output: cutOutput(mask(output === 'json' ? minifyJson(text) : text), maxOutputBytes) }
}

function kindOf(exitCode: number | null): FailureKind {
  switch (exitCode) {
    case 64:
    case 65:
      return 'invalid_arguments'
    case 69:
    case 75:
      return 'unavailable'
    case 77:
      return 'not_allowed'
    case 78:
    case 126:
    case 127:
      return 'misconfigured'
    default:
      return 'failed'
  }
}

/** How a process ended, for the log. */
export function describeEnd(exitCode: number | null, signal: string | null): string {
  if (signal === 'SIGXCPU') return 'used more processor time than it may'
  return signal === null ? `exit code ${exitCode}` : `ended by ${signal}`
}

/** `error.message` of a JSON object on stdout. */
function errorMessage(stdout: Buffer): string | null {
  const error = parseObject(stdout.toString('utf8'))?.error
  if (typeof error !== 'object' || error === null || !('message' in error)) return null
  return typeof error.message === 'string' && error.message.trim() !== '' ? error.message : null
}

function isReserved(text: string): boolean {
  const keys = Object.keys(parseObject(text) ?? {})
  return keys.length > 0 && keys.every((key) => key.startsWith('$'))
}
