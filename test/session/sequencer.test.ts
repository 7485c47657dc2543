import { describe, expect, test } from 'vitest'
import type { ClientEvent } from '../../src/realtime/client-event.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { cleared, piece, sound, words } from './speech.ts'
import {
  begin,
  created,
  done,
  doneWithCalls,
  edit,
  effectTypes,
  failure,
  fired,
  goOn,
  live,
  lost,
  opened,
  reopening,
  reported,
  reports,
  type Story,
  sent,
  sentTypes,
  server,
  sessionCreated,
  started,
  stopped,
  text,
  timerDurations,
  toolDone,
} from './story.ts'

const busy = failure({ code: 'conversation_already_has_active_response' })
const nothing = { output: [] }

function idOf(event: ClientEvent | undefined): string {
  return event !== undefined && 'event_id' in event ? event.event_id : ''
}

/** The id of the last requested response. */
function request(story: Story): string {
  return idOf(sent(story).findLast(({ type }) => type === 'response.create'))
}

describe('one response at a time', () => {
  test('every request is labelled, and a response with its label answers it', () => {
    const story = goOn(live(), text('hi'))
    expect(sent(story).at(-1)).toMatchObject({ response: { metadata: { request: request(story) } } })
    expect(goOn(story, created('r1', request(story))).state.turn).toMatchObject({
      requested: null,
      responses: [{ id: 'r1', causes: ['text'] }],
    })
  })

  test('a response with another label leaves the request open', () => {
    const story = goOn(live(), text('hi'))
    const other = goOn(story, created('r0', 'of-somebody-else'))
    expect(other.state.turn.requested?.eventId).toBe(request(story))
  })

  test('a response without a label answers the request', () => {
    expect(goOn(live(), text('hi'), created('r1')).state.turn).toMatchObject({ requested: null })
  })

  test('causes that are due together are answered together, except for a greeting', () => {
    const agent = agentWith({ tools: [toolNamed('look')] })
    const story = goOn(live(agent), created('r1'), doneWithCalls('r1', 'look'), text('and?'), toolDone('look'))
    expect(sentTypes(story).filter((type) => type === 'response.create')).toHaveLength(1)
    expect(story.state.turn.requested?.causes).toEqual(['text', 'tool'])
    expect(live(agentWith({ greeting: 'Hello.' })).state.turn.requested?.causes).toEqual(['greeting'])
  })
})

describe('after a cancel the next response is requested', () => {
  const speaking = goOn(live(), created('r1'), sound('r1'))

  test('when the cancelled one has ended', () => {
    const story = goOn(speaking, text('stop'))
    expect(story.effects).toContainEqual({ type: 'startTimer', timer: 'cancel', ms: 2_000 })
    const over = goOn(story, done('r1', { status: 'cancelled' }))
    expect(sentTypes(over)).toEqual(['response.create'])
    expect(over.effects).toContainEqual({ type: 'stopTimer', timer: 'cancel' })
  })

  test('after 2 s if it never ends; what still arrives of it is dropped', () => {
    const story = goOn(goOn(speaking, text('stop')), fired('cancel'))
    expect(sentTypes(story)).toEqual(['response.create'])
    expect(reported(story, 'error')).toEqual([])
    expect(goOn(story, sound('r1'), done('r1')).effects).toEqual([])
  })

  test('after 2 s too if it was the service that should have cancelled', () => {
    const story = goOn(goOn(speaking, started), text('well?'))
    expect(sentTypes(goOn(story, fired('cancel')))).toEqual(['response.create'])
  })

  test('but the end of the wait does not touch a response that was not interrupted', () => {
    expect(goOn(speaking, fired('cancel')).state.turn.responses).toHaveLength(1)
  })
})

