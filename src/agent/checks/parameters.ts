import { type Fault, type Path, wordsOf } from '../fault.ts'
import { compileParameters } from '../parameters.ts'
import { mayBacktrackForEver } from '../regex/ambiguity.ts'
import { createMatcher } from '../regex/match.ts'
import { Unbounded } from '../regex/parse.ts'
import type { JsonSchema } from '../tool.ts'

/** How deep parameters may lie in one another. */
const DEPTH_MAX = 24
/** How many values the parameters of one tool may have: each call is checked against all, and the model reads all. */
const VALUES_MAX = 2_000
/** How many parameters without a description are told. */
const UNDESCRIBED_MAX = 20

export type Found = Pick<Fault, 'rule' | 'message' | 'help' | 'text' | 'level'> & {
  readonly path: Path
  readonly part?: 'key'
}

/** What is wrong with the parameters of a tool: they are no schema, cannot be checked in time, or tell the model too little. */
export function parameterFaults(parameters: JsonSchema, path: Path): readonly Found[] {
  const name = wordsOf(path)
  const size = sizeOf(parameters, 0)
  if (size.depth > DEPTH_MAX || size.values > VALUES_MAX) {
    const what = size.depth > DEPTH_MAX ? `more than ${DEPTH_MAX} deep` : `more than ${VALUES_MAX} values`
    return [{ rule: 'RV509', message: `${name} are ${what}`, help: 'Ask for less, or split the tool.', path }]
  }
  const patterns = patternFaults(parameters, path)
  if (patterns.some(({ level }) => level !== 'warning')) return patterns
  const compiled = parameters.type === 'object' ? compileParameters(parameters) : 'type: object is wanted at the top'
  if (typeof compiled === 'string') {
    const message = `${name} is no valid JSON Schema: ${compiled}`
    return [...patterns, { rule: 'RV511', message, help: 'The model sees it as it stands: correct it.', path }]
  }
  return [...patterns, ...undescribed(parameters, path).slice(0, UNDESCRIBED_MAX)]
}

function sizeOf(value: unknown, depth: number): { readonly depth: number; readonly values: number } {
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return { depth, values: 1 }
  let [deepest, values] = [depth, 1]
  for (const inner of Object.values(value)) {
    const size = sizeOf(inner, depth + 1)
    deepest = Math.max(deepest, size.depth)
    values += size.values
    if (values > VALUES_MAX) break
  }
  return { depth: deepest, values }
}

function patternFaults(schema: JsonSchema, path: Path): readonly Found[] {
  return [...schemasIn(schema, path)].flatMap(([each, at]) => {
    const own = typeof each.pattern === 'string' ? [{ source: each.pattern, path: [...at, 'pattern'] }] : []
    const keys = Object.keys(mapOf(each.patternProperties)).map((source) => {
      return { source, path: [...at, 'patternProperties', source], part: 'key' as const }
    })
    return [...own, ...keys].flatMap(({ source, ...where }): readonly Found[] => {
      const found = patternFault(source, wordsOf(where.path))
      return found === null ? [] : [{ ...found, ...where, text: source }]
    })
  })
}

function patternFault(source: string, name: string): Pick<Found, 'rule' | 'message' | 'help' | 'level'> | null {
  try {
    createMatcher(source)
    if (!mayBacktrackForEver(source)) return null
    const help =
      'It is checked in bounded time here, and may hold up others for ever: let no repeated part begin as it may go on.'
    return { rule: 'RV520', message: `${name} can be read in ever more ways`, help, level: 'warning' }
  } catch (error) {
    // Anything else is told as a schema that is not valid.
    if (!(error instanceof Unbounded)) return null
    const help = 'Write it without: a pattern is checked in time that grows with the text alone.'
    return { rule: 'RV520', message: `${name} ${error.message}`, help }
  }
}

function undescribed(schema: JsonSchema, path: Path): readonly Found[] {
  return [...schemasIn(schema, path)].flatMap(([each, at]) => {
    return Object.entries(mapOf(each.properties)).flatMap(([name, property]): readonly Found[] => {
      const { description, $ref } = mapOf(property)
      if ($ref !== undefined || (typeof description === 'string' && description.trim() !== '')) return []
      const help = 'The model guesses what it does not read: say what it is, and in what form.'
      const where = [...at, 'properties', name]
      return [{ rule: 'RV505', message: `${wordsOf(where)} has no description`, help, path: where, part: 'key' }]
    })
  })
}

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
function* schemasIn(schema: JsonSchema, path: Path): Generator<readonly [JsonSchema, Path]> {
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

function mapOf(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {}
}
