import { describe, expect, test } from 'vitest'
import { nextRetry } from '../../src/page/retries.ts'
import { createUnsaid, newLineId } from '../../src/page/unsaid.ts'

const line = (id: string) => ({ type: 'text', text: `words of ${id}`, id }) as const

describe('lines that the runner has not acknowledged', () => {
  test('are said again when the conversation is found again, but for those that it has', () => {
    const unsaid = createUnsaid()
    unsaid.after([])
    for (const id of ['a', 'b', 'c', 'd']) unsaid.keep(line(id))
    unsaid.drop('a')
    expect(unsaid.after(['c'])).toEqual([line('b'), line('d')])
    expect(unsaid.after(['b', 'd'])).toEqual([])
  })

  test('are not said again to a runner that does not tell which it has', () => {
    const unsaid = createUnsaid()
    unsaid.after(null)
    unsaid.keep(line('a'))
    expect(unsaid.after(null)).toEqual([])
  })

  test('are 64 at a time', () => {
    const unsaid = createUnsaid()
    unsaid.after([])
    for (let count = 0; count < 64; count += 1) expect(unsaid.keep(line(`${count}`))).toBe(true)
    expect(unsaid.keep(line('one more'))).toBe(false)
  })

  test('have ids that no other line has', () => {
    expect(new Set(Array.from({ length: 1_000 }, newLineId)).size).toBe(1_000)
  })
})

test('a lost connection is tried again ever later, then slowly, then no more', () => {
  const tries = Array.from({ length: 16 }, (_, losses) => nextRetry(losses, 3))
  expect(tries.map((retry) => retry && retry.ms / 1_000)).toEqual([
    ...[0.25, 0.5, 1, 2, 4, 4, 4, 4, 4, 4, 4, 4],
    ...[15, 15, 15, null],
  ])
  expect(tries.findIndex((retry) => retry?.isLong === true)).toBe(12)
  expect(nextRetry(12, 0)).toBeNull()
})
