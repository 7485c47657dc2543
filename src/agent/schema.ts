import type { ErrorObject } from 'ajv'
import { agentFile } from '../generated/agent-file.js'
import { withProvider } from './catalogue.ts'
import { type Fault, keysOf, type Path, pointerOf, wordsOf } from './fault.ts'
import { nearest } from './nearest.ts'
import type { ParsedFile } from './parsed-file.ts'
import type { RuleId } from './rules.ts'
import { LATER_WORDS, rightWordFor } from './words.ts'

/** What is wrong with the shape of an agent file: one fault for each cause, where the cause stands. */
export function shapeFaults(parsed: ParsedFile): readonly Fault[] {
  if (agentFile(parsed.data)) return []
  const found = (agentFile.errors ?? [])
    .filter(({ keyword }) => keyword !== 'if')
    .map((error) => shapeFault(error, parsed))
  return withoutEchoes(found)
}

/** A key that is unknown is not wrong for this `type` besides, a value of the wrong type is not out of range besides, and a key that was mistyped is not missing besides. */
function withoutEchoes(faults: readonly Fault[]): readonly Fault[] {
  const first = new Map<string, Fault>()
  for (const fault of faults) {
    const before = first.get(fault.pointer)
    if (before === undefined || rank(fault) < rank(before)) first.set(fault.pointer, fault)
  }
  const told = [...first.values()]
  const meant = new Set(
    told.flatMap(({ rule, pointer, suggest = [] }) => {
      const parent = pointer.slice(0, pointer.lastIndexOf('/'))
      return rule === 'RV101' || rule === 'RV109' ? suggest.slice(0, 1).map((word) => `${parent}/${word}`) : []
    }),
  )
  return told.filter(({ rule, pointer }) => rule !== 'RV102' || !meant.has(pointer))
}

const RANKS: readonly RuleId[] = ['RV109', 'RV110', 'RV101', 'RV104', 'RV102', 'RV105', 'RV108', 'RV106', 'RV107']

function rank({ rule }: Fault): number {
  const at = RANKS.indexOf(rule)
  return at < 0 ? RANKS.length : at
}

function shapeFault(error: ErrorObject, parsed: ParsedFile): Fault {
  const path = pathOf(error.instancePath, parsed.data)
  const name = wordsOf(path)
  const { params } = error
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey([...path, String(params.additionalProperty)], error, parsed)
    case 'required': {
      const missing = String(params.missingProperty)
      const where = path.length === 0 ? '' : ` in ${name}`
      const example = exampleOf(error.parentSchema, missing)
      const place = path.length === 0 ? atStart(parsed) : parsed.placeOf(path, 'key')
      const help = example === undefined ? `Add ${missing}.` : `Add it, such as ${missing}: ${example}`
      return fault('RV102', `${missing} is missing${where}`, help, place, [...path, missing])
    }
    case 'type': {
      if (isDuration(error.parentSchema) && typeof error.data === 'number') {
        const what = `is ${error.data}, without a unit; a duration such as 8s is wanted`
        const found = valueFault(
          'RV104',
          path,
          parsed,
          what,
          `Write ${error.data}s, or ${error.data}ms. ${hint(error)}`,
        )
        return { ...found, suggest: [`${error.data}s`, `${error.data}ms`] }
      }
      const quoted = asWritten(error)
      if (quoted !== null) {
        const found = valueFault('RV104', path, parsed, quoted.what, `Write ${quoted.right}.`)
        return { ...found, suggest: [quoted.right] }
      }
      if (error.data === null && path.length === 0) {
        const help = 'Begin with version: 1, name: and instructions:.'
        return valueFault('RV104', path, parsed, 'is empty', help)
      }
      const wanted = [error.schema].flat().map(typeName).join(' or ')
      return valueFault('RV104', path, parsed, `is ${describe(error.data)}; ${wanted} is wanted`, hint(error))
    }
    case 'enum':
    case 'const': {
      const allowed = error.keyword === 'const' ? [error.schema] : (error.schema as unknown[])
      const words = allowed.map(String)
      const near = typeof error.data === 'string' ? nearest(error.data, words) : []
      if (name === 'version') {
        return valueFault(
          'RV111',
          path,
          parsed,
          `is ${show(error.data)}; this runner knows version 1`,
          'Write version: 1.',
        )
      }
      const help =
        near[0] === undefined
          ? `Choose one of: ${words.join(', ')}.`
          : `Did you mean ${near[0]}? Allowed: ${words.join(', ')}.`
      return {
        ...valueFault('RV105', path, parsed, `is ${show(error.data)}; one of ${words.join(', ')} is wanted`, help),
        suggest: near,
      }
    }
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum': {
      const { minimum, maximum } = error.parentSchema as { minimum?: number; maximum?: number }
      const range = [
        minimum === undefined ? '' : `at least ${minimum}`,
        maximum === undefined ? '' : `at most ${maximum}`,
      ]
      const wanted = range.filter((part) => part !== '').join(' and ')
      return valueFault(
        'RV106',
        path,
        parsed,
        `is ${show(error.data)}; ${wanted} is wanted`,
        `Choose a number that is ${wanted}.`,
      )
    }
    case 'pattern': {
      const unquoted = asWritten(error)
      if (unquoted !== null) {
        const found = valueFault('RV104', path, parsed, unquoted.what, `Write ${unquoted.right}.`)
        return { ...found, suggest: [unquoted.right] }
      }
      if (name !== 'model' || String(error.data).includes('/')) return formFault(error, path, parsed)
      const right = withProvider(String(error.data))
      const help = `Write provider/model, such as ${right ?? 'openai/gpt-4.1-mini'}, or inworld/<router>.`
      const found = valueFault('RV306', path, parsed, `is ${show(error.data)}, without its provider`, help)
      return { ...found, suggest: right === undefined ? [] : [right] }
    }
    case 'maxLength': {
      if (path[0] !== 'tools' || path.at(-1) !== 'description') return formFault(error, path, parsed)
      const help = 'Say what it does and when to use it; the rest belongs to the descriptions of its parameters.'
      const what = `has ${[...String(error.data)].length} characters; ${error.schema} are read at most`
      return valueFault('RV508', path, parsed, what, help)
    }
    default:
      return formFault(error, path, parsed)
  }
}

