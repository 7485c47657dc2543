import type { Fault } from '../findings/fault.ts'
import { isKnownSetting, isMapSetting } from '../shape/known-settings.ts'
import { moveToColumn } from './line-edits.ts'
import { type Line, lineAt, linesAbove, short, tellerOf } from './lines.ts'
import type { MakeFault } from './syntax.ts'

/** A column in which a key stands. */
interface Column {
  readonly column: number
  readonly key: string
}

/** The fault of an item of a list, at an offset, among the keys of a map or in the value above it. */
export function misplacedItem(text: string, offset: number, fault: MakeFault): Fault {
  const item = lineAt(text, offset)
  const tell = tellerOf(item, fault)
  const { indent } = item
  const above = linesAbove(text, item)
  const items = above.filter(isItem)
  const alike = items.find((each) => beginningOf(each) !== '' && beginningOf(each) === beginningOf(item))
  const list = alike ?? items[0]
  const [before] = above
  const valued = /^([^\s:]+):\s+([^\s|>#&].*)$/.exec(before?.content ?? '')
  if (
    alike === undefined &&
    valued !== null &&
    before !== undefined &&
    before.indent < indent &&
    list?.indent !== indent
  ) {
    const [, key = '', value = ''] = valued
    return tell(`an item of a list, and ${key} has a value already`, `Remove ${short(value)} behind ${key}:`, 1)
  }
  if (list === undefined || list.indent === indent) {
    const help = 'Remove the "-"; where a list is meant, each of its items begins with one, the first as well.'
    return tell('an item of a list among the keys of a map', help, 1)
  }
  const isKey = indent === list.indent + 2
  const help = `Where a new item begins, indent it by ${spaces(list.indent)} like the one above${
    isKey ? '; where the item above goes on, remove the "-"' : ''
  }.`
  const what = `an item of a list that is indented ${indent > list.indent ? 'deeper' : 'less'} than the others`
  const guesses = alike === undefined ? [] : moveToColumn(text, item.start, list.indent)
  return { ...tell(what, help, 1), recoveryCandidates: guesses }
}

/** The key that an item of a list begins with. */
function beginningOf({ content }: Line): string {
  return /^- +([\w-]+):/.exec(content)?.[1] ?? ''
}

/** The fault of a key that stands in no column in which one of its neighbours does; null where none stands there. */
export function misplacedKey(text: string, line: Line, fault: MakeFault): Fault | null {
  const { indent } = line
  const key = keyOf(line)
  if (key === undefined) return null
  const above = linesAbove(text, line)
  const columns = openColumns(above)
  const end = above.findIndex((each) => each.indent < indent)
  const items = above.slice(0, Math.max(0, end)).filter((each) => each.indent === indent && isItem(each))
  const [item] = items
  if (item !== undefined && isMapSetting(pathTo(columns, indent))) return itemOfMap(item, fault)
  const deeper = columns.findLast(({ column }) => column > indent)
  const less = columns.find(({ column }) => column < indent)
  const meant = [deeper, less].filter((each) => each !== undefined)
  const like = meant.map(
    (each) => `${each.column === 0 ? 'not at all' : `by ${spaces(each.column)}`}, like ${each.key}`,
  )
  if (like.length === 0) return null
  const tell = tellerOf(line, fault)
  if (deeper === undefined) {
    const help = `Indent it ${like.join()}, or let that key end with ":" alone.`
    return belowStray(text, { line, key, told: tell(DEEPER, help, key.length) }, fault)
  }
  if (items.some((each) => beginningOf(each) === key)) {
    const begun = { start: line.start + indent, end: line.start + indent, newText: '- ' }
    const help = `Where a new item begins, write - ${key}; else indent it ${like[0]}.`
    return { ...tell(LESS, help, key.length), recovery: [begun] }
  }
  const fitting = meant.filter(({ column }) => isKnownSetting([...pathTo(columns, column), key]))
  const [only, ...others] = fitting
  const guesses = only === undefined || others.length > 0 ? [] : moveToColumn(text, line.start, only.column)
  return { ...tell(LESS, `Indent it ${like.join(', or ')}.`, key.length), recoveryCandidates: guesses }
}

const DEEPER = 'a key that is indented deeper than its neighbours'
const LESS = 'a key that is indented less than its neighbours'

/** The fault of a key in the value above it, between its offsets. */
export function deeperKey(text: string, [first, behind]: readonly [number, number], fault: MakeFault): Fault {
  const help = 'Indent it like the key above, or let that key end with ":"; a text of several lines wants a | there.'
  const told = fault('RV002', DEEPER, help, [first, behind])
  return belowStray(text, { line: lineAt(text, first), key: text.slice(first, behind).trimEnd(), told }, fault)
}

interface Deeper {
  readonly line: Line
  readonly key: string
  readonly told: Fault
}

/** What is told of a key that stands deeper than the one above it; that one is told where it is the one in a wrong column. */
function belowStray(text: string, { line, key, told }: Deeper, fault: MakeFault): Fault {
  const [before, ...higher] = linesAbove(text, line)
  const [own, ...open] = before === undefined ? [] : openColumns([before, ...higher])
  if (before === undefined || own === undefined) return told
  if (isItemWithoutSpace(before)) return itemWithoutSpace(before, fault)
  const outer = pathTo(open, own.column)
  const isHere = isKnownSetting([...outer, key])
  const around = openColumns(higher)
  const columns = [...around.filter(({ column }) => column > line.indent), { column: line.indent, key }]
  const home = columns.find(({ column }) => {
    const path = pathTo(around, column)
    return path.length > outer.length && isKnownSetting([...path, own.key])
  })
  if (isHere && home === undefined) return { ...told, recoveryCandidates: moveToColumn(text, line.start, own.column) }
  const isAtHome = isKnownSetting([...outer, own.key])
  const isBetween = !isAtHome && around.some(({ column }) => column === line.indent)
  if ((isHere && isAtHome) || (home === undefined && !isBetween) || isItem(before)) return told
  const { column, key: like } = home ?? { column: line.indent, key }
  const stray = tellerOf(before, fault)(LESS, `Indent it by ${spaces(column)}, like ${like}.`, own.key.length)
  return home === undefined ? stray : { ...stray, recoveryCandidates: moveToColumn(text, before.start, column) }
}

/** The fault of the first line of a text that stands deeper than the rest of it, at an offset; null where it does not. */
export function indentedFirstLine(text: string, offset: number, fault: MakeFault): Fault | null {
  const line = lineAt(text, offset)
  const top = linesAbove(text, line).at(-1)
  const key = keyOf(line)
  if (top === undefined || key === undefined || offset > line.start) return null
  if (isItem(top) && top.indent === 0) return itemOfMap(top, fault)
  if (top.indent === 0) return null
  const told = tellerOf(top, fault)(DEEPER, `Indent it not at all, like ${key}.`, keyOf(top)?.length)
  return { ...told, recoveryCandidates: moveToColumn(text, top.start, 0) }
}

/** The "-" before a key of a map. */
function itemOfMap(item: Line, fault: MakeFault): Fault {
  const at = item.start + item.indent
  const told = tellerOf(item, fault)('an item of a list among the keys of a map', 'Remove the "-".', 1)
  return { ...told, recovery: [{ start: at, end: at + 2, newText: '' }] }
}

function isItem({ content }: Line): boolean {
  return /^-(\s|$)/.test(content)
}

/** Whether no space stands behind the "-" of an item. */
export function isItemWithoutSpace({ content }: Line): boolean {
  return /^-[^\s-]/.test(content)
}

export function itemWithoutSpace(line: Line, fault: MakeFault): Fault {
  const right = `- ${line.content.slice(1)}`
  return tellerOf(line, fault)('no space behind the "-"', `Write ${right}`, undefined, right)
}

/** The key that a line begins with, behind so many signs. */
function keyOf({ content }: Line, signs = 0): string | undefined {
  return /^(?:"[^"]*"|'[^']*'|[^\s#:"'[{&*!|>@%`][^#:]*?)(?=\s*:(\s|$))/.exec(content.slice(signs))?.[0]
}

/** The keys round a column. */
function pathTo(columns: readonly Column[], column: number): readonly string[] {
  return columns.flatMap((each) => (each.column < column ? [each.key] : [])).reverse()
}

/** The columns in which keys above stand, deepest first, as far as they are still open. */
function openColumns(above: readonly Line[]): readonly Column[] {
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
