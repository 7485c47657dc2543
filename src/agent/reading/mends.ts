import type { Mend } from '../findings/fault.ts'

/** How wide a tab is taken to be, the likeliest first: as editors show it, and as one step. */
const TAB_WIDTHS = [4, 2, 8]
/** How many lines are mended together. */
const LINES_MAX = 500

/** The stretches that one slip is mended in; none where nobody knows how. */
type Mends = readonly Mend[]

/** The lines that a tab indents, which are that of an offset and those that begin with one, with spaces: for each width that a tab may have. */
export function inSpaces(text: string, offset: number): readonly Mends[] {
  const own = text.lastIndexOf('\n', offset - 1) + 1
  const begun = [...text.matchAll(/^[ \t]*(?:-[ \t]+)*(?=[^\s#])/gm)]
  const lines = begun.filter(({ index, 0: signs }) => signs.includes('\t') && (signs[0] !== ' ' || index === own))
  if (lines.length > LINES_MAX) return []
  return TAB_WIDTHS.map((width) =>
    lines.map(({ index, 0: signs }) => ({ start: index, end: index + signs.length, right: untabbed(signs, width) })),
  )
}

/** Signs with spaces up to the next column of a tab in the place of each. */
function untabbed(signs: string, width: number): string {
  return [...signs].reduce(
    (text, sign) => text + (sign === '\t' ? ' '.repeat(width - (text.length % width)) : sign),
    '',
  )
}

/** A side of a conflict, or what git calls it: lines without its marks. */
const SIDE = '(?:(?![<=>|]{7}).*\\n)*'
const CONFLICT = new RegExp(`(<{7}.*\\n)(${SIDE})(?:\\|{7}.*\\n${SIDE})?={7}\\r?\\n${SIDE}>{7}.*(?:\\n|$)`, 'y')

/** A conflict of git without its marks, and without the side of the others; nothing where it does not end. */
export function inOurs(text: string, start: number): { readonly mend?: Mends } {
  CONFLICT.lastIndex = start
  const [whole, mark = '', ours = ''] = CONFLICT.exec(text) ?? []
  if (whole === undefined) return {}
  const from = start + mark.length
  const [head, rest] = [
    { start, end: from },
    { start: from + ours.length, end: start + whole.length },
  ]
  return { mend: [head, rest].map((each) => ({ ...each, right: '' })) }
}

/** A key or an item of a list in another column: alone, and with what stands no less deep below it. */
export function inColumn(text: string, start: number, column: number): readonly Mends[] {
  const lines = text.slice(start).split('\n', LINES_MAX)
  const own = indentOf(lines[0] ?? '')
  const isItem = lines[0]?.[own] === '-'
  const isLess = (line: string) => indentOf(line) < own || (isItem && indentOf(line) === own && line[own] !== '-')
  const end = lines.findIndex((line, index) => index > 0 && isLess(line) && /^\s*[^\s#]/.test(line))
  if (end < 0 && lines.length === LINES_MAX) return []
  const mends: Mend[] = []
  let at = start
  for (const line of lines.slice(0, end < 0 ? lines.length : end)) {
    const right = ' '.repeat(Math.max(0, column - own))
    if (indentOf(line) >= own) mends.push({ start: at, end: at + Math.max(0, own - column), right })
    at += line.length + 1
  }
  return mends.length > 1 ? [mends.slice(0, 1), mends] : [mends]
}

function indentOf(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0
}
