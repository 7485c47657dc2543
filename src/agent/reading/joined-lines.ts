import type { Fault } from '../findings/fault.ts'
import { isKnownSetting, PROSE_KEYS } from '../shape/known-settings.ts'
import { lineAt, linesAbove, truncate } from './lines.ts'
import { keysAround, openColumns } from './misplaced-lines.ts'
import type { MakeFault } from './spans.ts'

/** How far a key is looked for behind the start of a value, in characters. */
const KEY_CHARACTERS_MAX = 2_000

/** The fault of a setting that stands behind the value of another one, which begins at an offset; null where none does. */
export function joinedLines(text: string, start: number, makeFault: MakeFault): Fault | null {
  const line = lineAt(text, start)
  const columns = openColumns([line, ...linesAbove(text, line)])
  const [own] = columns
  const isKnown = (column: number, key: string) => isKnownSetting([...keysAround(columns, column), key])
  // In a map of the author's own any word may be a key.
  if (own === undefined || !isKnown(own.column, own.key)) return null
  const isText = PROSE_KEYS.includes(own.key)
  const lineEnd = line.start + line.indent + line.content.length
  const [value] = /^(?:[^#]|(?<!\s)#)*/.exec(text.slice(start, Math.min(lineEnd, start + KEY_CHARACTERS_MAX))) ?? ['']
  // A text goes on with any word: only behind the end of a sentence, or a wide gap, it is likely to be a key.
  const keys = value.matchAll(isText ? /(?<=\S\s|[.!?])\s+([a-z]\w*):(?=\s|$)/g : /(?<=\S)\s+([a-z]\w*):(?=\s|$)/g)
  for (const { 0: whole, 1: key = '', index } of keys) {
    const right = columns.find(({ column }) => isKnown(column, key))
    if (right === undefined) continue
    const at = [start + index + whole.length - key.length - 1, lineEnd] as const
    const help = `Put ${truncate(text.slice(...at))} on a line of its own${isText ? ', or all of the value in quotes' : ''}.`
    const newText = `\n${' '.repeat(right.column)}`
    return {
      ...makeFault('RV002', 'a second ": " in one line', help, at),
      recovery: [{ start: start + value.slice(0, index).trimEnd().length, end: at[0], newText }],
    }
  }
  return null
}
