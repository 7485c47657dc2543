import { type ClientMessage, TEXT_MAX } from '../protocol.ts'

type Text = Extract<ClientMessage, { type: 'text' }>

/** Typed lines, and the end, of which nobody has said that the conversation has them, and the order to fall silent of who is away from it. */
interface Unsaid {
  /** False where there are too many, or it is longer than any that is taken: said again and again, it would be refused each time. */
  keep(line: Text & { readonly id: string }): boolean
  has(id: string): boolean
  /** The agent is to fall silent: what the caller has heard of it was before all that is said again. */
  interrupt(): void
  /** The conversation is to end. */
  end(): void
  drop(id: string): void
  /** The conversation was found again, and has these; what is left is to be said again, in order. Null: a runner that does not tell. */
  after(taken: readonly string[] | null): readonly ClientMessage[]
  clear(): void
}

/** Lines that wait for the runner's word at a time, and their bytes as they are sent: said again at once, they are no more than it takes at once. */
const UNSAID_MAX = 64
const BYTES_MAX = 786_432

export function createUnsaid(): Unsaid {
  const lines = new Map<string, Text>()
  /** Whether the runner says which lines it has: one that does not would be told all of them twice. */
  let isTold = false
  let isInterrupted = false
  let isEnding = false

  return {
    keep(line) {
      if (line.text.length > TEXT_MAX) return false
      if (!isTold) return true
      const bytes = [...lines.values(), line].reduce((sum, one) => sum + bytesOf(one), 0)
      if (lines.size >= UNSAID_MAX || bytes > BYTES_MAX) return false
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
    drop: (id) => void lines.delete(id),
    after(taken) {
      isTold = taken !== null
      if (taken === null) lines.clear()
      for (const id of taken ?? []) lines.delete(id)
      const before = isInterrupted ? [{ type: 'interrupt' } as const] : []
      isInterrupted = false
      return [...before, ...lines.values(), ...(isEnding ? [{ type: 'end' } as const] : [])]
    },
    clear() {
      lines.clear()
      isInterrupted = false
      isEnding = false
    },
  }
}

/** What cannot stand in JSON as it is takes six bytes a character. */
function bytesOf(line: Text): number {
  return new TextEncoder().encode(JSON.stringify(line)).byteLength
}

/** An id that no other line has, of this page or another. */
export function newLineId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(36).padStart(2, '0')).join('')
}
