import { type Item, type MessageItem, wordsOf } from '../item.ts'

/** What a call that ran in the background gave. */
export interface LateOutcome {
  readonly tool: string
  readonly output: string
}

/** The outcome that a message brings which the caller has not said; null for any other item. */
export function lateOutcome(item: Item): LateOutcome | null {
  if (item.type !== 'message' || item.role === 'assistant') return null
  const [, tool, output] = REPORT.exec(wordsOf(item)) ?? []
  return tool === undefined || output === undefined ? null : { tool, output }
}

/** Whether the caller said it. */
export function isOfCaller(item: Item): item is MessageItem {
  return item.type === 'message' && item.role === 'user' && lateOutcome(item) === null
}

/** Such as "[Not said by the caller] The call call_1 of look_up, which ran in the background, is done. …", with the result behind the first line. */
const REPORT = /^\[not said by the caller\] the call \S+ of ([\w-]+)[^\n]*\n([\s\S]*)$/i
