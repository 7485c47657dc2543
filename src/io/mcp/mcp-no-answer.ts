import { type JSONRPCMessage, parseJSONRPCMessage } from '@modelcontextprotocol/client'

/** Codes that no server uses (JSON-RPC has those from -32768 to -32000), for answers that the runner puts in the place of one that does not come, or is none. */
export const TOO_LARGE = -1_000_001
export const NO_ANSWER = -1_000_002
const NO_RESULT = -1_000_003

/** What is said of an answer that is none by the protocol. */
export const NONSENSE = 'its answer is no result'

/** More than is read of one answer. */
export class AnswerTooLarge extends Error {
  constructor(bytesMax: number) {
    super(`its answer has more than ${bytesMax} bytes`)
  }
}

/** What a request is answered with where its server does not; null where a message asks for no answer. */
export function answerInstead(message: unknown, code: typeof TOO_LARGE | typeof NO_ANSWER): JsonRpcError | null {
  const { id, method } = Object(message) as { readonly id?: unknown; readonly method?: unknown }
  if (typeof method !== 'string' || (typeof id !== 'number' && typeof id !== 'string')) return null
  return { jsonrpc: '2.0', id, error: { code, message: code === TOO_LARGE ? 'too large' : 'no answer' } }
}

/**
 * The messages that a text holds, of a batch each; none where it is no message. In place of an answer that is none by the protocol stands one that
 * says so, or whoever asked would wait for another. `asked` is the id of the request that it comes for, where that is known: an error without one is
 * its answer.
 */
export function messagesIn(text: string, asked?: JsonRpcError['id']): readonly JSONRPCMessage[] {
  return [parsed(text)].flat().flatMap((value) => messageOf(value) ?? insteadOfNonsense(value, asked) ?? [])
}

/** The message that a text is as it stands; null where it is none. */
export function messageIn(text: string): JSONRPCMessage | null {
  return messageOf(parsed(text))
}

function insteadOfNonsense(value: unknown, asked: JsonRpcError['id'] | undefined): JSONRPCMessage | null {
  const { id, method, error } = Object(value) as { readonly [key: string]: unknown }
  if (method !== undefined) return null
  if (typeof id === 'number' || typeof id === 'string') return nonsense(id)
  if (asked === undefined || typeof error !== 'object' || error === null) return null
  return messageOf({ jsonrpc: '2.0', id: asked, error }) ?? nonsense(asked)
}

function nonsense(id: JsonRpcError['id']): JsonRpcError {
  return { jsonrpc: '2.0', id, error: { code: NO_RESULT, message: NONSENSE } }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The library takes an error that answers nobody for a message, and passes over it. */
function messageOf(value: unknown): JSONRPCMessage | null {
  try {
    const message = parseJSONRPCMessage(value)
    return 'error' in message && message.id === undefined ? null : message
  } catch {
    return null
  }
}

interface JsonRpcError {
  readonly jsonrpc: '2.0'
  readonly id: number | string
  readonly error: { readonly code: number; readonly message: string }
}
