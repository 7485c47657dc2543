import { parseJSONRPCMessage } from '@modelcontextprotocol/client'

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
 * What stands for an answer that is none by the protocol: whoever asked would wait for another. Null where it is one, or answers nobody. `asked` is
 * the id of the request that it comes for, where that is known: an error without one is its answer.
 */
export function insteadOfNonsense(text: string, asked?: JsonRpcError['id']): JsonRpcError | null {
  const message = parsed(text)
  const { id, method, error } = Object(message) as { readonly [key: string]: unknown }
  if (method !== undefined) return null
  if (typeof id === 'number' || typeof id === 'string') return isMessage(message) ? null : nonsense(id)
  if (asked === undefined || typeof error !== 'object' || error === null) return null
  const answer = { jsonrpc: '2.0', id: asked, error } as JsonRpcError
  return isMessage(answer) ? answer : nonsense(asked)
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

function isMessage(value: unknown): boolean {
  try {
    parseJSONRPCMessage(value)
    return true
  } catch {
    return false
  }
}

interface JsonRpcError {
  readonly jsonrpc: '2.0'
  readonly id: number | string
  readonly error: { readonly code: number; readonly message: string }
}
