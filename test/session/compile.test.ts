import { describe, expect, test } from 'vitest'
import * as valid from '../../src/generated/realtime-client-events.js'
import { authorPath, compileSession } from '../../src/session/settings/compile.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import fc from '../helpers/seeded-fast-check.ts'
import { anyAgent } from './any-agent.ts'

test('the smallest agent sends only what is always sent', () => {
  expect(compileSession(agentWith())).toEqual({
    type: 'realtime',
    model: 'openai/gpt-4.1-mini',
    instructions: 'You are at the desk.',
    output_modalities: ['audio', 'text'],
    audio: {
      input: {
        format: { type: 'audio/pcm', rate: 24000 },
        transcription: { model: 'assemblyai/u3-rt-pro' },
        turn_detection: { type: 'semantic_vad', create_response: true, interrupt_response: true },
      },
      output: { format: { type: 'audio/pcm', rate: 24000 }, model: 'inworld-tts-1.5-max', voice: 'Clive' },
    },
    tools: [],
    providerData: { auto_tool_response: false },
  })
})

test('every setting that is given is sent', () => {
  const session = compileSession(
    agentWith({
      temperature: 0,
      max_output_tokens: 'inf',
      tool_choice: { type: 'function', name: 'look' },
      stt: { model: 'a/b', language: 'de', prompt: '' },
      tts: { model: 'tts-2', speed: 0.5 },
      audio: {
        input: { format: 'pcm', rate: 24000, noise_reduction: 'far_field' },
        output: { format: 'pcm', rate: 24000 },
      },
      provider_data: { stt: { voice_profile: true }, 'odd.key': [1] },
    }),
  )
  expect(session).toMatchObject({
    temperature: 0,
    max_output_tokens: 'inf',
    tool_choice: { type: 'function', name: 'look' },
    audio: {
      input: {
        noise_reduction: { type: 'far_field' },
        transcription: { model: 'a/b', language: 'de', prompt: '' },
      },
      output: { speed: 0.5 },
    },
    providerData: { stt: { voice_profile: true }, 'odd.key': [1], auto_tool_response: false },
  })
})

test.each([
  [{ format: 'pcm', rate: 16000 } as const, { type: 'audio/pcm', rate: 16000 }],
  [{ format: 'pcmu', rate: 8000 } as const, { type: 'audio/pcmu' }],
  [{ format: 'pcma', rate: 8000 } as const, { type: 'audio/pcma' }],
])('%j is sent as an object, G.711 without a rate', (given, sent) => {
  const { audio } = compileSession(agentWith({ audio: { input: given, output: given } }))
  expect([audio?.input?.format, audio?.output?.format]).toEqual([sent, sent])
})

test('manual turn detection is sent as null', () => {
  expect(compileSession(agentWith({ turn_detection: { type: 'manual' } })).audio?.input?.turn_detection).toBeNull()
})

test('auto_tool_response stays false, whatever provider_data says', () => {
  const agent = agentWith({ provider_data: { auto_tool_response: true } })
  expect(compileSession(agent).providerData).toEqual({ auto_tool_response: false })
})

test('tools are sent as the model sees them, in the order of the file', () => {
  const parameters = { type: 'object', properties: { z: { type: 'string' }, a: { type: 'number' } } }
  const tools = [toolNamed('zoo', { parameters, env: ['SECRET'] }), toolNamed('arc')]
  const sent = compileSession(agentWith({ tools })).tools
  expect(sent).toEqual([
    { type: 'function', name: 'zoo', description: 'Does zoo.', parameters },
    { type: 'function', name: 'arc', description: 'Does arc.', parameters: { type: 'object' } },
  ])
  expect(JSON.stringify(sent)).toContain('"properties":{"z":{"type":"string"},"a":{"type":"number"}}')
})

test('every agent compiles to a session that the protocol’s schema allows', () => {
  fc.assert(
    fc.property(anyAgent, (agent) => {
      const event = { type: 'session.update', event_id: 'e', session: compileSession(agent) }
      if (!valid.ClientEvent(event)) throw new Error(JSON.stringify(valid.ClientEvent.errors))
    }),
    { numRuns: 500 },
  )
})

describe('a wire path maps back to the author’s path', () => {
  test.each([
    ['session.audio.input.transcription.model', 'stt.model'],
    ['session.audio.input.turn_detection', 'turn_detection'],
    ['session.audio.input.turn_detection.threshold', 'turn_detection.threshold'],
    ['session.audio.output.voice', 'voice'],
    ['session.audio.output.model', 'tts.model'],
    ['session.audio.output.speed', 'tts.speed'],
    ['session.audio.input.noise_reduction.type', 'audio.input.noise_reduction'],
    ['session.audio.input.format', 'audio.input'],
    ['session.audio.output.format.rate', 'audio.output.rate'],
    ['session.audio.output.format.type', 'audio.output.format'],
    ['session.providerData.stt.voice_profile', 'provider_data.stt.voice_profile'],
    ['session.tools[0].name', 'tools[0].name'],
    ['session.model', 'model'],
    ['audio.output.voice', 'voice'],
    ['session.tracing', null],
    ['item_id', null],
    ['session.modelling', null],
  ])('%s → %s', (wire, author) => {
    expect(authorPath(wire)).toBe(author)
  })
})
