import type { Fault } from '../findings/fault.ts'
import { isKnownSetting, isMapSetting } from '../shape/known-settings.ts'
import { commentedItemHelp } from './commented-item.ts'
import { moveToColumn } from './line-edits.ts'
import { type Line, lineAt, lineFaultMaker, linesAbove, type MakeLineFault, truncate } from './lines.ts'
import type { MakeFault } from './spans.ts'

/** A column in which a key stands. */
interface Column {
  readonly column: number
  readonly key: string
}

/** The fault of an item of a list, at an offset, among the keys of a map or in the value above it. */
export function misplacedItem(text: string, offset: number, makeFault: MakeFault): Fault {
  const item = lineAt(text, offset)
  const makeLineFault = lineFaultMaker(item, makeFault)
  const { indent } = item
  const above = linesAbove(text, item)
  const items = above.filter(isItem)
  const similar = items.find((each) => firstKeyOf(each) !== '' && firstKeyOf(each) === firstKeyOf(item))
  const list = similar ?? items[0]
  const outside = similar === undefined ? textOutside(item, above, makeLineFault) : null
  if (outside !== null) return outside
  const [before] = above
  const keyWithValue = /^([^\s:]+):\s+([^\s|>#&].*)$/.exec(before?.content ?? '')
  if (
    similar === undefined &&
    keyWithValue !== null &&
    before !== undefined &&
    before.indent < indent &&
    list?.indent !== indent
  ) {
    const [, key = '', value = ''] = keyWithValue
    return makeLineFault(
      `an item of a list, and ${key} has a value already`,
      `Remove ${truncate(value)} behind ${key}:`,
      1,
    )
  }
  const columns = openColumns(above)
  if (isKeyWithDash(item, list, columns)) return itemInMap(item, makeFault)
  if (list === undefined || list.indent === indent) {
    const help =
      commentedItemHelp(text, item) ??
      'Remove the "-"; where a list is meant, each of its items begins with one, the first as well.'
    return makeLineFault('an item of a list among the keys of a map', help, 1)
  }
  const isKey = indent > list.indent && columns.some(({ column }) => column === indent)
  const help = `Where a new item begins, indent it by ${spaces(list.indent)} like the one above${
    isKey ? '; where the item above goes on, remove the "-"' : ''
  }.`
  const what = `an item of a list that is indented ${indent > list.indent ? 'deeper' : 'less'} than the others`
  const recoveryCandidates = similar === undefined ? [] : moveToColumn(text, item.start, list.indent)
  return { ...makeLineFault(what, help, 1), recoveryCandidates }
}

/** Whether an item is a key among those in its column: none that an item of the list above may begin with, or a setting, and no list above. */
function isKeyWithDash(item: Line, list: Line | undefined, columns: readonly Column[]): boolean {
  const key = firstKeyOf(item)
  if (key === '' || !columns.some(({ column }) => column === item.indent)) return false
  if (list === undefined) return isKnownSetting([...keysAround(columns, item.indent), key])
  const listKeys = keysAround(columns, list.indent)
  return isKnownSetting(listKeys) && !isKnownSetting([...listKeys, key])
}

/** The fault of a line that may belong to a text of several lines, and stands outside of it; null where none is above. */
export function textOutside({ indent }: Line, above: readonly Line[], makeLineFault: MakeLineFault): Fault | null {
  const owner = above.find((line) => line.indent <= indent)
  const key = /^(?:- +)*([^\s:]+):\s+[|>][-+]?(?:\s+#.*)?$/.exec(owner?.content ?? '')?.[1]
  if (key === undefined) return null
  const help = `Where it belongs to the text behind ${key}:, indent it like the lines of that, by 2 spaces or more; where it is a setting, write it as key: value.`
  return makeLineFault('a line of text that is not indented as one', help)
}

/** The key that an item of a list begins with. */
function firstKeyOf({ content }: Line): string {
  return /^- +([\w-]+):/.exec(content)?.[1] ?? ''
}

/** The fault of a key that stands in no column in which one of its neighbours does; null where none stands there. */
export function misplacedKey(text: string, line: Line, makeFault: MakeFault): Fault | null {
  const { indent } = line
  const key = keyOf(line)
  if (key === undefined) return null
  const above = linesAbove(text, line)
  const columns = openColumns(above)
  const end = above.findIndex((each) => each.indent < indent)
  const items = above.slice(0, Math.max(0, end)).filter((each) => each.indent === indent && isItem(each))
  const [item] = items
  if (item !== undefined && isMapSetting(keysAround(columns, indent))) return itemInMap(item, makeFault)
  const deeper = columns.findLast(({ column }) => column > indent)
  const shallower = columns.find(({ column }) => column < indent)
  const candidates = [deeper, shallower].filter((each) => each !== undefined)
  const options = candidates.map(
    (each) => `${each.column === 0 ? 'not at all' : `by ${spaces(each.column)}`}, like ${each.key}`,
  )
  if (options.length === 0) return null
  const makeLineFault = lineFaultMaker(line, makeFault)
  if (deeper === undefined) {
    const help = `Indent it ${options.join()}, or let that key end with ":" alone.`
    return misplacedKeyOrAbove(text, { line, key, fault: makeLineFault(DEEPER, help, key.length) }, makeFault)
  }
  if (items.some((each) => firstKeyOf(each) === key)) {
    const dash = { start: line.start + indent, end: line.start + indent, newText: '- ' }
    const help = `Where a new item begins, write - ${key}; else indent it ${options[0]}.`
    const [, [, ...below] = []] = moveToColumn(text, line.start, indent + dash.newText.length)
    return { ...makeLineFault(LESS, help, key.length), recoveryCandidates: [[dash], [dash, ...below]] }
  }
  const fitting = candidates.filter(({ column }) => isKnownSetting([...keysAround(columns, column), key]))
  const [only, ...others] = fitting
  const recoveryCandidates = only === undefined || others.length > 0 ? [] : moveToColumn(text, line.start, only.column)
  return { ...makeLineFault(LESS, `Indent it ${options.join(', or ')}.`, key.length), recoveryCandidates }
}

const DEEPER = 'a key that is indented deeper than its neighbours'
const LESS = 'a key that is indented less than its neighbours'

/** The fault of a key in the value above it, between its offsets. */
export function indentedKey(text: string, [first, behind]: readonly [number, number], makeFault: MakeFault): Fault {
  const help = 'Indent it like the key above, or let that key end with ":"; a text of several lines wants a | there.'
  const fault = makeFault('RV002', DEEPER, help, [first, behind])
  return misplacedKeyOrAbove(
    text,
    { line: lineAt(text, first), key: text.slice(first, behind).trimEnd(), fault },
    makeFault,
  )
}

interface IndentedKey {
  readonly line: Line
  readonly key: string
  readonly fault: Fault
}

/** The fault of a key that is indented deeper than the one above it, or of that one where it is the one in a wrong column. */
function misplacedKeyOrAbove(text: string, { line, key, fault }: IndentedKey, makeFault: MakeFault): Fault {
  const above = linesAbove(text, line)
  const [before, ...higher] = above
  const [own, ...open] = openColumns(above)
  if (before === undefined || own === undefined) return fault
  if (isItemWithoutSpace(before)) return itemWithoutSpace(before, makeFault)
  if (BULLET.test(before.content)) return bulletAsDash(before, makeFault)
  const outer = keysAround(open, own.column)
  const isHere = isKnownSetting([...outer, key])
  const around = openColumns(higher)
  const columns = [...around.filter(({ column }) => column > line.indent), { column: line.indent, key }]
  const right = columns.find(({ column }) => {
    const path = keysAround(around, column)
    return path.length > outer.length && isKnownSetting([...path, own.key])
  })
  if (isHere && right === undefined) return { ...fault, recoveryCandidates: moveToColumn(text, line.start, own.column) }
  const isRightAbove = isKnownSetting([...outer, own.key])
  const isBetween = !isRightAbove && around.some(({ column }) => column === line.indent)
  if ((isHere && isRightAbove) || (right === undefined && !isBetween) || isItem(before)) return fault
  const { column, key: like } = right ?? { column: line.indent, key }
  const misplaced = lineFaultMaker(before, makeFault)(
    LESS,
    `Indent it by ${spaces(column)}, like ${like}.`,
    own.key.length,
  )
  return right === undefined
    ? misplaced
    : { ...misplaced, recoveryCandidates: moveToColumn(text, before.start, column) }
}

/** The fault of the first line of a text that stands deeper than the rest of it, at an offset; null where it does not. */
export function indentedFirstLine(text: string, offset: number, makeFault: MakeFault): Fault | null {
  const line = lineAt(text, offset)
  const top = linesAbove(text, line).at(-1)
  const key = keyOf(line)
  if (top === undefined || key === undefined || offset > line.start) return null
  if (isItem(top) && top.indent === 0) return itemAtTop(text, line, { top, key, makeFault })
  if (top.indent === 0) return null
  const fault = lineFaultMaker(top, makeFault)(DEEPER, `Indent it not at all, like ${key}.`, keyOf(top)?.length)
  return { ...fault, recoveryCandidates: moveToColumn(text, top.start, 0) }
}

/** The "-" with which a file begins, or the key in its column, if more items follow, and both keys are a tool's: a list, which an agent includes. */
function itemAtTop(
  text: string,
  line: Line,
  { top, key, makeFault }: { readonly top: Line; readonly key: string; readonly makeFault: MakeFault },
): Fault {
  const [own] = openColumns([top])
  const isOfTools = [own?.key ?? '', key].every((each) => isKnownSetting(['tools', each]))
  if (own === undefined || !isOfTools || text.split(/^- /m, 4).length < 3) return itemInMap(top, makeFault)
  const help = `Indent it by ${spaces(own.column)}, like ${own.key}.`
  const fault = lineFaultMaker(line, makeFault)(LESS, help, key.length)
  return { ...fault, recoveryCandidates: moveToColumn(text, line.start, own.column) }
}

/** The "-" before a key of a map. */
function itemInMap(item: Line, makeFault: MakeFault): Fault {
  const at = item.start + item.indent
  const fault = lineFaultMaker(item, makeFault)('an item of a list among the keys of a map', 'Remove the "-".', 1)
  return { ...fault, recovery: [{ start: at, end: at + 2, newText: '' }] }
}

function isItem({ content }: Line): boolean {
  return /^-(\s|$)/.test(content)
}

/** Whether no space stands behind the "-" of an item. */
export function isItemWithoutSpace({ content }: Line): boolean {
  return /^-[^\s-]/.test(content)
}

export function itemWithoutSpace(line: Line, makeFault: MakeFault): Fault {
  const right = `- ${line.content.slice(1)}`
  return lineFaultMaker(line, makeFault)('no space behind the "-"', `Write ${right}`, undefined, right)
}

/** What word processors and chats write in place of the "-" before an item. */
const BULLET = /^[–—−•·●▪◦‣]\s/

function bulletAsDash({ start, indent, content }: Line, makeFault: MakeFault): Fault {
  const at = { start: start + indent, end: start + indent + 1 }
  const what = `a "${content[0]}" that begins no item of a list`
  const fault = makeFault('RV002', what, 'Begin each item with "- ".', [at.start, at.end])
  return { ...fault, recovery: [{ ...at, newText: '-' }] }
}

/** The key that a line begins with, behind so many signs. */
function keyOf({ content }: Line, signs = 0): string | undefined {
  return /^(?:"[^"]*"|'[^']*'|[^\s#:"'[{&*!|>@%`][^#:]*?)(?=\s*:(\s|$))/.exec(content.slice(signs))?.[0]
}

/** The keys round a column. */
export function keysAround(columns: readonly Column[], column: number): readonly string[] {
  return columns.flatMap((each) => (each.column < column ? [each.key] : [])).reverse()
}

/** The columns in which keys above stand, deepest first, as far as they are still open. */
export function openColumns(above: readonly Line[]): readonly Column[] {
  const found: Column[] = []
  let limit = Number.POSITIVE_INFINITY
  for (const line of above) {
    const { indent, content } = line
    const item = /^(?:- +)*/.exec(content)?.[0].length ?? 0
    const key = keyOf(line, item)
    if (key !== undefined && indent + item < limit) found.push({ column: indent + item, key })
    limit = Math.min(limit, indent)
  }
  return found
}

function spaces(count: number): string {
  return `${count} space${count === 1 ? '' : 's'}`
}
