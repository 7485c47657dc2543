import type { Path } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import { nearest } from '../nearest.ts'
import { describeValue, formatValue, yamlList, yamlWord } from '../printing/format-value.ts'
import { joinWords } from '../shape/join-words.ts'
import { valueText } from '../value-text.ts'
import { type Dialect, type Kind, kindsOf, meantType, TYPES } from './keywords.ts'
import { misindentedAmong, misindentedBelow, namelessKeywords } from './misindented-properties.ts'

/** What is wrong with one value in a schema. */
export interface KeywordFault {
  readonly path: Path
  /** What was found and what is wanted; goes on behind the name of the place. */
  readonly what: string
  readonly help: string
  /** What would be right in its place. */
  readonly suggest?: readonly string[]
}

/**
 * Everything in a schema, and in the schemas within, that JSON Schema does not allow there, in the words of its author. `path` is where it
 * stands.
 */
export function keywordFaults(schema: unknown, path: Path, dialect: Dialect): readonly KeywordFault[] {
  if (typeof schema === 'boolean') return []
  if (!isMap(schema)) return [nonSchemaFault(schema, path)]
  const kinds = kindsOf(dialect)
  return Object.entries(schema).flatMap(([key, value]) => {
    const kind = kinds.get(key)
    return kind === undefined ? [] : valueFaults({ key, value, kind, schema, path: [...path, key] }, dialect)
  })
}

interface Keyword {
  readonly key: string
  readonly value: unknown
  readonly kind: Kind
  /** The schema that it stands in. */
  readonly schema: { readonly [key: string]: unknown }
  readonly path: Path
}

function valueFaults(keyword: Keyword, dialect: Dialect): readonly KeywordFault[] {
  const { key, value, kind, path } = keyword
  const wrong = (expected: string, right: readonly string[] = [], otherwise = ''): KeywordFault[] => {
    const help = right.length > 0 ? `Write ${right.join(', or ')}.` : otherwise || `Write ${exampleOf(kind)}.`
    const what = `is ${describeValue(value)}; ${expected} is wanted`
    return [{ path, what, help, suggest: right }]
  }
  switch (kind) {
    case 'schema':
      return keywordFaults(value, path, dialect)
    case 'items':
      return Array.isArray(value) ? schemaListFaults(keyword, dialect) : keywordFaults(value, path, dialect)
    case 'schemas':
      return schemaListFaults(keyword, dialect)
    case 'named':
      if (isMap(value)) return propertyFaults(value, path, dialect)
      return wrong(
        'a map',
        [],
        misindentedBelow(keyword.schema, kindsOf(dialect))?.help ??
          'Write each by its name: order_number: { type: string, description: Its number. }.',
      )
    case 'type':
      return typeFaults(keyword)
    case 'names':
      return namesFaults(keyword)
    case 'namesByName':
      if (!isMap(value)) return wrong('a map')
      return Object.entries(value).flatMap(([name, inner]) =>
        namesFaults({ ...keyword, key: name, value: inner, path: [...path, name] }),
      )
    case 'values':
      if (Array.isArray(value)) return key === 'enum' ? choiceFaults(value, path, dialect) : []
      return wrong('a list', typeof value === 'object' ? [] : [yamlList(String(value).split(/\s*[|,]\s*/))])
    case 'text':
      if (typeof value === 'string') return []
      return wrong('text', typeof value === 'object' ? [] : [JSON.stringify(String(value))])
    case 'flag':
      if (typeof value === 'boolean') return []
      return wrong('true or false', /^(true|yes|on|1)[,;]?$/i.test(valueText(value)) ? ['true'] : [])
    case 'number':
      return typeof value === 'number' ? [] : wrong('a number', meantNumber(keyword))
    case 'positive':
      return typeof value === 'number' && value > 0 ? [] : wrong('a number above 0', [], 'Write 1, or leave it out.')
    case 'count':
      return Number.isInteger(value) && Number(value) >= 0
        ? []
        : wrong('a whole number from 0 on', meantNumber(keyword), `Write ${key}: 1, or leave it out.`)
    default:
      return kind satisfies never
  }
}

/** The faults of the schemas in a map; of those only indented wrongly, that alone is reported. */
function propertyFaults(map: Keyword['schema'], path: Path, dialect: Dialect): readonly KeywordFault[] {
  const nameless = namelessKeywords(map, kindsOf(dialect))
  const misindented = new Set<string>(nameless)
  const ofEach = Object.entries(map).flatMap(([name, inner]) => {
    if (misindented.has(name)) return []
    const found = misindentedAmong(name, map, kindsOf(dialect))
    const faults = keywordFaults(inner, [...path, name], dialect)
    if (found === null) return faults
    for (const key of found.below) misindented.add(key)
    return faults.map((fault) => ({ ...fault, help: found.help, suggest: [] }))
  })
  return nameless.length === 0 ? ofEach : [namelessFault(nameless, path), ...ofEach]
}

function namelessFault(keywords: readonly string[], path: Path): KeywordFault {
  const what = `hold ${joinWords(keywords)}, which say what one of them is`
  return { path, what, help: 'Write its name above them, and indent them below it.' }
}

/** What each kind looks like, where nothing better is known. */
function exampleOf(kind: Kind): string {
  const examples: { readonly [each in Kind]: string } = {
    schema: '{ type: string }',
    items: '{ type: string }',
    schemas: '[{ type: string }, { type: number }]',
    named: '{ name: { type: string } }',
    type: 'type: string',
    names: 'the names in brackets: [order_number]',
    namesByName: '{ name: [other] }',
    values: 'the values in brackets: [one, two]',
    text: 'it in quotes',
    flag: 'true or false',
    number: 'a number',
    positive: 'a number',
    count: 'a number',
  }
  return examples[kind]
}

