import { isMap } from '../is-map.ts'
import { TYPES } from './keywords.ts'
import { isSafePattern } from './patterns.ts'

/** How many names or values a list may have that is looked through. */
const LIST_MAX = 256

/**
 * Whether a schema has nothing but the keywords of most parameters, each with a valid value: it is valid in both dialects then, and compiles.
 * The meta-schema would take many times as long.
 */
export function isSimpleSchema(schema: unknown): boolean {
  return isMap(schema) && Object.keys(schema).every((word) => isSimpleKeyword(word, schema[word]))
}

function isSimpleKeyword(word: string, value: unknown): boolean {
  switch (word) {
    case 'type':
      return typeof value === 'string' && TYPES.includes(value)
    case 'description':
    case 'title':
    case 'format':
      return typeof value === 'string'
    case 'pattern':
      return typeof value === 'string' && isSafePattern(value)
    case 'properties':
      return isMap(value) && Object.keys(value).every((name) => !name.startsWith('$') && isSimpleSchema(value[name]))
    case 'items':
      return isSimpleSchema(value)
    case 'additionalProperties':
      return typeof value === 'boolean' || isSimpleSchema(value)
    case 'required':
      return isListOfUnique(value, (item) => typeof item === 'string')
    case 'enum':
      return isListOfUnique(value, isScalar) && value.length > 0
    case 'examples':
      return isListOfUnique(value, isScalar)
    case 'default':
      return isScalar(value)
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return typeof value === 'number'
    case 'minLength':
    case 'maxLength':
    case 'minItems':
    case 'maxItems':
      return Number.isInteger(value) && Number(value) >= 0
    default:
      return false
  }
}

/** A list in which nothing stands twice. */
function isListOfUnique(value: unknown, isItem: (item: unknown) => boolean): value is readonly unknown[] {
  return (
    Array.isArray(value) &&
    value.length <= LIST_MAX &&
    value.every((item, index) => isItem(item) && value.indexOf(item) === index)
  )
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null
}
