import type { Fault } from '../findings/fault.ts'
import { AGENT_FILE } from '../shape/schema-parts.ts'
import { PROSE } from '../shape/setting-places.ts'
import type { MakeFault, Problem } from './syntax.ts'

/** One line of a text, and where it stands. */
interface Line {
  readonly start: number
  readonly indent: number
  /** Without its indentation, its line end and the space before that. */
  readonly content: string
}

/** Faults that a reader of YAML tells by what it expected: what the author did is told by the line. */
const CODES = ['MULTILINE_IMPLICIT_KEY', 'MISSING_CHAR', 'BAD_INDENT', 'BLOCK_AS_IMPLICIT_KEY', 'UNEXPECTED_TOKEN']
/** How many lines above a fault are looked at. */
const LINES_ABOVE_MAX = 500
/** How long a line may be whose form is looked at, in characters. */
const CHARACTERS_MAX = 2_000

/** The fault of a line whose form tells what was meant: a key without its colon, an item of a list in the wrong column. Null where it does not. */
export function lineFault({ code, pos }: Problem, text: string, fault: MakeFault): Fault | null {
  if (!CODES.includes(code)) return null
  const line = lineAt(text, firstShown(text, pos[0]))
  if (line.content === '' || line.content.length > CHARACTERS_MAX) return null
  const first = line.start + line.indent
  const tell = tellerOf(line, fault)
  if (/^(<{7}|={7}|>{7}|\|{7})( |$)/.test(line.content))
    return tell('a conflict of git that is not resolved', 'Keep one of the two sides, and remove the marks of git.', 7)
  if (/^(`{3}|~{3})/.test(line.content)) return tell('a fence of Markdown', 'Remove it, and the one at the other end.')
  if (line.content.startsWith('//')) return tell('a comment that begins with //', 'Begin it with #.', 2)
  const tab = /^[ \t]*\t/.exec(text.slice(line.start, first))
  if (tab !== null) {
    const at = line.start + tab[0].length
    return fault('RV004', 'a tab indents this line', 'Indent with spaces.', [at - 1, at])
  }
  const above = linesAbove(text, line)
  if (/^-[^\s-]/.test(line.content) && above.some(({ content }) => content.startsWith('- ')))
    return tell('no space behind the "-"', `Write - ${line.content.slice(1)}`, undefined, `- ${line.content.slice(1)}`)
  // Inside an item, it is what stands there that goes on where it may not.
  const isInside = code === 'BLOCK_AS_IMPLICIT_KEY' && pos[0] > first
  if (/^-(\s|$)/.test(line.content) && !isInside) return strayItem(line, above, tell)
  if (code === 'BLOCK_AS_IMPLICIT_KEY') return openedKey(line, tell)
  if (code === 'BAD_INDENT' || (code === 'MISSING_CHAR' && isSpace(text, pos[0]))) return strayKey(line, above, tell)
  return code === 'MULTILINE_IMPLICIT_KEY' || code === 'MISSING_CHAR' ? noKey(line, above, tell) : null
}

/** The same of an item of a list that stands in the value above it. */
export function itemFault(text: string, offset: number, fault: MakeFault): Fault {
  const line = lineAt(text, offset)
  return strayItem(line, linesAbove(text, line), tellerOf(line, fault))
}

function tellerOf({ start, indent, content }: Line, fault: MakeFault): Tell {
  return (message, help, length = content.length, suggest) => {
    const found = fault('RV002', message, help, [start + indent, start + indent + length])
    return suggest === undefined ? found : { ...found, suggest: [suggest] }
  }
}

type Tell = (message: string, help: string, length?: number, suggest?: string) => Fault

/** An item of a list among the keys of a map. */
function strayItem(item: Line, above: readonly Line[], tell: Tell): Fault {
  const { indent } = item
  const list = above.find(({ content }) => /^-(\s|$)/.test(content))
  const [before] = above
  const valued = /^([^\s:]+):\s+([^\s|>#&].*)$/.exec(before?.content ?? '')
  const isAlike = list !== undefined && beginningOf(list) !== '' && beginningOf(list) === beginningOf(item)
  if (!isAlike && valued !== null && before !== undefined && before.indent < indent && list?.indent !== indent) {
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
  return tell(`an item of a list that is indented ${indent > list.indent ? 'deeper' : 'less'} than the others`, help, 1)
}

/** The key that an item of a list begins with. */
function beginningOf({ content }: Line): string {
  return /^- +([\w-]+):/.exec(content)?.[1] ?? ''
}

/** A key that stands in no column in which one of its neighbours does. */
function strayKey({ indent, content }: Line, above: readonly Line[], tell: Tell): Fault | null {
  const key = /^(?:"[^"]*"|'[^']*'|[^\s#:]+(?: [^\s#:]+)*)(?=\s*:(\s|$))/.exec(content)?.[0]
  if (key === undefined) return null
  const columns = openColumns(above)
  const deeper = columns.findLast(({ column }) => column > indent)
  const less = columns.find(({ column }) => column < indent)
  const like = [deeper, less].flatMap((each) =>
    each === undefined ? [] : [`${each.column === 0 ? 'not at all' : `by ${spaces(each.column)}`}, like ${each.key}`],
  )
  if (like.length === 0) return null
  const isDeeper = deeper === undefined
  const more = isDeeper ? ', or let that key end with ":" alone' : ''
  const message = `a key that is indented ${isDeeper ? 'deeper' : 'less'} than its neighbours`
  return tell(message, `Indent it ${like.join(', or ')}${more}.`, key.length)
}

/** The columns in which keys above stand, deepest first, as far as they are still open. */
function openColumns(above: readonly Line[]): readonly { readonly column: number; readonly key: string }[] {
  const found: { column: number; key: string }[] = []
  let limit = Number.POSITIVE_INFINITY
  for (const { indent, content } of above) {
    const item = /^(?:- +)*/.exec(content)?.[0].length ?? 0
    const key = /^(?:"[^"]*"|'[^']*'|[^\s#:"'[{&*!|>@%`][^#:]*?)(?=\s*:(\s|$))/.exec(content.slice(item))?.[0]
    if (key !== undefined && indent + item < limit) found.push({ column: indent + item, key })
    limit = Math.min(limit, indent)
  }
  return found
}

/** A key that takes the bracket behind it in: `stt:{ model: a, language: en }`. */
function openedKey({ content }: Line, tell: Tell): Fault | null {
  const [whole, item = '', key = '', sign = '', bracket] =
    /^((?:- +)*)([A-Za-z][\w-]*)(:|\s*=>?\s*|\s+)([[{])/.exec(content) ?? []
  if (whole === undefined || !KEYS.has(key)) return null
  const what = sign === ':' ? NO_SPACE : sign.trim() === '' ? NO_COLON : EQUAL
  const right = `${item}${key}: ${bracket}`
  return tell(what, `Write ${right}`, whole.length, right)
}

const NO_SPACE = 'no space behind the ":"'
const NO_COLON = 'no ":" behind the key'
const EQUAL = 'a "=" where a ":" is wanted'

/** A line in which a key is expected, and none is. */
function noKey({ indent, content }: Line, above: readonly Line[], tell: Tell): Fault {
  const quote = content[0] ?? ''
  if (/["']/.test(quote) && content.indexOf(quote, 1) < 0)
    return tell('a quote that is not closed', `Close it with ${quote}.`, 1)
  const write = (message: string, right: string) => tell(message, `Write ${short(right)}`, content.length, right)
  const [, wide, behindWide] = /^([\w.-]+)\s*：\s*(.*)$/.exec(content) ?? []
  if (wide !== undefined) return write('a wide colon, which is a letter to YAML', `${wide}: ${behindWide}`.trimEnd())
  const [, joined, behindJoined] = /^([A-Za-z][\w-]*):([^ \t].*)$/.exec(content) ?? []
  if (joined !== undefined && !behindJoined?.startsWith('//') && !/:[ \t]/.test(content))
    return write(
      /^\S/.test(behindJoined ?? '') ? NO_SPACE : 'a space behind the ":" that YAML takes for a letter',
      `${joined}: ${behindJoined?.trim()}`,
    )
  const [, equal, behindEqual] = /^([A-Za-z][\w-]*)\s*=>?\s*(.*)$/.exec(content) ?? []
  if (equal !== undefined) return write(EQUAL, `${equal}: ${behindEqual}`.trimEnd())
  const [, block, sign] = /^([A-Za-z][\w-]*)\s+([|>][-+]?)$/.exec(content) ?? []
  if (block !== undefined) return write(NO_COLON, `${block}: ${sign}`)
  const [before] = above
  const parent = /^(?:- +)*([^\s:]+):(?:\s+[|>][-+]?)?$/.exec(before?.content ?? '')?.[1]
  const [, word = '', rest] = /^([A-Za-z][\w-]*)(?:\s+(.*))?$/.exec(content) ?? []
  const isOfMap = parent !== undefined && KEYS.has(parent) && !PROSE.includes(parent)
  if (parent !== undefined && !isOfMap && before !== undefined && before.indent < indent) {
    const help = `Write a | behind ${parent}: and leave the text as it is.`
    const told = tell('a text of several lines that is read as keys', help)
    const at = before.start + before.indent + before.content.length
    return /[|>][-+]?$/.test(before.content) ? told : { ...told, mend: { start: at, end: at, right: ' |' } }
  }
  if (KEYS.has(word) || (isOfMap && word !== '' && rest === undefined))
    return write(NO_COLON, rest === undefined ? `${word}:` : `${word}: ${rest}`)
  const owner = /^(?:- +)*([^\s:]+):(\s|$)/.exec(before?.content ?? '')?.[1]
  if (before === undefined || owner === undefined || before.indent < indent)
    return tell('a line that is no key', 'Write it as key: value; a value of several lines wants a | behind its key.')
  const help = `Where it is a key, write a ":" behind it; where it goes on what stands behind ${owner}:, indent it, below ${owner}: |`
  return tell('a line that is no key, and not indented below one', help)
}

/** Every key of the agent file, wherever it stands. */
const KEYS: ReadonlySet<string> = keysOf(AGENT_FILE, new Set())

function keysOf(part: unknown, found: Set<string>): ReadonlySet<string> {
  if (typeof part !== 'object' || part === null) return found
  const { properties } = part as { readonly properties?: object }
  for (const key of Object.keys(properties ?? {})) found.add(key)
  for (const inner of Object.values(part)) keysOf(inner, found)
  return found
}

/** The first place from here on that holds something; where the rest of a line is a comment, behind that line. */
function firstShown(text: string, from: number): number {
  const between = /(?:\s|(?<=^|\s)#[^\n]*)*/y
  between.lastIndex = from
  const length = between.exec(text)?.[0].length ?? 0
  return from + length < text.length ? from + length : from
}

function lineAt(text: string, offset: number): Line {
  // What is looked for before the first sign is found at that one.
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', start)
  const whole = text.slice(start, end < 0 ? text.length : end)
  const indent = /^[ \t]*/.exec(whole)?.[0].length ?? 0
  return { start, indent, content: whole.slice(indent).trimEnd() }
}

/** The lines above one that hold something, the nearest first. */
function linesAbove(text: string, { start }: Line): readonly Line[] {
  const found: Line[] = []
  for (let at = start; at > 0 && found.length < LINES_ABOVE_MAX; ) {
    const line = lineAt(text, at - 1)
    if (line.content !== '' && !line.content.startsWith('#')) found.push(line)
    at = line.start
  }
  return found
}

function isSpace(text: string, offset: number): boolean {
  return /\s/.test(text[offset] ?? '')
}

function spaces(count: number): string {
  return `${count} space${count === 1 ? '' : 's'}`
}

function short(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`
}
