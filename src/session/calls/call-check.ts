import { parseExactly } from '../../agent/requests/exact-json.ts'
import type { Tool, ToolOutcome } from '../../agent/tool.ts'
import type { ToolStatus } from '../report.ts'

/** How a call ended, as told to the service and in reports. */
export interface CallAnswer {
  readonly status: ToolStatus
  readonly output: string
}

/** How deep objects and lists may be nested: writing them as JSON, or comparing them, recurses. */
const NESTING_MAX = 64

type CheckedCall =
  | { readonly answer: CallAnswer }
  | { readonly tool: Tool; readonly parsedArguments: unknown; readonly argumentsText: string }

/** Checks a call against the tools as they were when its response began; a call that does not fit is never launched. */
export function checkCall(
  call: { readonly name: string; readonly arguments: string },
  tools: readonly Tool[],
): CheckedCall {
  const tool = tools.find(({ name }) => name === call.name)
  if (tool === undefined) return { answer: unknownTool(call.name, tools) }
  const argumentsText = call.arguments.trim() === '' ? '{}' : call.arguments
  const data = parse(argumentsText)
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return { answer: failedAnswer('invalid_arguments', 'the arguments are not a JSON object; call again with one') }
  }
  if (isNestedDeeper(data, NESTING_MAX)) {
    return {
      answer: failedAnswer('invalid_arguments', `the arguments are nested more than ${NESTING_MAX} levels deep`),
    }
  }
  const faults = tool.checkArguments(data)
  if (faults.length > 0) return { answer: failedAnswer('invalid_arguments', faults.join('; ')) }
  return { tool, parsedArguments: parseExactly(argumentsText), argumentsText }
}

/** The answer to a call of a response that was cut off: it is not run. */
export function answerCutOff(name: string, tools: readonly Tool[]): CallAnswer {
  return tools.some((tool) => tool.name === name)
    ? failedAnswer('cancelled', 'the answer that asked for it was interrupted; it was not run')
    : unknownTool(name, tools)
}

function unknownTool(name: string, tools: readonly Tool[]): CallAnswer {
  const names = tools.map((tool) => tool.name).join(', ')
  const message = `there is no tool "${name}"; ${names === '' ? 'there are no tools' : `there are: ${names}`}`
  return failedAnswer('unknown_tool', message)
}

/** What the model is given for an outcome. */
export function answerOf(outcome: ToolOutcome): CallAnswer {
  return outcome.status === 'ok' ? outcome : failedAnswer(outcome.status, outcome.message)
}

export function failedAnswer(kind: ToolStatus, message: string): CallAnswer {
  return { status: kind, output: JSON.stringify({ error: { kind, message } }) }
}

/** Whether a value is nested deeper than that; looks no deeper itself. */
function isNestedDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isNestedDeeper(inner, levels - 1))
}

/** Arguments as data, with long numbers as the model wrote them, or as their text if they are not JSON, or too deep to be written again. */
export function parsedOrText(argumentsText: string): unknown {
  const data = parse(argumentsText)
  return data === undefined || isNestedDeeper(data, NESTING_MAX) ? argumentsText : parseExactly(argumentsText)
}

function parse(argumentsText: string): unknown {
  try {
    return JSON.parse(argumentsText)
  } catch {
    return undefined
  }
}
