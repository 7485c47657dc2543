import { expect, test } from 'vitest'
import { goOn, live, reports, sent } from './story.ts'

test('a save that is held is told, and nothing is sent', () => {
  const story = goOn(live(), { type: 'agent.held', diagnostics: [] })
  expect([reports(story).map(({ type }) => type), sent(story)]).toEqual([['reload.held'], []])
})
