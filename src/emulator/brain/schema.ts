import { isObject, type JsonObject } from '../json-object.ts'

/** A tool's `parameters`: a JSON Schema as its author wrote it. */
export type Parameters = JsonObject

/** The parts of a property's schema that the brain uses. */
export interface PropertySchema {
  readonly type: string
  readonly description: string
  readonly pattern: string | null
  readonly format: string | null
  readonly examples: readonly unknown[]
  /** Allowed values (`enum`, `const`); empty if it is free. */
  readonly values: readonly unknown[]
  readonly defaultValue: unknown
  readonly minimum: number
  readonly maximum: number
  readonly lengthMax: number
  readonly items: PropertySchema | null
  /** The schema itself, with the definitions that the schemas inside it may refer to. */
  readonly source: Parameters
}

/** One argument of a tool. */
export interface Property {
  readonly name: string
  readonly required: boolean
  readonly schema: PropertySchema
}

/** The properties of an object schema, required ones first. */
export function propertiesOf(parameters: Parameters): readonly Property[] {
  const resolved = resolve(parameters, parameters)
  const required = Array.isArray(resolved.required) ? resolved.required : []
  const properties = isObject(resolved.properties) ? resolved.properties : {}
  return Object.entries(properties)
    .map(([name, schema]) => ({ name, required: required.includes(name), schema: readSchema(schema, parameters, 0) }))
    .toSorted((one, other) => Number(other.required) - Number(one.required))
}

/** How deep nested schemas are read. */
const DEPTH_MAX = 8

function readSchema(given: unknown, root: Parameters, depth: number): PropertySchema {
  const source = resolve(isObject(given) ? given : {}, root)
  const alternatives = source.anyOf ?? source.oneOf
  if (Array.isArray(alternatives) && source.type === undefined && depth < DEPTH_MAX) {
    const first = alternatives.find((each) => isObject(each) && each.type !== 'null')
    return readSchema({ ...(isObject(first) ? first : {}), ...without(source, ['anyOf', 'oneOf']) }, root, depth + 1)
  }
  const types = [source.type].flat().filter((type) => type !== 'null')
  const isConst = 'const' in source
  return {
    type: typeof types[0] === 'string' ? types[0] : guessType(source),
    description: text(source.description) ?? '',
    pattern: text(source.pattern),
    format: text(source.format),
    examples: Array.isArray(source.examples) ? source.examples : 'example' in source ? [source.example] : [],
    values: isConst ? [source.const] : Array.isArray(source.enum) ? source.enum.filter((value) => value !== null) : [],
    defaultValue: source.default,
    minimum: number(source.minimum, Number.NEGATIVE_INFINITY),
    maximum: number(source.maximum, Number.POSITIVE_INFINITY),
    lengthMax: number(source.maxLength, Number.POSITIVE_INFINITY),
    items: isObject(source.items) && depth < DEPTH_MAX ? readSchema(source.items, root, depth + 1) : null,
    source: { ...source, $defs: root.$defs, definitions: root.definitions },
  }
}

/** Follows a reference inside the same schema (`#/$defs/zone`). */
function resolve(schema: Parameters, root: Parameters, depth = 0): Parameters {
  const reference = text(schema.$ref)
  if (reference === null || !reference.startsWith('#/') || depth >= DEPTH_MAX) return schema
  const target = reference
    .slice(2)
    .split('/')
    .reduce<unknown>((holder, key) => (isObject(holder) ? holder[key] : undefined), root)
  return isObject(target) ? resolve({ ...target, ...without(schema, ['$ref']) }, root, depth + 1) : schema
}

function guessType(schema: Parameters): string {
  if (isObject(schema.properties)) return 'object'
  const [value] = Array.isArray(schema.enum) ? schema.enum : []
  return typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'string'
}

function without(schema: Parameters, keys: readonly string[]): Parameters {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !keys.includes(key)))
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function number(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}
