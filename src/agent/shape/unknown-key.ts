import type { ErrorObject } from 'ajv'
import { type Fault, type Path, pointerOf, wordsOf } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import { nearest } from '../nearest.ts'
import { plain } from '../printing/shown-value.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'
import { meantValue } from './meant-value.ts'
import { fits, isRight, partsFor, type SchemaPart } from './schema-parts.ts'
import { layoutOf, partAt, placesOf } from './setting-places.ts'
import { valueInUnit } from './units.ts'
import { adviceFor, LATER_WORDS, type RightWord, rightWordFor } from './wrong-words.ts'

/** A map with a key that it may not have, and what its schema says. */
interface Holder {
  readonly data?: unknown
  readonly parentSchema?: object
}

/** The fault of a key that is the word of a neighbouring tool; null where nobody knows it as one. */
export function foreignKey(path: Path, { data, parentSchema }: Holder, parsed: Pick<ParsedFile, 'placeOf'>) {
  const key = String(path.at(-1))
  const parent = path.slice(0, -1)
  const where = whereIn(parent)
  const schema = Object(parentSchema) as Foreign['schema']
  const map = data as Foreign['data']
  const at = { place: parsed.placeOf(path, 'key'), pointer: pointerOf(path) }
  const words = wordPath(path)
  const advice = adviceFor(words, map[key], map)
  if (advice !== null) {
    const meant = (advice.instead ?? []).map((word) => pointerOf([...parent, word]))
    return { rule: 'RV109', message: `"${key}"${where} is no setting here`, help: advice.help, ...at, meant } as const
  }
  const right = rightWordFor(words, Object.keys(schema.properties ?? {}))
  // A setting of another kind of entry stands no more here than the word for it.
  const isHere =
    right?.isAtTop || right?.word.includes('.') || Object.hasOwn(schema.properties ?? {}, right?.word ?? '')
  if (right === null || !isHere) return null
  return { rule: 'RV109', ...wrongWord({ key, parent, where, right, schema, data: map }), ...at } as const
}

