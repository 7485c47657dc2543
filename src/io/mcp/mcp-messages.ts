import { type JSONRPCMessage, parseJSONRPCMessage } from '@modelcontextprotocol/client'

/**
 * Error codes of answers the runner substitutes for missing or malformed ones. No server uses them: those of JSON-RPC are from -32768 to
 * -32000.
 */
export const TOO_LARGE = -1_000_001
export const NO_ANSWER = -1_000_002
const NO_RESULT = -1_000_003

/** What the model reads of an answer that violates the protocol. */
export const MALFORMED_ANSWER = 'its answer is no result'

/** An answer larger than the limit. */
export class AnswerTooLarge extends Error {
  constructor(bytesMax: number) {
    super(`its answer has more than ${bytesMax} bytes`)
  }
}

/** The error to answer a request with in place of its server; null if the message expects no answer. */
export function substituteAnswer(message: unknown, code: typeof TOO_LARGE | typeof NO_ANSWER): JsonRpcError | null {
  const { id, method } = Object(message) as { readonly id?: unknown; readonly method?: unknown }
  if (typeof method !== 'string' || (typeof id !== 'number' && typeof id !== 'string')) return null
  return { jsonrpc: '2.0', id, error: { code, message: code === TOO_LARGE ? 'too large' : 'no answer' } }
}

/**
 * The messages in a text, each one of a batch; none if it holds no message. A malformed answer is replaced by an error, since its caller
 * would go on waiting. `requestId` is the id of the request the text responds to, if known: an error without an id answers that one.
 */
export function parseMessages(text: string, requestId?: JsonRpcError['id']): readonly JSONRPCMessage[] {
  return [parseJson(text)].flat().flatMap((value) => toMessage(value) ?? substituteForMalformed(value, requestId) ?? [])
}

/** A text as one message, or null. */
export function parseMessage(text: string): JSONRPCMessage | null {
  return toMessage(parseJson(text))
}

function substituteForMalformed(value: unknown, requestId: JsonRpcError['id'] | undefined): JSONRPCMessage | null {
  const { id, method, error } = Object(value) as { readonly [key: string]: unknown }
  if (method !== undefined) return null
  if (typeof id === 'number' || typeof id === 'string') return malformedAnswer(id)
  if (requestId === undefined || typeof error !== 'object' || error === null) return null
  return toMessage({ jsonrpc: '2.0', id: requestId, error }) ?? malformedAnswer(requestId)
}

function malformedAnswer(id: JsonRpcError['id']): JsonRpcError {
  return { jsonrpc: '2.0', id, error: { code: NO_RESULT, message: MALFORMED_ANSWER } }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The library accepts an error without an id as a message, and ignores it; here it is none. */
function toMessage(value: unknown): JSONRPCMessage | null {
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
