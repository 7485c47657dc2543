import type { ErrorObject } from 'ajv'
import { indentHelp } from '../findings/astray.ts'
import { type Fault, keysOf, type Path, pointerOf, wordsOf } from '../findings/fault.ts'
import { nearest } from '../nearest.ts'
import { describe, show } from '../printing/shown-value.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'
import type { RuleId } from '../rules.ts'
import { valueAt } from '../value-at.ts'
import { translateKey } from './foreign-settings.ts'
import { headerNameFault } from './header-name.ts'
import { subschemaAt } from './known-settings.ts'
import { missingKeysMessage } from './missing-keys.ts'
import { acceptsText, firstRefusedKey, type Subschema } from './subschemas.ts'
import { suggestValue } from './suggest-value.ts'
import { childKeys, unindentedKeys } from './unindented-keys.ts'
import { unknownKeyFault } from './unknown-key.ts'

/** One complaint of the schema's validator in the words of an author: what was found, what is wanted, what to do. */
export function shapeFault(error: ErrorObject, parsed: ParsedFile): Fault {
  const wrong: Wrong = { error, parsed, path: pathOf(error.instancePath, parsed.data) }
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKeyFault([...wrong.path, String(error.params.additionalProperty)], error, parsed)
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
      return error.propertyName === undefined ? wrongForm(wrong) : headerNameFault(error.propertyName, wrong)
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

function missingKey(wrong: Wrong): Fault {
  const { error, path, parsed } = wrong
  const key = String(error.params.missingProperty)
  const where = path.length === 0 ? '' : ` in ${wordsOf(path)}`
  const example = exampleOf(wrong, key)
  const place = path.length === 0 ? startOf(parsed) : parsed.placeOf(path, 'key')
  const pointer = pointerOf([...path, key])
  const missing = example === undefined ? { where } : { where, example }
  return { rule: 'RV102', ...missingKeysMessage([{ pointer, missing }]), missing, place, pointer }
}

function wrongType(wrong: Wrong): Fault {
  const { error, path } = wrong
  const { data } = error
  const beside = unindentedKeys(path, error.parentSchema as Subschema, wrong.parsed.data)
  const holds = data === null ? childKeys(path, error.parentSchema as Subschema) : []
  if (beside.length > 0) {
    const help = indentHelp(pointerOf(path), beside)
    return { ...valueFault(wrong, 'RV104', 'is empty', help), holds, beside }
  }
  const wanted = [error.schema]
    .flat()
    .map(typeName)
    .join(', ')
    .replace(/, (?=[^,]*$)/, ' or ')
  const what = `is ${describe(data)}; ${wanted} is wanted`
  const meant = faultOfMeant(wrong, 'RV104', what)
  if (meant !== null) return { ...meant, holds }
  if (data === null && path.length === 0)
    return valueFault(wrong, 'RV104', 'is empty', 'Begin with version: 1, name: and instructions:.')
  if (path.length === 0 && typeof data !== 'object') {
    const help = 'Begin with version: 1 and name:, and put the prompt under instructions: |.'
    return valueFault(wrong, 'RV104', `is ${describe(data)}; a map is wanted`, help)
  }
  const help = data === null ? (emptyHelp(wrong) ?? hint(error)) : hint(error)
  return { ...valueFault(wrong, 'RV104', what, help), holds }
}

function unknownWord(wrong: Wrong): Fault {
  const { error, path } = wrong
  const found = `is ${show(error.data)}`
  if (wordsOf(path) === 'version')
    return {
      ...valueFault(wrong, 'RV111', `${found}; this runner knows version 1`, 'Write version: 1.'),
      suggest: ['1'],
    }
  const allowed = error.keyword === 'const' ? [error.schema] : (error.schema as unknown[])
  const words = allowed.map(String)
  const list = words.join(', ')
  // Nothing at all is no word for another.
  const tools = path[0] === 'tool_choice' ? toolsNamed(wrong) : []
  const named = tools.filter((tool) => tool === asChoice(String(error.data)))
  const meant = error.data === null ? [] : (suggestValue(error, path)?.replacements ?? named)
  const near = typeof error.data === 'string' ? nearest(error.data, words) : []
  const only = words.length === 1 ? words : []
  const likely = [meant, near, only, tools].find(({ length }) => length > 0) ?? []
  const suggest = likely.filter((word) => refusedBy(word, wrong) === undefined)
  const [word = likely[0]] = suggest
  const refused = word === undefined ? undefined : refusedBy(word, wrong)
  const more = refused === undefined ? '' : ` Remove ${refused} then, which does not stand beside it.`
  const help = word === undefined ? hint(error, 'Choose one of them.') : `Did you mean ${word}?${more}`
  return { ...valueFault(wrong, 'RV105', `${found}; one of ${list} is wanted`, help), suggest }
}

/** A key of its map that may stand beside other words, but not beside this one. */
function refusedBy(word: string, { path, parsed }: Wrong): string | undefined {
  const around = path.slice(0, -1)
  const map = subschemaAt(wordsOf(around)) ?? {}
  const keys = Object.keys(Object(valueAt(parsed.data, around)))
  const known = keys.filter((key) => Object.hasOwn(map.properties ?? {}, key))
  return firstRefusedKey(map, { [String(path.at(-1))]: word }, known)
}

/** The tools that are likely to be named where a word is wanted. */
function toolsNamed({ error: { data }, parsed }: Wrong): readonly string[] {
  const { tools } = Object(parsed.data) as { readonly tools?: unknown }
  const names = Array.isArray(tools) ? tools.map((tool) => Object(tool).name) : []
  const known = names.filter((name) => typeof name === 'string')
  return typeof data === 'string' ? nearest(data, known).map(asChoice) : []
}

function asChoice(tool: string): string {
  return `{ type: function, name: ${tool} }`
}

function outOfRange(wrong: Wrong): Fault {
  const { data, parentSchema } = wrong.error
  const { minimum, maximum } = parentSchema as { minimum?: number; maximum?: number }
  const range = [minimum === undefined ? '' : `at least ${minimum}`, maximum === undefined ? '' : `at most ${maximum}`]
  const wanted = range.filter((part) => part !== '').join(' and ')
  return valueFault(wrong, 'RV106', `is ${show(data)}; ${wanted} is wanted`, hint(wrong.error))
}

function tooLong(wrong: Wrong): Fault {
  const { error, path } = wrong
  if (path[0] !== 'tools' || path.at(-1) !== 'description') return wrongForm(wrong)
  const what = `has ${[...String(error.data)].length} characters; ${error.schema} are read at most`
  const help = 'Say what it does and when to use it; the rest belongs to the descriptions of its parameters.'
  return valueFault(wrong, 'RV508', what, help)
}

function wrongForm(wrong: Wrong): Fault {
  const what = whatIsWrong(wrong.error)
  return faultOfMeant(wrong, 'RV107', what) ?? valueFault(wrong, 'RV107', what, hint(wrong.error))
}

function whatIsWrong({ data, keyword, schema, message = '' }: ErrorObject): string {
  const characters = [...String(data)].length
  switch (keyword) {
    case 'minLength':
      return `is ${show(data)}; at least ${schema} characters are wanted`
    case 'maxLength':
      return `has ${characters} characters; at most ${schema} are wanted`
    case 'maxItems':
      return `has ${(data as readonly unknown[]).length} entries; at most ${schema} are wanted`
    case 'uniqueItems':
      return `is ${show(data)}, with one entry twice`
    case 'pattern':
      return `is ${show(data)}, which is not in the form that is wanted`
    default:
      return `is ${show(data)}, which ${message}`
  }
}

/** The fault of a value that says what is meant in another form; `rule` and `what` are told where nothing else is. */
function faultOfMeant(wrong: Wrong, rule: RuleId, what: string): Fault | null {
  const meant = suggestValue(wrong.error, wrong.path)
  if (meant === null) return null
  const right = (meant.replacements ?? []).filter((text) => acceptsText(text, wrong.error.parentSchema as Subschema))
  const help = meant.help ?? (right.length > 0 ? `Write ${right.join(', or ')}.` : hint(wrong.error))
  const holds = (meant.holds ?? []).map((key) => pointerOf([key]))
  return { ...valueFault(wrong, meant.rule ?? rule, meant.what ?? what, help), suggest: right, meant: holds }
}

/** Why nothing stands behind a key, where the line tells: a sign that YAML takes for itself. */
function emptyHelp({ path, parsed }: Wrong): string | null {
  const { file, start } = parsed.placeOf(path, 'key')
  if (file !== parsed.file) return null
  const line = parsed.text.slice(start.offset).split('\n', 1)[0] ?? ''
  const [, sign] = /:\s+([#&!])\S/.exec(line) ?? []
  if (sign === undefined) return null
  const what = sign === '#' ? 'begins a comment' : sign === '&' ? 'names an anchor' : 'begins a tag'
  return `${sign} ${what}: put the value in quotes.`
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
function hint({ parentSchema }: ErrorObject, otherwise = 'Change it.'): string {
  const { description, examples } = parentSchema as { description?: string; examples?: readonly unknown[] }
  const example = examples?.[0] === undefined ? '' : ` For example: ${JSON.stringify(examples[0])}`
  return `${description ?? otherwise}${example}`
}

/** A value of a missing key beside which the others may stand. */
function exampleOf({ error: { data, parentSchema }, path }: Wrong, key: string): string | undefined {
  const map = (parentSchema ?? {}) as Subschema
  const part = map.properties?.[key]
  const { const: only, examples, default: usual, enum: choices } = typeof part === 'object' ? part : {}
  const values = [only, ...(examples ?? []), usual, ...(choices ?? [])].filter((value) => value !== undefined)
  const known = Object.keys(map.properties ?? {})
  const words = Object.keys(Object(data)).map((each) => translateKey(wordsOf([...path, each]), known)?.word ?? each)
  const others = words.filter((each) => known.includes(each))
  const fitting = values.find((value) => firstRefusedKey(map, { [key]: value }, others) === undefined)
  const example = fitting ?? values[0]
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
