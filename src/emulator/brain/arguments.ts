import type { FunctionTool } from './choose-tool.ts'
import { takePlainText } from './plain-text.ts'
import { recognise } from './recognise.ts'
import { type Parameters, type Property, type PropertySchema, propertiesOf } from './schema.ts'
import { createWordPool } from './word-pool.ts'

/** The arguments found in the words, and the required ones that are missing. */
export interface FilledArguments {
  readonly values: { readonly [name: string]: unknown }
  readonly missing: readonly Property[]
}

/** How deep objects inside others are filled or made up: a schema may refer to itself. */
const DEPTH_MAX = 3

/** Fills a tool's arguments from what the caller said; plain text is only taken from `rest`, if given. */
export function fillArguments(
  tool: FunctionTool,
  said: string,
  today: string,
  { rest = said, depth = 0 }: { readonly rest?: string; readonly depth?: number } = {},
): FilledArguments {
  const pool = createWordPool(said, rest)
  const values: { [name: string]: unknown } = {}
  const properties = propertiesOf(tool.parameters)
  for (const property of properties) {
    const value = recognise(property, pool, today) ?? fillNested(property, said, today, { tool, depth })
    if (value !== undefined) values[property.name] = value
  }
  for (const property of properties.filter(({ name }) => !Object.hasOwn(values, name))) {
    const value = takePlainText(property, pool, tool, properties)
    if (value !== undefined) values[property.name] = value
  }
  return {
    values: inSchemaOrder(values, tool.parameters),
    missing: properties.filter((each) => each.required && !Object.hasOwn(values, each.name)),
  }
}

/** Arguments for a tool that must be called whatever was said: missing ones are made up from the schema. */
export function forceArguments(tool: FunctionTool, said: string, today: string): FilledArguments['values'] {
  const { values, missing } = fillArguments(tool, said, today)
  const invented = Object.fromEntries(missing.map(({ name, schema }) => [name, inventValue(schema)]))
  return inSchemaOrder({ ...values, ...invented }, tool.parameters)
}

/** An object among the arguments is filled from the same words, but only if all it requires is found. */
function fillNested(
  { schema }: Property,
  said: string,
  today: string,
  { tool, depth }: { readonly tool: FunctionTool; readonly depth: number },
): unknown {
  if (schema.type !== 'object' || depth >= DEPTH_MAX) return undefined
  const { values, missing } = fillArguments({ ...tool, parameters: schema.source }, said, today, { depth: depth + 1 })
  return missing.length === 0 && Object.keys(values).length > 0 ? values : undefined
}

function inventValue(schema: PropertySchema, depth = 0): unknown {
  const suggested = schema.defaultValue ?? schema.examples[0] ?? schema.values[0]
  if (suggested !== undefined) return suggested
  switch (schema.type) {
    case 'number':
    case 'integer':
      return Math.ceil(Number.isFinite(schema.minimum) ? schema.minimum : Math.min(1, schema.maximum))
    case 'boolean':
      return true
    case 'array':
      return schema.items === null ? [] : [inventValue(schema.items, depth)]
    case 'object': {
      const required = depth < DEPTH_MAX ? propertiesOf(schema.source).filter((each) => each.required) : []
      return Object.fromEntries(required.map(({ name, schema: each }) => [name, inventValue(each, depth + 1)]))
    }
    default:
      return 'rehearsal'
  }
}

/** Sorts arguments in the schema's order, as a model would write them. */
function inSchemaOrder(values: FilledArguments['values'], parameters: Parameters): FilledArguments['values'] {
  const names = Object.keys((parameters.properties ?? {}) as object)
  return Object.fromEntries(names.filter((name) => Object.hasOwn(values, name)).map((name) => [name, values[name]]))
}
