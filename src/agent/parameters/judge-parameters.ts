import { draft07 } from '../../generated/meta-schema-07.js'
import { draft2020 } from '../../generated/meta-schema-2020.js'
import { keysOfPointer } from '../findings/fault.ts'
import type { JsonSchema } from '../tool.ts'
import { valueText } from '../value-text.ts'
import { type KeywordFault, keywordFaults } from './keyword-faults.ts'
import type { Dialect } from './keywords.ts'
import { isSafePattern } from './patterns.ts'
import { schemasIn } from './schemas-in.ts'
import { isSimpleSchema } from './simple-schema.ts'

/** What is known of a schema without compiling it. */
type Judgement =
  | { readonly verdict: 'valid' }
  /** With every value that JSON Schema does not allow where it stands; paths begin in the schema. */
  | { readonly verdict: 'invalid'; readonly faults: readonly KeywordFault[] }
  /** It refers to something, so only a compiler can tell. */
  | { readonly verdict: 'unsure' }

/** Says whether `parameters` are a JSON Schema, by the meta-schema: a compiler would cost a start of the process more than all the rest. */
export function judgeParameters(parameters: JsonSchema): Judgement {
  if (isSimpleSchema(parameters)) return { verdict: 'valid' }
  const errors = metaSchemaErrors(parameters, dialectOf(parameters))
  if (errors.length > 0) return invalid(parameters, errors)
  if (!hasReferences(parameters) && schemasIn(parameters, []).every(({ schema }) => isCompilable(schema)))
    return { verdict: 'valid' }
  const faults = keywordFaults(parameters, [], dialectOf(parameters))
  return faults.length > 0 ? { verdict: 'invalid', faults } : { verdict: 'unsure' }
}

/** The errors of the meta-schema for parameters. */
export function metaSchemaErrors(parameters: JsonSchema, dialect: Dialect): Errors {
  const fits = dialect === 'draft-07' ? draft07 : draft2020
  return fits(parameters) ? [] : (fits.errors ?? [])
}

/** The version of JSON Schema that its author names; the newest where he names none that we know. */
export function dialectOf(parameters: JsonSchema): Dialect {
  return valueText(parameters.$schema ?? '').includes('draft-07') ? 'draft-07' : '2020-12'
}

/** Keywords that refer elsewhere, or are referred to. The compiler follows them wherever they stand, also where no schema is. */
const REFERENCE_KEYWORDS = [
  '$ref',
  '$dynamicRef',
  '$recursiveRef',
  '$id',
  '$anchor',
  '$dynamicAnchor',
  '$recursiveAnchor',
  '$async',
  '$data',
  '$vocabulary',
]

/** Keywords that the compiler has rules of its own for. */
const COMPILER_KEYWORDS = ['id', 'nullable', 'discriminator', 'dependencies']

function hasReferences(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return REFERENCE_KEYWORDS.some((key) => Object.hasOwn(value, key)) || Object.values(value).some(hasReferences)
}

type Errors = NonNullable<typeof draft07.errors>

/** The faults of an invalid schema. One that no table knows is in the words of the meta-schema: the error that lies deepest is the cause. */
function invalid(parameters: JsonSchema, errors: Errors): Judgement {
  const faults = keywordFaults(parameters, [], dialectOf(parameters))
  if (faults.length > 0) return { verdict: 'invalid', faults }
  const depth = ({ instancePath }: Errors[number]) => instancePath.split('/').length
  const [cause] = errors.toSorted((one, other) => depth(other) - depth(one))
  const path = keysOfPointer(cause?.instancePath ?? '').map((key) => (/^\d+$/.test(key) ? Number(key) : key))
  const what = `is not allowed there: it ${(cause?.message ?? 'does not fit').replace(/^must /, 'has to ')}`
  return { verdict: 'invalid', faults: [{ path, what, help: 'Correct it, or leave it out.' }] }
}

/** Whether a schema that fits the meta-schema compiles. */
function isCompilable(schema: JsonSchema): boolean {
  if (COMPILER_KEYWORDS.some((key) => Object.hasOwn(schema, key))) return false
  if (Array.isArray(schema.enum) && schema.enum.length === 0) return false
  const own = typeof schema.pattern === 'string' ? [schema.pattern] : []
  return [...own, ...Object.keys(Object(schema.patternProperties))].every(isSafePattern)
}
