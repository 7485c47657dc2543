import type { ErrorObject } from 'ajv'
import { authorPath, type Fault, type Path, pathOfPointer, pointerOf } from '../findings/fault.ts'
import { indentHelp } from '../findings/misindented-keys.ts'
import { nearest } from '../nearest.ts'
import { describeValue, formatValue } from '../printing/format-value.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'
import type { RuleId } from '../rules.ts'
import { valueAt } from '../value-at.ts'
import { valueText } from '../value-text.ts'
import { translateKey } from './foreign-settings.ts'
import { headerNameFault } from './header-name.ts'
import { subschemaAt } from './known-settings.ts'
import { missingKeysMessage } from './missing-keys.ts'
import { acceptsText, firstRefusedKey, type Subschema } from './subschemas.ts'
import { suggestValue } from './suggest-value.ts'
import { childKeys, unindentedKeys } from './unindented-keys.ts'
import { unknownKeyFault } from './unknown-key.ts'

/** The fault of one error of the schema's validator, for the author: what was found, what is wanted, what to do. */
export function shapeFault(error: ErrorObject, parsed: ParsedFile): Fault {
  const violation: Violation = { error, parsed, path: pathOfPointer(error.instancePath, parsed.data) }
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKeyFault([...violation.path, String(error.params.additionalProperty)], error, parsed)
    case 'required':
      return missingKeyFault(violation)
    case 'type':
      return typeFault(violation)
    case 'enum':
    case 'const':
      return enumFault(violation)
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return rangeFault(violation)
    case 'pattern':
      return error.propertyName === undefined ? formFault(violation) : headerNameFault(error.propertyName, violation)
    case 'maxLength':
      return lengthFault(violation)
    default:
      return formFault(violation)
  }
}

/** A value that the schema refuses, and its path. */
interface Violation {
  readonly error: ErrorObject
  readonly path: Path
  readonly parsed: ParsedFile
}

function missingKeyFault(violation: Violation): Fault {
  const { error, path, parsed } = violation
  const key = String(error.params.missingProperty)
  const where = path.length === 0 ? '' : ` in ${authorPath(path)}`
  const example = exampleOf(violation, key)
  const place = path.length === 0 ? startOfFile(parsed) : parsed.placeOf(path, 'key')
  const pointer = pointerOf([...path, key])
  const missing = example === undefined ? { where } : { where, example }
  return { rule: 'RV102', ...missingKeysMessage([{ pointer, missing }]), missing, place, pointer }
}

function typeFault(violation: Violation): Fault {
  const { error, path, parsed } = violation
  const { data } = error
  const schema = error.parentSchema as Subschema
  const unindented = unindentedKeys(path, schema, parsed.data)
  const holds = data === null ? childKeys(path, schema) : []
  if (unindented.length > 0) {
    const help = indentHelp(pointerOf(path), unindented)
    return { ...valueFault(violation, 'RV104', 'is empty', help), allowedKeys: holds, siblingKeys: unindented }
  }
  const types = [error.schema].flat().map(typeName)
  const wanted = types.join(', ').replace(/, (?=[^,]*$)/, ' or ')
  const what = `is ${describeValue(data)}; ${wanted} is wanted`
  const suggested = suggestionFault(violation, 'RV104', what)
  if (suggested !== null) return { ...suggested, allowedKeys: holds }
  if (data === null && path.length === 0)
    return valueFault(violation, 'RV104', 'is empty', 'Begin with version: 1, name: and instructions:.')
  if (path.length === 0 && typeof data !== 'object') {
    const help = 'Begin with version: 1 and name:, and put the prompt under instructions: |.'
    return valueFault(violation, 'RV104', `is ${describeValue(data)}; a map is wanted`, help)
  }
  const help = data === null ? (emptyValueHelp(violation) ?? schemaHelp(error)) : schemaHelp(error)
  return { ...valueFault(violation, 'RV104', what, help), allowedKeys: holds }
}

