import { expect, test } from 'vitest'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import {
  created,
  done,
  doneWithCalls,
  goOn,
  live,
  type Story,
  sent,
  sentTypes,
  server,
  text,
  toolDone,
} from './story.ts'

const once = goOn(live(agentWith({ tools: [toolNamed('look')] })), created('r1'), doneWithCalls('r1', 'look'))

function runs(story: Story): readonly string[] {
  return story.effects.flatMap((effect) => (effect.type === 'runTool' ? [effect.callId] : []))
}

function outputs(story: Story): readonly string[] {
  return sent(story).flatMap((event) =>
    event.type === 'conversation.item.create' && event.item.type === 'function_call_output' ? [event.item.output] : [],
  )
}

test('a call that another response repeats before it is answered is run once and answered once', () => {
  const again = goOn(once, created('r2'), doneWithCalls('r2', 'look'))
  expect(runs(again)).toEqual([])
  expect(outputs(goOn(again, toolDone('look'), toolDone('look')))).toEqual(['fine'])
})

test('a call that its own response repeats after it was answered is neither run nor answered again', () => {
  const again = goOn(goOn(once, toolDone('look')), doneWithCalls('r1', 'look'))
  expect([runs(again), outputs(again)]).toEqual([[], []])
})

test('a turn that another response answered only with the repeated call is still answered', () => {
  const background = agentWith({ tools: [{ ...toolNamed('look'), background: true }] })
  const begun = goOn(live(background), created('r1'), doneWithCalls('r1', 'look'), created('r2'), done('r2'))
  const again = goOn(begun, text('look'), created('r3'), doneWithCalls('r3', 'look'))
  expect(sentTypes(again)).toContain('response.create')
  expect(sentTypes(goOn(again, created('r4'), doneWithCalls('r4', 'look')))).toEqual([])
})

test('the id of an answered call in another response is a new call: some models reuse one id for all calls', () => {
  const again = goOn(goOn(once, toolDone('look'), created('r2')), doneWithCalls('r2', 'look'))
  expect(runs(again)).toEqual(['call_look'])
  const answered = goOn(again, toolDone('look', 'once more'))
  expect(outputs(answered)).toEqual(['once more'])
  expect(sentTypes(answered)).toContain('response.create')
  expect(answered.state.calls).toHaveLength(1)
  const recorded = answered.state.record.flatMap((entry) => (entry.kind === 'call' ? [entry.output] : []))
  expect(recorded).toEqual(['fine', 'once more'])
})

test('arguments belong to the response they name, although an earlier one in progress has a call of the same id', () => {
  const call = { id: 'i', type: 'function_call', call_id: 'c', name: 'look', arguments: '', status: 'in_progress' }
  const begun = (response_id: string) => server({ type: 'response.output_item.added', response_id, item: call })
  const type = 'response.function_call_arguments.done'
  const given = server({ type, response_id: 'r2', call_id: 'c', name: null, arguments: '{"n":2}' })
  const both = goOn(
    live(agentWith({ tools: [toolNamed('look')] })),
    created('r1'),
    begun('r1'),
    created('r2'),
    begun('r2'),
  )
  expect(runs(goOn(both, given, done('r2')))).toEqual(['c'])
})
