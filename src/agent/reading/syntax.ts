import type { Fault } from '../findings/fault.ts'
import type { RuleId } from '../rules.ts'
import { LINE_CHARACTERS_MAX, lineFrom, patternFault, placeholder, referenceFault } from './brace-faults.ts'
import { lineFault, tabFault } from './line-faults.ts'
import { beginsTypographic, lookAlike } from './look-alikes.ts'
import { deeperKey, misplacedItem } from './misplaced-lines.ts'

/** What a reader of YAML says is wrong; `pos` are offsets in the text. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly pos: readonly [number, number]
}

export type MakeFault = (rule: RuleId, message: string, help: string, at: readonly [number, number]) => Fault

/** Faults that leave the rest of the file readable. */
const MENDABLE = ['TAG_RESOLVE_FAILED', 'BAD_DQ_ESCAPE', 'BAD_DIRECTIVE', 'BAD_SCALAR_START']

/** Whether what follows is read by guessing: its faults are echoes. */
export function isBreak({ code }: Problem): boolean {
  return !MENDABLE.includes(code)
}

/** The problems that can be told: behind the first one that breaks the reading all are echoes of it, and so are others at one place or in one text. */
export function upToFirstBreak<Each extends Problem>(problems: readonly Each[], text: string): readonly Each[] {
  const at = problems.findIndex(isBreak)
  const told = at < 0 ? problems : problems.slice(0, at + 1)
  return told.filter((problem, index) => {
    const [before, next] = [told[index - 1], told[index + 1]]
    const isOfOneText = before?.code === problem.code && !text.slice(before.pos[0], problem.pos[0]).includes('"')
    return next?.pos[0] !== problem.pos[0] && !(problem.code === 'BAD_DQ_ESCAPE' && isOfOneText)
  })
}

/** A quote or bracket round something. */
export interface Surrounding {
  readonly start: number
  readonly isClosed: boolean
}

interface Around {
  readonly text: string
  /** The innermost quote or bracket round an offset: where it stands, and whether it is closed. */
  readonly aroundAt: (offset: number) => Surrounding | null
  readonly depthMax: number
}