function enumFault(violation: Violation): Fault {
  const { error, path } = violation
  const found = `is ${formatValue(error.data)}`
  if (authorPath(path) === 'version') {
    const what = `${found}; this runner knows version 1`
    return { ...valueFault(violation, 'RV111', what, 'Write version: 1.'), suggest: ['1'] }
  }
  const words = (error.keyword === 'const' ? [error.schema] : (error.schema as unknown[])).map(String)
  const what = `${found}; one of ${words.join(', ')} is wanted`
  const suggestion = suggestValue(error, path)
  if (suggestion?.help !== undefined) {
    const fault = valueFault(violation, 'RV105', suggestion.what ?? what, suggestion.help)
    return { ...fault, suggest: suggestion.replacements ?? [] }
  }
  const tools = path[0] === 'tool_choice' ? nearTools(violation) : []
  const named = tools.filter((tool) => tool === toToolChoice(valueText(error.data)))
  // An empty value stands for no word.
  const meant = error.data === null ? [] : (suggestion?.replacements ?? named)
  const near = typeof error.data === 'string' ? nearest(error.data, words) : []
  const only = words.length === 1 ? words : []
  const likely = [meant, near, only, tools].find(({ length }) => length > 0) ?? []
  const suggest = likely.filter((word) => conflictingKey(word, violation) === undefined)
  const [word = likely[0]] = suggest
  const refused = word === undefined ? undefined : conflictingKey(word, violation)
  const more = refused === undefined ? '' : ` Remove ${refused} then, which does not stand beside it.`
  const help = word === undefined ? schemaHelp(error, 'Choose one of them.') : `Did you mean ${word}?${more}`
  return { ...valueFault(violation, 'RV105', what, help), suggest }
}

/** A key of the same map that other words allow, and this one does not. */
function conflictingKey(word: string, { path, parsed }: Violation): string | undefined {
  const around = path.slice(0, -1)
  const map = subschemaAt(authorPath(around)) ?? {}
  const keys = Object.keys(Object(valueAt(parsed.data, around)))
  const known = keys.filter((key) => Object.hasOwn(map.properties ?? {}, key))
  return firstRefusedKey(map, { [String(path.at(-1))]: word }, known)
}

/** The tools that a value that is no word for tool_choice is likely to name. */
function nearTools({ error: { data }, parsed }: Violation): readonly string[] {
  const { tools } = Object(parsed.data) as { readonly tools?: unknown }
  const names = Array.isArray(tools) ? tools.map((tool) => Object(tool).name) : []
  const known = names.filter((name) => typeof name === 'string')
  return typeof data === 'string' ? nearest(data, known).map(toToolChoice) : []
}

function toToolChoice(tool: string): string {
  return `{ type: function, name: ${tool} }`
}

function rangeFault(violation: Violation): Fault {
  const { data, parentSchema } = violation.error
  const { minimum, maximum } = parentSchema as { minimum?: number; maximum?: number }
  const range = [minimum === undefined ? '' : `at least ${minimum}`, maximum === undefined ? '' : `at most ${maximum}`]
  const wanted = range.filter((part) => part !== '').join(' and ')
  return valueFault(violation, 'RV106', `is ${formatValue(data)}; ${wanted} is wanted`, schemaHelp(violation.error))
}

function lengthFault(violation: Violation): Fault {
  const { error, path } = violation
  if (path[0] !== 'tools' || path.at(-1) !== 'description') return formFault(violation)
  const what = `has ${[...String(error.data)].length} characters; ${error.schema} are read at most`
  const help = 'Say what it does and when to use it; the rest belongs to the descriptions of its parameters.'
  return valueFault(violation, 'RV508', what, help)
}

function formFault(violation: Violation): Fault {
  const what = describeViolation(violation.error)
  return suggestionFault(violation, 'RV107', what) ?? valueFault(violation, 'RV107', what, schemaHelp(violation.error))
}

