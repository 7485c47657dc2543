import type { Path } from '../findings/fault.ts'
import type { JsonSchema } from '../tool.ts'

const MAPS = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']
const LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items']
const ONES = [
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
export interface SchemaAt {
  readonly schema: JsonSchema
  readonly path: Path
}

/** A schema and all schemas in it, the outer ones first. */
export function schemasIn(schema: JsonSchema, path: Path): readonly SchemaAt[] {
  const found: SchemaAt[] = []
  collect(schema, path)
  return found

  function collect(each: JsonSchema, at: Path): void {
    found.push({ schema: each, path: at })
    for (const key of Object.keys(each)) {
      const value = each[key]
      if (typeof value !== 'object' || value === null) continue
      if (MAPS.includes(key)) {
        for (const [name, inner] of Object.entries(mapOf(value))) collect(mapOf(inner), [...at, key, name])
      } else if (LISTS.includes(key) && Array.isArray(value)) {
        for (const [index, inner] of value.entries()) collect(mapOf(inner), [...at, key, index])
      } else if (ONES.includes(key)) collect(mapOf(value), [...at, key])
    }
  }
}

/** A map, or an empty one in place of anything else. */
export function mapOf(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {}
}
