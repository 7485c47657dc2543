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

/** The words of both dialects that a dialect of schemas has something to say about. */
const COMMON: Words = {
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

export const DIALECT_WORDS = {
  'draft-07': { ...COMMON, items: 'items', additionalItems: 'schema' },
  '2020-12': {
    ...COMMON,
    ...each('schema', ['items', 'unevaluatedItems', 'unevaluatedProperties', 'contentSchema']),
    ...each('named', ['$defs', 'dependentSchemas']),
    ...each('count', ['minContains', 'maxContains']),
    ...each('text', ['$anchor', '$dynamicRef', '$dynamicAnchor']),
    prefixItems: 'schemas',
    dependentRequired: 'namesByName',
    deprecated: 'flag',
  },
} as const satisfies { readonly [dialect: string]: Words }

function each(kind: Kind, words: readonly string[]): Words {
  return Object.fromEntries(words.map((word) => [word, kind]))
}

/** What has to stand behind a word; null where a dialect does not say. */
export function kindOf(word: string, dialect: keyof typeof DIALECT_WORDS): Kind | null {
  const words: Words = DIALECT_WORDS[dialect]
  return Object.hasOwn(words, word) ? (words[word] ?? null) : null
}

export const TYPES: readonly string[] = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']

/** What types are called in languages. */
const SYNONYMS: { readonly [type: string]: readonly string[] } = {
  string: ['str', 'text', 'char', 'varchar'],
  number: ['float', 'double', 'decimal', 'num'],
  integer: ['int', 'long', 'int32', 'int64', 'whole'],
  boolean: ['bool', 'flag'],
  array: ['list', 'tuple', 'set'],
  object: ['dict', 'map', 'hash', 'record', 'struct'],
  null: ['none', 'nil'],
}

/** The type that a word means: one of those of JSON Schema in other letters, or what a language calls it. */
export function typeMeant(word: unknown): string | null {
  if (typeof word !== 'string') return null
  const lower = word.trim().toLowerCase().replace(/\?$/, '')
  return TYPES.find((type) => type === lower || SYNONYMS[type]?.includes(lower)) ?? null
}
