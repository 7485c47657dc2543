import type { Fault } from '../findings/fault.ts'
import { isScalarSetting, PROSE_KEYS } from '../shape/known-settings.ts'
import { AGENT_FILE_SCHEMA } from '../shape/subschemas.ts'
import { replaceTabs, resolveConflict } from './line-edits.ts'
import { type Line, lineAt, lineFaultMaker, linesAbove, type MakeLineFault, truncate } from './lines.ts'
import {
  indentedFirstLine,
  isItemWithoutSpace,
  itemWithoutSpace,
  misplacedItem,
  misplacedKey,
  openColumns,
  textOutside,
} from './misplaced-lines.ts'
import { indentFault } from './scalar-faults.ts'
import type { MakeFault } from './spans.ts'
import type { YamlProblem } from './yaml-problem.ts'

/** Problems that the parser describes by what it expected; what the author did shows in the line. */
const LINE_CODES = ['MULTILINE_IMPLICIT_KEY', 'MISSING_CHAR', 'BAD_INDENT', 'BLOCK_AS_IMPLICIT_KEY', 'UNEXPECTED_TOKEN']
/** How long a line may be whose form is looked at, in characters. */
const CHARACTERS_MAX = 2_000

/**
 * The fault of a line whose form tells what was meant: a key without its colon, an item of a list in the wrong column. Null where it does
 * not.
 */
