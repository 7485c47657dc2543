import { expect, test } from 'vitest'
import { applySuggestion, load } from '../helpers/agent-files.ts'

const tool = (parameters: string) =>
  `version: 1\nname: desk\ninstructions: Hi.\ntools:\n  - { name: a, description: A., run: node, parameters: ${parameters} }\n`

/** The faults of parameters: rule, the text at its place, and what to do. */
function reportedFor(parameters: string): readonly string[] {
  const text = tool(parameters)
  return load({ 'agents/desk.yaml': text }).diagnostics.map(({ rule, range, help }) => {
    return `${rule} ${text.slice(range.start.offset, range.end.offset)} → ${help}`
  })
}

const property = (schema: string) => reportedFor(`{ type: object, properties: { a: { description: A., ${schema} } } }`)

test.each([
  ['type: str', ['RV511 str → Write string.']],
  ['type: STRING', ['RV511 STRING → Write string.']],
  ['type: strng', ['RV511 strng → Write string.']],
  ['type: date', ['RV511 date → Write type: string, format: date.']],
  ['type: [string, nul]', ['RV511 nul → Write "null".']],
  ['type: none', ['RV511 none → Write "null".']],
  ['items: none', ['RV511 none → Write { type: "null" }.']],
  ['required: "a]"', ['RV511 "a]" → Write [a].']],
  ['required: ""', ['RV511 "" → Write the names in brackets: [order_number].']],
  ['type: any', ['RV511 any → Leave type out where any value will do.']],
  ['type: enum', ['RV511 enum → Write type: string, enum: [one, two].']],
  ['type: "String?"', ['RV511 "String?" → Write string.']],
  ['type: xyz', ['RV511 xyz → Choose one of them.']],
  ['type: []', ['RV511 [] → Name one of them.']],
  ['type: [string, string]', ['RV511 string → Remove it.']],
  ['enum: { one: 1 }', ['RV511 { one: 1 } → Write the values in brackets: [one, two].']],
  ['title: 5', ['RV511 5 → Write "5".']],
  ['title: [a]', ['RV511 [a] → Write it in quotes.']],
  ['uniqueItems: maybe', ['RV511 maybe → Write true or false.']],
  ['minLength: 1.5', ['RV511 1.5 → Write minLength: 1, or leave it out.']],
  ['multipleOf: 0', ['RV511 0 → Write 1, or leave it out.']],
  ['minimum: few', ['RV511 few → Write a number.']],
  ['minimum: ""', ['RV511 "" → Write a number.']],
  ['maximum: 5, exclusiveMaximum: true', ['RV511 true → Write 5.']],
  ['exclusiveMaximum: true', ['RV511 true → Write a number.']],
  ['anyOf: []', ['RV511 [] → Write [{ type: string }, { type: number }].']],
  ['not: [a]', ['RV511 [a] → Write { type: string, description: What it is. }.']],
  ['required: [5]', ['RV511 5 → Write the name of a property.']],
  ['required: { id }', ['RV511 { id } → Write [id].']],
  ['type: string, required: no', ['RV511 no → Remove it.']],
  ['type: object, required: true', ['RV511 true → Write the names in brackets: [order_number].']],
  ['dependentRequired: { id: other }', ['RV511 other → Write [other].']],
  ['dependentRequired: { id: true }', ['RV511 true → Write the names in brackets: [order_number].']],
  ['dependentRequired: id', ['RV511 id → Write { name: [other] }.']],
  ['patternProperties: { "[a-": {} }', ['RV511 "[a-" → Write it as JavaScript reads it.']],
  ['type: string, nullable: 1', ['RV511 nullable → Remove it, and name null among the types: type: [string, "null"].']],
  [
    'type: str, uniqueItems: true, minLength: 0, multipleOf: 2, title: T, enum: [a], not: false, dependentRequired: { a: [b] }',
    ['RV511 str → Write string.'],
  ],
  ['type: null', ['RV511 null → Write "null".']],
  ['enum: one', ['RV511 one → Write [one].']],
  ['enum: []', ['RV511 [] → Write the values in brackets: [one, two].']],
  ['minLength: -1', ['RV511 -1 → Write minLength: 1, or leave it out.']],
  ['minimum: "1"', ['RV511 "1" → Write 1.']],
  ['minimum: 1, exclusiveMinimum: true', ['RV511 true → Write 1.']],
  ['uniqueItems: yes', ['RV511 yes → Write true.']],
  ['pattern: "[a-"', ['RV511 "[a-" → Write it as JavaScript reads it.']],
  ['pattern: "(?i)a"', ['RV511 "(?i)a" → Flags are not read: write both cases, as in [Aa].']],
  ['items: string', ['RV511 string → Write { type: string }.']],
  [
    'items: [{ patern: x }]',
    ['RV511 [{ patern: x }] → One schema is for each item; those of a list of fixed places are prefixItems.'],
  ],
  ['anyOf: {}', ['RV511 {} → Write [{ type: string }, { type: number }].']],
  ['type: string, required: true', ['RV511 true → Remove it, and write required: [a] beside properties.']],
  ['$ref: "#/$defs/b"', ['RV511 "#/$defs/b" → Declare it under $defs, and refer to it as #/$defs/<its name>.']],
])('{ %s } is reported in its place, with what would be right', (schema, lines) => {
  expect(property(schema)).toEqual(lines)
})

