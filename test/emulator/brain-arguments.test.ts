import { expect, test } from 'vitest'
import { fillArguments, forceArguments } from '../../src/emulator/brain/arguments.ts'

type Case = readonly [what: string, properties: object, said: string, values: object]

const cases: readonly Case[] = [
  ['a pattern', { id: { type: 'string', pattern: '^\\d{5}$' } }, 'my code is 90210 thanks', { id: '90210' }],
  [
    'a number by the name of the argument',
    { order_number: { type: 'string' } },
    'pay back order A-1042',
    { order_number: 'A-1042' },
  ],
  ['a value of a list', { size: { enum: ['small', 'extra_large'] } }, 'an extra large one', { size: 'extra_large' }],
  ['a number', { amount: { type: 'number' } }, 'transfer €1,200.50 now', { amount: 1200.5 }],
  ['a spoken number', { guests: { type: 'integer' } }, 'a table for four', { guests: 4 }],
  ['a number within its limits', { guests: { type: 'integer', maximum: 12 } }, 'at 40 for 4', { guests: 4 }],
  [
    'two numbers in order',
    { from: { type: 'integer' }, to: { type: 'integer' } },
    'between 3 and 7',
    { from: 3, to: 7 },
  ],
  ['a date', { day: { type: 'string', format: 'date' } }, 'on friday', { day: '2026-11-27' }],
  [
    'a date by pattern',
    { on: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$' } },
    'tomorrow',
    { on: '2026-11-24' },
  ],
  ['a yes', { confirm: { type: 'boolean' } }, 'yes', { confirm: true }],
  ['a no', { gift_wrap: { type: 'boolean' } }, 'no gift wrap', { gift_wrap: false }],
  [
    'an e-mail address',
    { mail: { type: 'string', format: 'email' } },
    'it is ada@example.org.',
    { mail: 'ada@example.org' },
  ],
  [
    'words behind the name',
    { from: { type: 'string' }, to: { type: 'string' } },
    'from Oslo to Rome',
    { from: 'Oslo', to: 'Rome' },
  ],
  ['words in quotes', { title: { type: 'string' } }, 'save it as "Blue Moon"', { title: 'Blue Moon' }],
  [
    'the rest of the words',
    { customer: { type: 'string' } },
    'look up the customer Ada Lovelace for me',
    { customer: 'Ada Lovelace' },
  ],
  ['a code like the example', { sku: { type: 'string', examples: ['KB-77'] } }, 'do you have mx-12', { sku: 'MX-12' }],
  [
    'a list of codes',
    { ids: { type: 'array', items: { type: 'string', pattern: '^[A-Z]\\d$' } } },
    'A1 and B2',
    { ids: ['A1', 'B2'] },
  ],
  [
    'a nullable value',
    { city: { anyOf: [{ type: 'null' }, { enum: ['Oslo', 'Rome'] }] } },
    'in Rome',
    { city: 'Rome' },
  ],
  ['a referenced schema', { city: { $ref: '#/$defs/city' } }, 'in Rome', { city: 'Rome' }],
  [
    'an object inside',
    { order: { type: 'object', properties: { id: { type: 'string', pattern: '^A-\\d$' } }, required: ['id'] } },
    'A-7',
    { order: { id: 'A-7' } },
  ],
]

test.each(cases)('%s is taken from the words', (_, properties, said, values) => {
  expect(fillArguments(tool(properties), said, '2026-11-23')).toEqual({ values, missing: [] })
})

test('a required argument not in the words is reported as missing by name', () => {
  const { values, missing } = fillArguments(
    tool({ id: { type: 'string', pattern: '^\\d{5}$' } }),
    'hello',
    '2026-11-23',
  )
  expect([values, missing.map(({ name }) => name)]).toEqual([{}, ['id']])
})

test('an argument named like an inherited property is still missing', () => {
  const { values, missing } = fillArguments(tool({ constructor: { type: 'integer' } }), 'hello there', '2026-11-23')
  expect([values, missing.map(({ name }) => name)]).toEqual([{}, ['constructor']])
})

test('a word that names an inherited property is no date', () => {
  const day = { type: 'string', format: 'date' }
  expect(fillArguments(tool({ day }), 'call the constructor on friday', '2026-11-23').values).toEqual({
    day: '2026-11-27',
  })
})

test('a schema that refers to itself is filled a few levels deep', () => {
  const node = { type: 'object', properties: { size: { type: 'integer' }, inner: { $ref: '#/$defs/node' } } }
  const nested = { name: 'it', description: '', parameters: { ...node, $defs: { node } } }
  expect(fillArguments(nested, 'of size 5', '2026-11-23').values).toEqual({
    size: 5,
    inner: { size: 5, inner: { size: 5, inner: { size: 5 } } },
  })
})

test('an optional argument is left out rather than guessed', () => {
  const optional = {
    ...tool({ note: { type: 'string' } }),
    parameters: { type: 'object', properties: { note: { type: 'string' } } },
  }
  expect(fillArguments(optional, 'hello there', '2026-11-23')).toEqual({ values: {}, missing: [] })
})

test('a forced call invents missing arguments from default, example or enum', () => {
  const properties = {
    a: { default: 'x' },
    b: { examples: ['y'] },
    c: { enum: ['z'] },
    d: { type: 'integer', minimum: 3 },
  }
  expect(forceArguments(tool(properties), '', '2026-11-23')).toEqual({ a: 'x', b: 'y', c: 'z', d: 3 })
})

test.each(['$defs', 'definitions'])('what an object requires is made up from the %s of the tool', (keyword) => {
  const place = { type: 'object', required: ['city'], properties: { city: { $ref: `#/${keyword}/city` } } }
  const parameters = { type: 'object', required: ['place'], properties: { place } }
  const invites = {
    name: 'it',
    description: '',
    parameters: { ...parameters, [keyword]: { city: { enum: ['Oslo'] } } },
  }
  expect(forceArguments(invites, '', '2026-11-23')).toEqual({ place: { city: 'Oslo' } })
})

test('a schema that requires itself is made up a few levels deep', () => {
  const node = { type: 'object', required: ['inner'], properties: { inner: { $ref: '#/$defs/node' } } }
  const nested = { name: 'it', description: '', parameters: { ...node, $defs: { node } } }
  expect(forceArguments(nested, '', '2026-11-23')).toEqual({ inner: { inner: { inner: { inner: {} } } } })
})

test('a pattern that is not a valid regular expression is ignored', () => {
  expect(fillArguments(tool({ id: { type: 'string', pattern: '(' } }), 'A-1', '2026-11-23').missing).toHaveLength(1)
})

function tool(properties: object) {
  const $defs = { city: { enum: ['Oslo', 'Rome'] } }
  return {
    name: 'it',
    description: '',
    parameters: { type: 'object', properties, required: Object.keys(properties), $defs },
  }
}
