import type { TextEdit } from '../findings/fault.ts'

/** How wide a tab is taken to be, the likeliest first: as editors show it, and as one step or three. */
const TAB_WIDTHS = [4, 2, 8, 6]
/** How many lines are mended together. */
const LINES_MAX = 500

/** The stretches that one slip is mended in; none where nobody knows how. */
type Mends = readonly TextEdit[]

/** The lines that a tab indents, which are that of an offset and those that begin with one, with spaces: for each width that a tab may have. */
export function replaceTabs(text: string, offset: number): readonly Mends[] {
  const begun = [...text.matchAll(/^[ \t]*(?:-[ \t]+)*(?=[^\s#])/gm)]
  const lines = begun.filter(({ index, 0: signs }) => signs.includes('\t') && (signs[0] !== ' ' || index === offset))
  const own = lines.find(({ index }) => index === offset)
  if (own === undefined || lines.length > LINES_MAX) return []
  // Among spaces, it may be one too many.
  const widths = /^[ \t]+$/.test(own[0]) && own[0].includes(' ') ? [...TAB_WIDTHS, 0] : TAB_WIDTHS
  return widths.map((width) =>
    lines.map(({ index, 0: signs }) => ({ start: index, end: index + signs.length, newText: untabbed(signs, width) })),
  )
}

/** Signs with spaces up to the next column of a tab in the place of each. */
function untabbed(signs: string, width: number): string {
  if (width === 0) return signs.replaceAll('\t', '')
  return [...signs].reduce(
    (text, sign) => text + (sign === '\t' ? ' '.repeat(width - (text.length % width)) : sign),
    '',
  )
}

/** A side of a conflict: lines without its marks. */
const SIDE = '(?:(?![<=>|]{7})[^\\n]*\\n)*'
/** What git says behind a mark. */
const NAMED = '[^\\n]*(?:\\n|$)'
const CONFLICT = new RegExp(
  `<{7}${NAMED}(?<ours>${SIDE})(?:\\|{7}${NAMED}${SIDE})?={7}\\r?\\n(?<theirs>${SIDE})>{7}${NAMED}`,
  'dy',
)

/** A conflict of git with one of its sides alone: ours, or theirs where ours is empty, as what stands below may rest on it. Nothing where it does not end. */
export function resolveConflict(text: string, start: number): { readonly recovery?: Mends } {
  CONFLICT.lastIndex = start
  const found = CONFLICT.exec(text)
  const { ours, theirs } = found?.indices?.groups ?? {}
  if (found === null || ours === undefined || theirs === undefined) return {}
  const [from, to] = text.slice(...ours).trim() === '' ? theirs : ours
  return {
    recovery: [
      { start, end: from, newText: '' },
      { start: to, end: start + found[0].length, newText: '' },
    ],
  }
}

/** A key or an item of a list in another column: alone, and with what stands no less deep below it. */
export function moveToColumn(text: string, start: number, column: number): readonly Mends[] {
  const lines = text.slice(start).split('\n', LINES_MAX)
  const own = indentOf(lines[0] ?? '')
  const isItem = lines[0]?.[own] === '-'
  const isLess = (line: string) => indentOf(line) < own || (isItem && indentOf(line) === own && line[own] !== '-')
  const end = lines.findIndex((line, index) => index > 0 && isLess(line) && /^\s*[^\s#]/.test(line))
  if (end < 0 && lines.length === LINES_MAX) return []
  const mends: TextEdit[] = []
  let at = start
  for (const line of lines.slice(0, end < 0 ? lines.length : end)) {
    const right = ' '.repeat(Math.max(0, column - own))
    if (indentOf(line) >= own) mends.push({ start: at, end: at + Math.max(0, own - column), newText: right })
    at += line.length + 1
  }
  return mends.length > 1 ? [mends.slice(0, 1), mends] : [mends]
}

function indentOf(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0
}
