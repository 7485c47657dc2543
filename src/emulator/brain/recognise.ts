import { readDate } from './date.ts'
import { readNumber } from './number.ts'
import { fitsPattern, shapeOf } from './pattern.ts'
import type { Property, PropertySchema } from './schema.ts'
import { findRun, type Supply, takeFirst } from './word-pool.ts'
import { stem, words } from './words.ts'

/** The value of an argument recognised by its form: one of a list, a pattern, a number, a date, a yes; undefined if the words hold none. */
export function recognise({ name, required, schema }: Property, supply: Supply, today: string): unknown {
  if (schema.whole.const !== undefined) return required || mentions(supply, name) ? schema.whole.const : undefined
  if (schema.values.length > 0) return oneOf(schema.values, supply)
  switch (schema.type) {
    case 'string':
      return fromString(name, schema, supply, today)
    case 'integer':
    case 'number':
      return takeFirst(supply, (token) => fittingNumber(token, schema))
    case 'boolean':
      return yesOrNo(name, required, supply)
    case 'array':
      return list(name, schema, supply, today)
    default:
      return undefined
  }
}

/** The most entries of a list filled from words. */
const LIST_MAX = 10

function oneOf(values: readonly unknown[], supply: Supply): unknown {
  const longestFirst = values.toSorted((one, other) => String(other).length - String(one).length)
  for (const value of longestFirst) {
    if (typeof value === 'number') {
      const found = takeFirst(supply, (token) => (readNumber(token) === value ? value : null))
      if (found !== undefined) return found
      continue
    }
    const stems = words(String(value).replaceAll(/[_-]+/g, ' ')).map((word) => word.stem)
    const at = findRun(supply, stems)
    if (at !== -1) {
      supply.take(at, stems.length)
      return value
    }
    const whole = takeFirst(supply, (token) => (token.toLowerCase() === String(value).toLowerCase() ? value : null))
    if (whole !== undefined) return whole
  }
  return undefined
}

function fromString(name: string, schema: PropertySchema, supply: Supply, today: string): string | undefined {
  const { pattern, format } = schema
  const fits = (token: string): string | null => (pattern === null ? token : fitsPattern(token, pattern))
  if (format === 'email') return takeFirst(supply, (token) => (/^\S+@\S+\.\S+$/.test(token) ? fits(token) : null))
  if (format === 'uri' || format === 'url')
    return takeFirst(supply, (token) => (/^https?:\/\//.test(token) ? fits(token) : null))
  if (format === 'date' || format === 'date-time' || (pattern === null && /(?:^|_)(?:date|day)$/i.test(name))) {
    const date = readDate(supply, today)
    return date !== undefined && format === 'date-time' ? `${date}T00:00:00Z` : date
  }
  if (format === 'time') return takeFirst(supply, readTime)
  if (pattern !== null) {
    const found = takeFirst(supply, fits)
    if (found !== undefined) return found
    const isDate = fitsPattern(today, pattern) !== null
    return isDate ? readDate(supply, today) : undefined
  }
  return likeAnExample(schema.examples.map(String), supply) ?? (CODE_NAMES.test(name) ? codeIn(supply) : undefined)
}

/** Names of arguments that are written with digits. */
const CODE_NAMES = /(?:^|_)(?:id|number|no|code)$/i

/** The only word with digits; none if there are several, which may be parts of one number. */
function codeIn(supply: Supply): string | undefined {
  const [only, ...others] = supply.said.flatMap(({ text }, index) => (/\d/.test(text) ? [{ text, index }] : []))
  if (only === undefined || others.length > 0 || supply.isTaken(only.index)) return undefined
  supply.take(only.index, 1)
  return only.text
}

/** A word that is one of the examples, or has the shape of one with a digit. */
function likeAnExample(examples: readonly string[], supply: Supply): string | undefined {
  const exact = examples.find(
    (example) =>
      findRun(
        supply,
        words(example).map((word) => word.stem),
      ) !== -1,
  )
  if (exact !== undefined) {
    const stems = words(exact).map((word) => word.stem)
    supply.take(findRun(supply, stems), stems.length)
    return exact
  }
  const codes = examples.filter((example) => /\d/.test(example))
  return takeFirst(supply, (token) => {
    const model = codes.find((example) => shapeOf(example) === shapeOf(token))
    if (model === undefined) return null
    return model === model.toUpperCase() ? token.toUpperCase() : token
  })
}

function readTime(token: string): string | null {
  const [, hour, minute, half] = /^(\d{1,2})(?::(\d{2}))?(am|pm)?$/i.exec(token) ?? []
  if (hour === undefined || (minute === undefined && half === undefined)) return null
  const hours = (Number(hour) % (half === undefined ? 24 : 12)) + (half?.toLowerCase() === 'pm' ? 12 : 0)
  return `${String(hours).padStart(2, '0')}:${minute ?? '00'}:00`
}

function fittingNumber(token: string, { type, minimum, maximum }: PropertySchema): number | null {
  const value = readNumber(token)
  if (value === null || value < minimum || value > maximum) return null
  return type === 'integer' && !Number.isInteger(value) ? null : value
}

/** "no gift wrap" is false for `gift_wrap`, "with gift wrap" true; a bare yes or no answers a required one. */
function yesOrNo(name: string, required: boolean, supply: Supply): boolean | undefined {
  const stems = words(name.replaceAll(/[_-]+/g, ' ')).map((word) => word.stem)
  const at = findRun(supply, stems)
  if (at !== -1) {
    const before = supply.said.slice(Math.max(0, at - 2), at)
    supply.take(at, stems.length)
    return !before.some(({ lower }) => NO.test(lower))
  }
  if (!required) return undefined
  return takeFirst(supply, (token) => (NO.test(token) ? false : YES.test(token) ? true : null))
}

const NO = /^(?:no|not|without|don't|false|off|never)$/i
const YES = /^(?:yes|yeah|sure|true|on|please|ok|okay)$/i

function list(name: string, { items }: PropertySchema, supply: Supply, today: string): readonly unknown[] | undefined {
  if (items === null || items.type === 'array' || items.type === 'object') return undefined
  const found: unknown[] = []
  while (found.length < LIST_MAX) {
    const value = recognise({ name, required: false, schema: items }, supply, today)
    if (value === undefined) break
    found.push(value)
  }
  return found.length > 0 ? found : undefined
}

function mentions(supply: Supply, name: string): boolean {
  return supply.said.some((word) => word.stem === stem(name))
}
