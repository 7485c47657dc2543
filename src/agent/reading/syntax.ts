import type { Fault } from '../findings/fault.ts'
import { LINE_CHARACTERS_MAX, patternFault, placeholderFault, referenceFault, restOfLine } from './brace-faults.ts'
import { joinedLines } from './joined-lines.ts'
import { lineFault, tabFault } from './line-faults.ts'
import { lineAt, lineFaultMaker, linesAbove, truncate } from './lines.ts'
import { beginsWithTypographicQuote, findLookAlike, SPACE_MESSAGE, spaceBehindColon } from './look-alikes.ts'
import { indentedKey, misplacedItem, textOutside } from './misplaced-lines.ts'
import type { MakeFault, Span } from './spans.ts'
import { flowFault, quoteInside, textBehindQuote, unexpectedToken, withLowerInitial } from './token-faults.ts'
import type { YamlProblem } from './yaml-problem.ts'

/** A quote or bracket round something. */
export interface Enclosure {
  readonly start: number
  readonly isClosed: boolean
}

interface SyntaxContext {
  readonly text: string
  /** The innermost quote or bracket round an offset: where it stands, and whether it is closed. */
  readonly enclosureAt: (offset: number) => Enclosure | null
  readonly depthMax: number
}

/** The fault of a problem, in the words of the author of the file and at the place to fix. */
export function syntaxFault(
  problem: YamlProblem,
  { text, enclosureAt, depthMax }: SyntaxContext,
  makeFault: MakeFault,
): Fault {
  const { code, message, pos } = problem
  const [start, end] = [Math.min(pos[0], text.length), Math.min(Math.max(pos[1], pos[0]), text.length)]
  const at = [start, end] as const
  if (/call stack/.test(message)) return makeFault('RV010', `nested deeper than ${depthMax}`, 'Flatten it.', at)
  if (/directives-end/.test(message))
    return makeFault('RV002', 'a line that begins with % and no --- below it', 'Remove the line with the %.', at)
  if (/^Comments must be separated/.test(message))
    return makeFault('RV002', 'no space before the #', 'Write a space before it, or put all of the value in quotes.', [
      start,
      start + 1,
    ])
  if (/^\*\s/.test(text.slice(start, start + 2)))
    return makeFault('RV002', 'a "*" that begins no item of a list', 'Begin each item with "- ".', [start, start + 1])
  switch (code) {
    case 'TAB_AS_INDENT':
      return tabAsIndent(text, at, makeFault)
    case 'MULTIPLE_DOCS':
      return makeFault(
        'RV005',
        'a second document begins here',
        isProse(text, start + 3) ? PROSE_BELOW : ONE_DOCUMENT,
        at,
      )
    case 'NON_STRING_KEY':
      if (text[start] === '{' && text[start - 1] === '{')
        return placeholderFault(text, start - 1, enclosureAt(start - 2) !== null, makeFault)
      if (text[start - 1] !== ' ' && /^\[[\w.-]+\][^\S\n]*(\n|$)/.test(text.slice(start, start + KEY_CHARACTERS_MAX)))
        return makeFault('RV002', 'a section of a TOML or INI file', 'Write key: value, and no sections.', at)
      return (
        textOutsideAt(text, start, makeFault) ??
        makeFault('RV002', 'a key that is not a string', 'Put the key in quotes.', at)
      )
    case 'TAG_RESOLVE_FAILED': {
      const tag = text.slice(start, Math.min(end, start + 40))
      const value = /[^\S\n]+[^\s#[{|>&*][^\n#]*/y
      value.lastIndex = end
      const behind = value.exec(text)?.[0].trimEnd() ?? ''
      const help = /^!(include|import|file)/.test(tag)
        ? 'No tag reads a file: a prompt is named under instructions_file, the tools of one are an entry of tools, - include: ./tools.yaml, and settings are shared with extends.'
        : 'Remove the tag; write the value itself.'
      return makeFault('RV002', `a tag that is not known: ${tag}`, help, [start, end + behind.length])
    }
    case 'BAD_DQ_ESCAPE': {
      const help = 'Write \\\\ for a backslash, or put the text in single quotes; in a path, write /.'
      return makeFault('RV002', withLowerInitial(message), help, at)
    }
    case 'BAD_SCALAR_START': {
      const all = enclosureAt(start) === null ? /^(?:[^#]|(?<!\s)#)*/ : /^[^#,[\]{}]*/
      return { ...invalidValueStart(text, start, all, makeFault), isRecovered: true }
    }
    default:
  }
  const enclosure = enclosureAt(start)
  const reference = referenceFault(text, start, enclosure !== null, makeFault) ?? patternFault(text, start, makeFault)
  if (reference !== null) return reference
  if (enclosure !== null && !enclosure.isClosed && code !== 'BLOCK_AS_IMPLICIT_KEY') {
    const { start: opened } = enclosure
    const sign = text[opened] ?? ''
    const what = sign === '"' || sign === "'" ? 'quote' : 'bracket'
    return makeFault('RV002', `a ${what} that is not closed`, `Close it with ${CLOSING[sign]}.`, [opened, opened + 1])
  }
  if (enclosure !== null) return flowFault(problem, text, makeFault)
  const faultOfLine = lineFault(problem, text, makeFault)
  if (faultOfLine !== null) return faultOfLine
  if (code === 'BLOCK_AS_IMPLICIT_KEY') return keyInValue(text, at, makeFault)
  if (code === 'UNEXPECTED_TOKEN') return unexpectedToken(problem, text, makeFault)
  if (/^Sequence item/.test(message)) {
    const help = 'Begin an item with "- "; indent what goes on in one like its first key.'
    return makeFault('RV002', 'a line that is no item of the list above it', help, at)
  }
  return makeFault('RV002', MESSAGES[code] ?? withLowerInitial(message), HELP[code] ?? 'Write it as YAML.', at)
}

/** The fault of a line of text that begins with a bracket, or stars, at an offset; null where none is outside of its text there. */
function textOutsideAt(text: string, offset: number, makeFault: MakeFault): Fault | null {
  const line = lineAt(text, offset)
  if (!/^\{?$/.test(text.slice(line.start + line.indent, offset))) return null
  return textOutside(line, linesAbove(text, line), lineFaultMaker(line, makeFault))
}

/** A sign that begins no value; `all` finds the whole of it. */
function invalidValueStart(text: string, start: number, all: RegExp, makeFault: MakeFault): Fault {
  const value = all.exec(restOfLine(text, start))?.[0].trimEnd() ?? ''
  const at = [start, start + value.length] as const
  const found = makeFault('RV002', `a value cannot begin with ${text[start]}`, 'Put the value in quotes.', at)
  return { ...found, suggest: [JSON.stringify(value)] }
}

const CLOSING: { readonly [sign: string]: string } = { '"': '"', "'": "'", '[': ']', '{': '}' }

const MESSAGES: { readonly [code: string]: string } = {
  BAD_INDENT: 'a line that begins in a column of its own',
  KEY_OVER_1024_CHARS: 'a key of more than 1024 characters',
}

const ANCHORS = 'A & begins an anchor, and a * refers to one: put the value in quotes where neither is meant.'

const HELP: { readonly [code: string]: string } = {
  MISSING_CHAR: 'Most often a ":" is missing behind a key, or a value of several lines wants a | behind its key.',
  BAD_ALIAS: ANCHORS,
  ALIAS_PROPS: ANCHORS,
  MULTIPLE_ANCHORS: ANCHORS,
  MULTIPLE_TAGS: 'Keep one tag; the value needs none.',
  BAD_DIRECTIVE: 'Remove the line with the %.',
  BAD_INDENT: 'Indent it like its neighbours; where a text of several lines goes on, like its first line.',
  KEY_OVER_1024_CHARS: 'If it is a text that holds a ":", write it below its key, indented, with a | behind the key.',
  MULTILINE_IMPLICIT_KEY: 'A key ends with ":" on its own line.',
}

/** How far a key is looked for behind the start of the value that holds it, in characters. */
const KEY_CHARACTERS_MAX = 2_000

const SECOND_COLON = 'a second ": " in one line'

/** A text in quotes, from its beginning to its end. */
const QUOTED = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/

/** A key where a value goes on: the value wants quotes, or the next line is indented too far. */
function keyInValue(text: string, [start, end]: Span, makeFault: MakeFault): Fault {
  const colon = /:(?=\s|$)/.exec(text.slice(start, start + KEY_CHARACTERS_MAX))
  const key = start + (colon?.index ?? 0)
  const line = text.lastIndexOf('\n', key) + 1
  if (/^\?\s/.test(text.slice(start, start + 2)))
    return invalidValueStart(text, start, /^(?:[^#]|(?<!\s)#)*/, makeFault)
  if (line <= start) {
    const space = spaceBehindColon(text.slice(line, start))
    if (space !== null) {
      const at = [line + space, line + space + 1] as const
      return { ...makeFault('RV014', SPACE_MESSAGE, 'Write a plain space.', at), suggest: [' '] }
    }
    const value = restOfLine(text, start).trimEnd()
    const lookAlike = beginsWithTypographicQuote(value) ? findLookAlike(value) : null
    if (lookAlike !== null)
      return {
        ...makeFault('RV014', lookAlike.message, lookAlike.help, [start, start + value.length]),
        suggest: lookAlike.suggest,
      }
    const quoted = QUOTED.exec(value)?.[0] ?? ''
    const behind = value.slice(quoted.length)
    if (quoted !== '' && !/^\s*:/.test(behind)) {
      const at = [start, start + quoted.length] as const
      return behind.includes(quoted.charAt(0))
        ? quoteInside(text, at, makeFault)
        : textBehindQuote(text, at[1], makeFault)
    }
    const joined = joinedLines(text, start, makeFault)
    if (joined !== null) return joined
    const help = 'Put the value in quotes, or the nested map on a line of its own.'
    const next = lineAt(text, text.indexOf('\n', start) + 1)
    if (next.start > start && next.indent > lineAt(text, start).indent && /^[\w-]+:(\s|$)/.test(next.content)) {
      const recovery = [{ start, end: start, newText: `\n${' '.repeat(next.indent)}` }]
      const right = `Put ${truncate(value)} on a line of its own, indented like the one below.`
      return { ...makeFault('RV002', SECOND_COLON, right, [start, start + value.length]), recovery }
    }
    const plain = /^(?!["'])(?:[^#]|(?<!\s)#)*/.exec(value)?.[0].trimEnd()
    if (plain === undefined) return makeFault('RV002', SECOND_COLON, help, [start, Math.max(end, key + 1)])
    return {
      ...makeFault('RV002', SECOND_COLON, help, [start, start + plain.length]),
      suggest: [JSON.stringify(plain)],
    }
  }
  const first = line + (/^ */.exec(text.slice(line, key))?.[0].length ?? 0)
  if (text.startsWith('- ', first)) return misplacedItem(text, first, makeFault)
  return indentedKey(text, [first, key], makeFault)
}

/** A tab before a key: the line is indented by it, or the key stands in the value of another. */
function tabAsIndent(text: string, [start, end]: Span, makeFault: MakeFault): Fault {
  const line = text.lastIndexOf('\n', start - 1) + 1
  if (/^(?:[ \t]|-(?=[ \t]))*$/.test(text.slice(line, end))) return tabFault(text, line, makeFault)
  const space = /^[ \t]*/.exec(text.slice(start, end))?.[0] ?? ''
  return keyInValue(text, [start + space.length, end], makeFault)
}

const ONE_DOCUMENT = 'Keep one agent a file; remove the --- or ... line.'
const PROSE_BELOW =
  'What follows is no setting: a prompt stands below instructions: |, indented, or in a file of its own, named by instructions_file.'

/** Whether what follows is a text, as the prompt is in files that begin with settings between two lines of dashes. */
function isProse(text: string, from: number): boolean {
  const line = /^[^\S\n]*([^\s#][^\n]*)/m.exec(text.slice(from, from + LINE_CHARACTERS_MAX))?.[1] ?? ''
  return line !== '' && !/^["'\w.-]+\s*:(\s|$)|^[-[{%]/.test(line)
}
