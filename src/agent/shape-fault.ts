import type { ErrorObject } from 'ajv'
import { withProvider } from './catalogue.ts'
import { type Fault, keysOf, type Path, pointerOf, wordsOf } from './fault.ts'
import { nearest } from './nearest.ts'
import type { ParsedFile } from './parsed-file.ts'
import type { RuleId } from './rules.ts'
import { unknownKey } from './unknown-key.ts'

/** One complaint of the schema's validator in the words of an author: what was found, what is wanted, what to do. */
export function shapeFault(error: ErrorObject, parsed: ParsedFile): Fault {
  const wrong: Wrong = { error, parsed, path: pathOf(error.instancePath, parsed.data) }
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey([...wrong.path, String(error.params.additionalProperty)], error, parsed)
    case 'required':
      return missingKey(wrong)
    case 'type':
      return wrongType(wrong)
    case 'enum':
    case 'const':
      return unknownWord(wrong)
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return outOfRange(wrong)
    case 'pattern':
      return wrongPattern(wrong)
    case 'maxLength':
      return tooLong(wrong)
    default:
      return wrongForm(wrong)
  }
}

/** A value that the schema refuses, with the path of where it stands. */
interface Wrong {
  readonly error: ErrorObject
  readonly path: Path
  readonly parsed: ParsedFile
}

function missingKey({ error, path, parsed }: Wrong): Fault {
  const missing = String(error.params.missingProperty)
  const where = path.length === 0 ? '' : ` in ${wordsOf(path)}`
  const example = exampleOf(error.parentSchema, missing)
  const place = path.length === 0 ? startOf(parsed) : parsed.placeOf(path, 'key')
  const help = example === undefined ? `Add ${missing}.` : `Add it, such as ${missing}: ${example}`
  const message = `${missing} is missing${where}`
  return { rule: 'RV102', message, help, place, pointer: pointerOf([...path, missing]) }
}

function wrongType(wrong: Wrong): Fault {
  const { error, path } = wrong
  const { data } = error
  if (isDuration(error.parentSchema) && typeof data === 'number') {
    const what = `is ${data}, without a unit; a duration such as 8s is wanted`
    const suggest = [`${data}s`, `${data}ms`]
    return { ...valueFault(wrong, 'RV104', what, `Write ${data}s, or ${data}ms. ${hint(error)}`), suggest }
  }
  const meant = meantValue(wrong)
  if (meant !== null) return meant
  if (data === null && path.length === 0)
    return valueFault(wrong, 'RV104', 'is empty', 'Begin with version: 1, name: and instructions:.')
  const wanted = [error.schema].flat().map(typeName).join(' or ')
  return valueFault(wrong, 'RV104', `is ${describe(data)}; ${wanted} is wanted`, hint(error))
}

function unknownWord(wrong: Wrong): Fault {
  const { error, path } = wrong
  const found = `is ${show(error.data)}`
  if (wordsOf(path) === 'version')
    return valueFault(wrong, 'RV111', `${found}; this runner knows version 1`, 'Write version: 1.')
  const allowed = error.keyword === 'const' ? [error.schema] : (error.schema as unknown[])
  const words = allowed.map(String)
  const list = words.join(', ')
  const suggest = typeof error.data === 'string' ? nearest(error.data, words) : []
  const help = suggest[0] === undefined ? `Choose one of: ${list}.` : `Did you mean ${suggest[0]}? Allowed: ${list}.`
  return { ...valueFault(wrong, 'RV105', `${found}; one of ${list} is wanted`, help), suggest }
}

function outOfRange(wrong: Wrong): Fault {
  const { data, parentSchema } = wrong.error
  const { minimum, maximum } = parentSchema as { minimum?: number; maximum?: number }
  const range = [minimum === undefined ? '' : `at least ${minimum}`, maximum === undefined ? '' : `at most ${maximum}`]
  const wanted = range.filter((part) => part !== '').join(' and ')
  return valueFault(wrong, 'RV106', `is ${show(data)}; ${wanted} is wanted`, `Choose a number that is ${wanted}.`)
}

function wrongPattern(wrong: Wrong): Fault {
  const meant = meantValue(wrong)
  if (meant !== null) return meant
  const text = String(wrong.error.data)
  if (wordsOf(wrong.path) !== 'model' || text.includes('/')) return wrongForm(wrong)
  const right = withProvider(text)
  const help = `Write provider/model, such as ${right ?? 'openai/gpt-4.1-mini'}, or inworld/<router>.`
  const found = valueFault(wrong, 'RV306', `is ${show(wrong.error.data)}, without its provider`, help)
  return { ...found, suggest: right === undefined ? [] : [right] }
}

