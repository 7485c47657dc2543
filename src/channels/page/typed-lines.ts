/** The lines a page typed in one conversation, by the ids it gave them, so that one sent again is not taken twice. */
export interface TypedLines {
  /** Whether the line is new to the conversation. */
  accept(line: Line): boolean
  /** The ids of the lines taken, oldest first. */
  readonly takenIds: readonly string[]
  /** The id of the oldest line with these words that has not been reported yet, or null. */
  takeReportedId(text: string): string | null
}

interface Line {
  readonly id: string
  readonly text: string
}

/** The most lines remembered: more than a client may have unanswered. */
const LINES_MAX = 128

export function createTypedLines(): TypedLines {
  let takenIds: readonly string[] = []
  let unreported: readonly Line[] = []

  return {
    accept(line) {
      if (takenIds.includes(line.id)) return false
      takenIds = [...takenIds, line.id].slice(-LINES_MAX)
      unreported = [...unreported, line].slice(-LINES_MAX)
      return true
    },
    get takenIds() {
      return takenIds
    },
    takeReportedId(text) {
      const line = unreported.find((one) => one.text === text)
      unreported = unreported.filter((one) => one !== line)
      return line?.id ?? null
    },
  }
}
