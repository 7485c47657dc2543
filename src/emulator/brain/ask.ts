import { type Item, type MessageItem, wordsOf } from '../item.ts'
import { backgroundOutcome } from './background-outcome.ts'
import type { FunctionTool } from './choose-tool.ts'
import type { Property } from './schema.ts'
import { inWords } from './words.ts'

/** Asks for what a tool still needs, by name, with an example if the schema gives one. */
export function askForMissing(tool: FunctionTool, missing: readonly Property[]): string {
  const descriptions = missing.map(({ name, schema }) => {
    const example = schema.examples[0] ?? schema.values[0]
    return example === undefined
      ? `the ${inWords(name)}`
      : `the ${inWords(name)} (for example ${typeof example === 'object' ? JSON.stringify(example) : String(example)})`
  })
  const last = descriptions.at(-1) ?? ''
  const list = descriptions.length > 1 ? `${descriptions.slice(0, -1).join(', ')} and ${last}` : last
  return `I can use ${tool.name} for that, but I still need ${list}. What is it?`
}

/** The tool that the last answer asked about, with what the caller had said before it. */
export function askedTool(
  items: readonly Item[],
  tools: readonly FunctionTool[],
): { readonly tool: FunctionTool; readonly words: string } | null {
  const calledAt = items.findLastIndex((item) => item.type === 'function_call')
  const messages = items
    .slice(calledAt + 1)
    .filter(
      (item): item is MessageItem =>
        item.type === 'message' && item.role !== 'system' && backgroundOutcome(item) === null,
    )
  const at = messages.findLastIndex(({ role }) => role === 'assistant')
  const asked = messages[at]
  const name = asked === undefined ? undefined : /^I can use (\S+) for that, but I still need/.exec(wordsOf(asked))?.[1]
  const tool = tools.find((each) => each.name === name)
  if (tool === undefined) return null
  const before = messages.slice(0, at).findLast(({ role }) => role === 'user')
  return { tool, words: before === undefined ? '' : wordsOf(before) }
}
