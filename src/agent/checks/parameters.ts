import { type Fault, type Path, wordsOf } from '../findings/fault.ts'
import { judgeParameters } from '../parameters/judge-parameters.ts'
import { mapOf, schemasIn } from '../parameters/schemas-in.ts'
import { mayBacktrackForEver } from '../regex/ambiguity.ts'
import { createMatcher } from '../regex/match.ts'
import { Unbounded } from '../regex/parse.ts'
import type { CompileParameters } from '../seen.ts'
import type { JsonSchema } from '../tool.ts'
import { schemaWordFaults } from './schema-words.ts'

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
export function parameterFaults(
  parameters: JsonSchema,
  path: Path,
  compile: CompileParameters | undefined,
): readonly Found[] {
  const name = wordsOf(path)
  const size = sizeOf(parameters, 0)
  if (size.depth > DEPTH_MAX || size.values > VALUES_MAX) {
    const what = size.depth > DEPTH_MAX ? `more than ${DEPTH_MAX} deep` : `more than ${VALUES_MAX} values`
    return [{ rule: 'RV509', message: `${name} are ${what}`, help: 'Ask for less, or split the tool.', path }]
  }
  const patterns = patternFaults(parameters, path)
  if (patterns.some(({ level }) => level !== 'warning')) return patterns
  const wrong = schemaFault(parameters, path, compile)
  if (wrong !== null) return [...patterns, wrong]
  const undescribedOnes = undescribed(parameters, path).slice(0, UNDESCRIBED_MAX)
  return [...patterns, ...schemaWordFaults(parameters, path), ...undescribedOnes]
}

/** Whether only a compiler can tell if these parameters are a schema. */
export function wantCompiler(parameters: JsonSchema): boolean {
  const { depth, values } = sizeOf(parameters, 0)
  return depth <= DEPTH_MAX && values <= VALUES_MAX && judgeParameters(parameters).verdict === 'unsure'
}

function schemaFault(parameters: JsonSchema, path: Path, compile: CompileParameters | undefined): Found | null {
  const told = (message: string, at: Path): Found => {
    const name = wordsOf(path)
    const where = at.length === path.length ? '' : `${wordsOf(at.slice(path.length))} `
    const words = `${name} is no valid JSON Schema: ${where}${message}`
    return { rule: 'RV511', message: words, help: 'The model sees it as it stands: correct it.', path: at }
  }
  if (parameters.type !== 'object') return told('type: object is wanted at the top', path)
  const judged = judgeParameters(parameters)
  if (judged.verdict === 'invalid') return told(judged.message, [...path, ...judged.path])
  const compiled = judged.verdict === 'unsure' ? compile?.(parameters) : undefined
  return typeof compiled === 'string' ? told(compiled, path) : null
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
  return schemasIn(schema, path).flatMap(([each, at]) => {
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
  const verdict = verdictOn(source)
  if (verdict === 'fine') return null
  if (verdict === 'ambiguous') {
    const help =
      'It is checked in bounded time here, but others may be held up: write it without a repetition inside a repetition, as ^a+$ for ^(a+)+$.'
    return { rule: 'RV520', message: `${name} may take for ever where a text almost fits`, help, level: 'warning' }
  }
  const help = 'Write it without: a pattern is checked in time that grows with the text alone.'
  return { rule: 'RV520', message: `${name} ${verdict.unbounded}`, help }
}

type Verdict = 'fine' | 'ambiguous' | { readonly unbounded: string }

/** Patterns that were looked at; beyond that all are looked at anew. */
const VERDICTS_MAX = 1_000
/** Many agents ask for the same few forms. */
const verdicts = new Map<string, Verdict>()

function verdictOn(source: string): Verdict {
  const before = verdicts.get(source)
  if (before !== undefined) return before
  const verdict = judgePattern(source)
  if (verdicts.size >= VERDICTS_MAX) verdicts.clear()
  verdicts.set(source, verdict)
  return verdict
}

function judgePattern(source: string): Verdict {
  try {
    createMatcher(source)
    return mayBacktrackForEver(source) ? 'ambiguous' : 'fine'
  } catch (error) {
    // Anything else is told as a schema that is not valid.
    return error instanceof Unbounded ? { unbounded: error.message } : 'fine'
  }
}

function undescribed(schema: JsonSchema, path: Path): readonly Found[] {
  return schemasIn(schema, path).flatMap(([each, at]) => {
    return Object.entries(mapOf(each.properties)).flatMap(([name, property]): readonly Found[] => {
      const { description, $ref } = mapOf(property)
      if ($ref !== undefined || (typeof description === 'string' && description.trim() !== '')) return []
      const help = 'The model guesses what it does not read: say what it is, and in what form.'
      const where = [...at, 'properties', name]
      return [{ rule: 'RV505', message: `${wordsOf(where)} has no description`, help, path: where, part: 'key' }]
    })
  })
}
