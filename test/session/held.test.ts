import { expect, test } from 'vitest'
import { agentWith } from '../helpers/agents.ts'
import { edit, goOn, live, reports, sent, text } from './story.ts'

test('a save that is held is told, and nothing is sent', () => {
  const story = goOn(live(), { type: 'agent.held', diagnostics: [] })
  expect([reports(story).map(({ type }) => type), sent(story)]).toEqual([['reload.held'], []])
})

const refusal = {
  fields: ['voice'],
  message: 'No.',
  code: 'invalid_value',
  file: null,
  line: null,
  column: null,
  diagnostic: null,
}
const withdrawn = { type: 'agent.withdrawn', generation: 2, refusal } as const

test('what the service refused in another conversation is told here as well, once, and asked for no more', () => {
  const waiting = goOn(live(), text('Hello'), edit(2, agentWith({ voice: 'Nobody' })))
  const story = goOn(waiting, withdrawn, withdrawn)
  const told = reports(story).filter(({ type }) => type === 'reload.refused')
  expect(told).toEqual([
    expect.objectContaining({ offered: 2, generation: 1, certain: true, elsewhere: true, ...refusal }),
  ])
  expect(story.state.config.offers).toEqual([])
})

test('whoever was asked has an answer of its own', () => {
  const story = goOn(live(), edit(2, agentWith({ voice: 'Nobody' })), withdrawn)
  expect(reports(story).filter(({ type }) => type === 'reload.refused')).toEqual([])
})