describe('a response that begins after it was given up', () => {
  const story = goOn(live(), text('hi'))
  const given = goOn(story, fired('progress'))

  test('is cancelled by its id, and not heard', () => {
    const ghost = goOn(given, created('r1', request(story)), sound('r1'))
    expect(sent(ghost)).toMatchObject([{ type: 'response.cancel', response_id: 'r1' }])
    expect(effectTypes(ghost)).not.toContain('play')
  })

  test('does not answer what was requested since', () => {
    const next = goOn(given, text('still there?'))
    const ghost = goOn(next, created('r1', request(story)))
    expect(ghost.state.turn.requested?.eventId).toBe(request(next))
    expect(sentTypes(goOn(ghost, created('r2', request(next)), sound('r2')))).toEqual([])
  })

  test('does not end the wait for the answer to a spoken turn, with which a tool’s result is told', () => {
    const looking = goOn(live(agentWith({ tools: [toolNamed('look')] })), text('hi'))
    const spoken = goOn(looking, fired('progress'), created('r1'), doneWithCalls('r1', 'look'), started, stopped)
    const ghost = goOn(spoken, created('r2', request(looking)), done('r2', { status: 'cancelled' }))
    expect(sentTypes(goOn(ghost, toolDone('look'), created('r3'), done('r3')))).toEqual(['conversation.item.create'])
  })

  test('is remembered up to a limit', () => {
    let later = live()
    for (let time = 0; time < 12; time += 1) later = goOn(later, text('hi'), fired('progress'))
    expect(later.state.turn.abandoned).toHaveLength(8)
  })
})

describe('an empty response', () => {
  const asked = goOn(live(), text('hi'), created('r1'))

  test('is requested once more, silently', () => {
    const story = goOn(asked, done('r1', nothing))
    expect(sentTypes(story)).toEqual(['response.create'])
    expect(reports(story).map(({ type }) => type)).toEqual(['response.finished'])
    expect(story.state.turn.requested?.causes).toEqual(['text'])
  })

  test('is requested once more though an empty piece of words came', () => {
    expect(sentTypes(goOn(asked, words(''), done('r1', nothing)))).toEqual(['response.create'])
  })

  test.each([
    ['is not whole', { call_id: 'c', name: 'look', arguments: '{"a', status: 'incomplete' }],
    ['has no id', { name: 'look', arguments: '{}', status: 'completed' }],
  ])('with a call that %s is requested once more too', (_, call) => {
    const item = { id: 'i', type: 'function_call', ...call }
    const announced = server({ type: 'response.output_item.done', response_id: 'r1', item })
    expect(sentTypes(goOn(asked, announced, done('r1', { output: [item] })))).toEqual(['response.create'])
    expect(sentTypes(goOn(asked, announced, done('r1', nothing)))).toEqual(['response.create'])
    expect(sentTypes(goOn(asked, sound('r1'), done('r1', { output: [item] })))).toEqual([])
  })

  test('is reported the second time, and not requested again', () => {
    const story = goOn(goOn(asked, done('r1', nothing), created('r2')), done('r2', nothing))
    expect(sentTypes(story)).toEqual([])
    expect(reported(story, 'warning')).toMatchObject([{ message: 'the service answered with nothing, twice' }])
    expect(sentTypes(goOn(story, text('hello?'), created('r3'), done('r3', nothing)))).toContain('response.create')
  })

  test('to a spoken turn is requested by us', () => {
    const story = goOn(live(), started, created('r1'), done('r1', nothing))
    expect(sentTypes(story)).toEqual(['response.create'])
  })

  test.each([
    ['sound', [sound('r1')], nothing],
    ['an item', [], {}],
    ['an end that is no success', [], { status: 'cancelled', output: [] }],
  ] as const)('is not one that has %s', (_, events, end) => {
    expect(sentTypes(goOn(asked, ...events, done('r1', end)))).toEqual([])
  })
})

