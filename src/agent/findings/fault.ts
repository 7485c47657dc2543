import { hash } from 'node:crypto'
import { RULES, type RuleId } from '../rules.ts'
import { redactSecrets } from '../secrets.ts'
import type { Diagnostic, Level, Place } from './diagnostic.ts'

export interface Fault {
  readonly rule: RuleId
  readonly message: string
  /** One sentence that says what to do. */
  readonly help: string
  readonly place: Place
  /** JSON pointer to the value. */
  readonly pointer: string
  /** The text that is wrong; with the pointer it makes the fingerprint. */
  readonly text?: string
  readonly suggest?: readonly string[]
  readonly level?: Level
  /** What is read instead, where what is proposed is no text for the place of the fault. */
  readonly recovery?: readonly TextEdit[]
  /** The columns in which lines are read instead, in each way that may be meant, the likeliest first. */
  readonly recoveryCandidates?: readonly (readonly TextEdit[])[]
  /** The value is judged all the same, and what its setting says of it is the better word. */
  readonly isRecovered?: true
  /** A key is missing: in which map, as words that follow, and what it may be. */
  readonly missing?: { readonly where: string; readonly example?: string }
  /** The keys that may stand in a map that is empty. */
  readonly allowedKeys?: readonly string[]
  /** Those keys of it that stand beside it. */
  readonly siblingKeys?: readonly string[]
  /** It is answered with advice, which may be one for several keys of its map: the words that say in which map. */
  readonly adviceScope?: string
  /** Pointers to what it stands for, which is not missing besides. */
  readonly meant?: readonly string[]
  /** It is the word for a setting elsewhere: how that is written there goes on behind the help. */
  readonly moves?: Move
  /**
   * Pointers to settings that it rests on besides, with a / behind them those to what is inside: while one is wrong, nobody knows whether
   * this is a fault.
   */
  readonly dependsOn?: readonly string[]
  /** Where the setting's key stands, if not beside the fault: a prompt has a file, or many lines, of its own. */
  readonly keyPlace?: Place
}

/** A stretch of a text, and what is read there. */
export interface TextEdit {
  readonly start: number
  readonly end: number
  readonly newText: string
}

/** A setting that is to stand elsewhere. */
export interface Move {
  /** Its path from the top of the file. */
  readonly setting: string
  /** As it is written there; nobody knows it where it is left out. */
  readonly value?: string | undefined
  /** What is said of the value, and follows it: that it has to be another, or what stands beside it. */
  readonly note?: string
}

/** The diagnostic of a fault, with the level of its rule unless the fault says otherwise. */
export function toDiagnostic(fault: Fault): Diagnostic {
  const { rule, message, help, place, pointer, suggest } = fault
  const print = hash('sha256', JSON.stringify([rule, place.file, pointer, fault.text ?? message]))
  return {
    rule,
    level: fault.level ?? RULES[rule].level,
    message: withoutMiddle(redactSecrets(message)),
    file: place.file,
    pointer,
    range: { start: place.start, end: place.end },
    ...(suggest === undefined || suggest.length === 0 ? {} : { suggest: suggest.map((replace) => ({ replace })) }),
    help: withoutMiddle(help),
    fingerprint: print.slice(0, 16),
  }
}

/** How long a message, or its help, may be, in characters: a name in it may be as long as a file. */
const CHARACTERS_MAX = 2_000

/** A text without its middle, where it is too long to be read. */
function withoutMiddle(text: string): string {
  if (text.length <= CHARACTERS_MAX) return text
  const half = CHARACTERS_MAX / 2
  return `${text.slice(0, half - 1)}…${text.slice(-half)}`.toWellFormed()
}

/** A fault whose place holds nothing, with what is proposed parted from what stands beside it in the text: a ":" before, a "#" behind. */
export function spaceSuggestions(fault: Fault, text = ''): Fault {
  const { start, end } = fault.place
  if (fault.suggest === undefined || start.offset < end.offset) return fault
  const before = /\s/.test(text[start.offset - 1] ?? ' ') ? '' : ' '
  const behind = text[end.offset] === '#' ? ' ' : ''
  return { ...fault, suggest: fault.suggest.map((right) => before + right + behind) }
}

/** Whether no agent is made of a file that has it. */
export function isError({ rule, level = RULES[rule].level }: Pick<Fault, 'rule' | 'level'>): boolean {
  return level === 'error'
}

/** What a wrong key stands for: the word that is likely to be meant, and what else it says. */
export function meantPointers({ rule, pointer, suggest = [], meant = [] }: Fault): readonly string[] {
  const parent = pointer.slice(0, pointer.lastIndexOf('/'))
  const isKey = rule === 'RV101' || rule === 'RV109'
  return [...(isKey ? suggest.slice(0, 1).map((word) => `${parent}/${word}`) : []), ...meant]
}

/** Where a value stands inside a file's data, as a list of keys and indices. */
export type Path = readonly (string | number)[]

export function pointerOf(path: Path): string {
  let pointer = ''
  for (const key of path) pointer += `/${typeof key === 'string' && /[~/]/.test(key) ? escaped(key) : key}`
  return pointer
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** The path of a pointer; an index is a number only to those who know that it stands in a list. */
export function keysOfPointer(pointer: string): readonly string[] {
  const keys = pointer.split('/').slice(1)
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The path of a pointer into data, with the indices of its lists as numbers. */
export function pathOfPointer(pointer: string, data: unknown): Path {
  let value = data
  return keysOfPointer(pointer).map((key) => {
    const isList = Array.isArray(value)
    value = (value as { [name: string]: unknown } | undefined)?.[key]
    return isList ? Number(key) : key
  })
}

/** The author's way of writing a path: `tools[0].run`. */
export function authorPath(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? key : `${text}.${key}`
  }, '')
}