/** The fault of a problem, in words of the one who wrote the file and in the place where it is mended. */
export function syntaxFault(problem: Problem, { text, aroundAt, depthMax }: Around, fault: MakeFault): Fault {
  const { code, message, pos } = problem
  const [start, end] = [Math.min(pos[0], text.length), Math.min(Math.max(pos[1], pos[0]), text.length)]
  const at = [start, end] as const
  if (/call stack/.test(message)) return fault('RV010', `nested deeper than ${depthMax}`, 'Flatten it.', at)
  if (/directives-end/.test(message))
    return fault('RV002', 'a line that begins with % and no --- below it', 'Remove the line with the %.', at)
  if (/^Comments must be separated/.test(message))
    return fault('RV002', 'no space before the #', 'Write a space before it, or put all of the value in quotes.', [
      start,
      start + 1,
    ])
  if (/^\*\s/.test(text.slice(start, start + 2)))
    return fault('RV002', 'a "*" that begins no item of a list', 'Begin each item with "- ".', [start, start + 1])
  switch (code) {
    case 'TAB_AS_INDENT':
      return tabAsIndent(text, at, fault)
    case 'MULTIPLE_DOCS':
      return fault('RV005', 'a second document begins here', isProse(text, start + 3) ? PROSE_BELOW : ONE_DOCUMENT, at)
    case 'NON_STRING_KEY':
      if (text[start] === '{' && text[start - 1] === '{')
        return placeholder(text, start - 1, aroundAt(start - 2) !== null, fault)
      if (text[start - 1] !== ' ' && /^\[[\w.-]+\][^\S\n]*(\n|$)/.test(text.slice(start, start + KEY_CHARACTERS_MAX)))
        return fault('RV002', 'a section of a TOML or INI file', 'Write key: value, and no sections.', at)
      return fault('RV002', 'a key that is not a string', 'Put the key in quotes.', at)
    case 'TAG_RESOLVE_FAILED': {
      const tag = text.slice(start, Math.min(end, start + 40))
      const value = /[^\S\n]+[^\s#[{|>&*][^\n#]*/y
      value.lastIndex = end
      const behind = value.exec(text)?.[0].trimEnd() ?? ''
      const help = /^!(include|import|file)/.test(tag)
        ? 'No tag reads a file: a prompt is named under instructions_file, the tools of one are an entry of tools, - include: ./tools.yaml, and settings are shared with extends.'
        : 'Remove the tag; write the value itself.'
      return fault('RV002', `a tag that is not known: ${tag}`, help, [start, end + behind.length])
    }
    case 'BAD_DQ_ESCAPE': {
      const help = 'Write \\\\ for a backslash, or put the text in single quotes; in a path, write /.'
      return fault('RV002', lowered(message), help, at)
    }
    case 'BAD_SCALAR_START': {
      const all = aroundAt(start) === null ? /^(?:[^#]|(?<!\s)#)*/ : /^[^#,[\]{}]*/
      return { ...valueBegun(text, start, all, fault), isRecovered: true }
    }
    default:
  }
  const around = aroundAt(start)
  const reference = referenceFault(text, start, around !== null, fault) ?? patternFault(text, start, fault)
  if (reference !== null) return reference
  if (around !== null && !around.isClosed && code !== 'BLOCK_AS_IMPLICIT_KEY') {
    const { start: opened } = around
    const sign = text[opened] ?? ''
    const what = sign === '"' || sign === "'" ? 'quote' : 'bracket'
    return fault('RV002', `a ${what} that is not closed`, `Close it with ${CLOSING[sign]}.`, [opened, opened + 1])
  }
  if (around !== null) return flowFault(problem, text, fault)
  const ofLine = lineFault(problem, text, fault)
  if (ofLine !== null) return ofLine
  if (code === 'BLOCK_AS_IMPLICIT_KEY') return keyInValue(text, at, fault)
  if (code === 'UNEXPECTED_TOKEN') return unexpected(problem, text, fault)
  return fault('RV002', SYNTAX_WORDS[code] ?? lowered(message), SYNTAX_HELP[code] ?? 'Write it as YAML.', at)
}

/** A sign that begins no value; `all` finds the whole of it. */
function valueBegun(text: string, start: number, all: RegExp, fault: MakeFault): Fault {
  const value = all.exec(lineFrom(text, start))?.[0].trimEnd() ?? ''
  const at = [start, start + value.length] as const
  const found = fault('RV002', `a value cannot begin with ${text[start]}`, 'Put the value in quotes.', at)
  return { ...found, suggest: [JSON.stringify(value)] }
}

const CLOSING: { readonly [sign: string]: string } = { '"': '"', "'": "'", '[': ']', '{': '}' }

const SYNTAX_WORDS: { readonly [code: string]: string } = {
  BAD_INDENT: 'a line that begins in a column of its own',
  KEY_OVER_1024_CHARS: 'a key of more than 1024 characters',
}

const SYNTAX_HELP: { readonly [code: string]: string } = {
  MISSING_CHAR: 'Most often a ":" is missing behind a key, or a value of several lines wants a | behind its key.',
  BAD_INDENT: 'Indent it like its neighbours; where a text of several lines goes on, like its first line.',
  KEY_OVER_1024_CHARS: 'If it is a text that holds a ":", write it below its key, indented, with a | behind the key.',
  MULTILINE_IMPLICIT_KEY: 'A key ends with ":" on its own line.',
}

/** How far a key is looked for behind the start of the value that holds it, in characters. */
const KEY_CHARACTERS_MAX = 2_000

const SECOND = 'a second ": " in one line'

/** A text in quotes, from its beginning to its end. */
const QUOTED = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/

/** A key where a value goes on: the value wants quotes, or the next line is indented too far. */
function keyInValue(text: string, [start, end]: readonly [number, number], fault: MakeFault): Fault {
  const colon = /:(?=\s|$)/.exec(text.slice(start, start + KEY_CHARACTERS_MAX))
  const key = start + (colon?.index ?? 0)
  const line = text.lastIndexOf('\n', key) + 1
  if (/^\?\s/.test(text.slice(start, start + 2))) return valueBegun(text, start, /^(?:[^#]|(?<!\s)#)*/, fault)
  if (line <= start) {
    const value = lineFrom(text, start).trimEnd()
    const alike = beginsTypographic(value) ? lookAlike(value) : null
    if (alike !== null)
      return { ...fault('RV014', alike.message, alike.help, [start, start + value.length]), suggest: alike.suggest }
    const quoted = QUOTED.exec(value)?.[0] ?? ''
    const behind = value.slice(quoted.length)
    if (quoted !== '' && !/^\s*:/.test(behind)) {
      const at = [start, start + quoted.length] as const
      return behind.includes(quoted.charAt(0)) ? quoteInside(text, at, fault) : behindQuote(text, at[1], fault)
    }
    const help = 'Put the value in quotes, or the nested map on a line of its own.'
    const plain = /^(?!["'])(?:[^#]|(?<!\s)#)*/.exec(value)?.[0].trimEnd()
    if (plain === undefined) return fault('RV002', SECOND, help, [start, Math.max(end, key + 1)])
    return { ...fault('RV002', SECOND, help, [start, start + plain.length]), suggest: [JSON.stringify(plain)] }
  }
  const first = line + (/^ */.exec(text.slice(line, key))?.[0].length ?? 0)
  if (text.startsWith('- ', first)) return misplacedItem(text, first, fault)
  return deeperKey(text, [first, key], fault)
}

/** A tab before a key: the line is indented by it, or the key stands in the value of another. */
function tabAsIndent(text: string, [start, end]: readonly [number, number], fault: MakeFault): Fault {
  const line = text.lastIndexOf('\n', start - 1) + 1
  if (/^(?:[ \t]|-(?=[ \t]))*$/.test(text.slice(line, end))) return tabFault(text, line, fault)
  const space = /^[ \t]*/.exec(text.slice(start, end))?.[0] ?? ''
  return keyInValue(text, [start + space.length, end], fault)
}

const ONE_DOCUMENT = 'Keep one agent a file; remove the --- or ... line.'
const PROSE_BELOW =
  'What follows is no setting: a prompt stands below instructions: |, indented, or in a file of its own, named by instructions_file.'

/** Whether what follows is a text, as the prompt is in files that begin with settings between two lines of dashes. */
function isProse(text: string, from: number): boolean {
  const line = /^[^\S\n]*([^\s#][^\n]*)/m.exec(text.slice(from, from + LINE_CHARACTERS_MAX))?.[1] ?? ''
  return line !== '' && !/^["'\w.-]+\s*:(\s|$)|^[-[{%]/.test(line)
}

function lowered(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}

/** Between brackets, entries are parted by commas. */
function flowFault({ message, pos: [start, end] }: Problem, text: string, fault: MakeFault): Fault {
  if (text[start] === ',') return fault('RV002', 'a comma with nothing before it', 'Remove it.', [start, start + 1])
  const at = [start, Math.min(text.length, Math.max(end, start + 1))] as const
  if (/implicit|block|indicator|flow/i.test(message))
    return fault(
      'RV002',
      'no comma between two entries',
      'Part them with a comma; a text that holds ": " wants quotes, and a ":" behind a key a space.',
      at,
    )
  return fault('RV002', lowered(message), 'Put the value in quotes.', at)
}

/** Something behind a value that is over, or a sign that opens nothing. */
function unexpected({ message, pos }: Problem, text: string, fault: MakeFault): Fault {
  const [start] = pos
  const end = Math.max(pos[1], start + 1)
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start)
  const tell = (what: string, help: string) => fault('RV002', what, help, [start, Math.min(end, text.length)])
  if (/block-seq-ind/.test(message))
    return tell('a list that begins behind its key', 'Begin it on the next line, or write it in brackets: [one, two].')
  if (/^[\]}]/.test(text.slice(start, end))) return tell(`a ${text[start]} that closes nothing`, 'Remove it.')
  if (/header/.test(message)) return tell('something behind the | or >', 'Write one | alone, and the text below it.')
  if (/[|>][-+\d]*\s+$/.test(line)) return tell('text behind the | or >', 'Begin the text on the next line, indented.')
  if (!/node end/.test(message)) return fault('RV002', lowered(message), 'Write it as YAML.', [start, end])
  if (/^,[^\S\n]*(?:\n|$)/.test(text.slice(start, start + LINE_CHARACTERS_MAX)))
    return tell('a comma behind the value', 'Remove it: nothing parts the lines.')
  const opening = /(?<=^|[\s:[{,-])["'[{*&!](?=[^\n]*$)/.exec(line)
  const [sign = ''] = opening ?? []
  const isQuote = sign === '"' || sign === "'"
  if (isQuote && text.slice(start, end).includes(sign))
    return quoteInside(text, [start - line.length + (opening?.index ?? 0), start], fault)
  return tell(`text behind the ${isQuote ? 'closing quote' : 'end of the value'}`, 'Put all of the value in quotes.')
}

/** A key behind a text in quotes, which is told to the end of its line. */
function behindQuote(text: string, end: number, fault: MakeFault): Fault {
  const rest = lineFrom(text, end)
  const at = [end + rest.length - rest.trimStart().length, end + rest.trimEnd().length] as const
  const help = 'Put the next key on a line of its own, or all of the value in quotes.'
  return fault('RV002', 'text behind the closing quote', help, at)
}

/** A quote that ends the text it stands in; the rest of the file is read as if it did not. */
function quoteInside(text: string, [opened, behind]: readonly [number, number], fault: MakeFault): Fault {
  const isDouble = text[opened] === '"'
  const inside = isDouble
    ? '\\" for a quote inside, or put all of it in single quotes'
    : "'' for a quote inside, or put all of it in double quotes"
  const told = fault('RV002', 'a quote inside the quotes ends them', `Write ${inside}.`, [behind - 1, behind])
  const whole = lineFrom(text, opened).trimEnd()
  if (!whole.endsWith(isDouble ? '"' : "'")) return told
  const inner = whole.slice(1, -1)
  const right = isDouble ? `'${inner.replaceAll("'", "''")}'` : JSON.stringify(inner)
  return { ...told, recovery: [{ start: opened, end: opened + whole.length, newText: right }] }
}
