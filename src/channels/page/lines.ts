/** The lines a page typed in one conversation, by the ids it gave them, so that one sent again is not taken twice. */
export interface PageLines {
  /** Whether the line is new to the conversation. */
  take(line: Line): boolean
  /** The ids of the lines taken, oldest first. */
  readonly taken: readonly string[]
  /** The id of the oldest line with these words that has not been reported yet, or null. */
  reported(text: string): string | null
}

interface Line {
  readonly id: string
  readonly text: string
}

/** The most lines remembered: more than a client may have unanswered. */
const LINES_MAX = 128

export function createPageLines(): PageLines {
  let taken: readonly string[] = []
  let unreported: readonly Line[] = []

  return {
    take(line) {
      if (taken.includes(line.id)) return false
      taken = [...taken, line.id].slice(-LINES_MAX)
      unreported = [...unreported, line].slice(-LINES_MAX)
      return true
    },
    get taken() {
      return taken
    },
    reported(text) {
      const line = unreported.find((one) => one.text === text)
      unreported = unreported.filter((one) => one !== line)
      return line?.id ?? null
    },
  }
}
