import type { Tool, ToolOutcome } from '../../agent/tool.ts'
import type { ToolStatus } from '../report.ts'

/** How a call ended, as told to the service and in reports. */
export interface Answer {
  readonly status: ToolStatus
  readonly output: string
}

/** How deep objects and lists may be nested: writing them as JSON, or comparing them, recurses. */
const LEVELS_MAX = 64

type CheckedCall = { readonly answer: Answer } | { readonly tool: Tool; readonly given: unknown; readonly text: string }

/** Checks a call against the tools as they were when its response began; a call that does not fit is never launched. */
export function checkCall(
  call: { readonly name: string; readonly arguments: string },
  tools: readonly Tool[],
): CheckedCall {
  const tool = tools.find(({ name }) => name === call.name)
  if (tool === undefined) {
    const names = tools.map(({ name }) => name).join(', ')
    const message = `there is no tool "${call.name}"; ${names === '' ? 'there are no tools' : `there are: ${names}`}`
    return { answer: failedAnswer('unknown_tool', message) }
  }
  const text = call.arguments.trim() === '' ? '{}' : call.arguments
  const given = parse(text)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return { answer: failedAnswer('invalid_arguments', 'the arguments are not a JSON object; call again with one') }
  }
  if (isDeeper(given, LEVELS_MAX)) {
    return { answer: failedAnswer('invalid_arguments', `the arguments are nested more than ${LEVELS_MAX} levels deep`) }
  }
  const faults = tool.checkArguments(given)
  if (faults.length > 0) return { answer: failedAnswer('invalid_arguments', faults.join('; ')) }
  return { tool, given, text }
}

/** What the model is given for an outcome. */
export function answerOf(outcome: ToolOutcome): Answer {
  return outcome.status === 'ok' ? outcome : failedAnswer(outcome.status, outcome.message)
}

export function failedAnswer(kind: ToolStatus, message: string): Answer {
  return { status: kind, output: JSON.stringify({ error: { kind, message } }) }
}

/** Whether a value is nested deeper than that; looks no deeper itself. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}

/** Arguments as data, or as their text if they are not JSON, or too deep to be written again. */
export function asData(text: string): unknown {
  const data = parse(text)
  return data === undefined || isDeeper(data, LEVELS_MAX) ? text : data
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
