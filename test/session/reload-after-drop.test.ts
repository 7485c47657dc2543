import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { compileSession } from '../../src/session/settings/compile.ts'
import { step } from '../../src/session/step.ts'
import { agentWith } from '../helpers/agents.ts'
import { ack, inFlight, outcomes, pirate, refusal } from './edits.ts'
import { words } from './speech.ts'
import {
  created,
  done,
  drained,
  edit,
  fired,
  goOn,
  live,
  lost,
  moment,
  opened,
  reopening,
  reported,
  sent,
  sentTypes,
  sessionCreated,
  text,
  updated,
} from './story.ts'
import { HOUR } from './two-sessions.ts'

describe('after a lost connection', () => {
  test('an update in flight goes into the new session', () => {
    const story = goOn(inFlight(), lost, ...reopening)
    expect(sent(story)).toMatchObject([{ session: { instructions: 'Speak like a pirate.' } }])
    expect(outcomes(goOn(story, updated()))).toEqual([['applied', 'instructions']])
  })

  test('an update that was never answered goes into the new session, and its time counts from the save', () => {
    const away = goOn(inFlight(), ack, ack, lost, fired('retry'), opened)
    const later = { ...moment, now: moment.now + 9_000 }
    const [configured, [update]] = step(away.state, sessionCreated, later)
    expect(update).toMatchObject({ event: { session: { instructions: 'Speak like a pirate.' } } })
    const [state, effects] = step(configured, updated(), later)
    expect(reported({ state, effects }, 'reload.applied')).toMatchObject([{ offered: 2, ms: 9_000 }])
    expect(state.config).toMatchObject({ unconfirmed: null, offers: [] })
  })

  test('an answer that was missing in the session before makes no later update doubtful', () => {
    const later = edit(3, agentWith({ instructions: 'Speak like a duke.', temperature: 0.9 }))
    const refuse = refusal({ param: 'session.temperature' })
    const refused = goOn(goOn(inFlight(), ack, lost), ...reopening, updated(), later, refuse)
    expect(outcomes(refused)).toContainEqual(['refused', 'instructions', 'temperature'])
    const kind = goOn(refused, edit(4, agentWith({ instructions: 'Be kind.' })))
    const smallest = { type: 'realtime', instructions: 'Be kind.' }
    expect(sent(kind)).toEqual([expect.objectContaining({ type: 'session.update', session: smallest })])
  })

  test('a generation that restores what the conversation has is reported as applied, as in an open session', () => {
    const back = goOn(goOn(inFlight(), lost, edit(3, agentWith())), ...reopening, updated())
    expect(reported(back, 'reload.applied')).toMatchObject([{ offered: 3, generation: 3, fields: [], changes: [] }])
    expect(outcomes(goOn(goOn(back, lost), ...reopening, updated()))).toEqual([])
  })

  test('deferred settings take effect, and are reported', () => {
    const agent = agentWith({
      greeting: 'Ahoy!',
      audio: { ...agentWith().audio, input: { format: 'pcmu', rate: 8000 } },
    })
    const story = goOn(goOn(live(), edit(2, agent)), lost, ...reopening, updated())
    expect(outcomes(story)).toEqual([['applied', 'audio.input.format', 'audio.input.rate']])
    expect(story.effects).toContainEqual({ type: 'openSound', input: agent.audio.input, output: agent.audio.output })
    expect(sentTypes(story)).toEqual(['session.update'])
  })

  test('a new generation that the new session refuses is replaced by the confirmed one', () => {
    const refused = goOn(inFlight(), lost, ...reopening, refusal({ param: 'session.instructions' }))
    expect(outcomes(refused)).toEqual([['refused', 'instructions']])
    const again = goOn(refused, ...reopening)
    expect(sent(again)).toMatchObject([{ session: { instructions: 'You are at the desk.' } }])
  })

  test.each([1, 2, 3, 4, 5, 6])('an edit that comes after %i steps of it is sent once and applied once', (place) => {
    const said = goOn(live(), text('hi'), created('r1'), words('Yes?'), done('r1'), drained)
    const steps = [lost, ...reopening, updated(), fired('replay')].toSpliced(place, 0, edit(2, pirate))
    const back = goOn(said, ...steps)
    const asPirate = back.state.config.sent === null ? [] : [updated({ instructions: pirate.instructions })]
    const story = goOn(back, ...asPirate)
    const both = { state: story.state, effects: [...back.effects, ...story.effects] }
    const updates = sent(both).filter(({ type }) => type === 'session.update')
    expect(updates.filter((update) => JSON.stringify(update).includes('pirate'))).toHaveLength(1)
    expect(outcomes(both)).toEqual([['applied', 'instructions']])
    expect(story.state).toMatchObject({ phase: 'live', config: { confirmed: { number: 2 }, sent: null, offers: [] } })
  })

  const byPhone = agentWith({ audio: { ...agentWith().audio, input: { format: 'pcmu', rate: 8000 } } })

  test.each([
    ['by name', { param: 'session.audio.input.format' }],
    ['without a word of what', {}],
  ])(
    'deferred settings that the new session refuses %s are requested no more, and the conversation goes on',
    (_, error) => {
      const refused = goOn(goOn(live(), edit(2, byPhone)), lost, ...reopening, refusal(error))
      expect(outcomes(refused)).toEqual([['refused', 'audio.input.format', 'audio.input.rate']])
      const again = goOn(refused, ...reopening, updated())
      expect(sent(again)).toMatchObject([{ session: compileSession(agentWith()) }])
      expect(again.state.phase).toBe('live')
      expect(outcomes(again)).toEqual([])
    },
  )

  test('a deferred setting that is refused is put back as it was, also one whose key contains a dot', () => {
    const before = agentWith({ provider_data: { 'odd.key': 1, user_id: 'u-1' } })
    const edited = goOn(live(before), edit(2, agentWith({ provider_data: { user_id: 'u-1' } })))
    const again = goOn(goOn(edited, lost, ...reopening, refusal({})), ...reopening)
    expect(sent(again)).toMatchObject([{ session: compileSession(before) }])
  })

  test.each([
    ['another setting', { param: 'session.audio.output.voice' }],
    ['nothing, since the fault is its own', { type: 'server_error' }],
  ])('deferred settings are requested again if the new session refuses %s', (_, error) => {
    const refused = goOn(goOn(live(), edit(2, byPhone)), lost, ...reopening, refusal(error))
    expect(outcomes(refused)).toEqual([])
    const again = goOn(refused, ...reopening)
    expect(sent(again)).toMatchObject([{ session: compileSession(byPhone) }])
  })

  test.each([
    ['a fault of the service', { type: 'server_error' }],
    ['the end of its session', { code: 'session_expired' }],
    ['a lack of room', { code: 'SESSION_RESOURCES_EXHAUSTED' }],
  ])('%s refuses nothing there either', (_, error) => {
    const failed = goOn(inFlight(), lost, ...reopening, refusal(error))
    expect(outcomes(failed)).toEqual([])
    const again = goOn(failed, ...reopening)
    expect(sent(again)).toMatchObject([{ session: { instructions: 'Speak like a pirate.' } }])
  })

  test('a fatal error while the next one opens refuses no edit, and ends the conversation at once', () => {
    const failed = goOn(inFlight(), lost, ...reopening, refusal({ code: 'insufficient_quota' }))
    expect(outcomes(failed)).toEqual([])
    expect(failed.state).toMatchObject({ phase: 'closing', ending: { reason: 'No.', failed: true } })
  })

  test.each<[string, readonly SessionEvent[]]>([
    ['is lost', [lost, ...reopening]],
    ['runs out of time', [fired('roll over'), fired('roll over'), opened, sessionCreated]],
  ])('a provisionally refused update is not sent again after its session %s', (_, events) => {
    const ending = goOn(live(), updated({ expires_at: HOUR }), edit(2, pirate), refusal({ code: null }))
    const story = goOn(ending, ...events)
    expect(sent(story)).toMatchObject([{ session: { instructions: 'You are at the desk.' } }])
  })
})
