import type { Fault } from './fault.ts'
import type { RuleId } from './rules.ts'

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

export function upToFirstBreak<Each extends Problem>(problems: readonly Each[]): readonly Each[] {
  const at = problems.findIndex(isBreak)
  return at < 0 ? problems : problems.slice(0, at + 1)
}

export interface Around {
  readonly text: string
  /** Where the quote or bracket stands that is still open at an offset, if one is. */
  readonly openedAt: (offset: number) => number | null
  readonly depthMax: number
}

/** The fault of a problem, in words of the one who wrote the file and in the place where it is mended. */
export function syntaxFault(
  { code, message, pos }: Problem,
  { text, openedAt, depthMax }: Around,
  fault: MakeFault,
): Fault {
  const [start, end] = [Math.min(pos[0], text.length), Math.min(Math.max(pos[1], pos[0]), text.length)]
  const at = [start, end] as const
  if (/call stack/.test(message)) return fault('RV010', `nested deeper than ${depthMax}`, 'Flatten it.', at)
  switch (code) {
    case 'TAB_AS_INDENT':
      return fault('RV004', 'a tab indents this line', 'Indent with spaces.', at)
    case 'MULTIPLE_DOCS':
      return fault('RV005', 'a second document begins here', 'Keep one agent a file; remove the --- line.', at)
    case 'NON_STRING_KEY':
      return fault('RV002', 'a key that is not a string', 'Put the key in quotes.', at)
    case 'TAG_RESOLVE_FAILED': {
      const tag = text.slice(start, Math.min(end, start + 40))
      return fault('RV002', `a tag that is not known: ${tag}`, 'Remove the tag; write the value itself.', at)
    }
    case 'BAD_DQ_ESCAPE': {
      const help = 'Write \\\\ for a backslash, or put the text in single quotes.'
      return fault('RV002', lowered(message), help, at)
    }
    case 'BLOCK_AS_IMPLICIT_KEY':
      return keyInValue(text, at, fault)
    case 'MISSING_CHAR':
    case 'BAD_INDENT':
    case 'BAD_COLLECTION_TYPE':
    case 'UNEXPECTED_TOKEN': {
      const opened = openedAt(start)
      if (opened === null) break
      const sign = text[opened] ?? ''
      const what = sign === '"' || sign === "'" ? 'quote' : 'bracket'
      return fault('RV002', `a ${what} that is not closed`, `Close it with ${CLOSING[sign]}.`, [opened, opened + 1])
    }
    default:
  }
  return fault('RV002', lowered(message), SYNTAX_HELP[code] ?? 'Write it as YAML.', at)
}

const CLOSING: { readonly [sign: string]: string } = { '"': '"', "'": "'", '[': ']', '{': '}' }

const SYNTAX_HELP: { readonly [code: string]: string } = {
  MISSING_CHAR: 'Most often a ":" is missing behind a key, or a value of several lines wants a | behind its key.',
  BAD_INDENT: 'Indent it like its neighbours.',
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
  const help = 'Indent it like the key above, or let that key end with ":".'
  return fault('RV002', 'a key that is indented deeper than its neighbours', help, [first, key])
}

function lowered(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}
