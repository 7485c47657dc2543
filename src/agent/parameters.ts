import { Ajv, type AnySchema, type ErrorObject } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { JsonSchema } from './tool.ts'

/** How many faults of a call's arguments the model is told. */
const FAULTS_TOLD_MAX = 5

/** Says what is wrong with arguments, one sentence a fault; or one sentence on why there can be no checker. */
export type Checker = ((given: unknown) => readonly string[]) | string

/** Checkers of schemas that are still held: a load wants each twice. */
const known = new WeakMap<JsonSchema, Checker>()

/** The checker of a tool's arguments, or one sentence on why its `parameters` are no JSON Schema. */
export function compileParameters(parameters: JsonSchema): Checker {
  const before = known.get(parameters)
  if (before !== undefined) return before
  const checker = compile(parameters)
  known.set(parameters, checker)
  return checker
}

function compile(parameters: JsonSchema): Checker {
  const ajv = compilerOf(String(parameters.$schema ?? '').includes('draft-07') ? 'draft-07' : '2020-12')
  const { $schema: _dialect, $id: _id, ...schema } = parameters
  try {
    const validate = ajv.compile(schema as AnySchema)
    return (given) => (validate(given) ? [] : (validate.errors ?? []).slice(0, FAULTS_TOLD_MAX).map(argumentFault))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    ajv.removeSchema(schema as AnySchema)
  }
}

/** One compiler a dialect: each has to compile the dialect's own schema first, which costs more than all the tools of an agent. */
const compilers = new Map<string, Ajv>()

function compilerOf(dialect: 'draft-07' | '2020-12'): Ajv {
  const before = compilers.get(dialect)
  if (before !== undefined) return before
  const options = { allErrors: true, strict: false, validateFormats: false, addUsedSchema: false } as const
  const made = dialect === 'draft-07' ? new Ajv(options) : new Ajv2020(options)
  compilers.set(dialect, made)
  return made
}

function argumentFault({ instancePath, message, params, keyword }: ErrorObject): string {
  const name = instancePath.slice(1).replaceAll('/', '.')
  const subject = name === '' ? 'the arguments' : name
  if (keyword === 'additionalProperties') return `${subject}: "${params.additionalProperty}" is not a parameter`
  if (keyword === 'enum')
    return `${subject} must be one of ${(params.allowedValues as unknown[]).map(String).join(', ')}`
  return `${subject} ${message ?? 'does not fit'}`
}
