import { expect, test } from 'vitest'
import { diffLines } from '../../src/agent/printing/line-diff.ts'
import fc from '../helpers/seeded-fast-check.ts'

const texts = fc
  .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
  .map((lines) => lines.map((line) => `${line}\n`).join(''))

test('a diff without its additions is the old text, and without its removals the new one', () => {
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const lines = diffLines(before, after)
      const without = (sign: string) => lines.filter((line) => line.sign !== sign).map(({ text }) => `${text}\n`)
      expect([without('+').join(''), without('-').join('')]).toEqual([before, after])
    }),
  )
})

test('unchanged lines are kept as unchanged', () => {
  expect(diffLines('a\nb\nc\n', 'a\nx\nc\n').map(({ sign, text }) => sign + text)).toEqual([' a', '-b', '+x', ' c'])
  expect(diffLines('a\nb\nc\nd\n', 'b\nd\n').map(({ sign, text }) => sign + text)).toEqual(['-a', ' b', '-c', ' d'])
})

test('texts too long to be compared line by line are replaced as a whole', () => {
  const many = (word: string) => Array.from({ length: 2_000 }, (_, index) => `${word}${index}\n`).join('')
  expect(diffLines(`same\n${many('a')}`, `same\n${many('b')}`)).toHaveLength(4_001)
})
