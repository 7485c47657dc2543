import type { Fault } from '../findings/fault.ts'
import { isSetting } from '../shape/setting-places.ts'
import { type Line, lineAt, linesAbove, short, tellerOf } from './lines.ts'
import { inColumn } from './mends.ts'
import type { MakeFault } from './syntax.ts'

/** A column in which a key stands. */
interface Column {
  readonly column: number
  readonly key: string
}

/** The fault of an item of a list, at an offset, among the keys of a map or in the value above it. */
export function strayItem(text: string, offset: number, fault: MakeFault): Fault {
  const item = lineAt(text, offset)
  const tell = tellerOf(item, fault)
  const { indent } = item
  const above = linesAbove(text, item)
  const items = above.filter(({ content }) => /^-(\s|$)/.test(content))
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
  const mends = alike === undefined ? [] : inColumn(text, item.start, list.indent)
  return { ...tell(what, help, 1), mends }
}

/** The key that an item of a list begins with. */
function beginningOf({ content }: Line): string {
  return /^- +([\w-]+):/.exec(content)?.[1] ?? ''
}

/** The fault of a key that stands in no column in which one of its neighbours does; null where none stands there. */
export function strayKey(text: string, line: Line, fault: MakeFault): Fault | null {
  const { indent, content } = line
  const key = /^(?:"[^"]*"|'[^']*'|[^\s#:]+(?: [^\s#:]+)*)(?=\s*:(\s|$))/.exec(content)?.[0]
  if (key === undefined) return null
  const columns = openColumns(linesAbove(text, line))
  const deeper = columns.findLast(({ column }) => column > indent)
  const less = columns.find(({ column }) => column < indent)
  const meant = [deeper, less].filter((each) => each !== undefined)
  const like = meant.map(
    (each) => `${each.column === 0 ? 'not at all' : `by ${spaces(each.column)}`}, like ${each.key}`,
  )
  if (like.length === 0) return null
  const isDeeper = deeper === undefined
  const more = isDeeper ? ', or let that key end with ":" alone' : ''
  const message = `a key that is indented ${isDeeper ? 'deeper' : 'less'} than its neighbours`
  const told = tellerOf(line, fault)(message, `Indent it ${like.join(', or ')}${more}.`, key.length)
  return { ...told, mends: inMeant(meant, { text, line, key, columns }) }
}

/** The fault of a key in the value above it, between its offsets. */
export function deeperKey(text: string, [first, behind]: readonly [number, number], fault: MakeFault): Fault {
  const help = 'Indent it like the key above, or let that key end with ":"; a text of several lines wants a | there.'
  const line = lineAt(text, first)
  const columns = openColumns(linesAbove(text, line))
  const key = text.slice(first, behind).trimEnd()
  return {
    ...fault('RV002', 'a key that is indented deeper than its neighbours', help, [first, behind]),
    mends: inMeant(columns.slice(0, 1), { text, line, key, columns }),
  }
}

interface Stray {
  readonly text: string
  readonly line: Line
  readonly key: string
  readonly columns: readonly Column[]
}

/** A key and its lines in that column of several in which it is a setting, where it is one in no other. */
function inMeant(meant: readonly Column[], { text, line, key, columns }: Stray) {
  const fitting = meant.filter(({ column }) => {
    const around = columns.filter((each) => each.column < column).map((each) => each.key)
    return isSetting([...around.reverse(), key])
  })
  const [only, ...others] = fitting
  return only === undefined || others.length > 0 ? [] : inColumn(text, line.start, only.column)
}

/** The columns in which keys above stand, deepest first, as far as they are still open. */
function openColumns(above: readonly Line[]): readonly Column[] {
  const found: Column[] = []
  let limit = Number.POSITIVE_INFINITY
  for (const { indent, content } of above) {
    const item = /^(?:- +)*/.exec(content)?.[0].length ?? 0
    const key = /^(?:"[^"]*"|'[^']*'|[^\s#:"'[{&*!|>@%`][^#:]*?)(?=\s*:(\s|$))/.exec(content.slice(item))?.[0]
    if (key !== undefined && indent + item < limit) found.push({ column: indent + item, key })
    limit = Math.min(limit, indent)
  }
  return found
}

function spaces(count: number): string {
  return `${count} space${count === 1 ? '' : 's'}`
}
