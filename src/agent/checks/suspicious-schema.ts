import { authorPath, type Path } from '../findings/fault.ts'
import { formatValue, yamlWord } from '../printing/format-value.ts'
import type { JsonSchema } from '../tool.ts'
import type { Finding } from './check.ts'

/** What is valid in a schema and most often a mistake: bounds that no value meets, values of another type, a pattern between slashes. */
export function suspiciousSchemaFaults(schema: JsonSchema, path: Path): readonly Finding[] {
  return [boundFaults(schema, path), typeFaults(schema, path), slashFault(schema, path)].flat()
}

const BOUNDS = [
  { low: 'minimum', high: 'maximum' },
  { low: 'minLength', high: 'maxLength' },
  { low: 'minItems', high: 'maxItems' },
  { low: 'minProperties', high: 'maxProperties' },
] as const

function boundFaults(schema: JsonSchema, path: Path): readonly Finding[] {
  return BOUNDS.flatMap(({ low, high }): readonly Finding[] => {
    const { [low]: from, [high]: to } = schema
    if (typeof from !== 'number' || typeof to !== 'number' || from <= to) return []
    const message = `${authorPath([...path, low])} is ${from}, and ${high} is ${to}: nothing fits`
    return [{ rule: 'RV519', message, help: 'Exchange the two, or correct one.', path: [...path, low] }]
  })
}

/** Values under enum or default that the schema itself refuses: a call with one would fail. */
function typeFaults(schema: JsonSchema, path: Path): readonly Finding[] {
  const { type, enum: choices, default: defaultValue } = schema
  if (choices === undefined && defaultValue === undefined) return []
  const finding = (at: Path, value: unknown, why: string, correct: string | null): Finding => {
    const message = `${authorPath(at)} is ${formatValue(value)}, ${why}: a call with it is refused`
    const help = correct === null ? 'Correct it, or leave it out.' : `Write ${correct}.`
    return { rule: 'RV519', message, help, path: at, suggest: correct === null ? [] : [correct] }
  }
  const values: readonly unknown[] = Array.isArray(choices) ? choices : []
  const mismatched = values.flatMap((value, index) =>
    isOfType(value, type)
      ? []
      : [finding([...path, 'enum', index], value, `and the type is ${formatValue(type)}`, convertTo(value, type))],
  )
  if (defaultValue === undefined) return mismatched
  const at = [...path, 'default']
  if (!isOfType(defaultValue, type))
    return [
      ...mismatched,
      finding(at, defaultValue, `and the type is ${formatValue(type)}`, convertTo(defaultValue, type)),
    ]
  const isChoice = values.length === 0 || typeof defaultValue === 'object' || values.includes(defaultValue)
  return isChoice ? mismatched : [...mismatched, finding(at, defaultValue, 'which is not in enum', null)]
}

function isOfType(value: unknown, type: unknown): boolean {
  const types: readonly unknown[] = type === undefined ? [] : [type].flat()
  if (types.length === 0 || value === null) return true
  if (Array.isArray(value)) return types.includes('array')
  if (typeof value === 'number')
    return types.includes('number') || (types.includes('integer') && Number.isInteger(value))
  return types.includes(typeof value)
}

/** The value converted to a type; null if it cannot be. */
function convertTo(value: unknown, type: unknown): string | null {
  if (typeof value === 'object') return null
  if (type === 'string') return JSON.stringify(String(value))
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
  return Number.isFinite(number) && isOfType(number, type) ? yamlWord(number) : null
}

/** A pattern between slashes, as in the source of a program. */
function slashFault({ pattern }: JsonSchema, path: Path): readonly Finding[] {
  const [, inner, flags] = (typeof pattern === 'string' ? /^\/(.+)\/([a-z]*)$/.exec(pattern) : null) ?? []
  if (inner === undefined) return []
  const at = [...path, 'pattern']
  const message = `${authorPath(at)} stands between slashes, which are taken for a part of it`
  const help = `Write ${JSON.stringify(inner)}${flags === '' ? '' : '; flags are not read'}.`
  return [{ rule: 'RV519', message, help, path: at, suggest: [JSON.stringify(inner)] }]
}
