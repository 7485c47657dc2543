import { describe, expect, test } from 'vitest'
import { judgementIn } from '../../src/runner/generations/judgement.ts'
import { createGenerations } from '../../src/runner/generations.ts'
import type { Report } from '../../src/session/report.ts'
import { agentWith } from '../helpers/agents.ts'

const [first, second, third] = ['Sarah', 'Olivia', 'Ashley'].map((voice) => agentWith({ voice })) as [
  ReturnType<typeof agentWith>,
  ReturnType<typeof agentWith>,
  ReturnType<typeof agentWith>,
]
const saved = { source: 'file', at: 1 } as const

test('numbers continue from an earlier process, and unchanged content keeps its number', () => {
  const newest = { number: 14, hash: first.hash }
  expect(createGenerations(first, 0, { newest, confirmed: null }).newest().number).toBe(14)
  expect(createGenerations(second, 0, { newest, confirmed: null }).newest().number).toBe(15)
})

test('new conversations begin with the newest generation that was not refused', () => {
  const generations = createGenerations(first, 0)
  generations.add(second, saved)
  generations.add(third, saved)
  generations.recordVerdict(3, 'refused')
  expect(generations.newest().number).toBe(2)
  generations.recordVerdict(2, 'refused')
  expect(generations.newest().number).toBe(1)
})

test('it is known in which generation a content was refused, until it is confirmed after all', () => {
  const generations = createGenerations(first, 0)
  generations.add(second, saved)
  generations.recordVerdict(2, 'refused')
  expect([first, second].map(({ hash }) => generations.refusedIn(hash))).toEqual([null, 2])
  expect(generations.add(second, { source: 'accepted', at: 2 })).toMatchObject({ number: 3 })
  generations.recordVerdict(3, 'confirmed')
  expect(generations.refusedIn(second.hash)).toBe(null)
})

test('a generation confirmed in one conversation stays confirmed after a refusal in another', () => {
  const generations = createGenerations(first, 0)
  generations.add(second, saved)
  expect(generations.recordVerdict(2, 'confirmed')).toMatchObject({ number: 2, verdict: 'confirmed' })
  expect(generations.recordVerdict(2, 'refused')).toBe(null)
  expect(generations.newest().number).toBe(2)
})

describe('the fallback generation', () => {
  test('is the last one that the service confirmed, not merely one that passed validation', () => {
    const generations = createGenerations(first, 0)
    generations.recordVerdict(1, 'confirmed')
    generations.add(second, saved)
    generations.add(third, saved)
    expect(generations.fallback()?.number).toBe(1)
    generations.recordVerdict(3, 'confirmed')
    expect(generations.fallback()).toBe(null)
  })

  test('may come from an earlier process', () => {
    const confirmed = { number: 3, agent: third, source: 'rollback', at: 7, verdict: 'confirmed' } as const
    const generations = createGenerations(first, 9, { newest: { number: 4, hash: second.hash }, confirmed })
    expect(generations.fallback()).toEqual(confirmed)
    generations.recordVerdict(5, 'refused')
    expect(generations.newest()).toEqual(confirmed)
  })
})

describe('the connection settings known to open sessions', () => {
  const moved = agentWith({ hash: 'moved', connection: { ...first.connection, base_url: 'wss://elsewhere.example' } })
  const earlier = { number: 3, agent: moved, source: 'file', at: 7, verdict: 'confirmed' } as const

  test('are those of the last generation that the service confirmed', () => {
    const generations = createGenerations(first, 0)
    generations.recordVerdict(1, 'confirmed')
    generations.add(moved, saved)
    expect(generations.connection()).toEqual(first.connection)
    generations.recordVerdict(2, 'confirmed')
    expect(generations.connection()).toEqual(moved.connection)
  })

  test('never come from an earlier process: a start connects as its file says', () => {
    const generations = createGenerations(first, 9, { newest: { number: 3, hash: moved.hash }, confirmed: earlier })
    expect(generations.connection()).toEqual(first.connection)
  })
})

describe('a verdict', () => {
  function verdicts(...reports: readonly object[]): readonly string[] {
    return verdictsWhile([], ...reports)
  }
  /** While that much waits for the next session. */
  function verdictsWhile(waiting: readonly string[], ...reports: readonly object[]): readonly string[] {
    return reports.flatMap((report) => {
      const judgement = judgementIn({ generation: 1, ...report } as Report, waiting)
      return judgement === null ? [] : [`${judgement.verdict} ${judgement.number}`]
    })
  }
  const applied = { type: 'reload.applied', offered: 2, fields: ['voice'] }
  const deferred = (field: string) => ({ type: 'reload.deferred', offered: 2, fields: [field] })

  test('is confirmed when a session is ready, and when an edit is applied', () => {
    expect(verdicts({ type: 'session.ready' }, applied)).toEqual(['confirmed 1', 'confirmed 2'])
  })

  test('is not confirmed while a part other than the greeting waits for the next session', () => {
    expect(verdictsWhile(['audio.output.rate'], applied, deferred('audio.output.rate'))).toEqual([])
    expect(verdictsWhile(['greeting'], applied, deferred('greeting'))).toEqual(['confirmed 2'])
    expect(verdictsWhile(['greeting'], deferred('greeting'))).toEqual([])
    expect(verdictsWhile(['greeting'], { ...deferred('greeting'), generation: 2 })).toEqual(['confirmed 2'])
    expect(verdictsWhile(['audio'], { ...deferred('audio'), generation: 2 })).toEqual([])
    const opened = { type: 'session.ready', generation: 2 }
    expect(verdictsWhile(['audio.output.rate'], opened)).toEqual(['confirmed 2'])
    expect(verdictsWhile(['connection.base_url'], opened)).toEqual([])
  })

  test('is refused only by a certain refusal', () => {
    const refused = { ...applied, type: 'reload.refused' }
    expect(verdicts({ ...refused, certain: false }, { ...refused, certain: true })).toEqual(['refused 2'])
  })

  test("is not read from a conversation's own overrides", () => {
    expect(verdicts({ ...applied, own: true }, { ...applied, type: 'reload.refused', own: true })).toEqual([])
  })
})