export function lineFault({ code, pos }: YamlProblem, text: string, makeFault: MakeFault): Fault | null {
  if (!LINE_CODES.includes(code)) return null
  const line = lineAt(text, firstContent(text, pos[0]))
  if (line.content === '' || line.content.length > CHARACTERS_MAX) return null
  const first = line.start + line.indent
  const makeLineFault = lineFaultMaker(line, makeFault)
  if (/^(<{7}|={7}|>{7}|\|{7})( |$)/.test(line.content)) {
    const help = 'Keep one of the two sides, and remove the marks of git.'
    return { ...makeLineFault('a conflict of git that is not resolved', help, 7), ...resolveConflict(text, line.start) }
  }
  if (/^(`{3}|~{3})/.test(line.content))
    return makeLineFault('a fence of Markdown', 'Remove it, and the one at the other end.')
  if (text.slice(line.start, first).includes('\t')) return tabFault(text, line.start, makeFault)
  const indent = indentFault(text, line, makeFault)
  if (indent !== null) return indent
  const above = linesAbove(text, line)
  const comment = [line, ...above.slice(0, 1)].find(({ content }) => content.startsWith('//'))
  if (comment !== undefined) return slashComment(comment, makeFault)
  if (isItemWithoutSpace(line) && above.some(({ content }) => content.startsWith('- ')))
    return itemWithoutSpace(line, makeFault)
  // Inside an item, it is what stands there that goes on where it may not.
  const isInside = code === 'BLOCK_AS_IMPLICIT_KEY' && pos[0] > first
  if (/^-(\s|$)/.test(line.content) && !isInside) return misplacedItem(text, first, makeFault)
  if (code === 'BLOCK_AS_IMPLICIT_KEY') return keyBeforeBracket(line, makeLineFault)
  if (code === 'UNEXPECTED_TOKEN') return indentedFirstLine(text, pos[0], makeFault)
  if (code === 'BAD_INDENT' || (code === 'MISSING_CHAR' && /\s/.test(text[pos[0]] ?? '')))
    return misplacedKey(text, line, makeFault)
  return lineWithoutKey(line, above, makeLineFault)
}

function slashComment({ start, indent }: Line, makeFault: MakeFault): Fault {
  const at = { start: start + indent, end: start + indent + 2 }
  const fault = makeFault('RV002', 'a comment that begins with //', 'Begin it with #.', [at.start, at.end])
  return { ...fault, recovery: [{ ...at, newText: '#' }] }
}

/** The fault of a tab before what stands on a line that begins at an offset; other lines with one are counted in it. */
export function tabFault(text: string, start: number, makeFault: MakeFault): Fault {
  const tab = text.indexOf('\t', start)
  const recoveryCandidates = replaceTabs(text, start)
  const others = (recoveryCandidates[0]?.length ?? 1) - 1
  const alsoOthers = others === 0 ? '' : `, here and in ${others} line${others === 1 ? '' : 's'} besides`
  return {
    ...makeFault('RV004', 'a tab indents this line', `Indent with spaces${alsoOthers}.`, [tab, tab + 1]),
    recoveryCandidates,
  }
}

/** A key that takes the bracket behind it in: `stt:{ model: a, language: en }`. */
function keyBeforeBracket({ content }: Line, makeLineFault: MakeLineFault): Fault | null {
  const [whole, item = '', key = '', between = '', bracket] =
    /^((?:- +)*)([A-Za-z][\w-]*)(\s*:|\s*(?:=>?|->)\s*|\s+)([[{])/.exec(content) ?? []
  const sign = between.trim()
  if (whole === undefined || !(KEYS.has(key) || between === ':')) return null
  const what =
    sign === '' ? MISSING_COLON : sign !== ':' ? wrongSign(sign) : between === ':' ? MISSING_SPACE : SPACE_BEFORE
  const right = `${item}${key}: ${bracket}`
  return makeLineFault(what, `Write ${right}`, whole.length, right)
}

const MISSING_SPACE = 'no space behind the ":"'
const SPACE_BEFORE = 'a space before the ":", and none behind it'
const MISSING_COLON = 'no ":" behind the key'

function wrongSign(sign: string): string {
  return `a "${sign}" where a ":" is wanted`
}

/** A line in which a key is expected, and none is. */
function lineWithoutKey(line: Line, above: readonly Line[], makeLineFault: MakeLineFault): Fault {
  const { indent, content } = line
  const quote = content[0] ?? ''
  if (/["']/.test(quote) && content.indexOf(quote, 1) < 0)
    return makeLineFault('a quote that is not closed', `Close it with ${quote}.`, 1)
  const write = (message: string, right: string) =>
    makeLineFault(message, `Write ${truncate(right)}`, content.length, right)
  const [, wideColonKey, wideColonValue] = /^([\w.-]+)\s*：\s*(.*)$/.exec(content) ?? []
  if (wideColonKey !== undefined)
    return write('a wide colon, which is a letter to YAML', `${wideColonKey}: ${wideColonValue}`.trimEnd())
  const [, keyBeforeSign, part] = /^([A-Za-z][\w-]*:)\s*([,;])$/.exec(content) ?? []
  if (keyBeforeSign !== undefined)
    return makeLineFault(
      `a ${part === ',' ? 'comma' : 'semicolon'} behind the key`,
      'Remove it: nothing parts the lines.',
      content.length,
      keyBeforeSign,
    )
  const [, joinedKey, joinedValue] = /^([A-Za-z][\w-]*):([^ \t].*)$/.exec(content) ?? []
  if (joinedKey !== undefined && !joinedValue?.startsWith('//') && !/:[ \t]/.test(content))
    return write(
      /^\S/.test(joinedValue ?? '') ? MISSING_SPACE : 'a space behind the ":" that YAML takes for a letter',
      `${joinedKey}: ${joinedValue?.trim()}`,
    )
  const [, keyBeforeSpace, valueBehindColon] = /^([A-Za-z][\w-]*)\s+:(\S.*)$/.exec(content) ?? []
  if (keyBeforeSpace !== undefined && KEYS.has(keyBeforeSpace))
    return write(SPACE_BEFORE, `${keyBeforeSpace}: ${valueBehindColon}`)
  const [, assignedKey, sign = '', assigned] = /^([A-Za-z][\w-]*)\s*(=>?|->)\s*(.*)$/.exec(content) ?? []
  if (assignedKey !== undefined) return write(wrongSign(sign), `${assignedKey}: ${assigned}`.trimEnd())
  const [, blockKey, indicator] = /^([A-Za-z][\w-]*)\s+([|>][-+]?)$/.exec(content) ?? []
  if (blockKey !== undefined) return write(MISSING_COLON, `${blockKey}: ${indicator}`)
  const [before] = above
  const parent = /^(?:- +)*([^\s:]+):(?:\s+[|>][-+]?)?$/.exec(before?.content ?? '')?.[1]
  const [, word = '', rest] = /^([A-Za-z][\w-]*)(?:\s+(.*))?$/.exec(content) ?? []
  const isOfMap = parent !== undefined && KEYS.has(parent) && !PROSE_KEYS.includes(parent)
  if (parent !== undefined && !isOfMap && before !== undefined && before.indent < indent) {
    const help = `Write a | behind ${parent}: and leave the text as it is.`
    const fault = makeLineFault('a text of several lines that is read as keys', help)
    const at = before.start + before.indent + before.content.length
    return /[|>][-+]?$/.test(before.content) ? fault : { ...fault, recovery: [{ start: at, end: at, newText: ' |' }] }
  }
  if (
    isOfMap &&
    before !== undefined &&
    word === content &&
    !KEYS.has(word) &&
    isScalarSetting(keysOf(openColumns(above)))
  ) {
    const [from, to] = [before.start + before.indent + before.content.length, line.start + indent + content.length]
    const fault = makeLineFault('a value that is not indented below its key', `Write ${parent}: ${word}`)
    return { ...fault, recovery: [{ start: from, end: to, newText: ` ${word}` }] }
  }
  if (KEYS.has(word) || (isOfMap && word !== '' && rest === undefined))
    return write(MISSING_COLON, rest === undefined ? `${word}:` : `${word}: ${rest}`)
  const outside = textOutside(line, above, makeLineFault)
  if (outside !== null) return outside
  const owner = /^(?:- +)*([^\s:]+):(\s|$)/.exec(before?.content ?? '')?.[1]
  if (before === undefined || owner === undefined || before.indent < indent)
    return makeLineFault(
      'a line that is no key',
      'Write it as key: value; a value of several lines wants a | behind its key.',
    )
  const help = `Where it is a key, write a ":" behind it; where it goes on what stands behind ${owner}:, indent it, below ${owner}: |`
  return makeLineFault('a line that is no key, and not indented below one', help)
}

/** The path of the key in the deepest of these columns. */
function keysOf(columns: ReturnType<typeof openColumns>): readonly string[] {
  return columns.map(({ key }) => key).reverse()
}

/** Every key of the agent file, wherever it stands. */
const KEYS: ReadonlySet<string> = allKeysIn(AGENT_FILE_SCHEMA, new Set())

function allKeysIn(part: unknown, found: Set<string>): ReadonlySet<string> {
  if (typeof part !== 'object' || part === null) return found
  const { properties } = part as { readonly properties?: object }
  for (const key of Object.keys(properties ?? {})) found.add(key)
  for (const inner of Object.values(part)) allKeysIn(inner, found)
  return found
}

/** The first place from here on that holds something; where the rest of a line is a comment, behind that line. */
function firstContent(text: string, from: number): number {
  const between = /(?:[ \t\r\n]|(?<=^|\s)#[^\n]*)*/y
  between.lastIndex = from
  const length = between.exec(text)?.[0].length ?? 0
  return from + length < text.length ? from + length : from
}
