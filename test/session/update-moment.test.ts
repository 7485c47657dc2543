import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { ack, asPirate, inFlight, outcomes, pirate, refusal } from './edits.ts'
import {
  created,
  done,
  doneWithCalls,
  edit,
  fired,
  goOn,
  live,
  reported,
  sent,
  sentTypes,
  server,
  started,
  stopped,
  text,
  toolDone,
  updated,
} from './story.ts'

describe('an update', () => {
  const busy: readonly [string, readonly SessionEvent[], readonly SessionEvent[]][] = [
    ['a response runs', [created('r1')], [done('r1')]],
    ['a response is requested', [text('hi')], [created('r1'), done('r1')]],
    ['the caller speaks', [started], [stopped]],
    [
      'a tool runs, and until its follow-up is said',
      [created('r1'), doneWithCalls('r1', 'look')],
      [toolDone('look'), created('r2'), done('r2')],
    ],
  ]
  test.each(busy)('waits while %s, is reported once as waiting, and is sent afterwards', (_, events, over) => {
    const story = goOn(goOn(live(agentWith({ tools: [toolNamed('look')] })), ...events))
    const next = agentWith({ tools: [toolNamed('look')], instructions: 'New.' })
    const waiting = goOn(story, edit(2, next), server({ type: 'unknown', name: 'ping' }))
    expect(sent(waiting)).toEqual([])
    expect(outcomes(waiting)).toEqual([['waiting', 'instructions']])
    expect(waiting.effects).toContainEqual({ type: 'startTimer', timer: 'quiet', ms: 10_000 })
    const out = goOn(waiting, ...over)
    expect(sentTypes(out).at(-1)).toBe('session.update')
    expect(outcomes(out)).toEqual([])
  })

  test('that waits reports a deferred setting once', () => {
    const story = goOn(live(), created('r1'), edit(2, agentWith({ voice: 'Sarah', greeting: 'Ahoy!' })), done('r1'))
    expect(outcomes(story)).toEqual([
      ['waiting', 'voice'],
      ['deferred', 'greeting'],
    ])
  })

  test('that has waited 10 s needs only the end of a response', () => {
    const tool = agentWith({ tools: [toolNamed('look')] })
    const quiet = fired('quiet')
    const offer = edit(2, agentWith({ ...tool, instructions: 'New.' }))
    const waiting = goOn(live(tool), created('r1'), doneWithCalls('r1', 'look'), started, offer)
    expect(sentTypes(waiting)).not.toContain('session.update')
    expect(sentTypes(goOn(waiting, quiet))).toEqual(['session.update'])
    const answering = goOn(live(tool), created('r1'), started, offer, quiet)
    expect(sentTypes(answering)).not.toContain('session.update')
    expect(sentTypes(goOn(answering, done('r1')))).toEqual(['session.update'])
  })

  test('does not use up the waiting time of the next edit', () => {
    const story = goOn(live(), created('r1'), edit(2, pirate), fired('quiet'), done('r1'), asPirate)
    expect(story.state.config.quietWait).toBe('unused')
  })

  test('that is withdrawn after its 10 s leaves the next edit its own', () => {
    const waited = goOn(live(), created('r1'), edit(2, pirate), fired('quiet'))
    const calm = goOn(waited, { type: 'agent.withdrawn', generation: 2 }, done('r1'))
    const story = goOn(calm, started, edit(3, agentWith({ voice: 'Sarah' })))
    expect([sent(story), outcomes(story)]).toEqual([[], [['waiting', 'voice']]])
    expect(story.effects).toContainEqual({ type: 'startTimer', timer: 'quiet', ms: 10_000 })
  })

  test('contains only the newest of several waiting edits', () => {
    const story = goOn(live(), created('r1'), edit(2, pirate), edit(3, agentWith({ voice: 'Sarah' })), done('r1'))
    expect(JSON.stringify(sent(story))).not.toContain('pirate')
    expect(sentTypes(story)).toEqual(['session.update'])
  })

  test('waits for the one in flight, and is compared with what that confirmed', () => {
    const both = agentWith({ instructions: 'Speak like a pirate.', voice: 'Sarah' })
    const waiting = goOn(inFlight(), edit(3, both))
    expect(sent(waiting)).toEqual([])
    const [update] = sent(goOn(waiting, asPirate))
    expect(Object.keys(update?.type === 'session.update' ? update.session : {})).toEqual(['type', 'audio'])
    const refused = sent(goOn(waiting, refusal({ event_id: 'main-2' })))[0]
    expect(Object.keys(refused?.type === 'session.update' ? refused.session : {})).toEqual([
      'type',
      'instructions',
      'audio',
    ])
  })

  test('in flight holds up a response, so that it is made under the new settings', () => {
    const story = goOn(inFlight(), text('hi'))
    expect(sentTypes(story)).toEqual(['conversation.item.create'])
    expect(sentTypes(goOn(story, asPirate))).toEqual(['response.create'])
  })

  test('holds up a response for 3 s at most', () => {
    expect(sentTypes(goOn(goOn(inFlight(), text('hi')), ack))).toEqual(['session.update', 'response.create'])
  })
})

describe('of several edits', () => {
  const good = agentWith({ instructions: 'Good.' })
  const bad = agentWith({ voice: 'Nobody' })

  test('the newest is sent first; a superseded one has its turn if the service refuses the newest', () => {
    const waiting = goOn(live(), created('r1'), edit(2, good), edit(3, bad))
    const first = goOn(waiting, done('r1'))
    expect(sent(first)).toMatchObject([{ session: { audio: { output: { voice: 'Nobody' } } } }])
    const second = goOn(first, refusal({ event_id: 'main-2' }))
    expect(sent(second)).toMatchObject([{ session: { instructions: 'Good.' } }])
    expect(goOn(second, updated({ instructions: 'Good.' })).state.config).toMatchObject({
      confirmed: { number: 2 },
      offers: [],
    })
  })

  test('a superseded one is reported, and a late one supersedes nothing', () => {
    const waiting = goOn(live(), created('r1'), edit(3, good))
    expect(reported(goOn(waiting, edit(4, pirate)), 'reload.superseded')).toMatchObject([{ offered: 3, by: 4 }])
    expect(reported(goOn(waiting, edit(2, pirate)), 'reload.superseded')).toEqual([])
  })

  test('none waits longer than the first of them would have', () => {
    const waiting = goOn(live(), created('r1'), edit(2, good))
    expect(waiting.effects).toContainEqual({ type: 'startTimer', timer: 'quiet', ms: 10_000 })
    const more = goOn(waiting, edit(3, pirate), edit(4, good))
    expect(more.effects.filter(({ type }) => type === 'startTimer')).toEqual([])
    expect(sentTypes(goOn(more, fired('quiet'), started, done('r1')))).toContain('session.update')
  })
})
