import { expect, test } from 'vitest'
import { isWider, wrapLine } from '../../src/agent/columns.ts'

test('a text is wider than a row if it takes one column more', () => {
  expect([isWider('日本', 4), isWider('日本', 3), isWider('ab', 2), isWider('ab', 1)]).toEqual([
    false,
    true,
    false,
    true,
  ])
})

test('a long line of wide characters is wrapped about as fast as one of plain letters', () => {
  const took = (character: string) => {
    const begunAt = performance.now()
    wrapLine(character.repeat(32_768), 50, 50)
    return performance.now() - begunAt
  }
  expect(took('日')).toBeLessThan(20 * took('a'))
})
