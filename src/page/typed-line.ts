/** A line that was typed, and does not stand in the conversation yet. */
export interface TypedLine {
  readonly id: string
  readonly text: string
  /** It waits to be said; was said, and nobody has answered; the conversation has it, and comes to it; or nobody got it, and it is given back. */
  readonly state: 'waiting' | 'said' | 'taken' | 'unsent'
}

/** Said, or taken: what is said again after the connection was lost is one of those that were said before. */
export function marked(lines: readonly TypedLine[], ids: readonly string[], state: TypedLine['state']) {
  return lines.map((line): TypedLine => (ids.includes(line.id) ? { ...line, state } : line))
}

export function without(lines: readonly TypedLine[], id: string): readonly TypedLine[] {
  return lines.filter((line) => line.id !== id)
}

export function isWaiting({ state }: TypedLine): boolean {
  return state === 'waiting'
}

/** A conversation is open, or was found again, and has these: those that it has not got wait for it, but for what was given back. */
export function waitingFor(lines: readonly TypedLine[], taken: readonly string[]): readonly TypedLine[] {
  return lines.map((line) => {
    if (taken.includes(line.id)) return { ...line, state: 'taken' }
    return line.state === 'unsent' ? line : { ...line, state: 'waiting' }
  })
}

/** Lines that no conversation gets any more are shown to be such. */
export function givenBack(lines: readonly TypedLine[], isLost: (line: TypedLine) => boolean): readonly TypedLine[] {
  return lines.map((line) => (isLost(line) ? { ...line, state: 'unsent' } : line))
}
