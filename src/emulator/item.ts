/** One entry of the conversation, as it is sent. */
export type Item = MessageItem | FunctionCallItem | FunctionCallOutputItem | OtherItem

type ItemStatus = 'completed' | 'in_progress' | 'incomplete'

/** Something said or typed. */
export interface MessageItem extends ItemBase {
  readonly type: 'message'
  readonly role: 'user' | 'assistant' | 'system'
  readonly content: readonly Content[]
}

/** A tool call by the brain. */
export interface FunctionCallItem extends ItemBase {
  readonly type: 'function_call'
  readonly call_id: string
  readonly name: string
  readonly arguments: string
}

interface FunctionCallOutputItem extends ItemBase {
  readonly type: 'function_call_output'
  readonly call_id: string
  readonly output: string
}

/** Answers to MCP approvals: kept and echoed, never acted on. */
interface OtherItem extends ItemBase {
  readonly type: 'mcp_approval_response'
}

/** One part of a message. */
export interface Content {
  readonly type: string
  readonly text?: string
  readonly transcript?: string | null
}

interface ItemBase {
  readonly id: string
  readonly object: 'realtime.item'
  readonly status: ItemStatus
}

/** The words of a message, typed or spoken, in one line. */
export function wordsOf(item: MessageItem): string {
  return item.content
    .map(({ text, transcript }) => text ?? transcript ?? '')
    .filter((part) => part !== '')
    .join(' ')
}
