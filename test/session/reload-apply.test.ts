import { describe, expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import { agentWith } from '../helpers/agents.ts'
import { outcomes } from './edits.ts'
import { created, done, edit, goOn, live, lost, reopening, reported, sent, sentTypes, text, updated } from './story.ts'

describe('reload.apply', () => {
  const setTo = (apply: Agent['reload']['apply'], changes: Partial<Agent> = {}) =>
    agentWith({ ...changes, reload: { apply, ack_timeout: '3s' } })

  test('now sends an edit at once, and does not cut speech', () => {
    const speaking = goOn(live(setTo('now')), created('r1'))
    const story = goOn(speaking, edit(2, setTo('now', { instructions: 'New.' })))
    expect(sentTypes(story)).toEqual(['session.update'])
    expect(story.effects.map(({ type }) => type)).not.toContain('clearPlayback')
    expect(story.state.turn.responses).toMatchObject([{ id: 'r1', silenced: false }])
  })

  test('next_session sends nothing, reports that once with the reason, and the next session begins with the edit', () => {
    const story = goOn(live(setTo('next_session')), edit(2, setTo('next_session', { instructions: 'New.' })))
    expect(sent(story)).toEqual([])
    expect(reported(story, 'reload.deferred')).toMatchObject([
      { offered: 2, fields: ['instructions'], reason: 'reload.apply is next_session' },
    ])
    const after = goOn(story, text('hi'), created('r1'), done('r1'))
    expect(outcomes(after)).toEqual([])
    expect(after.state.config.confirmed.number).toBe(1)
    const again = goOn(after, lost, ...reopening, updated())
    expect(sent(again)[0]).toMatchObject({ session: { instructions: 'New.' } })
    expect(outcomes(again)).toEqual([['applied', 'instructions']])
  })

  test('next_session reports once more that an edit waits after a bad save is fixed', () => {
    const held = goOn(live(setTo('next_session')), edit(2, setTo('next_session', { instructions: 'New.' })))
    const bad = goOn(held, { type: 'agent.rejected', diagnostics: [] })
    const story = goOn(bad, { type: 'agent.restored', generation: 2, noticedAt: 0 })
    expect(outcomes(story)).toEqual([['deferred', 'instructions']])
    expect(sent(story)).toEqual([])
  })

  test('next_session does not hold back an edit that changes nothing', () => {
    const story = goOn(live(setTo('next_session')), edit(2, setTo('next_session')))
    expect(story.state.config).toMatchObject({ confirmed: { number: 2 }, offers: [] })
  })

  test('changed to turn releases what was held back', () => {
    const held = goOn(live(setTo('next_session')), edit(2, setTo('next_session', { instructions: 'New.' })))
    const story = goOn(held, edit(3, setTo('turn', { instructions: 'New.', voice: 'Sarah' })))
    expect(sentTypes(story)).toEqual(['session.update'])
    expect(outcomes(goOn(story, updated({ instructions: 'New.' })))).toEqual([
      ['applied', 'voice', 'instructions', 'reload.apply'],
    ])
  })

  test('changed to next_session applies from the next edit on', () => {
    const story = goOn(
      live(),
      edit(2, setTo('next_session', { instructions: 'New.' })),
      updated({ instructions: 'New.' }),
    )
    expect(sentTypes(story)).toEqual(['session.update'])
    expect(sent(goOn(story, edit(3, setTo('next_session', { voice: 'Sarah' }))))).toEqual([])
  })

  test('does not hold up the conversation’s own changes', () => {
    const story = goOn(live(setTo('next_session')), { type: 'voice.chosen', voice: 'Dennis' })
    expect(sentTypes(story)).toEqual(['session.update'])
  })
})

test('reload.ack_timeout is the time that the service has to answer', () => {
  const patient = agentWith({ reload: { apply: 'turn', ack_timeout: '1500ms' } })
  const story = goOn(live(patient), edit(2, agentWith({ ...patient, instructions: 'New.' })))
  expect(story.effects).toContainEqual({ type: 'startTimer', timer: 'ack', ms: 1_500 })
})