test.each([
  ['{ a: { type: string } }', 'RV511 { a: { type: string } } → Put a under properties, and type: object above.'],
  [
    '{ a: { type: string }, b: {}, c: {} }',
    'RV511 { a: { type: string }, b: {}, c: {} } → Put a, b … under properties, and type: object above.',
  ],
  ['{}', 'RV511 {} → Begin with type: object; each parameter stands under properties.'],
  [
    '{ type: object, $ref: ./schema.json }',
    'RV511 ./schema.json → Only what stands in these parameters can be referred to, such as #/$defs/address.',
  ],
  [
    '{ $ref: "#/$defs/a", $defs: { a: { type: object } } }',
    'RV511 { $ref: "#/$defs/a", $defs: { a: { type: object } } } → Begin with type: object; each parameter stands under properties.',
  ],
  [
    '{ type: object, properties: { a: { type: string, description: " " } } }',
    'RV505 a → The model guesses what it does not read: say what it is, and in what form.',
  ],
  [
    '{ type: object, properties: }',
    'RV511  → Write each by its name: order_number: { type: string, description: Its number. }.',
  ],
  ['{ type: OBJECT, properties: {} }', 'RV511 OBJECT → Write object.'],
  ['{ type: [strng], properties: {} }', 'RV511 [strng] → Write object.'],
  ['{ type: object, properties: { a: string } }', 'RV511 string → Write { type: string }.'],
  ['{ type: object, additionalProperties: "false" }', 'RV511 "false" → Write false.'],
  ['{ type: object, additionalProperties: no }', 'RV511 no → Write false.'],
  ['{ type: object, additionalProperties: On }', 'RV511 On → Write true.'],
  ['{ type: object, required: a }', 'RV511 a → Write [a].'],
  ['{ type: object, required: [a, a] }', 'RV511 a → Remove it.'],
])('%s is reported as %s', (parameters, line) => {
  expect(reportedFor(parameters)).toEqual([line])
})

test.each([
  ['2020-12', 'enum: [one, one]', []],
  ['draft-07', 'enum: [one, one]', ['RV511 one → Remove it.']],
  ['draft-07', 'items: [{ type: str }]', ['RV511 str → Write string.']],
  ['draft-07', 'items: [{ type: string, description: Its name. }]', []],
])('JSON Schema is read in the dialect that it names: %s %s', (dialect, schema, lines) => {
  const $schema =
    dialect === 'draft-07' ? 'http://json-schema.org/draft-07/schema#' : `https://json-schema.org/${dialect}`
  expect(
    reportedFor(`{ $schema: "${$schema}", type: object, properties: { a: { description: A., ${schema} } } }`),
  ).toEqual(lines)
})

