/** A typed line that is not part of the conversation yet. */
export interface TypedLine {
  readonly id: string
  readonly text: string
  /**
   * It waits to be sent; was sent, without an answer; was taken by the conversation, and will be part of it; or was not delivered, and is
   * given back.
   */
  readonly state: 'waiting' | 'said' | 'taken' | 'unsent'
}

/** Sets the state of lines, in place: a line sent again after a lost connection is still the same line. */
export function withState(lines: readonly TypedLine[], ids: readonly string[], state: TypedLine['state']) {
  return lines.map((line): TypedLine => (ids.includes(line.id) ? { ...line, state } : line))
}

export function withoutLine(lines: readonly TypedLine[], id: string): readonly TypedLine[] {
  return lines.filter((line) => line.id !== id)
}

export function isWaiting({ state }: TypedLine): boolean {
  return state === 'waiting'
}

/** The lines once a conversation is open or found again, having taken these: the others wait to be sent, except those given back. */
export function requeueLines(lines: readonly TypedLine[], taken: readonly string[]): readonly TypedLine[] {
  return lines.map((line) => {
    if (taken.includes(line.id)) return { ...line, state: 'taken' }
    return line.state === 'unsent' ? line : { ...line, state: 'waiting' }
  })
}

/** Marks lines that no conversation will get any more. */
export function markUnsent(lines: readonly TypedLine[], isLost: (line: TypedLine) => boolean): readonly TypedLine[] {
  return lines.map((line) => (isLost(line) ? { ...line, state: 'unsent' } : line))
}
