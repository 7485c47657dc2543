import { authorPath, type Path } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import { judgeParameters } from '../parameters/judge-parameters.ts'
import { patternVerdict } from '../parameters/patterns.ts'
import { asSchema, type LocatedSchema, schemasIn } from '../parameters/schemas-in.ts'
import { formatValue } from '../printing/format-value.ts'
import type { CompileParameters, JsonSchema } from '../tool.ts'
import type { Finding } from './check.ts'
import { intendedKeyword, schemaKeywordFaults } from './schema-keywords.ts'

/** How deep parameters may lie in one another. */
const DEPTH_MAX = 24
/** How many values the parameters of one tool may have: each call is checked against all, and the model reads all. */
const VALUES_MAX = 2_000
/** How many faults in the parameters of one tool are reported. */
const FAULTS_MAX = 20
/** How many parameters without a description are reported. */
const UNDESCRIBED_MAX = 20

/** What is wrong with the parameters of a tool: they are no valid schema, cannot be checked in time, or say too little to the model. */
export function parameterFaults(parameters: JsonSchema, path: Path, compile: CompileParameters): readonly Finding[] {
  const name = authorPath(path)
  const size = sizeOf(parameters)
  if (size.depth > DEPTH_MAX || size.values > VALUES_MAX) {
    const what = size.depth > DEPTH_MAX ? `more than ${DEPTH_MAX} deep` : `more than ${VALUES_MAX} values`
    return [{ rule: 'RV509', message: `${name} are ${what}`, help: 'Ask for less, or split the tool.', path }]
  }
  const schemas = schemasIn(parameters, path)
  const patterns = patternFaults(schemas)
  // The compiler would stumble over a pattern that is none, and say less about it.
  const isGrave = patterns.some(({ level }) => level !== 'warning')
  const wrong = schemaFaults(parameters, path, isGrave ? undefined : compile)
  if (!isGrave && wrong.length === 0)
    return [...patterns, ...schemaKeywordFaults(schemas), ...undescribedFaults(schemas).slice(0, UNDESCRIBED_MAX)]
  const right = soundSchemas(schemas, [...patterns, ...wrong])
  return [...patterns, ...wrong.slice(0, FAULTS_MAX), ...schemaKeywordFaults(right)]
}

/** The schemas in which likely mistakes are still looked for: those that have no fault, and are not inside a faulty value. */
function soundSchemas(schemas: readonly LocatedSchema[], wrong: readonly Finding[]): readonly LocatedSchema[] {
  const holders = new Set(wrong.map((fault) => schemas.findLast(({ path }) => isWithin(fault.path, path))))
  return schemas.filter((each) => !holders.has(each) && !wrong.some((fault) => isWithin(each.path, fault.path)))
}

function isWithin(path: Path, outer: Path): boolean {
  return outer.every((key, index) => path[index] === key)
}

function schemaFaults(parameters: JsonSchema, path: Path, compile: CompileParameters | undefined): readonly Finding[] {
  const top = parameters.type === 'object' ? null : topFault(parameters, path)
  const judged = judgeParameters(parameters)
  const faults = (judged.verdict === 'invalid' ? judged.faults : []).map(({ path: inner, what, ...fault }): Finding => {
    const at = [...path, ...inner]
    return { rule: 'RV511', message: `${authorPath(at)} ${what}`, ...fault, path: at }
  })
  const found = top === null ? faults : [top, ...faults.filter((fault) => fault.path[path.length] !== 'type')]
  if (found.length > 0 || judged.verdict !== 'unsure') return found
  const compiled = compile?.(parameters)
  return typeof compiled === 'string' ? [compilerFault(compiled, parameters, path)] : []
}

/** What is wrong with parameters that are no map of arguments by their names. */
function topFault(parameters: JsonSchema, path: Path): Finding {
  const { $ref, type, properties } = parameters
  const names = Object.keys(parameters)
  if (typeof $ref === 'string' && !$ref.startsWith('#') && type === undefined) {
    const message = `${authorPath(path)} refer to ${$ref}`
    return { rule: 'RV511', message, help: 'No file is read here: write the schema itself.', path: [...path, '$ref'] }
  }
  const misspelt = names.find((key) => intendedKeyword(key, type) === 'type' && parameters[key] === 'object')
  if (type === undefined && misspelt !== undefined) {
    const message = `"${misspelt}" in ${authorPath(path)} is no word of JSON Schema`
    const place = { path: [...path, misspelt], part: 'key', text: misspelt } as const
    return { rule: 'RV511', message, help: 'Did you mean type?', suggest: ['type'], ...place }
  }
  const areParameters = properties === undefined && names.length > 0 && Object.values(parameters).every(isMap)
  if (type !== undefined && !areParameters) {
    const message = `${authorPath([...path, 'type'])} is ${formatValue(type)}; object is wanted at the top`
    return { rule: 'RV511', message, help: 'Write object.', suggest: ['object'], path: [...path, 'type'] }
  }
  const [only = ''] = names
  if (areParameters && names.length === 1 && isMap(asSchema(parameters[only]).properties)) {
    const message = `${authorPath(path)} hold a schema in ${only}`
    return {
      rule: 'RV511',
      message,
      help: `What stands in ${only} stands in parameters itself.`,
      path: [...path, only],
      part: 'key',
    }
  }
  const inside = `Put ${names.slice(0, 2).join(', ')}${names.length > 2 ? ' …' : ''} under properties, and type: object above.`
  const help = areParameters ? inside : 'Begin with type: object; each parameter stands under properties.'
  return { rule: 'RV511', message: `${authorPath(path)} have no type: object at the top`, help, path }
}

