import { expect, test } from 'vitest'
import { isWider, wrapLine } from '../../src/agent/columns.ts'

test('a text is wider than a row from the first column on that has no room', () => {
  expect([isWider('日本', 4), isWider('日本', 3), isWider('ab', 2), isWider('ab', 1)]).toEqual([
    false,
    true,
    false,
    true,
  ])
})

test('the longest line is broken into rows in about the time that one of plain letters takes', () => {
  const took = (character: string) => {
    const begunAt = performance.now()
    wrapLine(character.repeat(32_768), 50, 50)
    return performance.now() - begunAt
  }
  expect(took('日')).toBeLessThan(20 * took('a'))
})
