/** A row as shown, and the most columns it may take (colour takes none). */
export interface Row {
  readonly rendered: string
  readonly columns: number
}

/** The row being typed; the cursor is between its two parts. */
interface Prompt {
  readonly before: Row
  readonly after: string
}

/** The last rows of a terminal: the agent's unfinished row, if any, and the prompt. Drawing leaves the rows above as they are. */
interface LiveRegion {
  /** Writes finished rows above and redraws the region, in one write. */
  draw(finished: readonly string[], unfinished: Row | null, prompt: Prompt | null): void
}

export function createLiveRegion(write: (text: string) => void, columns: () => number): LiveRegion {
  let drawn: { readonly unfinished: Row | null; readonly before: Row } | null = null

  /** Rows from the region's first to the cursor: a terminal that became narrower has wrapped what was one row. */
  function rowsAbove(): number {
    if (drawn === null) return 0
    const unfinishedRows = drawn.unfinished === null ? 0 : Math.max(1, Math.ceil(drawn.unfinished.columns / columns()))
    return unfinishedRows + Math.floor(drawn.before.columns / columns())
  }

  return {
    draw(finished, unfinished, prompt) {
      const rows = [...finished, ...(unfinished === null ? [] : [unfinished.rendered])]
      const body = rows.map((row) => `${row}\r\n`).join('')
      const rowCount = rowsAbove()
      const promptText =
        prompt === null ? '' : `${prompt.before.rendered}${SAVE_CURSOR}${prompt.after}${RESTORE_CURSOR}`
      write(`\r${rowCount > 0 ? `${CSI}${rowCount}A` : ''}${CSI}J${body}${promptText}`)
      drawn = prompt === null ? null : { unfinished, before: prompt.before }
    },
  }
}

/** Control Sequence Introducer (ECMA-48). */
const CSI = '\u001b['
/** Save and restore the cursor (DECSC and DECRC of the VT100): only the terminal knows in which column a text ends. */
const SAVE_CURSOR = '\u001b7'
const RESTORE_CURSOR = '\u001b8'
