import { type Item, type MessageItem, wordsOf } from '../item.ts'

/** The result of a background call. */
export interface BackgroundOutcome {
  readonly tool: string
  readonly output: string
}

/** The outcome in a message that is not from the caller; null for any other item. */
export function backgroundOutcome(item: Item): BackgroundOutcome | null {
  if (item.type !== 'message' || item.role === 'assistant') return null
  const [, tool, output] = BACKGROUND_REPORT.exec(wordsOf(item)) ?? []
  return tool === undefined || output === undefined ? null : { tool, output }
}

/** Whether the item is a message from the caller. */
export function isCallerMessage(item: Item): item is MessageItem {
  return item.type === 'message' && item.role === 'user' && backgroundOutcome(item) === null
}

/**
 * Such as "[Not said by the caller] The call call_1 of look_up, which ran in the background, is done. …", with the result after the first
 * line.
 */
const BACKGROUND_REPORT = /^\[not said by the caller\] the call \S+ of ([\w-]+)[^\n]*\n([\s\S]*)$/i
