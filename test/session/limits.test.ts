import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { step } from '../../src/session/step.ts'
import { agentWith, controlNamed, toolNamed } from '../helpers/agents.ts'
import { sound, transcribed, words } from './speech.ts'
import {
  announced,
  begin,
  created,
  done,
  doneWithCalls,
  drained,
  edit,
  effectTypes,
  failure,
  fired,
  goOn,
  live,
  lost,
  moment,
  reopening,
  type Story,
  sent,
  sentTypes,
  started,
  stopped,
  text,
  toolDone,
  updated,
} from './story.ts'
import { launched } from './tool-calls.ts'

const limits = { max_session: '30m', wrap_up_at: '27m', idle: '5m', max_tool_calls_in_flight: 8 }
const limited = agentWith({ limits })

/** The timers that are started, and for how many ms. */
function startedTimers(story: Story): Record<string, number> {
  return Object.fromEntries(
    story.effects.flatMap((effect) => (effect.type === 'startTimer' ? [[effect.timer, effect.ms]] : [])),
  )
}

describe('the length of a conversation', () => {
  test('counts from when it was first live', () => {
    expect(startedTimers(begin(limited))).not.toHaveProperty('limit')
    expect(startedTimers(live(limited))).toMatchObject({ limit: 1_800_000, 'wrap up': 1_620_000, silence: 300_000 })
  })

  test('counts on through a reload, and an edited limit counts from the beginning too', () => {
    const reloaded = goOn(live(limited), edit(2, agentWith({ ...limited, temperature: 1 })), updated())
    expect(startedTimers(reloaded)).not.toHaveProperty('limit')
    const longer = edit(2, agentWith({ limits: { ...limits, max_session: '40m' } }))
    const [state, effects] = step(live(limited).state, longer, { ...moment, now: moment.now + 600_000 })
    expect(startedTimers({ state, effects })).toMatchObject({ limit: 1_800_000 })
  })

  test('counts on through a lost connection', () => {
    const away = goOn(live(limited), lost)
    expect(startedTimers(goOn(away, ...reopening, updated()))).not.toHaveProperty('limit')
    expect(goOn(away, fired('limit')).state.ending).toMatchObject({
      reason: 'it has lasted 30m, its limit',
      failed: false,
    })
  })
})

describe('a wrap-up notice', () => {
  test('is given once, when the conversation nears its limit', () => {
    const story = goOn(live(limited), fired('wrap up'))
    expect(sent(story)).toMatchObject([
      { type: 'response.create', response: { instructions: expect.stringContaining('nearly over') } },
    ])
    expect(story.state.lifetime.clocks['wrap up']).toBeNull()
    expect(sentTypes(goOn(story, created('r1'), done('r1'), fired('wrap up')))).toEqual([])
  })

  test('waits for what is being said, and comes after what is due', () => {
    const story = goOn(live(limited), created('r1'), fired('wrap up'))
    expect(sentTypes(story)).toEqual([])
    const asked = goOn(story, text('and?'), done('r1', { status: 'cancelled' }))
    expect(asked.state.turn.requested?.causes).toEqual(['text'])
    expect(goOn(asked, created('r2'), done('r2')).state.turn.requested?.causes).toEqual(['wrap up'])
  })

  test('waits until the caller has spoken and heard the answer', () => {
    const spoken = goOn(live(limited), started, fired('wrap up'), stopped)
    expect(sentTypes(spoken)).toEqual([])
    const answered = goOn(spoken, created('r1'), sound('r1'), done('r1'))
    expect(sentTypes(answered)).toEqual([])
    expect(goOn(answered, drained).state.turn.requested?.causes).toEqual(['wrap up'])
  })

  test.each<[string, readonly SessionEvent[]]>([
    ['before it has begun', [text('and?'), created('r1'), done('r1', { status: 'cancelled' })]],
    ['before a word of it has come', [...announced('r1'), text('and?'), done('r1', { status: 'cancelled' })]],
  ])('that the caller interrupts %s is given after their answer', (_, events) => {
    const broken = goOn(live(limited), fired('wrap up'), ...events)
    expect(broken.state.turn.requested?.causes).toEqual(['text'])
    expect(goOn(broken, created('r2'), done('r2')).state.turn.requested?.causes).toEqual(['wrap up'])
  })

  test.each<[string, readonly SessionEvent[]]>([
    ['has not begun', []],
    ['has begun without a word', [created('r1')]],
  ])('that %s when the connection is lost is given in the next session, and nothing else', (_, events) => {
    const talked = goOn(live(limited), text('hi'), created('r0'), words('Hello.', 'b', 'r0'), done('r0'))
    const over = goOn(goOn(talked, fired('wrap up'), ...events, lost), ...reopening, updated(), fired('replay'))
    expect(over.state.turn).toMatchObject({ requested: { causes: ['wrap up'] }, replyDue: [] })
  })

  test.each<[string, readonly SessionEvent[]]>([
    ['speaks over it before a word of it', [created('r1'), started]],
    ['types before it has begun', [text('and?')]],
  ])('is given in the next session if the caller %s and the connection is lost then', (_, events) => {
    const over = goOn(goOn(live(limited), fired('wrap up'), ...events, lost), ...reopening, updated(), fired('replay'))
    const { requested, replyDue } = over.state.turn
    expect([...(requested?.causes ?? []), ...replyDue]).toContain('wrap up')
  })

  test('is still given if the caller types while the service is busy with another answer', () => {
    const busy = failure({ code: 'conversation_already_has_active_response', message: 'active response' })
    const typed = goOn(live(limited), fired('wrap up'), busy, created('r1'), text('and?'), done('r1'))
    expect(typed.state.turn.requested?.causes).toEqual(['text'])
    expect(goOn(typed, created('r2'), done('r2')).state.turn.requested?.causes).toEqual(['wrap up'])
  })

  test('that a cough cut off is given once, whenever the cough is known for one', () => {
    const asked = agentWith({
      limits,
      turn_detection: { type: 'semantic_vad', create_response: false, interrupt_response: true },
    })
    const cut = goOn(
      live(asked),
      fired('wrap up'),
      created('r1'),
      started,
      done('r1', { status: 'cancelled' }),
      stopped,
    )
    expect(cut.state.turn.requested?.causes).toEqual(['wrap up'])
    expect(sentTypes(goOn(cut, created('r2'), done('r2'), transcribed('')))).toEqual([])
  })

  test('is not repeated if some of it was heard before the caller interrupted', () => {
    const broken = goOn(live(limited), fired('wrap up'), created('r1'), sound('r1'), text('and?'))
    const answered = goOn(broken, done('r1', { status: 'cancelled' }), created('r2'), done('r2'))
    expect(answered.state.turn).toMatchObject({ requested: null, replyDue: [] })
  })
})

