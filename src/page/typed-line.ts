/** A line that was typed, and does not stand in the conversation yet. */
export interface TypedLine {
  readonly id: string
  readonly text: string
  /** It waits to be said; was said, and nobody has answered; or the conversation has it, and comes to it. */
  readonly state: 'waiting' | 'said' | 'taken'
}

/** Said, or taken: what is said again after the connection was lost is one of those that were said before. */
export function marked(lines: readonly TypedLine[], ids: readonly string[], state: TypedLine['state']) {
  return lines.map((line): TypedLine => (ids.includes(line.id) ? { ...line, state } : line))
}

export function without(lines: readonly TypedLine[], id: string): readonly TypedLine[] {
  return lines.filter((line) => line.id !== id)
}
