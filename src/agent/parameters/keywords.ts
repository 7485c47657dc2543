/** What may stand behind a keyword of JSON Schema. */
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

type Keywords = { readonly [word: string]: Kind }

export type Dialect = 'draft-07' | '2020-12'

/** The keywords of a dialect. A function, since valid parameters never need it. */
function keywordsOf(dialect: Dialect): Keywords {
  const common: Keywords = {
    ...keywordsOfKind('schema', ['additionalProperties', 'propertyNames', 'contains', 'not', 'if', 'then', 'else']),
    ...keywordsOfKind('schemas', ['allOf', 'anyOf', 'oneOf']),
    ...keywordsOfKind('named', ['properties', 'patternProperties', 'definitions']),
    ...keywordsOfKind('text', [
      'title',
      'description',
      'pattern',
      'format',
      '$comment',
      'contentEncoding',
      'contentMediaType',
    ]),
    ...keywordsOfKind('text', ['$ref', '$id', '$schema']),
    ...keywordsOfKind('flag', ['uniqueItems', 'readOnly', 'writeOnly']),
    ...keywordsOfKind('number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']),
    ...keywordsOfKind('count', ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties']),
    ...keywordsOfKind('values', ['enum', 'examples']),
    type: 'type',
    required: 'names',
    multipleOf: 'positive',
  }
  if (dialect === 'draft-07') return { ...common, items: 'items', additionalItems: 'schema' }
  return {
    ...common,
    ...keywordsOfKind('schema', ['items', 'unevaluatedItems', 'unevaluatedProperties', 'contentSchema']),
    ...keywordsOfKind('named', ['$defs', 'dependentSchemas']),
    ...keywordsOfKind('count', ['minContains', 'maxContains']),
    ...keywordsOfKind('text', ['$anchor', '$dynamicRef', '$dynamicAnchor']),
    prefixItems: 'schemas',
    dependentRequired: 'namesByName',
    deprecated: 'flag',
  }
}

function keywordsOfKind(kind: Kind, words: readonly string[]): Keywords {
  return Object.fromEntries(words.map((word) => [word, kind]))
}

/** What has to stand behind each keyword of a dialect. */
export function kindsOf(dialect: Dialect): ReadonlyMap<string, Kind> {
  return new Map(Object.entries(keywordsOf(dialect)))
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
