import type { Path } from '../findings/fault.ts'
import type { JsonSchema } from '../tool.ts'

const SCHEMA_MAP_KEYWORDS = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']
const SCHEMA_LIST_KEYWORDS = ['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items']
const SCHEMA_KEYWORDS = [
  'items',
  'additionalProperties',
  'not',
  'if',
  'then',
  'else',
  'contains',
  'propertyNames',
  'additionalItems',
]

/** A schema, and the path to it. */
export interface LocatedSchema {
  readonly schema: JsonSchema
  readonly path: Path
}

/** A schema and all schemas in it, the outer ones first. */
export function schemasIn(schema: JsonSchema, path: Path): readonly LocatedSchema[] {
  const found: LocatedSchema[] = []
  collect(schema, path)
  return found

  function collect(each: JsonSchema, at: Path): void {
    found.push({ schema: each, path: at })
    for (const key of Object.keys(each)) {
      const value = each[key]
      if (typeof value !== 'object' || value === null) continue
      if (SCHEMA_MAP_KEYWORDS.includes(key)) {
        for (const [name, inner] of Object.entries(asSchema(value))) collect(asSchema(inner), [...at, key, name])
      } else if (SCHEMA_LIST_KEYWORDS.includes(key) && Array.isArray(value)) {
        for (const [index, inner] of value.entries()) collect(asSchema(inner), [...at, key, index])
      } else if (SCHEMA_KEYWORDS.includes(key)) collect(asSchema(value), [...at, key])
    }
  }
}

/** A map, or an empty one in place of anything else. */
export function asSchema(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {}
}
