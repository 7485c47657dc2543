import { authorPath, type Fault, type Move, type Path, pointerOf } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import { parseLanguageTag } from '../language-tags.ts'
import { yamlWord } from '../printing/format-value.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'
import { meantSocketAddress } from '../requests/address.ts'
import { valueText } from '../value-text.ts'
import { convertUnit, isDurationSchema } from './duration-units.ts'
import { adviceFor, translateKey } from './foreign-settings.ts'
import { subschemaAt } from './known-settings.ts'
import { isDurationInRange } from './likely-durations.ts'
import { acceptsText, fits, type Subschema } from './subschemas.ts'
import { suggestValue, unusualRateIn } from './suggest-value.ts'

/** A map with a key that it may not have, and what its schema says. */
interface Holder {
  readonly data?: unknown
  readonly parentSchema?: object
}

/** The fault of a key that is another tool's spelling of a setting; null where none is known to have it. */
export function foreignSettingFault(path: Path, { data, parentSchema }: Holder, parsed: Pick<ParsedFile, 'placeOf'>) {
  const key = String(path.at(-1))
  const parent = path.slice(0, -1)
  const where = inParentText(parent)
  const properties = (Object(parentSchema) as Subschema).properties ?? {}
  const map = data as ForeignKey['map']
  const at = { place: parsed.placeOf(path, 'key'), pointer: pointerOf(path) }
  const advice = adviceFor(genericPath(path), map[key], map)
  if (advice !== null) {
    const meant = (advice.standsFor ?? []).map((setting) => pointerOf([...parent, setting]))
    return {
      rule: 'RV109',
      message: `"${key}"${where} is no setting here`,
      help: advice.help,
      ...at,
      meant,
      adviceScope: where,
    } as const
  }
  const translation = translateKey(genericPath(path), Object.keys(properties))
  if (translation === null) return null
  const { setting, isAtTop } = translation
  if (isAtTop || setting.includes('.'))
    return { rule: 'RV109', ...explainMove(key, where, setting, map[key]), ...at } as const
  // A setting of another kind of entry is allowed here no more than the foreign key for it.
  if (!Object.hasOwn(properties, setting)) return null
  const isInSameFile = (sibling: string) => parsed.placeOf([...parent, sibling], 'key').file === at.place.file
  const { replacesValue, ...explanation } = explainRename({ key, parent, setting, properties, map, isInSameFile })
  const place = replacesValue ? { ...at.place, end: parsed.placeOf(path, 'value').end } : at.place
  return { rule: 'RV109', ...explanation, ...at, place } as const
}

/** In which map a key stands, as text that follows the key. */
export function inParentText(parent: Path): string {
  return parent.length === 0 ? '' : ` in ${authorPath(parent)}`
}

interface ForeignKey {
  readonly key: string
  /** Where the map is that holds it. */
  readonly parent: Path
  /** Our key for it, in the same map. */
  readonly setting: string
  /** Of the schema of that map. */
  readonly properties: NonNullable<Subschema['properties']>
  /** The map that holds it. */
  readonly map: { readonly [key: string]: unknown }
  /** Whether another key of that map is written in the same file. */
  isInSameFile(sibling: string): boolean
}

interface Explanation extends Pick<Fault, 'message' | 'help' | 'suggest' | 'meant'> {
  /** The suggestion stands for the key and its value. */
  readonly replacesValue?: boolean
}

/** What to do about a key that is called otherwise here, in the same map. */
function explainRename({ key, parent, setting, properties, map, isInSameFile }: ForeignKey): Explanation {
  const message = `"${key}"${inParentText(parent)} is called ${setting} here`
  const hasSameMeaning = (sibling: string) =>
    translateKey(genericPath([...parent, sibling]), Object.keys(properties))?.setting === setting
  const above = Object.keys(map).slice(0, Object.keys(map).indexOf(key))
  const existing = [setting, OTHER_PROMPT_KEY[setting] ?? '', ...above.filter(hasSameMeaning)].find((sibling) => {
    return Object.hasOwn(map, sibling) && isInSameFile(sibling)
  })
  if (existing !== undefined) return { message, help: `${existing} is there already: remove one of the two.` }
  const own = properties[setting]
  const path = [...parent, setting]
  const schema = typeof own === 'object' ? own : (subschemaAt(authorPath(path)) ?? {})
  const meant = [pointerOf(path)]
  const foreignValue = map[key]
  const value = translateValue(path, { foreignKey: key, foreignValue, schema })
  if (value !== null) {
    const line = `${setting}: ${value}`
    return { message, help: `Write ${line} instead.`, suggest: [line], meant, replacesValue: true }
  }
  const isValid = typeof foreignValue === 'object' || fits(schema, foreignValue)
  const suggest = isValid ? [setting] : []
  const isKey = setting === 'api_key_env'
  const note = isKey ? ', with the name of a variable that holds the key.' : isValid ? '.' : otherValueNote(schema)
  return { message, help: `Write ${setting} instead${note}`, suggest, meant }
}

