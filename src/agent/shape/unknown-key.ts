import type { ErrorObject } from 'ajv'
import { type Fault, type Path, pointerOf, wordsOf } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import { nearest } from '../nearest.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'
import { foreignSettingFault, inParentText, shortScalar } from './foreign-setting-fault.ts'
import { RESERVED_KEYS } from './foreign-settings.ts'
import { allowedPlaces, subschemaAt } from './known-settings.ts'
import { allSubschemas, firstRefusedKey, type Subschema, subschemasFor } from './subschemas.ts'

/** The fault of a key that is not allowed in its map, with the setting that is likely meant. */
export function unknownKeyFault(path: Path, error: ErrorObject, parsed: ParsedFile): Fault {
  const foreign = foreignSettingFault(path, error, parsed)
  if (foreign !== null) return foreign
  const key = String(path.at(-1))
  const parent = path.slice(0, -1)
  const where = inParentText(parent)
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
  const [, word = '', behind = ''] = /^([\w-]+)(?:\s*[:=]>?|\s)\s*(\S.*)$/.exec(key) ?? []
  const isOpened = /^[[{]/.test(behind)
  if (known.includes(word) && (data[key] === null || isOpened)) {
    const right = `${word}: ${behind}`
    const help = isOpened ? `Write ${word}: with a ":" and a space before the ${behind[0]}.` : `Write ${right}`
    const meant = [pointerOf([...parent, word])]
    return { ...unknown, message: `"${key}"${where} is read as a key`, help, suggest: [right], meant }
  }
  if (data[key] === null && isPartOfText(at.place, parsed)) {
    const whole = /^\d+$/.test(key) ? numberBefore(at.place, parsed) : undefined
    const help =
      whole === undefined
        ? 'Between brackets a comma ends a text without quotes: put all of it in quotes.'
        : `Between brackets a comma ends a value: write ${whole}.${key}.`
    return { ...unknown, message: `"${key}"${where} is read as a key`, help }
  }
  if (/^(x_|X[-_])/.test(key)) {
    const own = `x-${key.slice(2)}`
    return { ...unknown, help: `Did you mean ${own}? Keys of your own begin with x-.`, suggest: [own] }
  }
  if (key.startsWith('//')) {
    const meant = known.filter((word) => key.includes(`"${word}"`)).map((word) => pointerOf([...parent, word]))
    return { ...unknown, message: `a comment that begins with //${where}`, help: 'Begin it with #.', meant }
  }
  if (key.includes('.') && parent.length === 0 && subschemaAt(key) !== null) {
    return { ...unknown, help: 'Write it as', moves: { word: key, value: shortScalar(data[key]) ?? undefined } }
  }
  const kinds = isToolEntry(parent) && !ENTRY_KINDS.some((each) => Object.hasOwn(data, each)) ? ENTRY_KINDS : []
  const suggest = nearest(key, [...known, ...kinds]).filter((word) => mayHold(schema.properties?.[word], data[key]))
  if (suggest.length === 0 && RESERVED_KEYS.includes(key)) {
    const message = `"${key}"${where} is not supported by this version`
    return { rule: 'RV110', message, help: 'Remove it; a later version of the format will know it.', ...at }
  }
  const only = typeof parent.at(-1) === 'number' && isMap(data[key]) && Object.keys(data).length === 1
  if (only && !kinds.includes(suggest[0] ?? ''))
    return { ...unknown, help: `Write - name: ${key}, and the rest of the tool below it.` }
  const inner = isMap(data[key]) ? Object.keys(data[key]) : []
  if (suggest.length === 0 && inner.length > 0 && inner.every((word) => known.includes(word))) {
    const place = parent.length === 0 ? 'stands at the top of the file' : `stands in ${wordsOf(parent)} itself`
    const meant = inner.map((word) => pointerOf([...parent, word]))
    return { ...unknown, help: `What stands in it ${place}.`, meant }
  }
  const kind =
    suggest.length === 0 && isToolEntry(parent) ? ENTRY_KINDS.find((each) => Object.hasOwn(data, each)) : undefined
  if (kind !== undefined && TOOL_KINDS.includes(key)) {
    const message = `${key} and ${kind} stand side by side${where}`
    return { ...unknown, message, help: 'A tool is one of the two: remove the other, or make it a tool of its own.' }
  }
  if (kind !== undefined) return { ...unknown, help: siblingHelp(kind, known) }
  const places = suggest.length > 0 ? [] : allowedPlaces(key)
  if (places.length > 0) return { ...unknown, help: `It belongs ${places.join(', or ')}.` }
  const isRefusedHere = (word: string) => firstRefusedKey(schema as Subschema, data, [word]) !== undefined
  const allowed = `Allowed here: ${known.filter((word) => !isRefusedHere(word)).join(', ')}.`
  const [near] = suggest
  if (near === undefined) return { ...unknown, help: allowed, suggest }
  if (Object.hasOwn(data, near) && parsed.placeOf([...parent, near], 'key').file === at.place.file)
    return { ...unknown, help: `Did you mean ${near}? It is there already: remove one of the two.` }
  const meant = kinds.includes(near) ? keysNotMissing(near, data[key]).map((each) => pointerOf([...parent, each])) : []
  const not = isRefusedHere(near) ? ` It does not belong to type ${data.type}.` : ''
  return { ...unknown, help: `Did you mean ${near}?${not} ${allowed}`, suggest, meant }
}

/** Whether a setting accepts a map or a list, if the value is one. */
function mayHold(part: unknown, value: unknown): boolean {
  if (!isMap(value) && !Array.isArray(value)) return true
  const types = typeof part === 'object' ? allSubschemas(part as Subschema).flatMap(({ type = [] }) => type) : []
  return types.length === 0 || types.some((type) => type === 'object' || type === 'array')
}

/** The keys that are allowed, or not required, in an entry of tools of one kind. */
function keysNotMissing(kind: string, value: unknown): readonly string[] {
  const parts = subschemasFor(subschemaAt('tools')?.items ?? {}, { [kind]: value })
  const wanted = parts.flatMap(({ required = [] }) => required)
  return [...parts.flatMap(({ properties = {} }) => Object.keys(properties)), ...TOOL_KINDS, ...NAMING_KEYS].filter(
    (key) => !wanted.includes(key),
  )
}

/** How much of the text around a key is searched, in characters. */
const SURROUNDING_CHARACTERS_MAX = 200

/** Whether a key is the part of a text behind a comma: it has no ":". */
function isPartOfText({ file, start, end }: Fault['place'], parsed: ParsedFile): boolean {
  if (file !== parsed.file) return false
  const { text } = parsed
  const before = text.slice(Math.max(0, start.offset - SURROUNDING_CHARACTERS_MAX), start.offset)
  return /,\s*$/.test(before) && /^\s*[,}]/.test(text.slice(end.offset, end.offset + SURROUNDING_CHARACTERS_MAX))
}

/** The digits before the comma in front of a key of digits: a number with a comma as its decimal point. */
function numberBefore({ start }: Fault['place'], { text }: ParsedFile): string | undefined {
  return /(?<![\w.])(\d+),$/.exec(text.slice(Math.max(0, start.offset - SURROUNDING_CHARACTERS_MAX), start.offset))?.[1]
}

/** The keys that decide which kind of tool an entry is. */
const ENTRY_KINDS = ['include', 'control', 'mcp', 'http']
const TOOL_KINDS = [...ENTRY_KINDS, 'run']
/** The keys that a script and a request require. */
const NAMING_KEYS = ['name', 'description']

function isToolEntry(path: Path): boolean {
  return path.length === 2 && path[0] === 'tools'
}

function siblingHelp(kind: string, known: readonly string[]): string {
  if (kind === 'include') return 'Nothing stands beside include: it belongs to each tool in that file.'
  return `Beside ${kind} these may stand: ${known.filter((key) => key !== kind).join(', ')}.`
}
