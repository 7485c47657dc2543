/** A row as it is shown, and the columns that it takes at most (colour takes none). */
export interface Row {
  readonly shown: string
  readonly columns: number
}

/** The row that is typed in: the cursor stands between its two parts. */
interface Prompt {
  readonly before: Row
  readonly after: string
}

/** The last rows of a terminal: the agent's unfinished row, if there is one, and the prompt. All above them is never touched again. */
interface LiveRegion {
  /** Finished rows go above; then the region is drawn anew, in one write. */
  draw(finished: readonly string[], unfinished: Row | null, prompt: Prompt | null): void
}

export function createLiveRegion(write: (text: string) => void, columns: () => number): LiveRegion {
  let drawn: { readonly unfinished: Row | null; readonly before: Row } | null = null

  /** Rows from the region's first down to the cursor; a terminal that became narrower has broken what was one row. */
  function rowsAbove(): number {
    if (drawn === null) return 0
    const unfinishedRows = drawn.unfinished === null ? 0 : Math.max(1, Math.ceil(drawn.unfinished.columns / columns()))
    return unfinishedRows + Math.floor(drawn.before.columns / columns())
  }

  return {
    draw(finished, unfinished, prompt) {
      const rows = [...finished, ...(unfinished === null ? [] : [unfinished.shown])]
      const body = rows.map((row) => `${row}\r\n`).join('')
      const up = rowsAbove()
      const last = prompt === null ? '' : `${prompt.before.shown}${SAVE_CURSOR}${prompt.after}${RESTORE_CURSOR}`
      write(`\r${up > 0 ? `${CSI}${up}A` : ''}${CSI}J${body}${last}`)
      drawn = prompt === null ? null : { unfinished, before: prompt.before }
    },
  }
}

/** Control Sequence Introducer (ECMA-48). */
const CSI = '\u001b['
/** The terminal alone knows for sure in which column a text ends (DECSC and DECRC of the VT100). */
const SAVE_CURSOR = '\u001b7'
const RESTORE_CURSOR = '\u001b8'
