import { isMap } from '../is-map.ts'
import { allowsKey, type Subschema, subschemasFor, subschemasOfKey } from './subschemas.ts'

/** Data with the defaults of its schema filled in, keys in the schema's order, and the author's own keys behind them. */
export function withDefaults(data: unknown, schemas: readonly Subschema[]): unknown {
  const subschemas = schemas.flatMap((schema) => subschemasFor(schema, data))
  if (Array.isArray(data)) return listWithDefaults(data, subschemas)
  return isMap(data) ? mapWithDefaults(data, subschemas) : data
}

function listWithDefaults(list: readonly unknown[], subschemas: readonly Subschema[]): readonly unknown[] {
  const items = subschemas.flatMap(({ items }) => (items === undefined ? [] : [items]))
  return list.map((item) => withDefaults(item, items))
}

function mapWithDefaults(data: { readonly [key: string]: unknown }, subschemas: readonly Subschema[]): unknown {
  const keys = [...knownKeys(subschemas), ...Object.keys(data)]
  const entries = [...new Set(keys)].flatMap((key) => {
    const ownSubschemas = subschemasOfKey(subschemas, key)
    if (Object.hasOwn(data, key)) return [[key, withDefaults(data[key], ownSubschemas)] as const]
    const value = allowsKey(subschemas, key) ? defaultOf(ownSubschemas) : undefined
    return value === undefined ? [] : [[key, value] as const]
  })
  return Object.fromEntries(entries)
}

/** The keys that a map may have, in the schema's order. */
export function knownKeys(subschemas: readonly Subschema[]): readonly string[] {
  return subschemas.flatMap(({ properties }) => Object.keys(properties ?? {}))
}

/** The default that is written last is the most particular. A map without one has the defaults of its keys, where that makes it whole. */
function defaultOf(ownSubschemas: readonly Subschema[]): unknown {
  const written = ownSubschemas.filter((part) => part.default !== undefined).at(-1)
  if (written !== undefined) return withDefaults(written.default, ownSubschemas)
  if (!ownSubschemas.some(({ type }) => type === 'object')) return undefined
  const filled = withDefaults({}, ownSubschemas) as { readonly [key: string]: unknown }
  const required = ownSubschemas.flatMap((part) => part.required ?? [])
  const isWhole = Object.keys(filled).length > 0 && required.every((key) => Object.hasOwn(filled, key))
  return isWhole ? filled : undefined
}
