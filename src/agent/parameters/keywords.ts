/** What may stand behind a word of JSON Schema. */
export type Kind =
  | 'schema'
  | 'items'
  | 'schemas'
  | 'named'
  | 'type'
  | 'names'
  | 'namesByName'
  | 'values'
  | 'text'
  | 'flag'
  | 'number'
  | 'positive'
  | 'count'

type Words = { readonly [word: string]: Kind }

export type Dialect = 'draft-07' | '2020-12'

/** The words that a dialect of schemas has something to say about. A function, since parameters that are a schema never ask. */
function wordsOf(dialect: Dialect): Words {
  const common: Words = {
    ...each('schema', ['additionalProperties', 'propertyNames', 'contains', 'not', 'if', 'then', 'else']),
    ...each('schemas', ['allOf', 'anyOf', 'oneOf']),
    ...each('named', ['properties', 'patternProperties', 'definitions']),
    ...each('text', ['title', 'description', 'pattern', 'format', '$comment', 'contentEncoding', 'contentMediaType']),
    ...each('text', ['$ref', '$id', '$schema']),
    ...each('flag', ['uniqueItems', 'readOnly', 'writeOnly']),
    ...each('number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']),
    ...each('count', ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties']),
    ...each('values', ['enum', 'examples']),
    type: 'type',
    required: 'names',
    multipleOf: 'positive',
  }
  if (dialect === 'draft-07') return { ...common, items: 'items', additionalItems: 'schema' }
  return {
    ...common,
    ...each('schema', ['items', 'unevaluatedItems', 'unevaluatedProperties', 'contentSchema']),
    ...each('named', ['$defs', 'dependentSchemas']),
    ...each('count', ['minContains', 'maxContains']),
    ...each('text', ['$anchor', '$dynamicRef', '$dynamicAnchor']),
    prefixItems: 'schemas',
    dependentRequired: 'namesByName',
    deprecated: 'flag',
  }
}

function each(kind: Kind, words: readonly string[]): Words {
  return Object.fromEntries(words.map((word) => [word, kind]))
}

/** What has to stand behind each word; a word that a dialect says nothing of is none of them. */
export function kindsOf(dialect: Dialect): ReadonlyMap<string, Kind> {
  return new Map(Object.entries(wordsOf(dialect)))
}

export const TYPES: readonly string[] = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']

/** What types are called in languages. */
function synonymsOf(type: string): readonly string[] {
  switch (type) {
    case 'string':
      return ['str', 'text', 'char', 'varchar']
    case 'number':
      return ['float', 'double', 'decimal', 'num']
    case 'integer':
      return ['int', 'long', 'int32', 'int64', 'whole']
    case 'boolean':
      return ['bool', 'flag']
    case 'array':
      return ['list', 'tuple', 'set']
    case 'object':
      return ['dict', 'map', 'hash', 'record', 'struct']
    default:
      return ['none', 'nil']
  }
}

/** The type that a word means: one of those of JSON Schema in other letters, or what a language calls it. */
export function meantType(word: unknown): string | null {
  if (typeof word !== 'string') return null
  const lower = word.trim().toLowerCase().replace(/\?$/, '')
  return TYPES.find((type) => type === lower || synonymsOf(type).includes(lower)) ?? null
}
