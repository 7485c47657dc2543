import { expect, test } from 'vitest'
import { load } from '../helpers/agent-files.ts'

const agent = (parameters: string) =>
  `version: 1\nname: desk\ninstructions: Hi.\ntools:\n  - { name: a, description: A., run: node, parameters: ${parameters} }\n`

function foundIn(parameters: string): readonly string[] {
  const { diagnostics } = load({ 'agents/desk.yaml': agent(parameters) })
  return diagnostics.map(({ rule, level, message, help }) => `${rule} ${level}: ${message}. ${help}`)
}

test.each([
  [
    '{ type: object, propertys: {} }',
    '"propertys" in tools[0].parameters is no word of JSON Schema. Did you mean properties?',
  ],
  [
    '{ type: object, additionalproperties: false }',
    '"additionalproperties" in tools[0].parameters is no word of JSON Schema. Did you mean additionalProperties?',
  ],
  [
    '{ type: object, properties: { n: { type: string, description: N., patern: x } } }',
    '"patern" in tools[0].parameters.properties.n is no word of JSON Schema. Did you mean pattern?',
  ],
  [
    '{ type: object, properties: { number: { type: string, description: N. } }, required: [numbr] }',
    'tools[0].parameters require "numbr", which is no property. Did you mean number?',
  ],
  [
    '{ type: object, properties: {}, required: [city] }',
    'tools[0].parameters require "city", which is no property. Declare city under properties, or remove it.',
  ],
])('a likely mistake in the parameters is a warning: %s', (parameters, words) => {
  expect(foundIn(parameters)).toEqual([expect.stringContaining(`RV519 warning: ${words}`)])
})

test.each([
  '{ type: object, properties: { propertys: { type: string, description: A parameter of that name. } } }',
  '{ type: object, x-propertys: {}, x-items: 1, label: own, examples: [{ propertys: 1 }] }',
  '{ type: object, properties: { a: { type: string, description: A., enum: [x], enumDescriptions: [X.] } }, propertyOrder: [a] }',
  '{ type: object, required: [a] }',
  '{ type: object, properties: {}, required: [a], anyOf: [{ properties: { a: { type: string, description: A. } } }] }',
])('own keywords, and properties that may be declared elsewhere, are no fault: %s', (parameters) => {
  expect(foundIn(parameters)).toEqual([])
})

test('likely mistakes are reported twenty times at most for one tool', () => {
  const properties = Array.from({ length: 21 }, (_, index) => `p${index}: { type: string, description: P., patern: x }`)
  expect(foundIn(`{ type: object, properties: { ${properties.join(', ')} } }`)).toHaveLength(20)
})

test('likely mistakes are reported beside a fault in another schema, but not in a schema with a fault', () => {
  const found = foundIn(`{ type: object, required: [c], properties: {
    a: { type: strng, desc: A. },
    b: { type: integer, description: B., minimum: 5, maximum: 1 },
    d: { type: object, properties: [{ patern: x }], desc: D. } } }`)
  expect(found.map((line) => line.slice(0, 5))).toEqual(['RV519', 'RV511', 'RV519', 'RV511'])
  expect(found[2]).toMatch(/properties\.b\.minimum is 5, and maximum is 1: nothing fits/)
})