function describeViolation({ data, keyword, schema, message = '' }: ErrorObject): string {
  const characters = [...String(data)].length
  switch (keyword) {
    case 'minLength':
      return `is ${formatValue(data)}; at least ${schema} characters are wanted`
    case 'maxLength':
      return `has ${characters} characters; at most ${schema} are wanted`
    case 'maxItems':
      return `has ${(data as readonly unknown[]).length} entries; at most ${schema} are wanted`
    case 'uniqueItems':
      return `is ${formatValue(data)}, with one entry twice`
    case 'pattern':
      return `is ${formatValue(data)}, which is not in the form that is wanted`
    default:
      return `is ${formatValue(data)}, which ${message}`
  }
}

/** The fault of a value for which there is a suggestion; `rule` and `what` are used where that says nothing else. */
function suggestionFault(violation: Violation, rule: RuleId, what: string): Fault | null {
  const { error, path } = violation
  const suggestion = suggestValue(error, path)
  if (suggestion === null) return null
  const suggest = (suggestion.replacements ?? []).filter((text) => acceptsText(text, error.parentSchema as Subschema))
  const help = suggestion.help ?? (suggest.length > 0 ? `Write ${suggest.join(', or ')}.` : schemaHelp(error))
  const meant = (suggestion.contains ?? []).map((key) => pointerOf([key]))
  return { ...valueFault(violation, suggestion.rule ?? rule, suggestion.what ?? what, help), suggest, meant }
}

/** Why a value is empty, where its line shows that: a sign that means something to YAML. */
function emptyValueHelp({ path, parsed }: Violation): string | null {
  const { file, start } = parsed.placeOf(path, 'key')
  if (file !== parsed.file) return null
  const line = parsed.text.slice(start.offset).split('\n', 1)[0] ?? ''
  const [, sign] = /:\s+([#&!])\S/.exec(line) ?? []
  if (sign === undefined) return null
  const what = sign === '#' ? 'begins a comment' : sign === '&' ? 'names an anchor' : 'begins a tag'
  return `${sign} ${what}: put the value in quotes.`
}

function valueFault({ path, parsed }: Violation, rule: RuleId, what: string, help: string): Fault {
  const name = path.length === 0 ? 'the file' : authorPath(path)
  const place = path.length === 0 ? startOfFile(parsed) : parsed.placeOf(path, 'value')
  return { rule, message: `${name} ${what}`, help, place, pointer: pointerOf(path) }
}

/** The first character: a fault of the whole file is marked there, and not from end to end. */
function startOfFile(parsed: ParsedFile): Fault['place'] {
  const { file, start } = parsed.placeOf([], 'value')
  return { file, start, end: start }
}

/** The schema's description of the setting, and an example. */
function schemaHelp({ parentSchema }: ErrorObject, otherwise = 'Change it.'): string {
  const { description, examples } = parentSchema as { description?: string; examples?: readonly unknown[] }
  const example = examples?.[0] === undefined ? '' : ` For example: ${JSON.stringify(examples[0])}`
  return `${description ?? otherwise}${example}`
}

/** A value of a missing key that goes with the keys that are there. */
function exampleOf({ error: { data, parentSchema }, path }: Violation, key: string): string | undefined {
  const map = (parentSchema ?? {}) as Subschema
  const part = map.properties?.[key]
  const { const: only, examples, default: usual, enum: choices } = typeof part === 'object' ? part : {}
  const values = [only, ...(examples ?? []), usual, ...(choices ?? [])].filter((value) => value !== undefined)
  const known = Object.keys(map.properties ?? {})
  const words = Object.keys(Object(data)).map(
    (each) => translateKey(authorPath([...path, each]), known)?.setting ?? each,
  )
  const others = words.filter((each) => known.includes(each))
  const fitting = values.find((value) => firstRefusedKey(map, { [key]: value }, others) === undefined)
  const example = fitting ?? values[0]
  return example === undefined ? undefined : JSON.stringify(example)
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