test('what a property refers to describes it', () => {
  expect(
    reportedFor('{ type: object, properties: { a: { $ref: "#/$defs/b" } }, $defs: { b: { description: Its b. } } }'),
  ).toEqual([])
})

test('all faults of a schema are reported at once', () => {
  const lines = reportedFor('{ type: object, properties: { a: { type: str, minLength: x }, b: number }, required: a }')
  expect(lines.map((line) => line.split(' → ')[0])).toEqual(['RV511 str', 'RV511 x', 'RV511 number', 'RV511 a'])
})

test.each([
  ['type: string, enum: [1, two]', ['RV519 1 → Write "1".']],
  ['type: integer, default: "3"', ['RV519 "3" → Write 3.']],
  ['type: boolean, default: "false"', ['RV519 "false" → Write false.']],
  ['type: boolean, default: "true"', ['RV519 "true" → Write true.']],
  ['type: boolean, default: maybe', ['RV519 maybe → Correct it, or leave it out.']],
  ['type: number, default: "2.5"', ['RV519 "2.5" → Write 2.5.']],
  ['type: integer, default: "2.5"', ['RV519 "2.5" → Correct it, or leave it out.']],
  ['type: integer, default: 2.5', ['RV519 2.5 → Correct it, or leave it out.']],
  ['type: integer, default: two', ['RV519 two → Correct it, or leave it out.']],
  ['type: integer, default: ""', ['RV519 "" → Correct it, or leave it out.']],
  ['type: string, default: [a]', ['RV519 [a] → Correct it, or leave it out.']],
  ['type: array, default: true', ['RV519 true → Correct it, or leave it out.']],
  ['type: string, enum: [2], default: 2', ['RV519 2 → Write "2".', 'RV519 2 → Write "2".']],
  ['enum: [one], type: string, default: two', ['RV519 two → Correct it, or leave it out.']],
  ['type: string, enum: [1, b], default: c', ['RV519 1 → Write "1".', 'RV519 c → Correct it, or leave it out.']],
  ['enum: [one, two], default: three', ['RV519 three → Correct it, or leave it out.']],
  ['minimum: 5, maximum: 1', ['RV519 5 → Exchange the two, or correct one.']],
  ['pattern: /^a$/', ['RV519 /^a$/ → Write "^a$".']],
  ['pattern: /^a$/i', ['RV519 /^a$/i → Write "^a$"; flags are not read.']],
  ['type: integer, min: 1', ['RV519 min → Did you mean minimum? No call is held against it as it stands.']],
  ['type: string, max: 1', ['RV519 max → Did you mean maxLength? No call is held against it as it stands.']],
  ['choices: [a]', ['RV519 choices → Did you mean enum? No call is held against it as it stands.']],
])('{ %s } matches nothing or has no effect: a warning', (schema, lines) => {
  expect(property(schema)).toEqual(lines)
  const text = tool(`{ type: object, properties: { a: { description: A., ${schema} } } }`)
  const mended = load({ 'agents/desk.yaml': text }).diagnostics.reduceRight(
    (before, fault) => (fault.suggest === undefined ? before : applySuggestion(before, fault)),
    text,
  )
  const left = load({ 'agents/desk.yaml': mended }).diagnostics
  expect(left).toHaveLength(lines.filter((line) => !line.includes('→ Write')).length)
})

test('a description under another key is reported once', () => {
  expect(reportedFor('{ type: object, properties: { a: { type: string, desc: A. } } }')).toEqual([
    'RV519 desc → Did you mean description? No call is held against it as it stands.',
  ])
})

test.each([
  'type: [string, "null"], enum: [a, null], default: null',
  'type: number, default: 3',
  'type: integer, default: 3',
  'type: array, enum: [[1]], default: [1]',
  'minimum: 1, maximum: 1',
  'enum: [1, two], default: 1',
  'type: array, default: [1]',
  'type: string, pattern: "^/a/b"',
])('{ %s } is accepted', (schema) => {
  expect(property(schema)).toEqual([])
})
