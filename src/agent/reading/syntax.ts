import { meantReference } from '../composition/foreign-references.ts'
import type { Fault } from '../findings/fault.ts'
import type { RuleId } from '../rules.ts'
import { lineFault } from './line-faults.ts'

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

/** The problems that can be told: behind the first one that breaks the reading all are echoes of it. */
export function upToFirstBreak<Each extends Problem>(problems: readonly Each[]): readonly Each[] {
  const at = problems.findIndex(isBreak)
  return at < 0 ? problems : problems.slice(0, at + 1)
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
  switch (code) {
    case 'TAB_AS_INDENT':
      return fault('RV004', 'a tab indents this line', 'Indent with spaces.', at)
    case 'MULTIPLE_DOCS':
      return fault('RV005', 'a second document begins here', 'Keep one agent a file; remove the --- or ... line.', at)
    case 'NON_STRING_KEY':
      if (text[start] === '{' && text[start - 1] === '{') return placeholder(text, start - 1, fault)
      return fault('RV002', 'a key that is not a string', 'Put the key in quotes.', at)
    case 'TAG_RESOLVE_FAILED': {
      const tag = text.slice(start, Math.min(end, start + 40))
      const value = /[^\S\n]+[^\s#[{|>&*][^\n#]*/y
      value.lastIndex = end
      const behind = value.exec(text)?.[0].trimEnd() ?? ''
      const help = /^!(include|import|file)/.test(tag)
        ? 'No tag reads a file: the tools of one are an entry of tools, - include: ./tools.yaml, and settings are shared with extends.'
        : 'Remove the tag; write the value itself.'
      return fault('RV002', `a tag that is not known: ${tag}`, help, [start, end + behind.length])
    }
    case 'BAD_DQ_ESCAPE': {
      const help = 'Write \\\\ for a backslash, or put the text in single quotes.'
      return fault('RV002', lowered(message), help, at)
    }
    case 'BAD_SCALAR_START': {
      const sign = text[start] ?? ''
      return fault('RV002', `a value cannot begin with ${sign}`, 'Put the value in quotes.', at)
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
  const what = code === 'BAD_INDENT' ? 'a line that begins in a column of its own' : lowered(message)
  return fault('RV002', what, SYNTAX_HELP[code] ?? 'Write it as YAML.', at)
}

const CLOSING: { readonly [sign: string]: string } = { '"': '"', "'": "'", '[': ']', '{': '}' }

const SYNTAX_HELP: { readonly [code: string]: string } = {
  MISSING_CHAR: 'Most often a ":" is missing behind a key, or a value of several lines wants a | behind its key.',
  BAD_INDENT: 'Indent it like its neighbours; where a text of several lines goes on, like its first line.',
  MULTILINE_IMPLICIT_KEY: 'A key ends with ":" on its own line.',
}

/** How far a key is looked for behind the start of the value that holds it, in characters. */
const KEY_CHARACTERS_MAX = 2_000

/** A key where a value goes on: the value wants quotes, or the next line is indented too far. */
function keyInValue(text: string, [start, end]: readonly [number, number], fault: MakeFault): Fault {
  const colon = /:(?=\s|$)/.exec(text.slice(start, start + KEY_CHARACTERS_MAX))
  const key = start + (colon?.index ?? 0)
  const line = text.lastIndexOf('\n', key) + 1
  if (line <= start) {
    const help = 'Put the value in quotes, or the nested map on a line of its own.'
    return fault('RV002', 'a second ": " in one line', help, [start, Math.max(end, key + 1)])
  }
  const first = line + (/^ */.exec(text.slice(line, key))?.[0].length ?? 0)
  const help = 'Indent it like the key above, or let that key end with ":"; a text of several lines wants a | there.'
  return fault('RV002', 'a key that is indented deeper than its neighbours', help, [first, key])
}

function lowered(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}

/** How far above a value its request is looked for, in characters. */
const REQUEST_CHARACTERS_MAX = 500

/** `{{name}}` where a value begins is a map in a map to YAML. */
function placeholder(text: string, start: number, fault: MakeFault): Fault {
  const written = /^\{\{[^{}\n]{0,100}\}\}[^\n]{0,100}/
    .exec(text.slice(start, start + KEY_CHARACTERS_MAX))?.[0]
    .trimEnd()
  const argument = /^\{\{\s*([A-Za-z_][\w-]*)\s*\}\}/.exec(written ?? '')?.[1]
  const isRequest =
    argument !== undefined && /^\s+(- )?http:/m.test(text.slice(Math.max(0, start - REQUEST_CHARACTERS_MAX), start))
  const help = isRequest ? `An argument of a request is "{${argument}}", in quotes.` : 'Put the value in quotes.'
  const found = fault('RV002', 'a value that begins with "{{" is a map to YAML', help, [
    start,
    start + (written?.length ?? 2),
  ])
  if (written === undefined) return found
  return { ...found, suggest: [JSON.stringify(isRequest ? written.replace(/^\{\{.*?\}\}/, `{${argument}}`) : written)] }
}

/** How long a line may be in which a reference is looked for, in characters. */
const LINE_CHARACTERS_MAX = 2_000

/** `${env: NAME}` is a key to YAML; between brackets, each reference begins a map. */
function referenceFault(text: string, offset: number, isBetween: boolean, fault: MakeFault): Fault | null {
  const begin = text.lastIndexOf('\n', offset - 1) + 1
  const line = text.slice(begin, begin + LINE_CHARACTERS_MAX).split('\n', 1)[0] ?? ''
  const found = [...line.matchAll(/\$\{[^{}]*\}/g)].find(({ index, 0: { length } }) => {
    return begin + index <= offset && offset < begin + index + length
  })
  const right = found === undefined ? null : meantReference(found[0])
  if (found === undefined || right === null) return null
  const [written] = found
  const start = begin + found.index
  const at = [start, start + written.length] as const
  if (!isBetween) {
    const told = fault('RV002', `a space in ${written}, which is a key and its value to YAML`, `Write ${right}.`, at)
    return { ...told, suggest: [right] }
  }
  const what = `${written} without quotes between brackets, where its braces begin a map`
  const [before, behind] = [line.slice(0, found.index), line.slice(found.index + written.length)]
  const isAll = /(^|[,[{]|:\s)\s*$/.test(before) && /^\s*([,\]}]|$)/.test(behind)
  if (!isAll) return fault('RV002', what, `Put all of the value in quotes, with ${right} in it.`, at)
  const quoted = JSON.stringify(right)
  return { ...fault('RV002', what, `Put the value in quotes: ${quoted}.`, at), suggest: [quoted] }
}

/** A pattern whose own brackets count, since it stands between others and in no quotes. */
function patternFault(text: string, offset: number, fault: MakeFault): Fault | null {
  const begin = text.lastIndexOf('\n', offset - 1) + 1
  const line = text.slice(begin, begin + LINE_CHARACTERS_MAX).split('\n', 1)[0] ?? ''
  const [, before, pattern] = /^(.*[{,]\s*pattern:\s+)([^\s'"][^'"]*[[{\\].*)$/.exec(line) ?? []
  if (before === undefined || pattern === undefined) return null
  const start = begin + before.length
  return fault(
    'RV002',
    'a pattern without quotes between brackets, where its own count',
    "Put it in single quotes: pattern: '^[0-9]{5}$'.",
    [start, start + pattern.length],
  )
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
  const [, sign = ''] = /(?:^|[\s:[{,-])(["'[{*&!])[^\n]*$/.exec(line) ?? []
  const isQuote = sign === '"' || sign === "'"
  if (isQuote && text.slice(start, end).includes(sign)) {
    const inside =
      sign === '"'
        ? '\\" for a quote inside, or put all of it in single quotes'
        : "'' for a quote inside, or put all of it in double quotes"
    return fault('RV002', 'a quote inside the quotes ends them', `Write ${inside}.`, [start - 1, start])
  }
  return tell(`text behind the ${isQuote ? 'closing quote' : 'end of the value'}`, 'Put all of the value in quotes.')
}
