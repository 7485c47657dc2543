import { columnsOf, wrapLine } from '../columns.ts'
import { onOneLine, printableCharacter } from '../printing/printable-text.ts'
import { redactSecrets } from '../secrets.ts'
import type { Diagnostic, Place } from './diagnostic.ts'

export interface FrameOptions {
  /** Puts colour round a text; without it the frame is plain. Colour never carries meaning alone. */
  readonly paint?: (style: 'error' | 'warning' | 'note' | 'dim', text: string) => string
  /** Draws with ASCII alone. */
  readonly ascii?: boolean
  /** Columns of the terminal it is drawn on: sentences are wrapped, and lines cut, to fit. Without it sentences stay on one line. */
  readonly width?: number
}

/** Lines shown before the one that is wrong. */
const CONTEXT_LINES = 2
/** Columns of a line that are shown. */
const COLUMNS_MAX = 120
/** The narrowest that anything is drawn: below that a terminal breaks the lines itself. */
const COLUMNS_MIN = 30

/** A diagnostic with the lines it speaks of and a mark under the place. */
export function renderDiagnostic(
  diagnostic: Diagnostic,
  source: string | undefined,
  options: FrameOptions = {},
): string {
  const { rule, level, message, help, file, range } = diagnostic
  const { paint = (_style, text) => text, width } = options
  const [title, ...more] = wrapSentence(`${level}[${rule}] ${onOneLine(message)}`, '  ', width)
  const head = [`${paint(level, `${level}[${rule}]`)}${title?.slice(`${level}[${rule}]`.length)}`, ...more]
  const frame = renderFrame({ file, ...range }, source ?? '', options)
  return [...head, ...frame, ...wrapSentence(`  = ${onOneLine(help)}`, '    ', width)].join('\n')
}

/** The lines round a place, with a mark under it; where the source has no such line, the place alone. */
export function renderFrame(
  { file, start, end }: Place,
  source: string,
  { paint = (_style, text) => text, ascii = false, width: columns }: FrameOptions = {},
): readonly string[] {
  const [corner, bar, ellipsis] = ascii ? ['-->', '|', '...'] : ['┌─', '│', '…']
  const place = `${onOneLine(file)}:${start.line}:${start.column}`
  const digits = String(start.line).length
  const lines = source.split('\n')
  const line = source === '' ? undefined : lines[start.line - 1]
  if (line === undefined) return [`  ${paint('dim', corner)} ${place}`]
  const width = Math.min(COLUMNS_MAX, Math.max(COLUMNS_MIN, columns ?? COLUMNS_MAX) - digits - ` ${bar} `.length)
  const marked = splitAtMark(line, { start: start.column - 1, end: end.line === start.line ? end.column - 1 : null })
  const [text, mark] = fitToWidth(marked, width, ellipsis)
  const before = lines.slice(Math.max(0, start.line - 1 - CONTEXT_LINES), start.line - 1)
  const first = start.line - before.length
  const gutter = (number: string) => paint('dim', `${number.padStart(digits)} ${bar}`)
  const row = (content: string, index: number) => `${gutter(String(first + index))} ${content}`.trimEnd()
  const rows = [...before.map((each) => fitToWidth(splitAtMark(each), width, ellipsis)[0]), text].map(row)
  return [
    `${' '.repeat(digits)} ${paint('dim', corner)} ${place}`,
    ...rows,
    `${gutter('')} ${mark.replace(/\^+/, (carets) => paint('error', carets))}`,
  ]
}

/** A sentence in rows that fit. */
function wrapSentence(text: string, indent: string, width: number | undefined): readonly string[] {
  if (width === undefined) return [text]
  const [first = '', ...rest] = wrapLine(
    text,
    Math.max(COLUMNS_MIN, width),
    Math.max(COLUMNS_MIN, width) - indent.length,
  )
  return [first, ...rest.map((row) => `${indent}${row}`)]
}

/** A line as it may be shown, in three pieces: before the mark, above it, and behind. */
interface MarkedLine {
  readonly before: readonly string[]
  readonly marked: readonly string[]
  readonly behind: readonly string[]
}

/** No key is shown, and nothing that steers a terminal; `start` and `end` are code points. */
function splitAtMark(line: string, mark?: { readonly start: number; readonly end: number | null }): MarkedLine {
  const shown = [...redactSecrets(line.replace(/\r$/, ''))].map(printableCharacter)
  const { start, end } = mark ?? { start: 0, end: 0 }
  const stop = Math.max(start, end ?? shown.length)
  return { before: shown.slice(0, start), marked: shown.slice(start, stop), behind: shown.slice(stop) }
}

/** The part of a line round its mark that fits into so many columns, and the row of the mark under it. */
function fitToWidth(
  { before, marked, behind }: MarkedLine,
  width: number,
  ellipsis: string,
): readonly [string, string] {
  const columnsBefore = columnsOf(before.join(''))
  const markColumns = Math.max(1, columnsOf(marked.join('')))
  const markEnd = columnsBefore + markColumns
  const isWhole = Math.max(markEnd, columnsOf([...before, ...marked, ...behind].join(''))) <= width
  const isCutLeft = !isWhole && columnsBefore > width / 2 && markEnd > width - ellipsis.length
  const lead = isCutLeft ? ellipsis + takeLast(before, Math.floor(width / 3)) : before.join('')
  const available = width - columnsOf(lead)
  const rest = [...marked, ...behind]
  const tail =
    columnsOf(rest.join('')) <= available ? rest.join('') : takeFirst(rest, available - ellipsis.length) + ellipsis
  const carets = Math.max(1, Math.min(available, markColumns))
  return [lead + tail, ' '.repeat(columnsOf(lead)) + '^'.repeat(carets)]
}

/** As many of the first characters as fit. */
function takeFirst(characters: readonly string[], width: number): string {
  // Most characters take a column or more, so that no more of them than columns need be looked at.
  let shown = characters.slice(0, Math.max(0, width))
  while (shown.length > 0 && columnsOf(shown.join('')) > width) shown = shown.slice(0, -1)
  return shown.join('')
}

function takeLast(characters: readonly string[], width: number): string {
  let shown = characters.slice(-Math.max(1, width))
  while (shown.length > 0 && columnsOf(shown.join('')) > width) shown = shown.slice(1)
  return shown.join('')
}
