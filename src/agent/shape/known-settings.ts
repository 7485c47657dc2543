import type { Move, Path } from '../findings/fault.ts'
import { yamlWord } from '../printing/format-value.ts'
import { AGENT_FILE_SCHEMA, allSubschemas, firstRefusedKey, type Subschema, subschemasOfKey } from './subschemas.ts'

/** The schema of a setting, by its path from the top of the file; null if there is no such setting. */
export function subschemaAt(path: string): Subschema | null {
  const keys = path.split('.')
  let part: Subschema | boolean | undefined = AGENT_FILE_SCHEMA
  for (const key of keys) {
    const properties: Subschema['properties'] = typeof part === 'object' ? part.properties : undefined
    part = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined
  }
  return typeof part === 'object' ? part : null
}

/** Whether a scalar at a path is text. The path is one in an agent file, or in a list of tools. */
export function isTextSetting(path: Path): boolean {
  const whole = typeof path[0] === 'number' ? ['tools', ...path] : path
  const types = whole.reduce(childSubschemas, allSubschemas(AGENT_FILE_SCHEMA)).flatMap(({ type = [] }) => type)
  return types.includes('string') && !types.includes('boolean')
}

/** Whether the schema has a setting at these keys; indices of lists are left out. */
export function isKnownSetting(keys: readonly string[]): boolean {
  return subschemasBelow(keys).length > 0
}

/** Whether that setting is a map, and may be no list. */
export function isMapSetting(keys: readonly string[]): boolean {
  const types = subschemasBelow(keys).flatMap(({ type = [] }) => type)
  return types.includes('object') && !types.includes('array')
}

/** Whether there is that setting, and it is neither a map nor a list. */
export function isScalarSetting(keys: readonly string[]): boolean {
  const parts = subschemasBelow(keys)
  const types = parts.flatMap(({ type = [] }) => type)
  return parts.length > 0 && !types.includes('object') && !types.includes('array')
}

function subschemasBelow(keys: readonly string[]): readonly Subschema[] {
  return keys.reduce(
    (around, key) => childSubschemas(around.concat(childSubschemas(around, 0)), key),
    allSubschemas(AGENT_FILE_SCHEMA),
  )
}

/** All subschemas that may apply to the value of a key, or to an entry. */
function childSubschemas(parts: readonly Subschema[], key: string | number): readonly Subschema[] {
  const inner =
    typeof key === 'number'
      ? parts.flatMap(({ items }) => (items === undefined ? [] : [items]))
      : subschemasOfKey(parts, key)
  return inner.flatMap(allSubschemas)
}

/** Settings that hold prose, most often in several lines. */
export const PROSE_KEYS = ['instructions', 'greeting', 'description', 'say', 'then', 'text', 'prompt']

/** Whether a text is prose, and not a name, a path or a keyword; values in the author's own maps may be anything. */
export function isProse(path: Path): boolean {
  const first = String(path[0])
  return first.startsWith('x-') || first === 'provider_data' || PROSE_KEYS.includes(String(path.at(-1)))
}

/** Settings as YAML, from the top of the file or from the map `above`: `stt: { model: …, language: en }`. All of them begin with one key. */
export function formatSettings(settings: readonly Move[], above = ''): string {
  const key = keyBelow(above, settings[0]?.setting ?? '')
  return `${key}: ${formatNested(settings, above === '' ? key : `${above}.${key}`)}`
}

function formatNested(settings: readonly Move[], path: string): string {
  const whole = settings.find(({ setting }) => setting === path)
  if (whole !== undefined) return whole.value ?? '…'
  const inner = [...Map.groupBy(settings, ({ setting }) => keyBelow(path, setting))].map(([key, group]) => {
    return [key, formatNested(group, `${path}.${key}`)] as const
  })
  return formatMap(subschemaAt(path) ?? {}, Object.fromEntries(inner))
}

function keyBelow(above: string, word: string): string {
  return word.slice(above === '' ? 0 : above.length + 1).split('.', 1)[0] ?? ''
}

/** A map with some settings and those that it requires, as YAML: `{ after: 15s, say: Are you still there? }`. */
export function formatMap(map: Subschema, settings: { readonly [setting: string]: string | undefined }): string {
  const { required = [] } = map
  const names = Object.keys(settings)
  const keys = [...required, ...names.filter((key) => !required.includes(key))]
  return `{ ${keys.map((key) => `${key}: ${settings[key] ?? exampleBeside(map, key, names)}`).join(', ')} }`
}

/** An example value of a key with which these settings, or the first of them, are allowed. */
function exampleBeside(map: Subschema, key: string, settings: readonly string[]): string {
  const part = map.properties?.[key]
  const { enum: words, examples = [] } = typeof part === 'object' ? part : {}
  const allowedBeside = (names: readonly string[]) => (value: unknown) =>
    firstRefusedKey(map, { [key]: value }, names) === undefined
  const values = words ?? examples
  const found = values.find(allowedBeside(settings)) ?? values.find(allowedBeside(settings.slice(0, 1)))
  return found === undefined ? '…' : yamlWord(typeof found === 'number' ? found : String(found))
}

/** How many places of a key are named: one with more of them says little about what was meant. */
const PLACES_MAX = 2

interface AllowedPlaces {
  /** Each as text that follows "It belongs"; empty if there are too many. */
  readonly texts: readonly string[]
  /** The paths of its settings, but for those of tools. */
  readonly paths: readonly Path[]
}

/** Where else a key is allowed. */
export function allowedPlaces(key: string): AllowedPlaces {
  const paths = settingsCalled(key, AGENT_FILE_SCHEMA, [])
  const texts = [...paths.map(placeText), ...(isToolKey(key) ? ['to an entry of tools'] : [])]
  return texts.length > PLACES_MAX ? { texts: [], paths: [] } : { texts, paths }
}

function placeText(path: Path): string {
  return path.length === 1 ? 'at the top of the file' : `to ${path.slice(0, -1).join('.')}, indented below that key`
}

function settingsCalled(key: string, part: Subschema, above: Path): readonly Path[] {
  return Object.entries(part.properties ?? {}).flatMap(([name, inner]) => [
    ...(name === key ? [[...above, name]] : []),
    ...(typeof inner === 'object' ? settingsCalled(key, inner, [...above, name]) : []),
  ])
}

function isToolKey(key: string): boolean {
  const { tool } = (AGENT_FILE_SCHEMA as { readonly definitions?: { readonly tool?: Subschema } }).definitions ?? {}
  return Object.hasOwn(tool?.properties ?? {}, key)
}
