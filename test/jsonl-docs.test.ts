import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import schema from '../schemas/jsonl.schema.json' with { type: 'json' }

const page = readFileSync(join(import.meta.dirname, '../docs/jsonl.md'), 'utf8')
const [, into = '', out = ''] = page.split(/^## (?:In|Out)$/m)

test('the documented input lines are those of the schema', () => {
  const listed = [...into.matchAll(/\{"type":"([\w.]+)"/g)].map((match) => match[1] ?? '')
  const declared = schema.definitions.input.oneOf.map(({ properties }) => properties.type.const)
  expect(listed.toSorted()).toEqual(declared.toSorted())
})

test('the documented output events and their fields are those of the schema', () => {
  const rows = out.split('\n').filter((row) => row.startsWith('| `'))
  const listed = rows.flatMap((row) => {
    const [types = '', fields = ''] = row.split('|').slice(1)
    const names = [...fields.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? '')
    return [...types.matchAll(/`([\w.]+)`/g)].map((match) => ({ type: match[1] ?? '', fields: names.toSorted() }))
  })
  const common = ['type', 't', 'conversation', 'generation']
  const declared = schema.definitions.output.oneOf.map(({ properties }) => ({
    type: properties.type.const,
    fields: Object.keys(properties)
      .filter((name) => !common.includes(name))
      .toSorted(),
  }))
  const byType = (one: { type: string }, other: { type: string }) => (one.type < other.type ? -1 : 1)
  expect(listed.toSorted(byType)).toEqual(declared.toSorted(byType))
})
