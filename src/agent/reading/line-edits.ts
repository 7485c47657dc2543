import type { TextEdit } from '../findings/fault.ts'

/** How wide a tab is taken to be, the likeliest first: as editors show it, and as one step or three. */
const TAB_WIDTHS = [4, 2, 8, 6]
/** How many lines are edited together. */
const LINES_MAX = 500

/** The edits that together fix one mistake; none where nobody knows how. */
type LineEdits = readonly TextEdit[]

/** Replaces the tabs of lines that begin with one, and of the line at an offset, by spaces: once for each width that a tab may have. */
export function replaceTabs(text: string, offset: number): readonly LineEdits[] {
  const indented = [...text.matchAll(/^[ \t]*(?:-[ \t]+)*(?=[^\s#])/gm)]
  const lines = indented.filter(
    ({ index, 0: indent }) => indent.includes('\t') && (indent[0] !== ' ' || index === offset),
  )
  const own = lines.find(({ index }) => index === offset)
  if (own === undefined || lines.length > LINES_MAX) return []
  // Among spaces, it may be one too many.
  const widths = /^[ \t]+$/.test(own[0]) && own[0].includes(' ') ? [...TAB_WIDTHS, 0] : TAB_WIDTHS
  return widths.map((width) =>
    lines.map(({ index, 0: indent }) => ({
      start: index,
      end: index + indent.length,
      newText: expandTabs(indent, width),
    })),
  )
}

/** An indentation with its tabs replaced by spaces up to the next multiple of a width; with none where that is 0. */
function expandTabs(indent: string, width: number): string {
  if (width === 0) return indent.replaceAll('\t', '')
  return [...indent].reduce(
    (text, character) => text + (character === '\t' ? ' '.repeat(width - (text.length % width)) : character),
    '',
  )
}

/** A side of a conflict: lines without its markers. */
const SIDE_LINES = '(?:(?![<=>|]{7})[^\\n]*\\n)*'
/** What git writes behind a marker. */
const MARKER_END = '[^\\n]*(?:\\n|$)'
const CONFLICT = new RegExp(
  `<{7}${MARKER_END}(?<ours>${SIDE_LINES})(?:\\|{7}${MARKER_END}${SIDE_LINES})?={7}\\r?\\n(?<theirs>${SIDE_LINES})>{7}${MARKER_END}`,
  'dy',
)

/**
 * Keeps one side of a conflict of git: ours, or theirs where ours is empty, as what stands below may depend on it. Nothing where it does
 * not end.
 */
export function resolveConflict(text: string, start: number): { readonly recovery?: LineEdits } {
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

/** Moves a key or an item of a list to another column: alone, and with the lines below that are indented no less. */
export function moveToColumn(text: string, start: number, column: number): readonly LineEdits[] {
  const lines = text.slice(start).split('\n', LINES_MAX)
  const own = indentOf(lines[0] ?? '')
  const isItem = lines[0]?.[own] === '-'
  const endsBlock = (line: string) => indentOf(line) < own || (isItem && indentOf(line) === own && line[own] !== '-')
  const end = lines.findIndex((line, index) => index > 0 && endsBlock(line) && /^\s*[^\s#]/.test(line))
  if (end < 0 && lines.length === LINES_MAX) return []
  const edits: TextEdit[] = []
  let at = start
  for (const line of lines.slice(0, end < 0 ? lines.length : end)) {
    const right = ' '.repeat(Math.max(0, column - own))
    if (indentOf(line) >= own) edits.push({ start: at, end: at + Math.max(0, own - column), newText: right })
    at += line.length + 1
  }
  return edits.length > 1 ? [edits.slice(0, 1), edits] : [edits]
}

function indentOf(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0
}
