import { columnsAtMost, graphemes } from '../../agent/columns.ts'
import { TEXT_MAX } from '../../page/protocol.ts'

/** A line being typed: the text before and after the cursor. */
export interface TypedLine {
  readonly before: string
  readonly after: string
}

export const emptyLine: TypedLine = { before: '', after: '' }

/** A key, as `node:readline` names it. */
export interface Key {
  readonly name?: string | undefined
  readonly sequence?: string | undefined
  readonly ctrl?: boolean | undefined
  readonly meta?: boolean | undefined
}

/** The line after a key: arrows, Home, End, deletion, and the usual Ctrl and Alt keys. Unknown keys change nothing. */
export function editLine(line: TypedLine, typed: string | undefined, key: Key): TypedLine {
  const { before, after } = line
  switch (chord(key)) {
    case 'left':
    case 'ctrl+b':
      return { before: withoutLastGrapheme(before), after: lastGrapheme(before) + after }
    case 'right':
    case 'ctrl+f':
      return { before: before + firstGrapheme(after), after: after.slice(firstGrapheme(after).length) }
    case 'home':
    case 'ctrl+a':
      return { before: '', after: before + after }
    case 'end':
    case 'ctrl+e':
      return { before: before + after, after: '' }
    case 'backspace':
    case 'ctrl+h':
      return { before: withoutLastGrapheme(before), after }
    case 'delete':
    case 'ctrl+d':
      return { before, after: after.slice(firstGrapheme(after).length) }
    case 'ctrl+u':
      return { before: '', after }
    case 'ctrl+k':
      return { before, after: '' }
    case 'ctrl+w':
    case 'alt+backspace':
      return { before: before.slice(0, wordStart(before)), after }
    case 'alt+b':
    case 'ctrl+left':
    case 'alt+left':
      return { before: before.slice(0, wordStart(before)), after: before.slice(wordStart(before)) + after }
    case 'alt+f':
    case 'ctrl+right':
    case 'alt+right':
      return { before: before + after.slice(0, wordEnd(after)), after: after.slice(wordEnd(after)) }
    default:
      return key.ctrl === true || key.meta === true ? line : insert(line, typed)
  }
}

/** UTF-16 units examined per column before the cursor: an emoji of a family of four has 11. */
const COLUMN_UNITS_MAX = 16

/** The part of the line around the cursor that fits into `width` columns, and the columns before the cursor. */
export function visiblePart(line: TypedLine, width: number): TypedLine & { readonly columns: number } {
  const near = line.before.slice(-width * COLUMN_UNITS_MAX)
  const before = takeFitting([...graphemes(near)].reverse(), width - 1)
  const after = takeFitting(graphemes(line.after), width - before.columns)
  return { before: before.taken.reverse().join(''), after: after.taken.join(''), columns: before.columns }
}

/** The first graphemes, as many as fit. */
function takeFitting(
  clusters: Iterable<string>,
  width: number,
): { readonly taken: string[]; readonly columns: number } {
  const taken: string[] = []
  let columns = 0
  for (const grapheme of clusters) {
    if (columns + columnsAtMost(grapheme) > width) break
    columns += columnsAtMost(grapheme)
    taken.push(grapheme)
  }
  return { taken, columns }
}

/** A key with its modifiers, such as `ctrl+w`. */
export function chord({ name, ctrl, meta }: Key): string {
  return `${ctrl === true ? 'ctrl+' : ''}${meta === true ? 'alt+' : ''}${name ?? ''}`
}

/**
 * Inserts text at the cursor, with line breaks and tabs as spaces. Text with other control characters, or without room, is not inserted.
 */
export function insert(line: TypedLine, typed: string | undefined): TypedLine {
  if (typed === undefined) return line
  const text = typed.replace(/[\r\n\t]/g, ' ')
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) return line
  if (!fits(line, text)) return line
  return { before: line.before + text, after: line.after }
}

/** Whether the line has room for this text. */
export function fits({ before, after }: TypedLine, text = ''): boolean {
  return before.length + after.length + text.length <= TEXT_MAX
}

function lastGrapheme(text: string): string {
  return [...graphemes(text)].at(-1) ?? ''
}

function withoutLastGrapheme(text: string): string {
  return text.slice(0, text.length - lastGrapheme(text).length)
}

function firstGrapheme(text: string): string {
  const [grapheme = ''] = graphemes(text)
  return grapheme
}

function wordStart(before: string): number {
  return before.search(/\S+\s*$/) === -1 ? 0 : before.search(/\S+\s*$/)
}

function wordEnd(after: string): number {
  return /^\s*\S*/.exec(after)?.[0].length ?? 0
}
