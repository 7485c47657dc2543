import type { ErrorObject } from 'ajv'
import { MERGE_KEY_HELP } from '../checks/merge-keys.ts'
import { authorPath, type Fault, type Path, pointerOf } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import { nearest } from '../nearest.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'
import { valueText } from '../value-text.ts'
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
  const schema = error.parentSchema as Subschema
  const at = { place: parsed.placeOf(path, 'key'), pointer: pointerOf(path) }
  const unknown: UnknownKey = {
    ...{ key, parent, where, schema, parsed, at },
    known: Object.keys(schema.properties ?? {}).sort(),
    map: error.data as UnknownKey['map'],
    fault: { rule: 'RV101', message: `unknown key "${key}"${where}`, ...at, text: key },
  }
  return otherTypeFault(unknown) ?? syntaxFault(unknown) ?? suggestedFault(unknown)
}

interface UnknownKey {
  readonly key: string
  /** The path of its map. */
  readonly parent: Path
  /** In which map it is, as text that follows the key. */
  readonly where: string
  /** Its map. */
  readonly map: { readonly [key: string]: unknown }
  readonly schema: Subschema
  /** The keys that the schema has, in order of the alphabet. */
  readonly known: readonly string[]
  readonly parsed: ParsedFile
  readonly at: Pick<Fault, 'place' | 'pointer'>
  /** Its fault, as far as that does not depend on the cause. */
  readonly fault: Omit<Fault, 'help'>
}

/** The key belongs to another `type` of its map. */
function otherTypeFault({ parent, key, map, schema, known, parsed, at }: UnknownKey): Fault | null {
  const isOfOtherType = Object.values(schema.properties ?? {}).every((value) => value === true)
  if (!isOfOtherType || known.length === 0) return null
  const type = valueText(map.type)
  const help = `With type ${type} these may stand here: ${known.join(', ')}.`
  const chosen = [...parent, 'type']
  const place = parsed.placeOf(chosen, 'value')
  if (place.file === at.place.file) {
    const message = `${key} does not belong to ${authorPath(parent)} of type ${type}`
    return { rule: 'RV108', message, help, ...at }
  }
  const message = `${key} of ${at.place.file} does not belong to ${authorPath(parent)} of type ${type}`
  const helpThere = `Maps merge: take it out there, or choose that type. ${help}`
  return { rule: 'RV108', message, help: helpThere, place, pointer: pointerOf(chosen) }
}