function tooLong(wrong: Wrong): Fault {
  const { error, path } = wrong
  if (path[0] !== 'tools' || path.at(-1) !== 'description') return wrongForm(wrong)
  const what = `has ${[...String(error.data)].length} characters; ${error.schema} are read at most`
  const help = 'Say what it does and when to use it; the rest belongs to the descriptions of its parameters.'
  return valueFault(wrong, 'RV508', what, help)
}

function wrongForm(wrong: Wrong): Fault {
  const { data, message = 'does not fit' } = wrong.error
  return valueFault(wrong, 'RV107', `is ${show(data)}, which ${message}`, hint(wrong.error))
}

/** The fault of a value that says what is meant in another type: a number in quotes, a number that should be text, a type without its map. */
function meantValue(wrong: Wrong): Fault | null {
  const meant = asWritten(wrong.error)
  if (meant === null) return null
  return { ...valueFault(wrong, 'RV104', meant.what, `Write ${meant.right}.`), suggest: [meant.right] }
}

function asWritten({
  data,
  parentSchema,
  keyword,
}: ErrorObject): { readonly what: string; readonly right: string } | null {
  const { type, properties } = parentSchema as { type?: unknown; properties?: { type?: { enum?: readonly unknown[] } } }
  const types: readonly unknown[] = [type].flat()
  const wantsNumber = types.includes('number') || types.includes('integer')
  if (wantsNumber && typeof data === 'string' && data.trim() !== '' && Number.isFinite(Number(data)))
    return { what: `is ${show(data)}, which is text; a number is wanted`, right: String(Number(data)) }
  if (keyword !== 'type') return null
  if (types.includes('boolean') && /^(true|false)$/i.test(String(data)))
    return { what: `is ${show(data)}, which is text; true or false is wanted`, right: String(data).toLowerCase() }
  if (types.includes('string') && (typeof data === 'number' || typeof data === 'boolean'))
    return { what: `is ${show(data)}, which is no text`, right: JSON.stringify(String(data)) }
  if (types.includes('object') && properties?.type?.enum?.includes(data))
    return { what: `is ${show(data)}; a map with that type is wanted`, right: `{ type: ${String(data)} }` }
  return null
}

function isDuration(schema: unknown): boolean {
  return String((schema as { pattern?: unknown }).pattern).includes('(ms|s|m)')
}

function valueFault({ path, parsed }: Wrong, rule: RuleId, what: string, help: string): Fault {
  const name = path.length === 0 ? 'the file' : wordsOf(path)
  const place = path.length === 0 ? startOf(parsed) : parsed.placeOf(path, 'value')
  return { rule, message: `${name} ${what}`, help, place, pointer: pointerOf(path) }
}

/** What is wrong with the file as a whole is told at its first character: its text need not be marked from end to end. */
function startOf(parsed: ParsedFile): Fault['place'] {
  const { file, start } = parsed.placeOf([], 'value')
  return { file, start, end: start }
}

/** What the schema says about the setting. */
function hint({ parentSchema }: ErrorObject): string {
  const { description, examples } = parentSchema as { description?: string; examples?: readonly unknown[] }
  const example = examples?.[0] === undefined ? '' : ` For example: ${JSON.stringify(examples[0])}`
  return `${description ?? 'Change it.'}${example}`
}

function exampleOf(schema: unknown, key: string): string | undefined {
  const property = (schema as { properties?: { [name: string]: { examples?: readonly unknown[]; const?: unknown } } })
    .properties?.[key]
  const example = property?.const ?? property?.examples?.[0]
  return example === undefined ? undefined : JSON.stringify(example)
}

function pathOf(pointer: string, data: unknown): Path {
  let value = data
  return keysOf(pointer).map((key) => {
    const isList = Array.isArray(value)
    value = (value as { [name: string]: unknown } | undefined)?.[key]
    return isList ? Number(key) : key
  })
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`
}

function describe(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'a map' : show(value)
}

function typeName(type: unknown): string {
  return TYPE_NAMES[String(type)] ?? String(type)
}

const TYPE_NAMES: { readonly [type: string]: string } = {
  object: 'a map',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
}
