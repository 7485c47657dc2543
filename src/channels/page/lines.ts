/** The lines that a page typed into one conversation, by the id it gave each: one that is sent again is not taken twice. */
export interface PageLines {
  /** False where the conversation has it already. */
  take(line: Line): boolean
  /** Ids of those that it has, oldest first. */
  readonly taken: readonly string[]
  /** The id of the oldest line with these words that has not been reported yet; null where no line has them. */
  reported(text: string): string | null
}

interface Line {
  readonly id: string
  readonly text: string
}

/** Lines that are remembered; more than a client may have without an answer. */
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
