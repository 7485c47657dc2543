import { draft07 } from '../../generated/meta-schema-07.js'
import { draft2020 } from '../../generated/meta-schema-2020.js'
import { createRecent } from '../reading/recent.ts'
import { createMatcher } from '../regex/match.ts'
import type { JsonSchema } from '../tool.ts'
import { schemasIn } from './schemas-in.ts'

/** What is known of a schema without compiling it. */
type Judgement =
  | { readonly verdict: 'valid' }
  | { readonly verdict: 'invalid'; readonly message: string; readonly path: readonly (string | number)[] }
  /** It refers to something, so only a compiler can tell. */
  | { readonly verdict: 'unsure' }

/** A load asks twice about the parameters of each tool: few agents have more tools. */
const KNOWN_MAX = 64
const known = createRecent<JsonSchema, Judgement>(KNOWN_MAX)

/** Says whether `parameters` are a JSON Schema, by the schema of schemas: a compiler would cost a start of the process more than all the rest. */
export function judgeParameters(parameters: JsonSchema): Judgement {
  const before = known.get(parameters)
  if (before !== undefined) return before
  const judgement = judge(parameters)
  known.set(parameters, judgement)
  return judgement
}

function judge(parameters: JsonSchema): Judgement {
  const dialect = dialectOf(parameters) === 'draft-07' ? draft07 : draft2020
  if (!dialect(parameters)) return invalid(dialect.errors ?? [])
  const isSure = !leadsElsewhere(parameters) && schemasIn(parameters, []).every(([schema]) => isPlain(schema))
  return { verdict: isSure ? 'valid' : 'unsure' }
}

/** The version of JSON Schema that its author names; the newest where he names none that we know. */
export function dialectOf(parameters: JsonSchema): 'draft-07' | '2020-12' {
  return String(parameters.$schema ?? '').includes('draft-07') ? 'draft-07' : '2020-12'
}

/** Words that lead elsewhere, or are led to. The compiler follows them wherever they stand, also where no schema is. */
const LEADING = [
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

/** Words that the compiler has rules of its own for. */
const PARTICULAR = ['id', 'nullable', 'discriminator', 'dependencies']

function leadsElsewhere(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return LEADING.some((key) => Object.hasOwn(value, key)) || Object.values(value).some(leadsElsewhere)
}

type Errors = NonNullable<typeof draft07.errors>

/** The error that lies deepest is the cause; the others follow from it. */
function invalid(errors: Errors): Judgement {
  const depth = ({ instancePath }: Errors[number]) => instancePath.split('/').length
  const [cause] = errors.toSorted((one, other) => depth(other) - depth(one))
  const path = (cause?.instancePath ?? '')
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((key) => (/^\d+$/.test(key) ? Number(key) : key))
  const allowed = cause?.keyword === 'enum' ? `: ${(cause.params.allowedValues as unknown[]).join(', ')}` : ''
  return { verdict: 'invalid', message: `${cause?.message ?? 'does not fit'}${allowed}`, path }
}

/** Whether a schema that fits the schema of schemas is one that compiles. */
function isPlain(schema: JsonSchema): boolean {
  if (PARTICULAR.some((key) => Object.hasOwn(schema, key))) return false
  if (Array.isArray(schema.enum) && schema.enum.length === 0) return false
  const own = typeof schema.pattern === 'string' ? [schema.pattern] : []
  return [...own, ...Object.keys(Object(schema.patternProperties))].every(isPattern)
}

/** Patterns that were looked at; beyond that all are looked at anew. */
const PATTERNS_MAX = 1_000
/** Many agents ask for the same few forms. */
const patterns = new Map<string, boolean>()

function isPattern(source: string): boolean {
  const before = patterns.get(source)
  if (before !== undefined) return before
  if (patterns.size >= PATTERNS_MAX) patterns.clear()
  const is = compiles(source)
  patterns.set(source, is)
  return is
}

function compiles(source: string): boolean {
  try {
    createMatcher(source)
    return true
  } catch {
    return false
  }
}
