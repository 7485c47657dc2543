import { expect, test } from 'vitest'
import { deepEqual, leaves, valueAt, withValue } from '../../src/session/settings/leaves.ts'
import fc from '../helpers/seeded-fast-check.ts'

const tree = fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes('__proto__'))

test('a key with a dot is one key', () => {
  const data = { 'a.b': { c: 1 }, a: { b: { c: 2 } } }
  expect(leaves(data)).toEqual([
    { path: ['a.b', 'c'], value: 1 },
    { path: ['a', 'b', 'c'], value: 2 },
  ])
  expect(valueAt(data, ['a.b', 'c'])).toBe(1)
  expect(withValue(data, ['a.b', 'c'], 3)).toEqual({ 'a.b': { c: 3 }, a: { b: { c: 2 } } })
})

test('removing a value removes the parents left empty by it', () => {
  expect(withValue({ a: { b: { c: 1 } }, d: 2 }, ['a', 'b', 'c'], undefined)).toEqual({ d: 2 })
  expect(withValue({ a: { b: 1, c: {} } }, ['a', 'b'], undefined)).toEqual({ a: { c: {} } })
})

test('setting a value does not change the original', () => {
  const original = { a: { b: 1 } }
  withValue(original, ['a', 'b'], 2)
  expect(original).toEqual({ a: { b: 1 } })
})

test('every leaf is at its path, and the leaves make up the whole', () => {
  fc.assert(
    fc.property(tree, (data) => {
      const all = leaves(data)
      for (const { path, value } of all) if (!deepEqual(valueAt(data, path), value)) return false
      return deepEqual(
        all.reduce<unknown>((made, { path, value }) => (path.length === 0 ? value : withValue(made, path, value)), {}),
        data,
      )
    }),
  )
})

test.each([
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
  [{ a: 1, b: undefined }, { a: 1 }, true],
  [{ a: null }, {}, false],
  [[1, 2], [2, 1], false],
  [[1], { 0: 1 }, false],
  [1, 1.0, true],
  ['1', 1, false],
  [{}, [], false],
])('%j and %j: deepEqual is %s', (one, other, same) => {
  expect(deepEqual(one, other)).toBe(same)
  expect(deepEqual(other, one)).toBe(same)
})
