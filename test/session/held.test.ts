import { expect, test } from 'vitest'
import { agentWith } from '../helpers/agents.ts'
import { edit, goOn, live, reports, sent, text } from './story.ts'

test('a held save is reported, and nothing is sent', () => {
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

test('a generation refused in another conversation is reported here once, and not requested again', () => {
  const waiting = goOn(live(), text('Hello'), edit(2, agentWith({ voice: 'Nobody' })))
  const story = goOn(waiting, withdrawn, withdrawn)
  const told = reports(story).filter(({ type }) => type === 'reload.refused')
  expect(told).toEqual([
    expect.objectContaining({ offered: 2, generation: 1, certain: true, elsewhere: true, ...refusal }),
  ])
  expect(story.state.config.offers).toEqual([])
})

test('a conversation that sent the generation has its own answer', () => {
  const story = goOn(live(), edit(2, agentWith({ voice: 'Nobody' })), withdrawn)
  expect(reports(story).filter(({ type }) => type === 'reload.refused')).toEqual([])
})
