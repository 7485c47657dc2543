import { isMap } from '../is-map.ts'
import { type Kind, meantType } from './keywords.ts'

type Schema = { readonly [key: string]: unknown }

/** What is indented wrongly where the properties of a schema stand, and what to do about it; null where nothing is. */
interface Misindentation {
  readonly help: string
  /** Keys beside it that belong below it: they are part of this fault. */
  readonly below: readonly string[]
}

/** `properties:` that is empty, since its properties stand beside it. */
export function misindentedBelow(schema: Schema, kinds: ReadonlyMap<string, Kind>): Misindentation | null {
  const keys = Object.keys(schema)
  const below = keys.filter((key) => !kinds.has(key) && isMap(schema[key]))
  return schema.properties === null && below.length > 0 ? indentHelp(below) : null
}

/** One of the properties that is none: its own keywords stand beside it, or it is a keyword of the schema around. */
export function misindentedAmong(
  name: string,
  properties: Schema,
  kinds: ReadonlyMap<string, Kind>,
): Misindentation | null {
  const isKeyword = (key: string) => kinds.has(key) && key !== 'required' && !isMap(properties[key])
  const names = Object.keys(properties)
  const behind = names.slice(names.indexOf(name) + 1)
  const end = behind.findIndex((key) => !isKeyword(key))
  const below = end < 0 ? behind : behind.slice(0, end)
  if (properties[name] === null) return below.length > 0 ? indentHelp(below) : null
  const owner = names.slice(0, names.indexOf(name)).findLast((key) => isMap(properties[key]))
  if (isKeyword(name) && meantType(properties[name]) === null && owner !== undefined)
    return { help: `Where it belongs to ${owner}, indent it like what stands there.`, below }
  const isNames = name === 'required' && Array.isArray(properties[name])
  return isNames ? { help: 'It stands beside properties: indent it less, like that.', below: [] } : null
}

/** The keywords among the names of properties that say what a single one is: its name is missing above them. */
export function namelessKeywords(properties: Schema, kinds: ReadonlyMap<string, Kind>): readonly string[] {
  const { type } = properties
  const keywords = Object.keys(properties).filter((key) => kinds.has(key) && !isMap(properties[key]))
  // A name without anything is what they belong below. Where each value is a type, each key is a name.
  if (Object.values(properties).includes(null)) return []
  const isSchema = keywords.some((key) => key !== 'type' && meantType(properties[key]) === null)
  return meantType(type) !== null && isSchema ? keywords : []
}

function indentHelp(below: readonly string[]): Misindentation {
  return { help: `Indent what belongs to it: ${below.join(', ')}.`, below }
}