/** What only the compiler finds: most often a reference that leads nowhere. */
function compilerFault(compilerMessage: string, parameters: JsonSchema, path: Path): Finding {
  const nullable = /"?nullable"? /.test(compilerMessage)
    ? schemasIn(parameters, path).find(hasUselessNullable)
    : undefined
  if (nullable !== undefined) {
    const at = [...nullable.path, 'nullable']
    const help = 'Remove it, and name null among the types: type: [string, "null"].'
    return { rule: 'RV511', message: `${authorPath(at)} is no word of JSON Schema`, help, path: at, part: 'key' }
  }
  const [, reference] = /^can't resolve reference (\S+) from id/.exec(compilerMessage) ?? []
  const holder = schemasIn(parameters, path).find(
    ({ schema: { $ref } }) => reference !== undefined && $ref === reference,
  )
  if (holder === undefined)
    return {
      rule: 'RV511',
      message: `${authorPath(path)} are no JSON Schema: ${compilerMessage}`,
      help: 'Correct it.',
      path,
    }
  const at = [...holder.path, '$ref']
  const help = reference?.startsWith('#')
    ? 'Declare it under $defs, and refer to it as #/$defs/<its name>.'
    : 'Only what stands in these parameters can be referred to, such as #/$defs/address.'
  return { rule: 'RV511', message: `${authorPath(at)} leads to ${reference}, and nothing is there`, help, path: at }
}

/** `nullable` as the compiler does not read it: without a type beside it, or neither true nor false. */
function hasUselessNullable({ schema: { nullable, type } }: LocatedSchema): boolean {
  return nullable !== undefined && (type === undefined || typeof nullable !== 'boolean')
}

/** How deep values lie in one another, and how many they are. What lies in too many, or too deep, is not counted. */
function sizeOf(parameters: JsonSchema): { readonly depth: number; readonly values: number } {
  const size = { depth: 0, values: 0 }
  count(parameters, 0)
  return size

  function count(value: unknown, depth: number): void {
    size.depth = Math.max(size.depth, depth)
    size.values += 1
    if (typeof value !== 'object' || value === null || depth > DEPTH_MAX || size.values > VALUES_MAX) return
    for (const inner of Object.values(value)) count(inner, depth + 1)
  }
}

function patternFaults(schemas: readonly LocatedSchema[]): readonly Finding[] {
  return schemas.flatMap(({ schema: { pattern, patternProperties }, path }) => {
    if (pattern === undefined && patternProperties === undefined) return []
    const own = typeof pattern === 'string' ? [{ source: pattern, path: [...path, 'pattern'] }] : []
    const keys = Object.keys(asSchema(patternProperties)).map((source) => {
      return { source, path: [...path, 'patternProperties', source], part: 'key' as const }
    })
    return [...own, ...keys].flatMap(({ source, ...where }): readonly Finding[] => {
      const found = patternFault(source, authorPath(where.path))
      return found === null ? [] : [{ ...found, ...where, text: source }]
    })
  })
}

function patternFault(source: string, name: string): Pick<Finding, 'rule' | 'message' | 'help' | 'level'> | null {
  const verdict = patternVerdict(source)
  if (verdict === 'fine') return null
  if (typeof verdict === 'object' && 'invalid' in verdict) {
    const what = verdict.invalid.replace(/^Invalid regular expression: \/.*\/\w*: /s, '')
    const isFlag = /^\(\?[a-z]+\)/.test(source)
    const help = isFlag ? 'Flags are not read: write both cases, as in [Aa].' : 'Write it as JavaScript reads it.'
    return { rule: 'RV511', message: `${name} is no pattern: ${what.charAt(0).toLowerCase()}${what.slice(1)}`, help }
  }
  if (verdict === 'ambiguous') {
    const help =
      'It is checked in bounded time here, but others may be held up: write it without a repetition inside a repetition, as ^a+$ for ^(a+)+$.'
    return { rule: 'RV520', message: `${name} may take for ever where a text almost fits`, help, level: 'warning' }
  }
  const help = 'Write it without: a pattern is checked in time that grows with the text alone.'
  return { rule: 'RV520', message: `${name} ${verdict.unbounded}`, help }
}

function undescribedFaults(schemas: readonly LocatedSchema[]): readonly Finding[] {
  return schemas.flatMap(({ schema, path }) => {
    const properties = asSchema(schema.properties)
    return Object.keys(properties).flatMap((name): readonly Finding[] => {
      const property = properties[name]
      const { description, $ref } = asSchema(property)
      if ($ref !== undefined || (typeof description === 'string' && description.trim() !== '')) return []
      const isMisspelt = Object.keys(asSchema(property)).some(
        (key) => intendedKeyword(key, undefined) === 'description',
      )
      if (isMisspelt) return []
      const help = 'The model guesses what it does not read: say what it is, and in what form.'
      const where = [...path, 'properties', name]
      return [{ rule: 'RV505', message: `${authorPath(where)} has no description`, help, path: where, part: 'key' }]
    })
  })
}
