import { styleText } from 'node:util'
import { columnsAtMost } from '../../agent/columns.ts'
import { LABELS, type LineKind } from '../display.ts'
import type { Row } from './live-region.ts'

const LABEL_STYLES: { readonly [speaker in LineKind]: Parameters<typeof styleText>[0] } = {
  agent: 'cyan',
  caller: 'green',
  tool: 'dim',
  reload: 'magenta',
  error: 'red',
  warning: 'yellow',
  info: 'dim',
}
/** Lines shown dimmed, since they are not speech. */
const DIM: readonly LineKind[] = ['tool', 'info']

/** Below this width the gutter is the word alone. */
const NARROW_COLUMNS = 40

/** The beginning of rows at this width: two spaces and a word of six columns, or in a narrow terminal the word alone. */
export function createGutter(columns: number, colour: boolean) {
  const narrow = columns < NARROW_COLUMNS
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colour && text !== '' ? styleText(style, text, { validateStream: false }) : text

  /** The width for text after the gutter. The last column stays free, so that no terminal wraps a row by itself. */
  function widthOf(speaker: LineKind, isFirst: boolean): number {
    return Math.max(1, columns - 1 - gutterOf(speaker, isFirst).length)
  }

  function gutterOf(speaker: LineKind, isFirst: boolean): string {
    if (narrow) return isFirst && speaker !== 'info' ? `${LABELS[speaker]} ` : '  '
    return `  ${(isFirst ? LABELS[speaker] : '').padEnd(6)} `
  }

  function row(speaker: LineKind, isFirst: boolean, text: string): Row {
    const gutter = gutterOf(speaker, isFirst)
    const label = isFirst ? LABELS[speaker] : ''
    const painted = label === '' ? gutter : gutter.replace(label, paint(LABEL_STYLES[speaker], label))
    const shown = `${painted}${DIM.includes(speaker) ? paint('dim', text) : text}`
    return { shown, columns: gutter.length + columnsAtMost(text) }
  }

  /** The prompt; one character in it shows the microphone's level. */
  function prompt(meter = ' '): Row {
    const text = narrow ? '> ' : `  you  ${meter} > `
    return { shown: paint('green', text), columns: text.length }
  }

  return { widthOf, row, prompt }
}