/** The key is text that its author did not write as one: a comment, a pair without a space, a part of a text. */
function syntaxFault({ key, parent, where, map, known, parsed, at, fault }: UnknownKey): Fault | null {
  const value = map[key]
  if (key === '<<') {
    const meant = Object.keys(Object(value)).map((word) => pointerOf([...parent, word]))
    return { ...fault, message: `a merge key${where}`, help: MERGE_KEY_HELP, meant }
  }
  const [, word = '', behind = ''] = /^([\w-]+)(?:\s*[:=]>?|\s)\s*(\S.*)$/.exec(key) ?? []
  const isOpened = /^[[{]/.test(behind)
  if (known.includes(word) && (value === null || isOpened)) {
    const right = `${word}: ${behind}`
    const help = isOpened ? `Write ${word}: with a ":" and a space before the ${behind[0]}.` : `Write ${right}`
    const meant = [pointerOf([...parent, word])]
    return { ...fault, message: `"${key}"${where} is read as a key`, help, suggest: [right], meant }
  }
  if (value === null && isPartOfText(at.place, parsed)) {
    const whole = /^\d+$/.test(key) ? numberBefore(at.place, parsed) : undefined
    const help =
      whole === undefined
        ? 'Between brackets a comma ends a text without quotes: put all of it in quotes.'
        : `Between brackets a comma ends a value: write ${whole}.${key}.`
    return { ...fault, message: `"${key}"${where} is read as a key`, help }
  }
  if (/^(x_|X[-_])/.test(key)) {
    const own = `x-${key.slice(2)}`
    return { ...fault, help: `Did you mean ${own}? Keys of your own begin with x-.`, suggest: [own] }
  }
  if (key.startsWith('//')) {
    const meant = known.filter((each) => key.includes(`"${each}"`)).map((each) => pointerOf([...parent, each]))
    return { ...fault, message: `a comment that begins with //${where}`, help: 'Begin it with #.', meant }
  }
  const isPath = key.includes('.') && parent.length === 0 && subschemaAt(key) !== null
  return isPath
    ? { ...fault, help: 'Write it as', moves: { setting: key, value: shortScalar(value) ?? undefined } }
    : null
}

/** The key is a misspelling of another, or is known elsewhere, or nowhere. */
function suggestedFault(unknown: UnknownKey): Fault {
  const { key, parent, where, map, schema, known, at, fault } = unknown
  const missingKinds = isToolEntry(parent) && !ENTRY_KINDS.some((each) => Object.hasOwn(map, each)) ? ENTRY_KINDS : []
  const suggest = nearest(key, [...known, ...missingKinds]).filter((word) =>
    mayHold(schema.properties?.[word], map[key]),
  )
  const [near] = suggest
  if (near === undefined && RESERVED_KEYS.includes(key)) {
    const message = `"${key}"${where} is not supported by this version`
    return { rule: 'RV110', message, help: 'Remove it; a later version of the format will know it.', ...at }
  }
  const isNamedTool = typeof parent.at(-1) === 'number' && isMap(map[key]) && Object.keys(map).length === 1
  if (isNamedTool && !missingKinds.includes(near ?? ''))
    return { ...fault, help: `Write - name: ${key}, and the rest of the tool below it.` }
  if (near === undefined) return { ...fault, ...helpWithoutSuggestion(unknown) }
  if (Object.hasOwn(map, near) && unknown.parsed.placeOf([...parent, near], 'key').file === at.place.file)
    return { ...fault, help: `Did you mean ${near}? It is there already: remove one of the two.` }
  const meant = missingKinds.includes(near)
    ? keysNotMissing(near, map[key]).map((each) => pointerOf([...parent, each]))
    : []
  const not =
    map.type !== undefined && isRefused(near, unknown) ? ` It does not belong to type ${valueText(map.type)}.` : ''
  return { ...fault, help: `Did you mean ${near}?${not} ${allowedHelp(unknown)}`, suggest, meant }
}

function helpWithoutSuggestion(unknown: UnknownKey): Pick<Fault, 'help'> & Partial<Fault> {
  const { key, parent, where, map, known } = unknown
  const inner = isMap(map[key]) ? Object.keys(map[key]) : []
  if (inner.length > 0 && inner.every((word) => known.includes(word))) {
    const place = parent.length === 0 ? 'stands at the top of the file' : `stands in ${authorPath(parent)} itself`
    return { help: `What stands in it ${place}.`, meant: inner.map((word) => pointerOf([...parent, word])) }
  }
  const kind = isToolEntry(parent) ? ENTRY_KINDS.find((each) => Object.hasOwn(map, each)) : undefined
  if (kind === 'include') return { help: BESIDE_INCLUDE, adviceScope: where }
  if (kind !== undefined && TOOL_KINDS.includes(key)) {
    const message = `${key} and ${kind} stand side by side${where}`
    return { message, help: 'A tool is one of the two: remove the other, or make it a tool of its own.' }
  }
  if (kind !== undefined)
    return { help: `Beside ${kind} these may stand: ${known.filter((each) => each !== kind).join(', ')}.` }
  const { texts, paths } = allowedPlaces(key)
  if (texts.length === 0) return { help: allowedHelp(unknown) }
  return { help: `It belongs ${texts.join(', or ')}.`, adviceScope: where, meant: paths.map(pointerOf) }
}

function allowedHelp(unknown: UnknownKey): string {
  return `Allowed here: ${unknown.known.filter((key) => !isRefused(key, unknown)).join(', ')}.`
}

/** Whether a key of the schema is not allowed with the other values of the map. */
function isRefused(key: string, { schema, map }: UnknownKey): boolean {
  return firstRefusedKey(schema, map, [key]) !== undefined
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

const BESIDE_INCLUDE =
  'Nothing stands beside include: it belongs to each tool in that file, or to a tool of its own, which begins with "- ".'
