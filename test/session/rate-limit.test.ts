import { describe, expect, test } from 'vitest'
import type { ClientEvent } from '../../src/realtime/client-event.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { sound } from './speech.ts'
import {
  announced,
  begin,
  committed,
  created,
  done,
  doneWithCalls,
  edit,
  failure,
  fired,
  goOn,
  live,
  lost,
  opened,
  reopening,
  reported,
  type Story,
  sent,
  sentTypes,
  sessionCreated,
  started,
  stopped,
  text,
  timerDurations,
  toolDone,
  updated,
} from './story.ts'

const LIMIT = { code: 'rate_limit_exceeded', message: 'Rate limit reached.' }
const limit = failure(LIMIT)
const asked = goOn(live(), text('hi'))

function failed(id: string, message = LIMIT.message) {
  return done(id, { status: 'failed', output: [], error: { code: LIMIT.code, message } })
}

/** The id of the last requested response. */
function request(story: Story): string | null {
  return eventIdOf(sent(story).findLast(({ type }) => type === 'response.create'))
}

function eventIdOf(event: ClientEvent | undefined): string | null {
  return event !== undefined && 'event_id' in event ? event.event_id : null
}

describe('a rate-limited response', () => {
  test.each([
    ['by an error', [failure({ ...LIMIT, event_id: request(asked) })]],
    ['by an error that names no request', [limit]],
    ['by a response that fails before anything of it came', [created('r1'), failed('r1')]],
    ['by a response of which nothing but its item had come', [...announced('r1'), failed('r1')]],
  ])('is requested again after a while: said %s', (_, events) => {
    const story = goOn(asked, ...events)
    expect(sentTypes(story)).toEqual([])
    expect(reported(story, 'error')).toEqual([])
    expect(reported(story, 'warning')).toMatchObject([
      { message: 'the service has no room for an answer: Rate limit reached.; asking again in 1.0 s' },
    ])
    const again = goOn(story, fired('rate limit'))
    expect(sentTypes(again)).toEqual(['response.create'])
    expect(again.state.turn.requested?.causes).toEqual(['text'])
  })

  test.each([
    ['Please try again in 20s. Visit https://platform.example.', 20_000],
    ['Please try again in 650ms.', 1_000],
    ['Please try again in 1m2.5s.', 60_000],
    ['Please retry after 3.5 seconds', 3_500],
    ['Try again in a moment.', 1_000],
  ])('is requested when the service says, within a minute: %s', (message, ms) => {
    expect(timerDurations(goOn(asked, failure({ ...LIMIT, message })), 'rate limit')).toEqual([ms])
  })

  test('is requested three more times, after growing waits, and then reported as failed', () => {
    let story = asked
    const found: number[] = []
    for (const _ of [1, 2, 3]) {
      story = goOn(story, limit)
      found.push(...timerDurations(story, 'rate limit'))
      story = goOn(story, fired('rate limit'))
      expect(sentTypes(story)).toEqual(['response.create'])
    }
    expect(found).toEqual([1_000, 2_000, 4_000])
    const last = goOn(story, limit)
    expect(reported(last, 'error')).toMatchObject([{ message: 'Rate limit reached.', code: 'rate_limit_exceeded' }])
    expect(sentTypes(goOn(last, fired('rate limit')))).toEqual([])
    expect(timerDurations(goOn(last, text('and now?'), limit), 'rate limit')).toEqual([1_000])
  })

  test('is waited for no longer once another response completes: the service has room', () => {
    const story = goOn(asked, limit, created('r1'), done('r1'), text('and the weather?'))
    expect(sentTypes(story).at(-1)).toBe('response.create')
  })

  test('is requested together with what else is due by then', () => {
    const story = goOn(goOn(asked, limit, text('are you there?')), fired('rate limit'))
    expect(sentTypes(story)).toEqual(['response.create'])
    const agent = agentWith({ tools: [toolNamed('look', { sayAfter: { delayMs: 0, text: 'One moment.' } })] })
    const called = goOn(live(agent), text('look'), created('r1'), doneWithCalls('r1', 'look'), toolDone('look'))
    expect(sentTypes(goOn(called, limit, text('well?')))).toEqual(['conversation.item.create'])
  })

  test('is also requested if the service would have answered a spoken turn by itself', () => {
    const spoken = goOn(live(), started, stopped, committed, created('r1'), failed('r1'))
    expect(sentTypes(goOn(spoken, fired('rate limit')))).toEqual(['response.create'])
  })

  test('is not started again if some of it was heard, or the caller has interrupted', () => {
    const broken = goOn(asked, created('r1'), sound('r1'), failed('r1'))
    expect(reported(broken, 'error')).toHaveLength(1)
    expect(timerDurations(broken, 'rate limit')).toEqual([])
    const silenced = goOn(asked, { type: 'caller.interrupted' }, limit)
    expect(timerDurations(silenced, 'rate limit')).toEqual([])
    expect(silenced.state.turn.requested).toBe(null)
  })

  test('is still awaited if the rate limit concerns another request', () => {
    const other = goOn(asked, failure({ ...LIMIT, event_id: 'main-1' }))
    expect([timerDurations(other, 'rate limit'), reported(other, 'error').length]).toEqual([[], 1])
    expect(sentTypes(goOn(other, created('r1'), sound('r1'), done('r1')))).toEqual([])
  })

  test('is requested at once in a following session', () => {
    const story = goOn(asked, limit, lost, ...reopening, updated(), fired('replay'))
    expect(sentTypes(story).at(-1)).toBe('response.create')
  })
})

describe('rate-limited settings', () => {
  test('are not refused for good: the update is sent once more', () => {
    const other = agentWith({ instructions: 'Be brief.', hash: 'other' })
    const story = goOn(live(), edit(2, other))
    const [update] = sent(story)
    const refused = goOn(story, failure({ ...LIMIT, event_id: eventIdOf(update) }))
    expect(reported(refused, 'reload.refused')).toEqual([])
    expect(sentTypes(goOn(refused, fired('ack')))).toEqual(['session.update'])
  })

  test('are tried again with the connection', () => {
    expect(goOn(begin(), opened, sessionCreated, limit).state.phase).toBe('waiting')
    const other = agentWith({ instructions: 'Be brief.', hash: 'other' })
    const again = goOn(live(), lost, edit(2, other), ...reopening, limit)
    expect(reported(again, 'reload.refused')).toEqual([])
    expect(again.state.phase).toBe('waiting')
  })
})
