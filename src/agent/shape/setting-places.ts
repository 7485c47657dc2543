import type { Path } from '../findings/fault.ts'
import { plain } from '../printing/shown-value.ts'
import { AGENT_FILE, everyPart, isAllowed, partsFor, partsOfKey, type SchemaPart } from './schema-parts.ts'

/** What the schema says of a setting, by its path from the top of the file; null where there is none. */
export function partAt(path: string): SchemaPart | null {
  const keys = path.split('.')
  let part: SchemaPart | boolean | undefined = AGENT_FILE
  for (const key of keys) {
    const properties: SchemaPart['properties'] = typeof part === 'object' ? part.properties : undefined
    part = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined
  }
  return typeof part === 'object' ? part : null
}

/** Whether a single value at a place is text, whatever else is there; the place is one in an agent file, or in a list of tools. */
export function isText(path: Path): boolean {
  const whole = typeof path[0] === 'number' ? ['tools', ...path] : path
  let parts: readonly SchemaPart[] = everyPart(AGENT_FILE)
  for (const key of whole) {
    const inner =
      typeof key === 'number'
        ? parts.flatMap(({ items }) => (items === undefined ? [] : [items]))
        : partsOfKey(parts, key)
    parts = inner.flatMap(everyPart)
  }
  const types = parts.flatMap(({ type = [] }) => type)
  return types.includes('string') && !types.includes('boolean')
}

/** Settings that hold words which people write and hear, most often in several lines. */
export const PROSE = ['instructions', 'greeting', 'description', 'say', 'then', 'text', 'prompt']

/** Whether a text at a place is one that no program reads as a name, a path or a word of a list; what is in maps of the author's own may be anything. */
export function isProse(path: Path): boolean {
  const first = String(path[0])
  return first.startsWith('x-') || first === 'provider_data' || PROSE.includes(String(path.at(-1)))
}

/** How a setting is written from the top of the file: `stt: { model: … }`. */
export function layoutOf(path: string, value = '…'): string {
  const keys = path.split('.')
  const setting = keys.pop() ?? ''
  if (keys.length === 0) return `${setting}: ${value}`
  const inner = mapWith(partAt(keys.join('.')) ?? {}, setting, value)
  return keys.map((key) => `${key}: `).join('{ ') + inner + ' }'.repeat(keys.length - 1)
}

/** A map with one setting, and with those that it cannot be without: `{ after: 15s, say: Are you still there? }`. */
export function mapWith(map: SchemaPart, setting: string, value = exampleBeside(map, setting, setting)): string {
  const { required = [] } = map
  const keys = required.includes(setting) ? required : [...required, setting]
  const entries = keys.map((key) => `${key}: ${key === setting ? value : exampleBeside(map, key, setting)}`)
  return `{ ${entries.join(', ')} }`
}

/** A value of a key under which the setting beside it may stand. */
function exampleBeside(map: SchemaPart, key: string, setting: string): string {
  const part = map.properties?.[key]
  const { enum: words, examples = [] } = typeof part === 'object' ? part : {}
  const found = (words ?? examples).find((each) => isAllowed(partsFor(map, { [key]: each }), setting))
  return found === undefined ? '…' : plain(typeof found === 'number' ? found : String(found))
}

/** How many places of a word are told: one that stands in more of them says little about what was meant. */
const PLACES_MAX = 2

/** Where else a key may stand, in words that go on "It belongs …"; none where it may stand in many places. */
export function placesOf(key: string): readonly string[] {
  const places = [...parentsOf(key, AGENT_FILE, ''), ...parentsOfTool(key)]
  return places.length > PLACES_MAX ? [] : places
}

function parentsOf(key: string, part: SchemaPart, path: string): readonly string[] {
  const properties = Object.entries(part.properties ?? {})
  const here = path === '' ? 'at the top of the file' : `to ${path}, indented below that key`
  return properties.flatMap(([name, inner]) => [
    ...(name === key ? [here] : []),
    ...(typeof inner === 'object' ? parentsOf(key, inner, path === '' ? name : `${path}.${name}`) : []),
  ])
}

function parentsOfTool(key: string): readonly string[] {
  const { tool } = (AGENT_FILE as { readonly definitions?: { readonly tool?: SchemaPart } }).definitions ?? {}
  return Object.hasOwn(tool?.properties ?? {}, key) ? ['to an entry of tools'] : []
}
