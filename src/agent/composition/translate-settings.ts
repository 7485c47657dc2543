import { type Fault, type Path, pointerOf } from '../findings/fault.ts'
import { foreignSettingFault } from '../shape/foreign-setting-fault.ts'
import { adviceFor, isFunctionWrapper, isSettingsWrapper, translateKey } from '../shape/foreign-settings.ts'
import { subschemaAt } from '../shape/known-settings.ts'
import { AGENT_FILE_SCHEMA, allowsKey, type Subschema, subschemasFor } from '../shape/subschemas.ts'
import { valueAt } from '../value-at.ts'
import { merge, omit } from './merge.ts'
import { originAt, type Sourced } from './origin.ts'
import { type SchemaScope, unknownCollections } from './unknown-collections.ts'

export interface Translated {
  readonly settings: Sourced
  /** One for each foreign key. */
  readonly faults: readonly Fault[]
}

/**
 * Settings with the maps and lists under foreign keys read as the settings that they stand for, so that faults inside are found as well. Each
 * foreign key is a fault; a single value under one is left to the schema, which says how it is written here.
 */
export function translateSettings(settings: Sourced, scope: SchemaScope): Translated {
  for (const keyPath of unknownCollections(settings.data, scope)) {
    const meant = translatedSetting(keyPath, settings, scope)
    if (meant === null) continue
    const { data, origin } = settings
    // Other formats have a type beside `function`.
    const others = scope === 'tool' && keyPath[0] === 'function' ? omit(data, ['type']) : data
    const rest = translateSettings(merge(meant, { data: omitPath(others, keyPath), origin }), scope)
    return { settings: rest.settings, faults: [faultOf(keyPath, settings, scope), ...rest.faults] }
  }
  return { settings, faults: [] }
}

const { definitions } = AGENT_FILE_SCHEMA as { readonly definitions?: { readonly tool?: Subschema } }

/** The schema of each kind of map. */
const SCHEMAS: { readonly [scope in SchemaScope]: Subschema } = {
  file: AGENT_FILE_SCHEMA,
  tool: definitions?.tool ?? {},
}

/** The path of a foreign key in its map, or in a map inside. */
type KeyPath = readonly string[]

/** The settings without the value at a path. */
function omitPath(data: unknown, [key = '', ...inner]: KeyPath): { readonly [key: string]: unknown } {
  if (inner.length === 0) return omit(data, [key])
  return { ...Object(data), [key]: omitPath(valueAt(data, [key]), inner) }
}

const PATH_PREFIX = { file: '', tool: 'tools[].' } as const

/** The settings that the value of a foreign key stands for; null if it is no foreign key, or they exist already. */
function translatedSetting(keyPath: KeyPath, { data, origin }: Sourced, scope: SchemaScope): Sourced | null {
  const map = data as { readonly [key: string]: unknown }
  const value = { data: valueAt(map, keyPath), origin: originAt(origin, keyPath) }
  const pathText = PATH_PREFIX[scope] + keyPath.join('.')
  if (isSettingsWrapper(pathText, value.data) || isFunctionWrapper(pathText, value.data)) return value
  const translation = translateKey(pathText, Object.keys(SCHEMAS[scope].properties ?? {}))
  if (translation === null || (translation.isAtTop && scope === 'tool') || (!translation.isAtTop && keyPath.length > 1))
    return null
  if (scope === 'tool' && !allowsKey(subschemasFor(subschemaAt('tools')?.items ?? {}, map), translation.setting))
    return null
  const path = translation.setting.split('.')
  if (valueAt(map, path) !== undefined) return null
  // A list where one text is expected: the fault of the key says how it is written.
  if (Array.isArray(value.data) && subschemaAt(translation.setting)?.type === 'string') return null
  if (adviceFor(pathText, value.data, map) !== null) return null
  return path.reduceRight<Sourced>((inner, key) => {
    return { data: { [key]: inner.data }, origin: { ...value.origin, inner: new Map([[key, inner.origin]]) } }
  }, value)
}

/** The fault of the foreign key itself. */
function faultOf(keyPath: KeyPath, { data, origin }: Sourced, scope: SchemaScope): Fault {
  const { part, path } = originAt(origin, keyPath)
  const index = origin.path.at(-1)
  const shown: Path = scope === 'tool' ? ['tools', index ?? 0, ...keyPath] : keyPath
  const placeOf = (_: Path, side: 'key' | 'value') => part.parsed.placeOf(path, side)
  const around = keyPath.slice(0, -1)
  const schema = around.length === 0 ? SCHEMAS[scope] : (subschemaAt(around.join('.')) ?? {})
  const fault = foreignSettingFault(shown, { data: valueAt(data, around), parentSchema: schema }, { placeOf })
  return { ...(fault as Fault), pointer: pointerOf(path), isRecovered: true }
}
