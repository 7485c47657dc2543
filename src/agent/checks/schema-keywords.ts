import { authorPath, type Path, pointerOf } from '../findings/fault.ts'
import { nearest } from '../nearest.ts'
import { asSchema, type LocatedSchema } from '../parameters/schemas-in.ts'
import type { JsonSchema } from '../tool.ts'
import { valueText } from '../value-text.ts'
import type { Finding } from './check.ts'
import { suspiciousSchemaFaults } from './suspicious-schema.ts'

/** The keywords of JSON Schema, in both dialects, and common extensions. */
const KEYWORDS: ReadonlySet<string> = new Set([
  ...['$schema', '$id', '$ref', '$defs', '$anchor', '$comment', '$dynamicRef', '$dynamicAnchor', '$vocabulary'],
  ...['type', 'enum', 'const', 'title', 'description', 'default', 'examples', 'example', 'deprecated'],
  ...['readOnly', 'writeOnly', 'nullable', 'discriminator', 'definitions', 'dependencies', 'strict'],
  ...['properties', 'required', 'additionalProperties', 'patternProperties', 'propertyNames', 'minProperties'],
  ...['maxProperties', 'dependentRequired', 'dependentSchemas', 'unevaluatedProperties', 'propertyOrdering'],
  ...['items', 'prefixItems', 'additionalItems', 'unevaluatedItems', 'contains', 'minContains', 'maxContains'],
  ...['minItems', 'maxItems', 'uniqueItems', 'minLength', 'maxLength', 'pattern', 'format'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'enumDescriptions', 'propertyOrder'],
  ...['contentEncoding', 'contentMediaType', 'contentSchema'],
])
/** How many findings are reported for one tool. */
const FINDINGS_MAX = 20

/** Likely mistakes in parameters: a misspelt keyword, a required property that is not declared, and what else looks suspicious. */
export function schemaKeywordFaults(schemas: readonly LocatedSchema[]): readonly Finding[] {
  return schemas
    .flatMap(({ schema, path }) =>
      [misspeltKeywords(schema, path), undeclaredRequired(schema, path), suspiciousSchemaFaults(schema, path)].flat(),
    )
    .slice(0, FINDINGS_MAX)
}

function misspeltKeywords(schema: JsonSchema, path: Path): readonly Finding[] {
  return Object.keys(schema).flatMap((key): readonly Finding[] => {
    const meant = intendedKeyword(key, schema.type)
    if (meant === null) return []
    const message = `"${key}" in ${authorPath(path)} is no word of JSON Schema`
    const help = `Did you mean ${meant}? No call is held against it as it stands.`
    return [{ rule: 'RV519', message, help, path: [...path, key], part: 'key', text: key }]
  })
}

/** The keyword that is likely meant by an unknown one, or null; `type` is that of its schema. */
export function intendedKeyword(key: string, type: unknown): string | null {
  if (KEYWORDS.has(key) || key.startsWith('x-')) return null
  const [, end] = /^(min|max)$/.exec(key) ?? []
  if (end !== undefined) return `${end}${BOUND_SUFFIX[valueText(type)] ?? 'imum'}`
  const synonyms: { readonly [word: string]: readonly string[] } = {
    description: ['desc', 'doc', 'docs', 'help', 'hint', 'summary'],
    enum: ['choices', 'options', 'values', 'allowed', 'one_of'],
    pattern: ['regex', 'regexp', 'match'],
    properties: ['property', 'fields', 'params', 'args'],
  }
  const synonym = Object.keys(synonyms).find((word) => synonyms[word]?.includes(key))
  return synonym ?? nearest(key, [...KEYWORDS])[0] ?? null
}

/** What follows min or max in the name of a bound, by type. */
const BOUND_SUFFIX: { readonly [type: string]: string } = { string: 'Length', array: 'Items', object: 'Properties' }

/** Keywords that may declare a property outside of `properties`. */
const DECLARING_KEYWORDS = [
  '$ref',
  '$dynamicRef',
  'patternProperties',
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  'dependentSchemas',
]

function undeclaredRequired(schema: JsonSchema, path: Path): readonly Finding[] {
  const { required, properties } = schema
  if (!Array.isArray(required) || properties === undefined) return []
  const declared = Object.keys(asSchema(properties))
  return required.flatMap((name, index): readonly Finding[] => {
    if (typeof name !== 'string' || declared.includes(name)) return []
    if (DECLARING_KEYWORDS.some((key) => Object.hasOwn(schema, key))) return []
    const [meant] = nearest(name, declared)
    const help = meant === undefined ? `Declare ${name} under properties, or remove it.` : `Did you mean ${meant}?`
    const message = `${authorPath(path)} require "${name}", which is no property`
    const dependsOn = [pointerOf([...path, 'properties'])]
    return [{ rule: 'RV519', message, help, path: [...path, 'required', index], text: name, dependsOn }]
  })
}