/** A number in quotes where one without is wanted, a number that should be text, or a type without its map. */
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

function formFault(error: ErrorObject, path: Path, parsed: ParsedFile): Fault {
  const what = `is ${show(error.data)}, which ${error.message ?? 'does not fit'}`
  return valueFault('RV107', path, parsed, what, hint(error))
}

function unknownKey(path: Path, error: ErrorObject, parsed: ParsedFile): Fault {
  const key = String(path.at(-1))
  const parent = path.slice(0, -1)
  const where = parent.length === 0 ? '' : ` in ${wordsOf(parent)}`
  const schema = error.parentSchema as { properties?: { [name: string]: unknown }; additionalProperties?: unknown }
  const known = Object.keys(schema.properties ?? {}).sort()
  const place = parsed.placeOf(path, 'key')
  const word = [...parent.map((part) => (typeof part === 'number' ? '' : part)), key].join('.').replace('..', '[].')
  const right = rightWordFor(word, known)
  if (right !== null) {
    const [name = ''] = right.split(', ')
    const message = name === right ? `"${key}"${where} is called ${right} here` : `"${key}"${where} is ${right} here`
    const help = name === right ? `Write ${name} instead.` : `Move it to ${name}, at the top of the file.`
    return { ...fault('RV109', message.replace(/, here$/, ' here'), help, place, path), suggest: [name] }
  }
  const isOfOtherType = Object.values(schema.properties ?? {}).every((value) => value === true)
  if (isOfOtherType && known.length > 0) {
    const type = (error.data as { type?: unknown }).type
    const help = `With type ${String(type)} these may stand here: ${known.join(', ')}.`
    return fault('RV108', `${key} does not belong to ${wordsOf(parent)} of type ${String(type)}`, help, place, path)
  }
  const near = nearest(key, known)
  if (near.length === 0 && LATER_WORDS.includes(key)) {
    const help = 'Remove it; a later version of the format will know it.'
    return fault('RV110', `"${key}"${where} is not supported by this version`, help, place, path)
  }
  const allowed = `Allowed here: ${known.join(', ')}.`
  const help = near[0] === undefined ? allowed : `Did you mean ${near[0]}? ${allowed}`
  return { ...fault('RV101', `unknown key "${key}"${where}`, help, place, path), text: key, suggest: near }
}

function valueFault(rule: RuleId, path: Path, parsed: ParsedFile, what: string, help: string): Fault {
  const name = path.length === 0 ? 'the file' : wordsOf(path)
  return fault(rule, `${name} ${what}`, help, path.length === 0 ? atStart(parsed) : parsed.placeOf(path, 'value'), path)
}

function fault(rule: RuleId, message: string, help: string, place: Fault['place'], path: Path): Fault {
  return { rule, message, help, place, pointer: pointerOf(path) }
}

function atStart(parsed: ParsedFile): Fault['place'] {
  const { file, start } = parsed.placeOf([], 'value')
  return { file, start, end: start }
}

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
  const names: { readonly [type: string]: string } = {
    object: 'a map',
    array: 'a list',
    string: 'text',
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
  }
  return names[String(type)] ?? String(type)
}