/** What to do about a key whose setting, named by its path from the top of the file, is in another map here. */
function explainMove(
  key: string,
  where: string,
  setting: string,
  foreignValue: unknown,
): Pick<Fault, 'message' | 'help' | 'moves'> {
  const lastKey = setting.slice(setting.lastIndexOf('.') + 1)
  const place = setting === lastKey ? 'at the top of the file' : `in ${setting.slice(0, -lastKey.length - 1)}`
  const message = `"${key}"${where} ${key === lastKey ? 'stands' : `is ${lastKey}`} ${place} here`
  return { message, help: 'Move it there:', moves: { setting, ...movedValue(setting, key, foreignValue) } }
}

/** The value of a moved setting as it is written in its new place, or a note that it has to be another. */
function movedValue(setting: string, foreignKey: string, foreignValue: unknown): Pick<Move, 'value' | 'note'> {
  const schema = subschemaAt(setting)
  const value = schema === null ? null : translateValue(setting.split('.'), { foreignKey, foreignValue, schema })
  const rate = value === 'pcm' ? unusualRateIn(foreignValue) : undefined
  if (value !== null && rate !== undefined) return { value, note: `, with rate: ${rate} beside it.` }
  if (value !== null || schema === null || typeof foreignValue === 'object') return { value: value ?? undefined }
  return fits(schema, foreignValue)
    ? { value: shortScalar(foreignValue) ?? undefined }
    : { note: otherValueNote(schema) }
}

/** Follows the help for a setting whose value has to be another. */
function otherValueNote({ description }: Subschema): string {
  return `, with another value. ${description ?? ''}`.trimEnd()
}

/** The value of a foreign key as it is written for our setting; null where it is right as it is, or unknown. */
function translateValue(
  path: Path,
  {
    foreignKey,
    foreignValue,
    schema,
  }: { readonly foreignKey: string; readonly foreignValue: unknown; readonly schema: Subschema },
): string | null {
  const key = path.at(-1)
  const inUnit = convertUnit(foreignKey, foreignValue, schema, String(key))
  if (inUnit !== null && (isDurationSchema(schema) ? isDurationInRange(inUnit, path) : acceptsText(inUnit, schema)))
    return inUnit
  const socket = key === 'base_url' ? meantSocketAddress(valueText(foreignValue)) : null
  if (socket !== null) return socket
  const tag = key === 'language' && typeof foreignValue === 'string' ? parseLanguageTag(foreignValue) : null
  if (typeof tag === 'object' && tag !== null) return tag.meant
  if (isMap(foreignValue) || fits(schema, foreignValue)) return null
  const hasPattern = schema.pattern !== undefined && typeof foreignValue === 'string'
  const keyword = schema.enum !== undefined ? 'enum' : hasPattern ? 'pattern' : 'type'
  const replacements = suggestValue({ data: foreignValue, keyword, parentSchema: schema }, path)?.replacements ?? []
  return replacements.find((text) => acceptsText(text, schema)) ?? null
}

/** The prompt is one setting under two keys. */
const OTHER_PROMPT_KEY: { readonly [key: string]: string } = {
  instructions: 'instructions_file',
  instructions_file: 'instructions',
}

/** How long a value may be that is repeated in a suggestion, in characters. */
const VALUE_CHARACTERS_MAX = 40

/** A scalar as it is written in the file; null for a map, a list and a long value. */
export function shortScalar(value: unknown): string | null {
  if (typeof value === 'object') return null
  const text = typeof value === 'string' ? yamlWord(value) : String(value)
  return text.length <= VALUE_CHARACTERS_MAX ? text : null
}

/** A path as the tables of foreign settings have it: `tools[].run`, whichever tool it is. */
function genericPath(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? '' : part))
    .join('.')
    .replace('..', '[].')
}
