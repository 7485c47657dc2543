import type { Diagnostic, Place } from './diagnostic.ts'
import { withoutSecrets } from './secrets.ts'

export interface FrameOptions {
  /** Puts colour round a text; without it the frame is plain. Colour never carries meaning alone. */
  readonly paint?: (style: 'error' | 'warning' | 'note' | 'dim', text: string) => string
  /** Draws with ASCII alone. */
  readonly ascii?: boolean
}

/** Lines shown before the one that is wrong. */
const CONTEXT_LINES = 2
/** Columns of a line that are shown. */
const COLUMNS_MAX = 120

/** A diagnostic with the lines it speaks of and a mark under the place. */
export function renderDiagnostic(
  diagnostic: Diagnostic,
  source: string | undefined,
  options: FrameOptions = {},
): string {
  const { rule, level, message, help, file, range } = diagnostic
  const paint = options.paint ?? ((_style, text) => text)
  const head = `${paint(level, `${level}[${rule}]`)} ${message}`
  const frame = source === undefined ? [] : renderFrame({ file, ...range }, source, options)
  const place = `${file}:${range.start.line}:${range.start.column}`
  const where = frame.length > 0 ? frame : [`  ${place}`]
  return [head, ...where, `  = ${help}`].join('\n')
}

/** The lines round a place, with a mark under it; none where the source has no such line. */
export function renderFrame(
  { file, start, end }: Place,
  source: string,
  { paint = (_style, text) => text, ascii = false }: FrameOptions = {},
): readonly string[] {
  const lines = source.split('\n').map((line) => line.replace(/\r$/, ''))
  const line = lines[start.line - 1]
  if (line === undefined) return []
  const [corner, bar] = ascii ? ['-->', '|'] : ['┌─', '│']
  const width = String(start.line).length
  const gutter = (text: string) => paint('dim', `${text.padStart(width)} ${bar}`)
  const context = lines.slice(Math.max(0, start.line - 1 - CONTEXT_LINES), start.line)
  const first = start.line - context.length + 1
  const last = end.line === start.line ? end.column : [...line].length + 1
  const length = Math.max(1, Math.min(last, COLUMNS_MAX) - start.column)
  const indent = [...line]
    .slice(0, start.column - 1)
    .map((character) => (character === '\t' ? '\t' : ' '.repeat(columns(character))))
  return [
    `${' '.repeat(width)} ${paint('dim', corner)} ${file}:${start.line}:${start.column}`,
    ...context.map((text, index) => `${gutter(String(first + index))} ${cut(text)}`.trimEnd()),
    `${gutter('')} ${indent.join('')}${paint('error', '^'.repeat(length))}`,
  ]
}

/** A line as it may be shown: no key in it, nothing that steers a terminal, and no longer than people read. */
function cut(line: string): string {
  const characters = [...withoutSecrets(line).replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '?')]
  return characters.length <= COLUMNS_MAX ? characters.join('') : `${characters.slice(0, COLUMNS_MAX).join('')} …`
}

/** How many columns of a terminal a character takes. */
function columns(character: string): number {
  if (/\p{Mark}/u.test(character)) return 0
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u.test(
    character,
  )
    ? 2
    : 1
}
