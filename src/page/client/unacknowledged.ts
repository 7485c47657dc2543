import { type ClientMessage, TEXT_MAX } from '../protocol.ts'

type Text = Extract<ClientMessage, { type: 'text' }>

/** Typed lines and the end that have not been acknowledged, and an order to fall silent given while disconnected. */
interface Unacknowledged {
  /** Keeps a line; false if there are too many, or it is too long: sent again and again, it would be refused each time. */
  add(line: Text & { readonly id: string }): boolean
  has(id: string): boolean
  /** Orders the agent to fall silent, before anything is sent again. */
  interrupt(): void
  /** The conversation is to end. */
  end(): void
  remove(id: string): void
  /** The conversation was found again, with these lines taken. Returns what to send, in order. Null: the runner does not say which. */
  takeResends(taken: readonly string[] | null): readonly ClientMessage[]
  clear(): void
}

/** The most unacknowledged lines, and their bytes as sent: no more than the runner accepts at once. */
const LINES_MAX = 64
const BYTES_MAX = 786_432

export function createUnacknowledged(): Unacknowledged {
  const lines = new Map<string, Text>()
  /** Whether the runner says which lines it has taken; without that, all would be sent twice. */
  let canResend = false
  let isInterrupted = false
  let isEnding = false

  return {
    add(line) {
      if (line.text.length > TEXT_MAX) return false
      if (!canResend) return true
      const bytes = [...lines.values(), line].reduce((sum, one) => sum + jsonBytes(one), 0)
      if (lines.size >= LINES_MAX || bytes > BYTES_MAX) return false
      lines.set(line.id, line)
      return true
    },
    interrupt() {
      isInterrupted = true
    },
    end() {
      isEnding = true
    },
    has: (id) => lines.has(id),
    remove: (id) => void lines.delete(id),
    takeResends(taken) {
      canResend = taken !== null
      if (taken === null) lines.clear()
      for (const id of taken ?? []) lines.delete(id)
      const interrupt = isInterrupted ? [{ type: 'interrupt' } as const] : []
      isInterrupted = false
      return [...interrupt, ...lines.values(), ...(isEnding ? [{ type: 'end' } as const] : [])]
    },
    clear() {
      lines.clear()
      isInterrupted = false
      isEnding = false
    },
  }
}

/** The bytes of a line as sent: characters escaped in JSON take six bytes. */
function jsonBytes(line: Text): number {
  return new TextEncoder().encode(JSON.stringify(line)).byteLength
}

/** An id unique among the lines of all pages. */
export function newLineId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(36).padStart(2, '0')).join('')
}
