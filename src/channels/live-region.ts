/** A row as it is shown, and the columns that it takes (colour takes none). */
export interface Row {
  readonly shown: string
  readonly columns: number
}

interface Prompt {
  readonly shown: string
  readonly cursorColumn: number
}

/** The last rows of a terminal: the agent's unfinished row, if there is one, and the prompt. All above them is never touched again. */
interface LiveRegion {
  /** Finished rows go above; then the region is drawn anew, in one write. */
  draw(finished: readonly string[], unfinished: Row | null, prompt: Prompt | null): void
}

export function createLiveRegion(write: (text: string) => void, columns: () => number): LiveRegion {
  let drawn: { readonly unfinished: Row | null; readonly cursorColumn: number } | null = null

  /** Rows from the region's first down to the cursor; a terminal that became narrower has broken what was one row. */
  function rowsAbove(): number {
    if (drawn === null) return 0
    const unfinishedRows = drawn.unfinished === null ? 0 : Math.max(1, Math.ceil(drawn.unfinished.columns / columns()))
    return unfinishedRows + Math.floor(drawn.cursorColumn / columns())
  }

  return {
    draw(finished, unfinished, prompt) {
      const rows = [...finished, ...(unfinished === null ? [] : [unfinished.shown])]
      const body = rows.map((row) => `${row}\r\n`).join('')
      const up = rowsAbove()
      const last = prompt === null ? '' : `${prompt.shown}\r${right(prompt.cursorColumn)}`
      write(`\r${up > 0 ? `${CSI}${up}A` : ''}${CSI}J${body}${last}`)
      drawn = prompt === null ? null : { unfinished, cursorColumn: prompt.cursorColumn }
    },
  }
}

/** Control Sequence Introducer (ECMA-48). */
const CSI = '\u001b['

function right(columns: number): string {
  return columns > 0 ? `${CSI}${columns}C` : ''
}