/** The fault of a key that may not stand where it does. Where it is likely to be a word for one of ours, that one is told. */
export function unknownKey(path: Path, error: ErrorObject, parsed: ParsedFile): Fault {
  const foreign = foreignKey(path, error, parsed)
  if (foreign !== null) return foreign
  const key = String(path.at(-1))
  const parent = path.slice(0, -1)
  const where = whereIn(parent)
  const schema = error.parentSchema as { properties?: { [name: string]: unknown } }
  const known = Object.keys(schema.properties ?? {}).sort()
  const at = { place: parsed.placeOf(path, 'key'), pointer: pointerOf(path) }
  const data = error.data as { readonly [key: string]: unknown }
  const isOfOtherType = Object.values(schema.properties ?? {}).every((value) => value === true)
  if (isOfOtherType && known.length > 0) {
    const type = String(data.type)
    const help = `With type ${type} these may stand here: ${known.join(', ')}.`
    const chosen = [...parent, 'type']
    const place = parsed.placeOf(chosen, 'value')
    if (place.file !== at.place.file) {
      const message = `${key} of ${at.place.file} does not belong to ${wordsOf(parent)} of type ${type}`
      return {
        rule: 'RV108',
        message,
        help: `Maps merge: take it out there, or choose that type. ${help}`,
        place,
        pointer: pointerOf(chosen),
      }
    }
    const message = `${key} does not belong to ${wordsOf(parent)} of type ${type}`
    return { rule: 'RV108', message, help, ...at }
  }
  const unknown = { rule: 'RV101', message: `unknown key "${key}"${where}`, ...at, text: key } as const
  if (key === '<<') {
    const help = 'YAML 1.2 has no merge keys: write the settings out, or share them with extends.'
    const meant = Object.keys(Object(data[key])).map((word) => pointerOf([...parent, word]))
    return { ...unknown, message: `a merge key${where}`, help, meant }
  }
  if (data[key] === null && isOfText(at.place, parsed)) {
    const help = 'Between brackets a comma ends a text without quotes: put all of it in quotes.'
    return { ...unknown, message: `"${key}"${where} is read as a key`, help }
  }
  const [, word = '', opened = ''] = /^([\w-]+)(?:\s*[:=]>?|\s)\s*([[{].*)$/.exec(key) ?? []
  if (known.includes(word)) {
    const right = `${word}: ${opened}`
    const help = `Write ${word}: with a ":" and a space before the ${opened[0]}.`
    const meant = [pointerOf([...parent, word])]
    return { ...unknown, message: `"${key}"${where} is read as a key`, help, suggest: [right], meant }
  }
  if (/^(x_|X[-_])/.test(key)) {
    const own = `x-${key.slice(2)}`
    return { ...unknown, help: `Did you mean ${own}? Keys of your own begin with x-.`, suggest: [own] }
  }
  if (key.startsWith('//')) {
    const meant = known.filter((word) => key.includes(`"${word}"`)).map((word) => pointerOf([...parent, word]))
    return { ...unknown, message: `a comment that begins with //${where}`, help: 'Begin it with #.', meant }
  }
  if (key.includes('.') && partAt(key) !== null)
    return { ...unknown, help: `Write it as ${layoutOf(key, shownIn(data[key]) ?? undefined)}.` }
  const kinds = isEntry(parent) && !ENTRIES.some((each) => Object.hasOwn(data, each)) ? ENTRIES : []
  const suggest = nearest(key, [...known, ...kinds])
  if (suggest.length === 0 && LATER_WORDS.includes(key)) {
    const message = `"${key}"${where} is not supported by this version`
    return { rule: 'RV110', message, help: 'Remove it; a later version of the format will know it.', ...at }
  }
  const only = Object.keys(data).length === 1 && typeof parent.at(-1) === 'number' && isMap(data[key])
  if (only && !kinds.includes(suggest[0] ?? ''))
    return { ...unknown, help: `Write - name: ${key}, and the rest of the tool below it.` }
  const kind = suggest.length === 0 && isEntry(parent) ? ENTRIES.find((each) => Object.hasOwn(data, each)) : undefined
  if (kind !== undefined && KINDS.includes(key)) {
    const message = `${key} and ${kind} stand side by side${where}`
    return { ...unknown, message, help: 'A tool is one of the two: remove the other, or make it a tool of its own.' }
  }
  if (kind !== undefined) return { ...unknown, help: helpBeside(kind, known) }
  const places = suggest.length > 0 ? [] : placesOf(key)
  if (places.length > 0) return { ...unknown, help: `It belongs ${places.join(', or ')}.` }
  const allowed = `Allowed here: ${known.join(', ')}.`
  const [near] = suggest
  if (near === undefined) return { ...unknown, help: allowed, suggest }
  const meant = kinds.includes(near) ? keysOfKind(near, data[key]).map((each) => pointerOf([...parent, each])) : []
  return { ...unknown, help: `Did you mean ${near}? ${allowed}`, suggest, meant }
}

/** The keys that are right, or not missing, in an entry of tools of one kind. */
function keysOfKind(kind: string, value: unknown): readonly string[] {
  const parts = partsFor(partAt('tools')?.items ?? {}, { [kind]: value })
  const wanted = parts.flatMap(({ required = [] }) => required)
  return [...parts.flatMap(({ properties = {} }) => Object.keys(properties)), ...KINDS, ...NAMED].filter(
    (key) => !wanted.includes(key),
  )
}

function whereIn(parent: Path): string {
  return parent.length === 0 ? '' : ` in ${wordsOf(parent)}`
}

/** How far the signs beside a key are looked for, in characters. */
const BESIDE_CHARACTERS_MAX = 200

/** Whether a key is what follows a comma in a text: no ":" is behind it. */
function isOfText({ file, start, end }: Fault['place'], parsed: ParsedFile): boolean {
  if (file !== parsed.file) return false
  const { text } = parsed
  const before = text.slice(Math.max(0, start.offset - BESIDE_CHARACTERS_MAX), start.offset)
  return /,\s*$/.test(before) && /^\s*[,}]/.test(text.slice(end.offset, end.offset + BESIDE_CHARACTERS_MAX))
}

/** What tells which kind of tool an entry is. */
const ENTRIES = ['include', 'control', 'mcp', 'http']
const KINDS = [...ENTRIES, 'run']
/** What a script and a request cannot be without. */
const NAMED = ['name', 'description']

function isEntry(path: Path): boolean {
  return path.length === 2 && path[0] === 'tools'
}

function helpBeside(kind: string, known: readonly string[]): string {
  if (kind === 'include') return 'Nothing stands beside include: it belongs to each tool in that file.'
  return `Beside ${kind} these may stand: ${known.filter((key) => key !== kind).join(', ')}.`
}

interface Foreign {
  readonly key: string
  /** Where the map stands that holds it. */
  readonly parent: Path
  readonly where: string
  readonly right: RightWord
  readonly schema: { readonly properties?: { readonly [name: string]: unknown } }
  /** The map that the key stands in. */
  readonly data: { readonly [key: string]: unknown }
}

function wrongWord({ key, parent, where, right, schema, data }: Foreign): Pick<Fault, 'message' | 'help' | 'suggest'> {
  const { word, isAtTop } = right
  if (!isAtTop && !word.includes('.')) {
    const message = `"${key}"${where} is called ${word} here`
    const there = [word, PROMPTS[word] ?? ''].find((each) => Object.hasOwn(data, each))
    if (there !== undefined) return { message, help: `${there} is there already: remove one of the two.` }
    const own = schema.properties?.[word]
    const path = [...parent, word]
    const part = typeof own === 'object' ? (own as SchemaPart) : (partAt(wordsOf(path)) ?? {})
    const value = valueUnder(path, { wrong: key, given: data[key], part })
    const isWrong = value === null && typeof data[key] !== 'object' && !fits(part, data[key])
    const note =
      word === 'api_key_env'
        ? ', with the name of a variable that holds the key'
        : isWrong && part.description !== undefined
          ? `, with another value. ${part.description.replace(/\.$/, '')}`
          : ''
    return { message, help: `Write ${word}${value === null ? '' : `: ${value}`} instead${note}.`, suggest: [word] }
  }
  const setting = word.slice(word.lastIndexOf('.') + 1)
  const place = word === setting ? 'at the top of the file' : `in ${word.slice(0, -setting.length - 1)}`
  const part = partAt(word)
  const given = data[key]
  const isRight = part !== null && typeof given !== 'object' && fits(part, given)
  const meant = part === null ? null : valueUnder(word.split('.'), { wrong: key, given, part })
  const value = meant ?? (isRight ? shownIn(given) : null)
  return {
    message: `"${key}"${where} ${key === setting ? 'stands' : `is ${setting}`} ${place} here`,
    help: `Move it there: ${layoutOf(word, value ?? undefined)}.`,
  }
}

/** What a value means under the right word, as it is written there; null where it is right as it is, or nobody knows. */
function valueUnder(
  path: Path,
  { wrong, given, part }: { readonly wrong: string; readonly given: unknown; readonly part: SchemaPart },
): string | null {
  const inUnit = valueInUnit(wrong, given, part, String(path.at(-1)))
  if (inUnit !== null || isMap(given) || fits(part, given)) return inUnit
  const isOfForm = part.pattern !== undefined && typeof given === 'string'
  const keyword = part.enum !== undefined ? 'enum' : isOfForm ? 'pattern' : 'type'
  const meant = meantValue({ data: given, keyword, parentSchema: part }, path)?.right ?? []
  return meant.find((text) => isRight(text, part)) ?? null
}

/** One setting in two forms. */
const PROMPTS: { readonly [word: string]: string } = {
  instructions: 'instructions_file',
  instructions_file: 'instructions',
}

/** How much of a value is written out again, in characters. */
const VALUE_CHARACTERS_MAX = 40

function shownIn(value: unknown): string | null {
  if (typeof value === 'object') return null
  const text = typeof value === 'string' ? plain(value) : String(value)
  return text.length <= VALUE_CHARACTERS_MAX ? text : null
}

/** A path as the table of wrong words has it: `tools[].run`, whichever tool it is. */
function wordPath(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? '' : part))
    .join('.')
    .replace('..', '[].')
}
