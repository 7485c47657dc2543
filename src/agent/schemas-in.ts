import type { Path } from './fault.ts'
import type { JsonSchema } from './tool.ts'

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

/** A schema and all schemas in it, each with its path. */
export function* schemasIn(schema: JsonSchema, path: Path): Generator<readonly [JsonSchema, Path]> {
  yield [schema, path]
  for (const [key, value] of Object.entries(schema)) {
    if (typeof value !== 'object' || value === null) continue
    const at = [...path, key]
    if (MAPS.includes(key)) {
      for (const [name, inner] of Object.entries(mapOf(value))) yield* schemasIn(mapOf(inner), [...at, name])
    } else if (LISTS.includes(key) && Array.isArray(value)) {
      for (const [index, inner] of value.entries()) yield* schemasIn(mapOf(inner), [...at, index])
    } else if (ONES.includes(key)) yield* schemasIn(mapOf(value), at)
  }
}

/** A map, or an empty one in place of anything else. */
export function mapOf(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {}
}
