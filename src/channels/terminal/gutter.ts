import { styleText } from 'node:util'
import { columnsAtMost } from '../../agent/columns.ts'
import { LABELS, type LineKind } from '../display.ts'
import type { Row } from './live-region.ts'

const LABEL_STYLES: { readonly [kind in LineKind]: Parameters<typeof styleText>[0] } = {
  agent: 'cyan',
  caller: 'green',
  tool: 'dim',
  reload: 'magenta',
  error: 'red',
  warning: 'yellow',
  info: 'dim',
}
/** Lines shown dimmed, since they are not speech. */
const DIMMED: readonly LineKind[] = ['tool', 'info']

/** Below this width the gutter is the word alone. */
const NARROW_COLUMNS = 40

/** The beginning of rows at this width: two spaces and a word of six columns, or in a narrow terminal the word alone. */
export function createGutter(columns: number, hasColour: boolean) {
  const isNarrow = columns < NARROW_COLUMNS
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    hasColour && text !== '' ? styleText(style, text, { validateStream: false }) : text

  /** The width for text after the gutter. The last column stays free, so that no terminal wraps a row by itself. */
  function widthOf(kind: LineKind, isFirst: boolean): number {
    return Math.max(1, columns - 1 - gutterOf(kind, isFirst).length)
  }

  function gutterOf(kind: LineKind, isFirst: boolean): string {
    if (isNarrow) return isFirst && kind !== 'info' ? `${LABELS[kind]} ` : '  '
    return `  ${(isFirst ? LABELS[kind] : '').padEnd(6)} `
  }

  function row(kind: LineKind, isFirst: boolean, text: string): Row {
    const gutter = gutterOf(kind, isFirst)
    const label = isFirst ? LABELS[kind] : ''
    const painted = label === '' ? gutter : gutter.replace(label, paint(LABEL_STYLES[kind], label))
    const rendered = `${painted}${DIMMED.includes(kind) ? paint('dim', text) : text}`
    return { rendered, columns: gutter.length + columnsAtMost(text) }
  }

  /** The prompt; one character in it shows the microphone's level. */
  function prompt(meter = ' '): Row {
    const text = isNarrow ? '> ' : `  you  ${meter} > `
    return { rendered: paint('green', text), columns: text.length }
  }

  return { widthOf, row, prompt }
}
