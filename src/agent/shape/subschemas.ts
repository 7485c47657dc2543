import agentSchema from '../../generated/agent-schema.json' with { type: 'json' }
import { isMap } from '../is-map.ts'
import { plainScalar } from '../plain-yaml/scalar.ts'
import { valueAt } from '../value-at.ts'

/** The parts of JSON Schema that the schema of the agent file is written with. */
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

/** The whole agent file. */
export const AGENT_FILE_SCHEMA = agentSchema as Subschema

/** Every part that speaks about a value, itself included, in the order in which they are written. */
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

/** Every part that may speak about a value, whatever it is, itself included. */
export function allSubschemas(schema: Subschema): readonly Subschema[] {
  const { $ref, allOf = [], anyOf = [], oneOf = [], then: one, else: other } = schema
  const choices = [one, other].filter((subschema) => subschema !== undefined)
  const subschemas = [...allOf, ...anyOf, ...oneOf, ...choices, ...($ref === undefined ? [] : [definitionAt($ref)])]
  return [schema, ...subschemas.flatMap(allSubschemas)]
}

/** What is said about a key of a map, the more particular later; empty where nobody knows the key. */
export function subschemasOfKey(subschemas: readonly Subschema[], key: string): readonly Subschema[] {
  return subschemas.flatMap(({ properties }) => {
    const subschema = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined
    return typeof subschema === 'object' ? [subschema] : []
  })
}

/** Whether every part that refuses unknown keys knows this one. */
export function allowsKey(subschemas: readonly Subschema[], key: string): boolean {
  return subschemas.every(({ additionalProperties, properties }) => {
    return additionalProperties !== false || Object.hasOwn(properties ?? {}, key)
  })
}

/** The first of some keys that may not stand in a map in which one has that value. */
export function firstRefusedKey(map: Subschema, held: { readonly [key: string]: unknown }, keys: readonly string[]) {
  const subschemas = subschemasFor(map, held)
  return keys.find((key) => !allowsKey(subschemas, key))
}

function definitionAt(reference: string): Subschema {
  const keys = reference.replace('#/', '').split('/')
  const found = valueAt(agentSchema, keys)
  return (found as Subschema | undefined) ?? {}
}

/** Whether a value fits, as far as single values and the conditions of the schema go. */
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

/** Whether what is to be written for a single value is one that the setting takes. */
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
