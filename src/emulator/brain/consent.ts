import { type FunctionCallItem, type Item, wordsOf } from '../item.ts'

/** Asks the caller about a call that needs their consent. */
export function askConsent(tool: string): string {
  return `Shall I use ${tool}? Say yes, and I will.`
}

/** The calls that the last answer asked about, to be repeated unchanged; none unless the caller agrees. */
export function agreedCalls(items: readonly Item[], words: string): readonly FunctionCallItem[] {
  const asked = items.findLast((item) => item.type === 'message' && item.role === 'assistant')
  if (asked?.type !== 'message' || !AGREEMENT.test(words) || RETRACTION.test(words)) return []
  const calls = items.filter((item) => item.type === 'function_call')
  return [...wordsOf(asked).matchAll(/Shall I use (\S+)\? Say yes/g)].flatMap(
    ([, tool]) => calls.findLast(({ name }) => name === tool) ?? [],
  )
}

/** Words that take back or change the yes before them. */
const RETRACTION = /\b(?:but|instead|rather|except|no|not|don't|wait)\b/i
const AGREEMENT = /^\W*(?:yes|yeah|yep|sure|okay|ok|do it|go ahead)\b/i
