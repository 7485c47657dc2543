import { takeDate } from './date.ts'
import { parseNumber } from './number.ts'
import { matchPattern, shapeOf } from './pattern.ts'
import type { Property, PropertySchema } from './schema.ts'
import { findRun, takeFirst, type WordPool } from './word-pool.ts'
import { stem, words } from './words.ts'

/** The value of an argument recognised by its form: one of a list, a pattern, a number, a date, a yes; undefined if the words hold none. */
export function recognise({ name, required, schema }: Property, pool: WordPool, today: string): unknown {
  if (schema.source.const !== undefined) return required || mentions(pool, name) ? schema.source.const : undefined
  if (schema.values.length > 0) return takeListed(schema.values, pool)
  switch (schema.type) {
    case 'string':
      return takeString(name, schema, pool, today)
    case 'integer':
    case 'number':
      return takeFirst(pool, (token) => parseInRange(token, schema))
    case 'boolean':
      return takeBoolean(name, required, pool)
    case 'array':
      return takeList(name, schema, pool, today)
    default:
      return undefined
  }
}

/** The most entries of a list filled from words. */
const LIST_MAX = 10

function takeListed(values: readonly unknown[], pool: WordPool): unknown {
  const sayable = values.filter((value) => typeof value !== 'object')
  const longestFirst = sayable.toSorted((one, other) => String(other).length - String(one).length)
  for (const value of longestFirst) {
    if (typeof value === 'number') {
      const found = takeFirst(pool, (token) => (parseNumber(token) === value ? value : null))
      if (found !== undefined) return found
      continue
    }
    const stems = words(String(value).replaceAll(/[_-]+/g, ' ')).map((word) => word.stem)
    const at = findRun(pool, stems)
    if (at !== -1) {
      pool.take(at, stems.length)
      return value
    }
    const exact = takeFirst(pool, (token) => (token.toLowerCase() === String(value).toLowerCase() ? value : null))
    if (exact !== undefined) return exact
  }
  return undefined
}

function takeString(name: string, schema: PropertySchema, pool: WordPool, today: string): string | undefined {
  const { pattern, format } = schema
  const matchToken = (token: string): string | null => (pattern === null ? token : matchPattern(token, pattern))
  if (format === 'email') return takeFirst(pool, (token) => (/^\S+@\S+\.\S+$/.test(token) ? matchToken(token) : null))
  if (format === 'uri' || format === 'url')
    return takeFirst(pool, (token) => (/^https?:\/\//.test(token) ? matchToken(token) : null))
  if (format === 'date' || format === 'date-time' || (pattern === null && /(?:^|_)(?:date|day)$/i.test(name))) {
    const date = takeDate(pool, today)
    return date !== undefined && format === 'date-time' ? `${date}T00:00:00Z` : date
  }
  if (format === 'time') return takeFirst(pool, parseTime)
  if (pattern !== null) {
    const found = takeFirst(pool, matchToken)
    if (found !== undefined) return found
    const isDate = matchPattern(today, pattern) !== null
    return isDate ? takeDate(pool, today) : undefined
  }
  return takeLikeExample(schema.examples.map(String), pool) ?? (CODE_NAMES.test(name) ? takeOnlyCode(pool) : undefined)
}

/** Names of arguments that are written with digits. */
const CODE_NAMES = /(?:^|_)(?:id|number|no|code)$/i

/** The only word with digits; none if there are several, which may be parts of one number. */
function takeOnlyCode(pool: WordPool): string | undefined {
  const [only, ...others] = pool.words.flatMap(({ text }, index) => (/\d/.test(text) ? [{ text, index }] : []))
  if (only === undefined || others.length > 0 || pool.isTaken(only.index)) return undefined
  pool.take(only.index, 1)
  return only.text
}

/** A word that is one of the examples, or has the shape of one with a digit. */
function takeLikeExample(examples: readonly string[], pool: WordPool): string | undefined {
  const exact = examples.find(
    (example) =>
      findRun(
        pool,
        words(example).map((word) => word.stem),
      ) !== -1,
  )
  if (exact !== undefined) {
    const stems = words(exact).map((word) => word.stem)
    pool.take(findRun(pool, stems), stems.length)
    return exact
  }
  const codes = examples.filter((example) => /\d/.test(example))
  return takeFirst(pool, (token) => {
    const model = codes.find((example) => shapeOf(example) === shapeOf(token))
    if (model === undefined) return null
    return model === model.toUpperCase() ? token.toUpperCase() : token
  })
}

function parseTime(token: string): string | null {
  const [, hour, minute, meridiem] = /^(\d{1,2})(?::(\d{2}))?(am|pm)?$/i.exec(token) ?? []
  if (hour === undefined || (minute === undefined && meridiem === undefined)) return null
  const hours = (Number(hour) % (meridiem === undefined ? 24 : 12)) + (meridiem?.toLowerCase() === 'pm' ? 12 : 0)
  return `${String(hours).padStart(2, '0')}:${minute ?? '00'}:00`
}

function parseInRange(token: string, { type, minimum, maximum }: PropertySchema): number | null {
  const value = parseNumber(token)
  if (value === null || value < minimum || value > maximum) return null
  return type === 'integer' && !Number.isInteger(value) ? null : value
}

/** "no gift wrap" is false for `gift_wrap`, "with gift wrap" true; a bare yes or no answers a required one. */
function takeBoolean(name: string, required: boolean, pool: WordPool): boolean | undefined {
  const stems = words(name.replaceAll(/[_-]+/g, ' ')).map((word) => word.stem)
  const at = findRun(pool, stems)
  if (at !== -1) {
    const before = pool.words.slice(Math.max(0, at - 2), at)
    pool.take(at, stems.length)
    return !before.some(({ lower }) => NEGATIVE.test(lower))
  }
  if (!required) return undefined
  return takeFirst(pool, (token) => (NEGATIVE.test(token) ? false : POSITIVE.test(token) ? true : null))
}

const NEGATIVE = /^(?:no|not|without|don't|false|off|never)$/i
const POSITIVE = /^(?:yes|yeah|sure|true|on|please|ok|okay)$/i

function takeList(
  name: string,
  { items }: PropertySchema,
  pool: WordPool,
  today: string,
): readonly unknown[] | undefined {
  if (items === null || items.type === 'array' || items.type === 'object') return undefined
  const found: unknown[] = []
  while (found.length < LIST_MAX) {
    const value = recognise({ name, required: false, schema: items }, pool, today)
    if (value === undefined) break
    found.push(value)
  }
  return found.length > 0 ? found : undefined
}

function mentions(pool: WordPool, name: string): boolean {
  return pool.words.some((word) => word.stem === stem(name))
}
