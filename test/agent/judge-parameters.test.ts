import { Ajv, type AnySchema } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { judgeParameters } from '../../src/agent/parameters/judge-parameters.ts'
import { isSimpleSchema } from '../../src/agent/parameters/simple-schema.ts'
import { compileParameters } from '../../src/agent/parameters.ts'
import fc from '../helpers/seeded-fast-check.ts'

const word = fc.constantFrom('a', 'b', 'id', 'type', '^[a-z]+$', '(')
const keyword = fc.constantFrom(
  ...['type', 'properties', 'required', 'enum', 'const', 'minimum', 'maxLength', 'pattern', 'items', 'prefixItems'],
  ...['additionalProperties', 'patternProperties', 'allOf', 'not', 'if', 'minItems', 'uniqueItems', 'format'],
  ...['$ref', '$defs', 'definitions', 'nullable', 'description', 'default', 'examples', 'dependentSchemas', '$anchor'],
)

/** Schemas, and values that are nearly schemas. */
const schemas = fc.letrec<{ value: unknown; schema: object }>((tie) => ({
  schema: fc.dictionary(keyword, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('string', 'object', 'array', 'whole', '^a', '(', 1, 0, -1, 1.5, true, null),
    fc.array(word, { maxLength: 2 }),
    tie('schema'),
    fc.dictionary(word, tie('schema'), { maxKeys: 2, noNullPrototype: true }),
    fc.array(tie('schema'), { maxLength: 2 }),
  ),
}))

const options = { strict: false, validateFormats: false }
const [draft07, draft2020] = [new Ajv(options), new Ajv2020(options)]

/** The verdict of the compiler by itself, which asks the meta-schema first. */
function verdictOfCompiler({ $schema, ...schema }: { readonly $schema: string }): 'valid' | 'invalid' {
  const ajv = $schema.includes('draft-07') ? draft07 : draft2020
  try {
    ajv.compile(schema as AnySchema)
    return 'valid'
  } catch {
    return 'invalid'
  } finally {
    ajv.removeSchema(schema as AnySchema)
  }
}

describe('the verdict on parameters without compiling them', () => {
  test.each(['http://json-schema.org/draft-07/schema#', 'https://json-schema.org/draft/2020-12/schema'])(
    'is that of the compiler, or unsure: %s',
    ($schema) => {
      fc.assert(
        fc.property(schemas.schema, (schema) => {
          const parameters = { type: 'object', ...schema, $schema }
          const judged = judgeParameters(parameters)
          const { verdict } = judged
          if (verdict === 'unsure') return
          if (verdict === 'invalid') for (const { what } of judged.faults) expect(what).not.toMatch(/ must /)
          const compiled = typeof compileParameters(parameters) === 'string' ? 'invalid' : 'valid'
          expect([verdict, compiled]).toEqual([verdictOfCompiler(parameters), verdict])
        }),
        { numRuns: 2_000 },
      )
    },
  )

  test('names every value that is not allowed, and what is expected there', () => {
    const parameters = { type: 'object', properties: { a: { items: { type: 'whole' } } }, required: 'a' }
    expect(judgeParameters(parameters)).toMatchObject({
      verdict: 'invalid',
      faults: [
        { path: ['properties', 'a', 'items', 'type'], what: expect.stringMatching(/^is "whole"; one of string, /) },
        { path: ['required'], what: 'is "a"; a list of names is wanted', suggest: ['[a]'] },
      ],
    })
  })

  test('is unsure about references', () => {
    expect(judgeParameters({ type: 'object', properties: { a: { $ref: '#/$defs/a' } } }).verdict).toBe('unsure')
  })
})

describe('a schema', () => {
  test.each<readonly [string, object]>([
    ['a type that is none', { type: 'whole' }],
    ['a length below zero', { minLength: -1 }],
    ['a length that is no whole number', { maxItems: 1.5 }],
    ['a bound in quotes', { maximum: '3' }],
    ['a choice of nothing', { enum: [] }],
    ['a name that is required twice', { required: ['a', 'a'] }],
    ['a pattern that is none', { pattern: '(' }],
    ['a property that is no schema', { properties: { a: 'string' } }],
    ['a property that leads elsewhere', { properties: { $ref: { type: 'string' } } }],
    ['items that are a list', { items: [{ type: 'string' }] }],
    ['a word that few use', { not: {} }],
  ])('is not simple with %s', (_, part) => {
    expect(isSimpleSchema({ type: 'object', properties: { of: { description: 'Its own.', ...part } } })).toBe(false)
  })

  test('is simple if it is like the parameters of most tools', () => {
    const size = {
      type: 'number',
      description: 'In metres.',
      exclusiveMinimum: 0,
      maximum: 3.5,
      default: 1,
      examples: [2],
    }
    const names = { type: 'array', items: { type: 'string', pattern: '^[a-z]+$', maxLength: 9 }, minItems: 1 }
    const properties = { size, names, when: { type: 'string', format: 'date', enum: ['today', null] } }
    expect(isSimpleSchema({ type: 'object', properties, required: ['size'], additionalProperties: false })).toBe(true)
  })
})