describe('harmless errors', () => {
  test.each([
    ['nothing to cancel', { code: 'response_cancel_not_active' }],
    ['nothing to cancel, in words', { message: 'Cancellation failed: no active response found.' }],
    ['a cut beyond the end', { message: 'Audio content of 85ms is already shorter than 100ms' }],
    ['a cut of an item that has no sound yet', { message: 'Only model output audio messages can be truncated' }],
    ['a cut of an item that is gone', { code: 'item_truncate_invalid_item_id' }],
    ['a removal of an item that is gone', { message: "Error deleting item: the item with id 'a' does not exist." }],
  ])('%s changes nothing and is not reported', (_, changes) => {
    const story = goOn(live(), failure(changes))
    expect(story.effects).toEqual([])
    expect(story.state.phase).toBe('live')
  })

  test('in answer to a truncation are never reported', () => {
    const cut = goOn(live(), created('r1'), piece('a'), started, cleared(['a', 10]))
    const id = idOf(sent(cut).find(({ type }) => type === 'conversation.item.truncate'))
    const story = goOn(cut, failure({ message: 'Not supported.', event_id: id }))
    expect(story.effects).toEqual([])
    expect(story.state.unanswered).toEqual([])
  })

  test('of another kind are reported, and the conversation goes on', () => {
    const story = goOn(live(), failure({ type: 'server_error', message: 'Failed to read content stream.' }))
    expect(reported(story, 'error')).toHaveLength(1)
    expect(sentTypes(goOn(story, text('hi')))).toEqual(['conversation.item.create', 'response.create'])
  })
})

describe('a service that is busy', () => {
  test('is asked again when it is free', () => {
    expect(sentTypes(goOn(goOn(live(), text('hi'), busy, created('r0')), done('r0')))).toEqual(['response.create'])
  })

  test('is not asked again for what was interrupted, and once for what is on hold', () => {
    const waiting = goOn(live(), text('hi'), busy, created('r0'))
    const broken = goOn(waiting, { type: 'caller.interrupted' }, done('r0', { status: 'cancelled' }))
    expect(sentTypes(broken)).toEqual(['response.cancel'])
    expect(sentTypes(goOn(goOn(live(), text('hi'), busy, { type: 'caller.interrupted' }), fired('progress')))).toEqual(
      [],
    )
    const spoken = goOn(live(), text('hi'), started, busy, { type: 'caller.interrupted' }, stopped)
    expect(goOn(spoken, fired('progress'), fired('progress')).state.turn.answerExpected).toBe(false)
    expect(timerDurations(goOn(spoken, fired('progress')), 'progress')).toEqual([30_000])
    const away = goOn(waiting, { type: 'caller.held' }, done('r0', { status: 'cancelled' }))
    expect(away.state.turn.replyDue).toEqual(['turn', 'text'])
  })

  test('and answers all the same, with our label, has answered', () => {
    const asked = goOn(live(), text('hi'))
    const request = idOf(sent(asked).find(({ type }) => type === 'response.create'))
    const story = goOn(asked, busy, created('r1', request), words('Hi.'), done('r1'))
    expect(sentTypes(goOn(story, fired('progress')))).toEqual([])
    expect(story.state.turn).toMatchObject({ requested: null, replyDue: [] })
  })

  test('with its own response, which was taken for ours, is asked again when that ends', () => {
    const asked = goOn(live(), started, stopped, text('and?'))
    const own = goOn(asked, created('r2'))
    const refused = failure({ code: 'conversation_already_has_active_response', event_id: request(asked) })
    expect(sentTypes(goOn(own, busy, done('r2')))).toEqual(['response.create'])
    expect(sentTypes(goOn(own, refused, done('r2')))).toEqual(['response.create'])
    expect(sentTypes(goOn(own, done('r2')))).toEqual([])
    expect(sentTypes(goOn(own, { type: 'caller.interrupted' }, busy, done('r2')))).toEqual(['response.cancel'])
    expect(sentTypes(goOn(asked, created('r2', request(asked)), refused, done('r2')))).toEqual([])
  })

  test('with its own answer, cancelled as the one that the caller did not want, is asked for that answer', () => {
    const greeted = goOn(live(agentWith({ greeting: 'Hello.' })), { type: 'caller.interrupted' }, started, stopped)
    const cancelled = goOn(greeted, created('r1'), busy)
    expect(sent(cancelled)).toMatchObject([{ type: 'response.cancel', response_id: 'r1' }])
    expect(sentTypes(goOn(cancelled, done('r1', { status: 'cancelled' })))).toEqual(['response.create'])
  })

  test('with its own answer to a tool, against its settings, is not asked once more', () => {
    const agent = agentWith({ tools: [toolNamed('look')] })
    const asked = goOn(live(agent), created('r1'), doneWithCalls('r1', 'look'), toolDone('look'))
    expect(sentTypes(goOn(goOn(asked, created('r2'), busy), done('r2')))).toEqual([])
  })

  test('for a request given up since does not affect the current one', () => {
    const given = goOn(live(), text('hi'))
    const older = idOf(sent(given).find(({ type }) => type === 'response.create'))
    const askedAgain = goOn(given, fired('progress'), text('still there?'))
    const code = 'conversation_already_has_active_response'
    const refused = goOn(
      askedAgain,
      failure({ code, message: 'active response', event_id: older }),
      created('r0', older),
    )
    expect(sentTypes(goOn(refused, done('r0')))).not.toContain('response.create')
    expect(refused.state.turn.requested).toMatchObject({ busy: false })
  })

  test('with an unseen response for long is told to cancel it, and finally left', () => {
    let story = goOn(live(), text('hi'))
    const sentBy: (readonly string[])[] = []
    for (let time = 0; time < 9; time += 1) {
      story = goOn(story, busy)
      story = goOn(story, fired('progress'))
      sentBy.push(sentTypes(story))
    }
    expect(sentBy.slice(0, 3)).toEqual([
      ...[['response.create'], ['response.create'], ['response.cancel', 'response.create']],
    ])
    expect(sent(goOn(live(), text('hi'), busy, fired('progress'), created('r1'))).length).toBeGreaterThan(0)
    const left = goOn(goOn(story, busy), fired('progress'))
    expect(effectTypes(left)).toContain('close')
    expect(left.state).toMatchObject({ phase: 'waiting', turn: { replyDue: ['text'] } })
  })
})

