import { parseExactly } from '../../agent/requests/exact-json.ts'
import type { FailureKind } from '../../agent/tool.ts'
import type { Mask } from '../secret-mask.ts'
import { parseObject } from '../tools/tool-answer.ts'
import {
  type AnswerFormat,
  argumentsLine,
  judgeFailure,
  judgeText,
  misconfiguration,
  OUTPUT_BYTES_MAX,
  outputFailure,
  type Verdict,
} from '../tools/tool-contract.ts'

/** The pure half of the worker protocol: one JSON object per line, in both directions. */
export interface WorkerRequest {
  readonly id: string
  /** The text of a JSON object, passed on unchanged, so that long numbers survive. */
  readonly argumentsText: string
  readonly session: string
  /** Unix time at which the call is given up, in ms. */
  readonly deadlineMs: number
}

/** One call, as the worker reads it. */
export function requestLine({ id, argumentsText, session, deadlineMs }: WorkerRequest): string {
  const args = argumentsLine(argumentsText).trimEnd()
  return `{"id":${JSON.stringify(id)},"args":${args},"session":${JSON.stringify(session)},"deadline_ms":${deadlineMs}}\n`
}

/** Tells the worker that nobody waits for that call any more. */
export function cancelLine(id: string): string {
  return `${JSON.stringify({ cancel: id })}\n`
}

/** What a worker says in one line; `noise` is any line that is not a message. */
type WorkerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'output'; readonly id: string; readonly output: string }
  | { readonly type: 'error'; readonly id: string; readonly kind: string; readonly message: string }
  | { readonly type: 'noise' }

/** Parses one line of a worker. Never throws. */
export function readMessage(line: string): WorkerMessage {
  const { ready, id, output, error } = parseObject(line) ?? {}
  if (ready === 1) return { type: 'ready' }
  if (typeof id !== 'string') return { type: 'noise' }
  if (error !== undefined && error !== null) {
    const { kind, message } = typeof error === 'string' ? { message: error } : Object(error)
    return { type: 'error', id, kind: textOf(kind), message: textOf(message) }
  }
  if (output === undefined || output === null) return { type: 'output', id, output: '' }
  return typeof output === 'string' ? { type: 'output', id, output } : outputMessage(id, line)
}

/** The id of an answer of which only the beginning is known; undefined if it does not begin with its id, as those of our libraries do. */
export function idAtStart(beginning: string): string | undefined {
  const [start = ''] = /^\s*\{\s*"id"\s*:\s*"(?:[^"\\]|\\.)*"/.exec(beginning) ?? []
  const { id } = parseObject(`${start}}`) ?? {}
  return typeof id === 'string' ? id : undefined
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** Numbers stay as they were written. JSON that can be parsed may still be nested too deeply to be written. */
function outputMessage(id: string, line: string): WorkerMessage {
  try {
    return { type: 'output', id, output: JSON.stringify(parseExactly(line).output) }
  } catch {
    return { type: 'error', id, kind: 'failed', message: 'its answer is nested too deep' }
  }
}

/** What an answer means, by the same rules as for a script. */
export function judgeMessage(
  message: Extract<WorkerMessage, { readonly id: string }>,
  mask: Mask,
  format: AnswerFormat,
): Verdict {
  if (message.type === 'error') {
    const text = message.message.trim() === '' ? 'it failed' : message.message
    if (message.kind === 'misconfigured') return misconfiguration(mask(text))
    return judgeFailure(KINDS.find((kind) => kind === message.kind) ?? 'failed', text, mask)
  }
  const isTooLarge = Buffer.byteLength(message.output) > OUTPUT_BYTES_MAX
  return isTooLarge ? { outcome: outputFailure() } : judgeText(message.output.toWellFormed(), mask, format)
}

/** The kinds of failure a worker may name; any other word means `failed`. */
const KINDS: readonly FailureKind[] = ['invalid_arguments', 'unavailable', 'not_allowed', 'failed']