/** A choice has something to choose from; the older dialect wants it without repeats, too. */
function choiceFaults(values: readonly unknown[], path: Path, dialect: Dialect): readonly KeywordFault[] {
  if (values.length === 0)
    return [{ path, what: 'is empty; a list of values is wanted', help: `Write ${exampleOf('values')}.` }]
  if (dialect !== 'draft-07') return []
  const texts = values.map((value) => JSON.stringify(value))
  return values.flatMap((value, index) => {
    const isDuplicate = texts.indexOf(texts[index] ?? '') < index
    return isDuplicate
      ? [{ path: [...path, index], what: `is ${formatValue(value)} once more`, help: 'Remove it.' }]
      : []
  })
}

/** A word, or nothing, where a schema is wanted. */
function nonSchemaFault(value: unknown, path: Path): KeywordFault {
  const type = meantType(value)
  const flag = /^(?:(true|yes|on)|false|no|off)[,;]?$/i.exec(valueText(value))
  const right = flag !== null ? [String(flag[1] !== undefined)] : type === null ? [] : [`{ type: ${yamlWord(type)} }`]
  const what = `is ${describeValue(value)}; a schema is wanted`
  if (Array.isArray(value) && path.at(-1) === 'items') {
    return { path, what, help: 'One schema is for each item; those of a list of fixed places are prefixItems.' }
  }
  return { path, what, help: `Write ${right[0] ?? '{ type: string, description: What it is. }'}.`, suggest: right }
}

function schemaListFaults({ value, path }: Keyword, dialect: Dialect): readonly KeywordFault[] {
  if (Array.isArray(value) && value.length > 0)
    return value.flatMap((inner, index) => keywordFaults(inner, [...path, index], dialect))
  const what = `is ${Array.isArray(value) ? 'empty' : describeValue(value)}; a list of schemas is wanted`
  return [{ path, what, help: `Write ${exampleOf('schemas')}.` }]
}

function typeFaults({ value, path }: Keyword): readonly KeywordFault[] {
  const words: readonly unknown[] = Array.isArray(value) ? value : [value]
  const expected = `one of ${TYPES.join(', ')} is wanted`
  if (words.length === 0) return [{ path, what: `is empty; ${expected}`, help: 'Name one of them.' }]
  return words.flatMap((word, index): readonly KeywordFault[] => {
    const at = Array.isArray(value) ? [...path, index] : path
    if (words.indexOf(word) < index)
      return [{ path: at, what: `is ${formatValue(word)} once more`, help: 'Remove it.' }]
    if (typeof word === 'string' && TYPES.includes(word)) return []
    const what = `is ${formatValue(word)}; ${expected}`
    const type = word === null ? 'null' : meantType(word)
    const near = typeof word === 'string' ? nearest(word, TYPES).slice(0, 1) : []
    const right = (type === null ? near : [type]).map(yamlWord)
    const help = right[0] === undefined ? helpForType(word) : `Write ${right[0]}.`
    return [{ path: at, what, help, suggest: right }]
  })
}

function helpForType(word: unknown): string {
  if (/^(date|time|datetime|date-time|email|uri|url|uuid)$/i.test(valueText(word)))
    return `Write type: string, format: ${/^datetime$/i.test(valueText(word)) ? 'date-time' : word}.`
  if (/^(any|mixed|unknown)$/i.test(valueText(word))) return 'Leave type out where any value will do.'
  if (/^enum$/i.test(valueText(word))) return 'Write type: string, enum: [one, two].'
  return 'Choose one of them.'
}

/** Names of properties: those that a call has to give. */
function namesFaults({ key, value, path, schema }: Keyword): readonly KeywordFault[] {
  const wrong = (at: Path, found: string, help: string, right: readonly string[] = []): KeywordFault => {
    return { path: at, what: `is ${found}`, help, suggest: right }
  }
  if (Array.isArray(value)) {
    return value.flatMap((name, index): readonly KeywordFault[] => {
      if (typeof name !== 'string')
        return [wrong([...path, index], `${describeValue(name)}; a name is wanted`, 'Write the name of a property.')]
      const isDuplicate = value.indexOf(name) < index
      return isDuplicate ? [wrong([...path, index], `${formatValue(name)} once more`, 'Remove it.')] : []
    })
  }
  const name = path.at(-2)
  const flag = value === 'yes' ? true : value === 'no' ? false : value
  if (typeof flag === 'boolean' && key === 'required' && typeof name === 'string' && schema.type !== 'object') {
    const found = `${formatValue(value)}, and whether ${name} is required is told beside its properties`
    return [wrong(path, found, flag ? `Remove it, and write required: [${name}] beside properties.` : 'Remove it.')]
  }
  const words = typeof value === 'string' ? value.split(/[[\],]/) : isMap(value) ? Object.keys(value) : []
  const names = words.map((word) => word.trim()).filter((word) => word !== '')
  const right = names.length === 0 ? [] : [yamlList(names)]
  const help = `Write ${right[0] ?? exampleOf('names')}.`
  return [wrong(path, `${describeValue(value)}; a list of names is wanted`, help, right)]
}

/** A number in quotes, or the bound that draft 4 had beside `exclusiveMinimum: true`. */
function meantNumber({ key, value, schema }: Keyword): readonly string[] {
  const written = typeof value === 'string' ? value.replace(/[,;]$/, '').trim() : ''
  if (written !== '' && Number.isFinite(Number(written))) return [String(Number(written))]
  const bound = key === 'exclusiveMinimum' ? schema.minimum : key === 'exclusiveMaximum' ? schema.maximum : undefined
  return value === true && typeof bound === 'number' ? [String(bound)] : []
}