describe('fatal errors', () => {
  test.each([
    ['invalid_api_key'],
    ['insufficient_quota'],
    ['account_deactivated'],
    ['billing_hard_limit_reached'],
    ['SESSION_TOKEN_INVALID'],
    ['BILLING_TOKENS_EXHAUSTED'],
    ['ACCOUNT_DISABLED'],
    ['beta_api_shape_disabled'],
  ])('%s ends the conversation with the reason, without another attempt', (code) => {
    const story = goOn(live(), failure({ code, message: 'Because.' }))
    expect(reported(story, 'error')).toMatchObject([{ message: 'Because.' }])
    expect(effectTypes(story)).not.toContain('startTimer')
    expect(story.state).toMatchObject({ phase: 'closing', ending: { failed: true, reason: 'Because.' } })
  })

  test('are recognised by the message alone', () => {
    expect(goOn(live(), failure({ message: 'Invalid authorization credentials' })).state.phase).toBe('closing')
  })
})

describe('a service out of resources', () => {
  const full = failure({ type: 'server_error', code: 'SESSION_RESOURCES_EXHAUSTED', message: 'No room.' })
  const opening = goOn(live(), lost, ...reopening)

  test('at the first start is tried again within the time that a start may take', () => {
    const first = goOn(begin(), opened, sessionCreated)
    const story = goOn(first, full)
    expect(effectTypes(story)).toEqual(['close', 'stopTimer', 'startTimer', 'report', 'startTimer'])
    expect(story.effects).toContainEqual({ type: 'startTimer', timer: 'connect', ms: 10_000 })
    const again = goOn(story, fired('retry'))
    expect(effectTypes(again)).toEqual(['connect'])
    expect(sentTypes(goOn(again, opened, sessionCreated))).toEqual(['session.update'])
    expect(goOn(story, fired('connect')).state.phase).toBe('closing')
  })

  test('at the first start loses no edit that came meanwhile', () => {
    const edited = agentWith({ instructions: 'Be brief.' })
    const story = goOn(begin(), edit(2, edited), opened, sessionCreated, full)
    expect(sent(goOn(story, fired('retry'), opened, sessionCreated))).toMatchObject([
      { session: { instructions: 'Be brief.' } },
    ])
  })

  test('in a live session is left and tried again later', () => {
    const story = goOn(live(), full)
    expect(effectTypes(story)).toContain('close')
    expect(story.state.phase).toBe('waiting')
  })

  test('while a lost session is reopened counts as another loss', () => {
    expect(goOn(opening, full).state).toMatchObject({ phase: 'waiting', connection: { losses: 2 } })
  })
})