describe('a conversation at its limit', () => {
  test('lets what is being said be heard, and begins nothing new', () => {
    const speaking = goOn(live(limited), created('r1'), sound('r1'), fired('limit'))
    expect(effectTypes(speaking)).not.toContain('close')
    const more = goOn(speaking, done('r1'), text('one more thing'))
    expect(sentTypes(more)).not.toContain('response.create')
    expect(effectTypes(more)).toContain('close')
    expect(effectTypes(goOn(speaking, done('r1'), drained))).toContain('close')
  })

  test('ends at once if nobody speaks', () => {
    const story = goOn(live(limited), fired('limit'))
    expect(effectTypes(story)).toContain('close')
    expect(story.state.ending).toEqual({ reason: 'it has lasted 30m, its limit', code: null, failed: false })
  })

  test('lets a running tool end, and launches none', () => {
    const tools = [toolNamed('a'), toolNamed('b')]
    const both = agentWith({ tools, limits: { ...limits, max_tool_calls_in_flight: 1 } })
    const running = goOn(live(both), created('r1'), doneWithCalls('r1', 'a', 'b'))
    const over = goOn(running, fired('limit'))
    expect(effectTypes(over)).not.toContain('close')
    expect(over.state.calls).toMatchObject([{ stage: 'running' }, { stage: 'over', answered: true }])
    expect(effectTypes(goOn(over, toolDone('a')))).toContain('close')
    const late = goOn(live(both), created('r1'), sound('r1'), fired('limit'), doneWithCalls('r1', 'a'))
    expect(effectTypes(late)).not.toContain('runTool')
  })

  test('gives the last words 10 s', () => {
    const speaking = goOn(live(limited), created('r1'), sound('r1'), fired('limit'))
    expect(startedTimers(speaking)).toMatchObject({ 'last words': 10_000 })
    expect(effectTypes(goOn(speaking, fired('last words')))).toContain('close')
  })
})

describe('a conversation in which nobody says anything', () => {
  test('ends after its limit', () => {
    const story = goOn(live(limited), fired('silence'))
    expect(effectTypes(story)).toContain('close')
    expect(story.state.ending).toEqual({
      reason: 'nobody has said anything for 5m',
      code: null,
      failed: false,
    })
  })

  test('is not silent while somebody speaks', () => {
    expect(goOn(live(limited), created('r1')).state.lifetime.clocks.silence).toBeNull()
    expect(goOn(live(limited), created('r1'), sound('r1'), done('r1')).state.lifetime.clocks.silence).toBeNull()
    expect(goOn(live(limited), created('r1'), sound('r1'), done('r1'), drained).state.lifetime.clocks.silence).toBe(
      '5m',
    )
  })
})

describe('concurrent tool calls', () => {
  const two = agentWith({
    tools: ['a', 'b', 'c'].map((name) => toolNamed(name)),
    limits: { max_tool_calls_in_flight: 2 },
  })

  test('run up to the limit; the others wait, oldest first', () => {
    const story = goOn(live(two), created('r1'), doneWithCalls('r1', 'a', 'b', 'c'))
    expect(launched(story)).toEqual(['call_a', 'call_b'])
    expect(launched(goOn(story, toolDone('b')))).toEqual(['call_c'])
  })

  test('are counted without control calls, which wait for the service', () => {
    const one = agentWith({
      tools: [controlNamed('set_voice'), toolNamed('a')],
      limits: { max_tool_calls_in_flight: 1 },
    })
    const call = { type: 'function_call', status: 'completed' }
    const output = [
      { ...call, id: 'i', call_id: 'v', name: 'set_voice', arguments: '{"voice":"Dennis"}' },
      { ...call, id: 'j', call_id: 'call_a', name: 'a', arguments: '{}' },
    ]
    const story = goOn(live(one), created('r1'), done('r1', { output }))
    expect(launched(story)).toEqual(['call_a'])
  })

  test('are all answered before the response to them', () => {
    const story = goOn(live(two), created('r1'), doneWithCalls('r1', 'a', 'b', 'c'), toolDone('b'), toolDone('a'))
    expect(sentTypes(story)).not.toContain('response.create')
    expect(sentTypes(goOn(story, toolDone('c')))).toEqual(['conversation.item.create', 'response.create'])
  })
})
