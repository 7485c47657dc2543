import { _, Ajv, type AnySchema, type ErrorObject, type KeywordCxt, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { isMap } from './is-map.ts'
import { hasDuplicate } from './parameters/duplicates.ts'
import { dialectOf, metaSchemaErrors } from './parameters/judge-parameters.ts'
import type { Dialect } from './parameters/keywords.ts'
import { asSchema } from './parameters/schemas-in.ts'
import { createMatcher } from './regex/match.ts'
import type { ArgumentChecker, JsonSchema } from './tool.ts'
import { valueText } from './value-text.ts'

/** How many faults of a call's arguments are reported to the model. */
const FAULTS_MAX = 5

/** References that one check follows: alternatives that each lead to the same values may double them with every level. */
const REFERENCES_MAX = 100_000

/** How many checkers are cached; beyond that the oldest are dropped, and made again when they are needed. */
const CHECKERS_MAX = 1_024

/** Checkers by the text of their schemas: a load needs each twice, and an edit leaves most tools of an agent as they were. */
const checkers = new Map<string, ArgumentChecker>()

/** The checker of a tool's arguments, or one sentence on why its `parameters` are no JSON Schema. Made once for equal ones. */
export function compileParameters(parameters: JsonSchema): ArgumentChecker {
  const text = JSON.stringify(parameters)
  const cached = checkers.get(text)
  if (cached !== undefined) return cached
  const checker = compile(parameters)
  if (checkers.size >= CHECKERS_MAX) checkers.delete(checkers.keys().next().value ?? '')
  checkers.set(text, checker)
  return checker
}

function compile(parameters: JsonSchema): ArgumentChecker {
  const dialect = dialectOf(parameters)
  // JSON Schema knows no `$async`: to the compiler it means a checker that answers later, and fails by a rejection.
  const { $schema: _dialect, $async: _later, $id, ...rest } = withPrototypeNamed(parameters)
  // An id with a fragment names nothing.
  const schema = typeof $id === 'string' && !$id.includes('#') ? { ...rest, $id } : rest
  // A compiler of its own for each, so that the ids in two schemas are not taken for one.
  const ajv = newAjv(dialect)
  const errors = metaSchemaErrors(schema, dialect)
  if (errors.length > 0) return `schema is invalid: ${ajv.errorsText([...errors], { dataVar: 'schema' })}`
  try {
    const validate = ajv.compile(schema as AnySchema)
    return (args) => faultsOf(validate, args)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The compiler passes over a property called __proto__; it checks one that a pattern names. */
function withPrototypeNamed(parameters: JsonSchema): JsonSchema {
  const text = JSON.stringify(parameters)
  if (!text.includes('__proto__')) return parameters
  return JSON.parse(text, (_key, value) => {
    const named = isMap(value)
      ? Object.entries(asSchema(value.properties)).find(([name]) => name === '__proto__')
      : undefined
    if (named === undefined) return value
    return { ...value, patternProperties: { ...asSchema(value.patternProperties), '^__proto__$': named[1] } }
  })
}

function faultsOf(validate: ValidateFunction, args: unknown): readonly string[] {
  followedReferences = 0
  try {
    return validate(args) ? [] : (validate.errors ?? []).slice(0, FAULTS_MAX).map(argumentFault)
  } catch (error) {
    // A schema that refers to itself without a step inward never ends.
    if (error instanceof RangeError) return ['the arguments are nested too deep to be checked']
    if (error instanceof TooManyReferences) return ['the arguments take too long to be checked: make them simpler']
    throw error
  }
}

/**
 * Counts no inherited property, such as `constructor`, as an argument. Does not check a schema by that of its dialect, which it would have
 * to compile first: that is done by then.
 */
function newAjv(dialect: Dialect): Ajv {
  const options = {
    ...{ allErrors: true, strict: false, validateFormats: false, validateSchema: false, ownProperties: true },
    code,
  } as const
  const ajv = dialect === 'draft-07' ? new Ajv(options) : new Ajv2020(options)
  for (const keyword of ['$ref', '$dynamicRef', '$recursiveRef']) countReferences(ajv, keyword)
  return ajv.removeKeyword('uniqueItems').addKeyword(UNIQUE_ITEMS)
}

class TooManyReferences extends Error {}

/** How many references the check that runs has followed. */
let followedReferences = 0

function followReference(): void {
  followedReferences += 1
  if (followedReferences > REFERENCES_MAX) throw new TooManyReferences()
}

/** Makes checkers count what they follow by a keyword. */
function countReferences(ajv: Ajv, keyword: string): void {
  const rule = ajv.RULES.all[keyword]
  if (typeof rule !== 'object' || !('code' in rule.definition)) return
  const { definition } = rule
  const { code } = definition
  definition.code = (context: KeywordCxt, ruleType) => {
    context.gen.code(_`${context.gen.scopeValue('func', { ref: followReference })}()`)
    code(context, ruleType)
  }
}

/** In time that grows with the list; the compiler's own compares each item with every other. */
const UNIQUE_ITEMS = {
  keyword: 'uniqueItems',
  type: 'array' as const,
  schemaType: 'boolean' as const,
  error: { message: 'must NOT have duplicate items' },
  validate: (isWanted: boolean, items: readonly unknown[]) => !isWanted || !hasDuplicate(items),
}

/** Patterns are the author's and texts are the model's: an engine that goes back could be held up by the two for ever. */
const code = { regExp: Object.assign((source: string) => createMatcher(source), { code: 'createMatcher' }) }

function argumentFault({ instancePath, message, params, keyword }: ErrorObject): string {
  const name = instancePath.slice(1).replaceAll('/', '.')
  const subject = name === '' ? 'the arguments' : name
  if (keyword === 'additionalProperties') return `${subject}: "${params.additionalProperty}" is not a parameter`
  if (keyword === 'enum')
    return `${subject} must be one of ${(params.allowedValues as unknown[]).map(valueText).join(', ')}`
  return `${subject} ${message ?? 'does not fit'}`
}
