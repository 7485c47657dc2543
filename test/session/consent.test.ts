import { expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { step } from '../../src/session/step.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { transcribed } from './speech.ts'
import { created, done, live, sent, server, started, stopped, text } from './story.ts'

const agent = agentWith({
  tools: [...['refund', 'charge'].map((name) => toolNamed(name, { confirm: true })), toolNamed('look')],
})
const lose: readonly SessionEvent[] = [
  { type: 'socket.closed', code: 1006, reason: '' },
  { type: 'timer.fired', timer: 'retry' },
  { type: 'socket.opened' },
  server({ type: 'session.created', session: {} }),
  server({ type: 'session.updated', session: {} }),
]

/** A response that calls for a refund, and the one that tells what came of it. */
function refund(id: string, given = '{"order":"A-1","euros":5}', name = 'refund'): readonly SessionEvent[] {
  const item = { id: `item_${id}`, type: 'function_call', call_id: id, name, arguments: given, status: 'completed' }
  return [created(`r${id}`), done(`r${id}`, { output: [item] }), created(`s${id}`), done(`s${id}`)]
}

/** What became of each call: `run`, or the status it was answered with. A number among the events lets so many ms pass. */
function outcomes(...events: readonly (SessionEvent | number)[]): readonly string[] {
  return outcomesOf(agent, ...events)
}

function outcomesOf(agent: Agent, ...events: readonly (SessionEvent | number)[]): readonly string[] {
  let { state } = live(agent)
  let now = 1_000_000
  const found: string[] = []
  for (const event of events) {
    if (typeof event === 'number') {
      now += event
      continue
    }
    const [next, effects] = step(state, event, { now, chance: 0 })
    state = next
    for (const effect of effects) {
      if (effect.type === 'runTool') found.push(`${effect.callId} run`)
      if (effect.type === 'report' && effect.report.type === 'tool.finished')
        found.push(`${effect.report.call_id} ${effect.report.status}`)
    }
  }
  return found
}

test('a turn that is reported only after its answer has begun is no consent to what that answer does', () => {
  const second = refund('2')
  const reports = [server({ type: 'input_audio_buffer.committed', item_id: 'u' }), transcribed('Yes.')]
  for (const late of [reports, reports.toReversed()])
    expect(outcomes(...refund('1'), ...second.slice(0, 1), ...late, ...second.slice(1))).toEqual([
      '1 unconfirmed',
      '2 unconfirmed',
    ])
})

test('nor does it make a later yes the answer to an earlier question', () => {
  const late = [server({ type: 'input_audio_buffer.committed', item_id: 'u' }), transcribed('Hm.')]
  const asked = [...refund('1'), text('no, charge it'), ...refund('2', '{}', 'charge')]
  const said = [created('a'), ...late, done('a'), text('yes')]
  expect(outcomes(...asked, ...said, ...refund('3'))).toEqual(['1 unconfirmed', '2 unconfirmed', '3 unconfirmed'])
  expect(outcomes(...asked, ...said, ...refund('3', '{}', 'charge')).at(-1)).toBe('3 run')
})

test('the first call is not run: the model is told to ask, and a response is due', () => {
  let { state } = live(agent)
  const effects = refund('1').flatMap((event) => {
    const [next, more] = step(state, event, { now: 1_000_000, chance: 0 })
    state = next
    return more
  })
  const events = sent({ state, effects })
  expect(events.map(({ type }) => type)).toEqual(['conversation.item.create', 'response.create'])
  expect(JSON.stringify(events[0])).toContain('unconfirmed')
  expect(JSON.stringify(events[0])).toContain('ask the caller')
})

test.each([
  ['spoken', [started, stopped]],
  ['typed', [text('yes')]],
])('the same call runs once the caller has %s', (_, turn) => {
  expect(outcomes(...refund('1'), ...turn, ...refund('2'))).toEqual(['1 unconfirmed', '2 run'])
})

test('the order of the keys and the space between them make no difference', () => {
  const again = refund('2', '{ "euros": 5,\n "order": "A-1" }')
  expect(outcomes(...refund('1'), text('yes'), ...again)).toEqual(['1 unconfirmed', '2 run'])
})

test.each([
  ['without a word of the caller', [...refund('1'), ...refund('2')]],
  ['with the same arguments for another tool', [...refund('1'), text('yes'), ...refund('2', undefined, 'charge')]],
  ['with other arguments', [...refund('1'), text('yes'), ...refund('2', '{"order":"A-1","euros":500}')]],
  ['after more than 2 minutes', [...refund('1'), text('hm'), 120_001, ...refund('2')]],
  ['in the next session, where the question was lost', [...refund('1'), ...lose, text('yes'), ...refund('2')]],
])('a call is held back again %s', (_, events) => {
  expect(outcomes(...events)).toEqual(['1 unconfirmed', '2 unconfirmed'])
})

test('two minutes later is still in time for consent', () => {
  expect(outcomes(...refund('1'), text('yes'), 120_000, ...refund('2'))).toEqual(['1 unconfirmed', '2 run'])
})

test('a response that began before the caller spoke cannot have heard their consent', () => {
  const [begins, ...calls] = refund('2')
  const events = [...refund('1'), ...(begins === undefined ? [] : [begins]), started, ...calls]
  expect(outcomes(...events)).toEqual(['1 unconfirmed', '2 unconfirmed'])
})

test('a line typed before the question, and held during the greeting, is no consent to it', () => {
  const guarded = agentWith({ ...agent, greeting: 'Hello.', greeting_interruptible: false })
  const asked = [text('refund it'), ...refund('1')] as const
  expect(outcomesOf(guarded, ...asked, ...refund('2'))).toEqual(['1 unconfirmed', '2 unconfirmed'])
  expect(outcomesOf(guarded, ...asked, text('yes'), ...refund('2'))).toEqual(['1 unconfirmed', '2 run'])
})

test.each([
  ['{"euros":50}', '{"euros":50.00}'],
  ['{"euros":12.5}', '{"euros":12.50}'],
  ['{"euros":1e3}', '{"euros":1000}'],
  ['{"euros":0.00001234567890123456789}', '{"euros":0.00001234567890123456789}'],
])('the same number is the same argument, however it is written: %s, then %s', (asked, repeated) => {
  expect(outcomes(...refund('1', asked), text('yes'), ...refund('2', repeated))).toEqual(['1 unconfirmed', '2 run'])
})

test('long numbers that differ in their last digit are different arguments', () => {
  const first = refund('1', '{"account":12345678901234567890}')
  const second = refund('2', '{"account":12345678901234567891}')
  expect(outcomes(...first, text('yes'), ...second)).toEqual(['1 unconfirmed', '2 unconfirmed'])
})

test('one consent is good for one call', () => {
  const events = [...refund('1'), text('yes'), ...refund('2'), text('and again'), ...refund('3')]
  expect(outcomes(...events)).toEqual(['1 unconfirmed', '2 run', '3 unconfirmed'])
})

test('two calls that wait for consent need one each', () => {
  const other = '{"order":"B-2","euros":7}'
  const events = [...refund('1'), ...refund('2', other), text('yes, both'), ...refund('3'), ...refund('4', other)]
  expect(outcomes(...events)).toEqual(['1 unconfirmed', '2 unconfirmed', '3 run', '4 run'])
})

test('a yes answers the last question: the call before it, which the caller wanted changed, is asked about again', () => {
  const other = '{"order":"B-7","euros":5}'
  const changed = [...refund('1'), text('yes, but order B-7'), ...refund('2', other), text('yes')]
  expect(outcomes(...changed, ...refund('3'))).toEqual(['1 unconfirmed', '2 unconfirmed', '3 unconfirmed'])
  const done = ['1 unconfirmed', '2 unconfirmed', '3 run']
  expect(outcomes(...changed, ...refund('3', other))).toEqual(done)
  expect(outcomes(...changed, ...refund('3', other), ...refund('4'))).toEqual([...done, '4 unconfirmed'])
})

test('a yes that also asks for another call is consent, whichever of the two is called first', () => {
  const [other, asked] = ['{"order":"B-7","euros":5}', [...refund('1'), text('yes, and B-7 as well')]]
  const calls = (...given: readonly string[]) =>
    given.map((text, index) => ({
      ...{ id: `item_${index}`, type: 'function_call', call_id: `${index + 2}`, name: 'refund' },
      ...{ arguments: text, status: 'completed' },
    }))
  const both = (...given: readonly string[]) => [created('r2'), done('r2', { output: calls(...given) })]
  const first = '{"order":"A-1","euros":5}'
  expect(outcomes(...asked, ...both(first, other))).toEqual(['1 unconfirmed', '3 unconfirmed', '2 run'])
  expect(outcomes(...asked, ...both(other, first))).toEqual(['1 unconfirmed', '2 unconfirmed', '3 run'])
})

test('a call with invalid arguments asks the caller nothing', () => {
  expect(outcomes(...refund('1', '[]'), text('yes'), ...refund('2', '[]'))).toEqual([
    ...['1 invalid_arguments', '2 invalid_arguments'],
  ])
})
