import { describe, expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import { planChanges } from '../../src/session/plan.ts'
import { authorPath, compileSession } from '../../src/session/settings/compile.ts'
import { deepEqual, leaves, valueAt } from '../../src/session/settings/leaves.ts'
import { diffSession } from '../../src/session/settings/session-diff.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import fc from '../helpers/seeded-fast-check.ts'
import { anyAgent } from './any-agent.ts'

const semantic = { type: 'semantic_vad', create_response: true, interrupt_response: true } as const
const connection = agentWith().connection

function plan(before: Partial<Agent>, after: Partial<Agent>) {
  return Object.fromEntries(planChanges(agentWith(before), agentWith(after)).map(({ field, when }) => [field, when]))
}

describe('each setting takes effect at its own time', () => {
  const cases: readonly [Partial<Agent>, Partial<Agent>, { readonly [field: string]: string }][] = [
    [{}, {}, {}],
    [{}, { file: 'elsewhere.yaml', places: new Map() }, {}],
    [{}, { description: 'x' }, { description: 'now' }],
    [{}, { name: 'x' }, { name: 'refused' }],
    [{}, { instructions: 'x' }, { instructions: 'next response' }],
    [
      {},
      { model: 'a/b', temperature: 1, max_output_tokens: 5 },
      { model: 'next response', temperature: 'next response', max_output_tokens: 'next response' },
    ],
    [{}, { output_modalities: ['text'] }, { output_modalities: 'next response' }],
    [
      {},
      { voice: 'x', tts: { model: 'y', speed: 1 } },
      { voice: 'next response', 'tts.model': 'next response', 'tts.speed': 'next response' },
    ],
    [{}, { tools: [toolNamed('x')] }, { tools: 'next response' }],
    [{ tools: [toolNamed('x')] }, { tools: [toolNamed('x', { timeoutMs: 1 })] }, { tools: 'next response' }],
    [{ tools: [toolNamed('x')] }, { tools: [toolNamed('x')] }, {}],
    [{ tool_choice: 'auto' }, { tool_choice: { type: 'function', name: 'x' } }, { tool_choice: 'next response' }],
    [{ tool_choice: { type: 'function', name: 'x' } }, {}, { tool_choice: 'next response' }],
    [{}, { stt: { model: 'x', language: 'de' } }, { 'stt.model': 'next audio', 'stt.language': 'next audio' }],
    [{}, { turn_detection: { ...semantic, eagerness: 'low' } }, { 'turn_detection.eagerness': 'next audio' }],
    [
      {},
      { turn_detection: { type: 'manual' } },
      {
        'turn_detection.type': 'next session',
        'turn_detection.create_response': 'next session',
        'turn_detection.interrupt_response': 'next session',
      },
    ],
    [{}, { greeting: 'x' }, { greeting: 'next session' }],
    [{}, { reload: { apply: 'now', ack_timeout: '3s' } }, { 'reload.apply': 'now' }],
    [
      { reload: { apply: 'next_session', ack_timeout: '3s' } },
      { reload: { apply: 'next_session', ack_timeout: '1s' }, instructions: 'x', description: 'y' },
      { 'reload.ack_timeout': 'next session', instructions: 'next session', description: 'next session' },
    ],
    [
      { reload: { apply: 'next_session', ack_timeout: '3s' } },
      { instructions: 'x' },
      { 'reload.apply': 'now', instructions: 'next response' },
    ],
    [
      {},
      { audio: { ...agentWith().audio, input: { format: 'pcm', rate: 8000 } } },
      { 'audio.input.rate': 'next session' },
    ],
    [{}, { connection: { ...connection, auth: 'bearer' } }, { 'connection.auth': 'next session' }],
    [{}, { provider_data: { stt: { x: 1 } } }, { 'provider_data.stt.x': 'next audio' }],
    [{ provider_data: { stt: { x: 1 } } }, {}, { 'provider_data.stt.x': 'next session' }],
    [{}, { provider_data: { tts: { conversational: true } } }, { 'provider_data.tts.conversational': 'next session' }],
    [{}, { provider_data: { stt: {} } }, {}],
  ]
  test.each(cases)('%j → %j', (before, after, expected) => {
    expect(plan(before, after)).toEqual(expected)
  })
})

test('whatever waits for the next session or is refused has a reason', () => {
  fc.assert(
    fc.property(anyAgent, anyAgent, (before, after) =>
      planChanges(before, after).every(
        ({ when, reason }) => ['next session', 'refused'].includes(when) === (reason !== undefined),
      ),
    ),
  )
})

test('a setting missing from the table waits for the next session, with a reason', () => {
  const known = agentWith()
  expect(planChanges(known, { ...known, hologram: { size: 2 } } as Agent)).toEqual([
    { field: 'hologram.size', when: 'next session', reason: 'no rule says that it may change while a session is open' },
  ])
})

test('an update never changes a setting that the table fixes for the session', () => {
  fc.assert(
    fc.property(anyAgent, anyAgent, anyAgent, (before, after, first) => {
      const accepted = compileSession(before)
      const { update } = diffSession(accepted, compileSession(after), { created: { ...compileSession(first) } })
      const plan = planChanges(before, after)
      const { type: _type, ...sent } = update
      for (const { path, value } of leaves(sent)) {
        if (deepEqual(value, valueAt(accepted, path))) continue
        const field = authorPath(path.join('.')) ?? ''
        const planned = plan.find((change) => field === change.field || field.startsWith(`${change.field}.`))
        expect([field, planned?.when]).toEqual([field, expect.stringMatching(/^next (response|audio)$/)])
      }
    }),
    { numRuns: 1000 },
  )
})

test('every setting of an agent has a row in the timing table', () => {
  fc.assert(
    fc.property(anyAgent, anyAgent, (before, after) =>
      planChanges(before, after).every(({ reason }) => !reason?.startsWith('no rule')),
    ),
  )
})
