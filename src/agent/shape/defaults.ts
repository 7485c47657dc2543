import { isMap } from '../is-map.ts'
import { allowsKey, type Subschema, subschemasFor, subschemasOfKey } from './subschemas.ts'

/** Data with the defaults of its schema filled in, keys in the schema's order, and the author's own keys behind them. */
export function withDefaults(data: unknown, schemas: readonly Subschema[]): unknown {
  const parts = schemas.flatMap((schema) => subschemasFor(schema, data))
  if (Array.isArray(data)) return listWithDefaults(data, parts)
  return isMap(data) ? mapWithDefaults(data, parts) : data
}

function listWithDefaults(list: readonly unknown[], parts: readonly Subschema[]): readonly unknown[] {
  const items = parts.flatMap(({ items }) => (items === undefined ? [] : [items]))
  return list.map((item) => withDefaults(item, items))
}

function mapWithDefaults(data: { readonly [key: string]: unknown }, parts: readonly Subschema[]): unknown {
  const keys = [...knownKeys(parts), ...Object.keys(data)]
  const entries = [...new Set(keys)].flatMap((key) => {
    const about = subschemasOfKey(parts, key)
    if (Object.hasOwn(data, key)) return [[key, withDefaults(data[key], about)] as const]
    const value = allowsKey(parts, key) ? defaultOf(about) : undefined
    return value === undefined ? [] : [[key, value] as const]
  })
  return Object.fromEntries(entries)
}

/** The keys that a map may have by its schema, in the schema's order. */
export function knownKeys(parts: readonly Subschema[]): readonly string[] {
  return parts.flatMap(({ properties }) => Object.keys(properties ?? {}))
}

/** The default that is written last is the most particular. A map without one has the defaults of its keys, where that makes it whole. */
function defaultOf(about: readonly Subschema[]): unknown {
  const written = about.filter((part) => part.default !== undefined).at(-1)
  if (written !== undefined) return withDefaults(written.default, about)
  if (!about.some(({ type }) => type === 'object')) return undefined
  const filled = withDefaults({}, about) as { readonly [key: string]: unknown }
  const required = about.flatMap((part) => part.required ?? [])
  const isWhole = Object.keys(filled).length > 0 && required.every((key) => Object.hasOwn(filled, key))
  return isWhole ? filled : undefined
}
