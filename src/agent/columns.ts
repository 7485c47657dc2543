/** What takes two columns: wide East Asian writing and emoji (Unicode TR 11, in its large blocks). */
const WIDE =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u
/** What takes none on its own: marks that combine with what is before them, joiners. */
const WIDTHLESS = /^[\p{Mn}\p{Me}\p{Cf}]+$/u

/** Made when something else than ASCII is measured: it takes as long as all else of a small validation. */
let segmenter: Intl.Segmenter | undefined

/** What a reader takes for one character each, one after another: an accent or an emoji's modifier stays with its base. */
export function* graphemes(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  for (const { segment } of segmenter.segment(text)) yield segment
}

/** Columns that text takes in a terminal. */
export function columnsOf(text: string): number {
  return totalColumns(text, graphemeColumns)
}

/** The same where a terminal does not know which characters are drawn as one: it sets the people of a family side by side. */
export function columnsAtMost(text: string): number {
  return totalColumns(text, graphemeColumnsAtMost)
}

/** Whether text may take more columns than `width`. Of a long one no more is measured than it takes to know. */
export function isWider(text: string, width: number): boolean {
  return totalColumns(text, graphemeColumnsAtMost, width) > width
}

/** The sum, or one above `enough`. */
function totalColumns(text: string, columnsIn: (grapheme: string) => number, stopAbove = Infinity): number {
  if (/^[ -~]*$/.test(text)) return text.length
  let columns = 0
  for (const grapheme of graphemes(text)) {
    columns += columnsIn(grapheme)
    if (columns > stopAbove) break
  }
  return columns
}

function graphemeColumns(grapheme: string): number {
  if (WIDTHLESS.test(grapheme)) return 0
  return WIDE.test(grapheme) ? 2 : 1
}

function graphemeColumnsAtMost(grapheme: string): number {
  const separately = [...grapheme].reduce((sum, character) => sum + graphemeColumns(character), 0)
  return Math.max(separately, graphemeColumns(grapheme))
}

/** Breaks off the first row of text that may be wider than `width`: at the last space that fits, else in the middle of a word. */
export function breakRow(text: string, width: number): { readonly row: string; readonly rest: string } {
  let taken = ''
  let columns = 0
  for (const grapheme of graphemes(text)) {
    columns += graphemeColumnsAtMost(grapheme)
    if (columns > width && grapheme !== ' ' && taken !== '') break
    if (columns > width && grapheme === ' ') return { row: taken, rest: text.slice(taken.length).replace(/^ +/, '') }
    taken += grapheme
  }
  const space = taken.lastIndexOf(' ')
  const words = space > 0 && text.slice(0, space).trim() !== '' ? text.slice(0, space) : taken
  return { row: words.trimEnd(), rest: text.slice(words.length).replace(/^ +/, '') }
}

/** All rows of one line of text; spaces at its beginning stay, so that a code frame keeps its shape. */
export function wrapLine(text: string, firstWidth: number, width: number): readonly string[] {
  const rows: string[] = []
  let rest = text
  while (isWider(rest, rows.length === 0 ? firstWidth : width)) {
    const broken = breakRow(rest, rows.length === 0 ? firstWidth : width)
    rows.push(broken.row)
    rest = broken.rest
  }
  return [...rows, rest]
}
