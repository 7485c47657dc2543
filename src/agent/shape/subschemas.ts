import agentSchema from '../../generated/agent-schema.json' with { type: 'json' }
import { isMap } from '../is-map.ts'
import { plainScalar } from '../plain-yaml/scalar.ts'
import { valueAt } from '../value-at.ts'

/** A schema, or a part of one, in the keywords that the schema of the agent file uses. */
export interface Subschema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: { readonly [key: string]: Subschema | boolean }
  readonly additionalProperties?: Subschema | boolean
  readonly required?: readonly string[]
  readonly items?: Subschema
  readonly default?: unknown
  readonly description?: string
  readonly examples?: readonly unknown[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly minLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly not?: Subschema
  readonly if?: Subschema
  readonly then?: Subschema
  readonly else?: Subschema
  readonly allOf?: readonly Subschema[]
  readonly anyOf?: readonly Subschema[]
  readonly oneOf?: readonly Subschema[]
}

/** The schema of the whole agent file. */
export const AGENT_FILE_SCHEMA = agentSchema as Subschema

/** All subschemas that apply to a value, the schema itself included, in their order. */
export function subschemasFor(schema: Subschema, value: unknown): readonly Subschema[] {
  const subschemas = [schema]
  if (schema.$ref !== undefined) subschemas.push(...subschemasFor(definitionAt(schema.$ref), value))
  for (const subschema of schema.allOf ?? []) subschemas.push(...subschemasFor(subschema, value))
  for (const subschema of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])])
    if (fits(subschema, value)) subschemas.push(...subschemasFor(subschema, value))
  if (schema.if !== undefined) {
    const branch = fits(schema.if, value) ? schema.then : schema.else
    if (branch !== undefined) subschemas.push(...subschemasFor(branch, value))
  }
  return subschemas
}

/** All subschemas that may apply to any value, the schema itself included. */
export function allSubschemas(schema: Subschema): readonly Subschema[] {
  const { $ref, allOf = [], anyOf = [], oneOf = [], then: one, else: other } = schema
  const choices = [one, other].filter((subschema) => subschema !== undefined)
  const subschemas = [...allOf, ...anyOf, ...oneOf, ...choices, ...($ref === undefined ? [] : [definitionAt($ref)])]
  return [schema, ...subschemas.flatMap(allSubschemas)]
}

/** The subschemas of a key of a map, the more specific ones later; empty for an unknown key. */
export function subschemasOfKey(subschemas: readonly Subschema[], key: string): readonly Subschema[] {
  return subschemas.flatMap(({ properties }) => {
    const subschema = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined
    return typeof subschema === 'object' ? [subschema] : []
  })
}

/** Whether every subschema that refuses unknown keys has this one. */
export function allowsKey(subschemas: readonly Subschema[], key: string): boolean {
  return subschemas.every(({ additionalProperties, properties }) => {
    return additionalProperties !== false || Object.hasOwn(properties ?? {}, key)
  })
}

/** The first of some keys that a map with these values may not have. */
export function firstRefusedKey(map: Subschema, held: { readonly [key: string]: unknown }, keys: readonly string[]) {
  const subschemas = subschemasFor(map, held)
  return keys.find((key) => !allowsKey(subschemas, key))
}

function definitionAt(reference: string): Subschema {
  const keys = reference.replace('#/', '').split('/')
  const found = valueAt(agentSchema, keys)
  return (found as Subschema | undefined) ?? {}
}

/** Whether a value is valid, as far as scalars and the conditions of the schema go. */
export function fits(schema: Subschema, value: unknown): boolean {
  const { type, required, properties, not } = schema
  if (schema.$ref !== undefined && !fits(definitionAt(schema.$ref), value)) return false
  if (type !== undefined && ![type].flat().some((each) => isOfType(value, each))) return false
  if (typeof value === 'string' && !fitsText(schema, value)) return false
  if (typeof value === 'number' && (value < (schema.minimum ?? value) || value > (schema.maximum ?? value)))
    return false
  if ('const' in schema && schema.const !== value) return false
  if (schema.enum !== undefined && !schema.enum.includes(value)) return false
  if (not !== undefined && fits(not, value)) return false
  if (schema.anyOf !== undefined && !schema.anyOf.some((subschema) => fits(subschema, value))) return false
  if (schema.allOf !== undefined && !schema.allOf.every((subschema) => fits(subschema, value))) return false
  if (!isMap(value)) return true
  if (required !== undefined && !required.every((key) => Object.hasOwn(value, key))) return false
  return Object.entries(properties ?? {}).every(([key, subschema]) => {
    return !Object.hasOwn(value, key) || (typeof subschema === 'boolean' ? subschema : fits(subschema, value[key]))
  })
}

/** Whether the YAML of a scalar is valid for a schema. */
export function acceptsText(text: string, schema: Subschema): boolean {
  if (/^[[{]/.test(text)) return true
  const value = text.startsWith('"') ? JSON.parse(text) : plainScalar(text)
  return subschemasFor(schema, value).every((subschema) => fits(subschema, value))
}

function fitsText({ pattern, minLength = 0 }: Subschema, text: string): boolean {
  return text.length >= minLength && (pattern === undefined || new RegExp(pattern, 'u').test(text))
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isMap(value)
  return type === 'integer' ? Number.isInteger(value) : typeof value === type
}
