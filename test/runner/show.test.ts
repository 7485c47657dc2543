import { expect, test } from 'vitest'
import { createShow } from '../../src/runner/fronts/show.ts'

test('a session after the first is told: whether the connection was gone, or another one took over', () => {
  const notes: string[] = []
  const display = { agentSaid() {}, agentEnded() {}, note: (_: string, text: string) => void notes.push(text) }
  const show = createShow(display, { frame: () => '' })
  const ready = { type: 'session.ready', t: 0, conversation: 'main', generation: 1, ms: 80 } as const
  for (const report of [ready, { ...ready, gap_ms: 412 }, { ...ready, gap_ms: 0 }]) show(report)
  expect(notes).toEqual(['connected again', 'the next session has taken over'])
})
