import { describe, expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import * as valid from '../../src/generated/realtime-client-events.js'
import { authorPath, compileSession } from '../../src/session/settings/compile.ts'
import { deepEqual, leaves, valueAt } from '../../src/session/settings/leaves.ts'
import { diffSession } from '../../src/session/settings/session-diff.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import fc from '../helpers/seeded-fast-check.ts'
import { anyAgent } from './any-agent.ts'

const semantic = { type: 'semantic_vad', create_response: true, interrupt_response: true } as const
const server = { type: 'server_vad', create_response: true, interrupt_response: true } as const
const format = { type: 'audio/pcm', rate: 24000 }

/** What is sent and what is held back when `before` was accepted and `after` is wanted. */
function between(before: Partial<Agent>, after: Partial<Agent>, created: { readonly [key: string]: unknown } = {}) {
  const { update, deferred } = diffSession(compileSession(agentWith(before)), compileSession(agentWith(after)), {
    created,
  })
  const { type, ...sent } = update
  return { sent, deferred: deferred.map(({ field }) => field) }
}

describe('the update contains', () => {
  const tools = [toolNamed('zoo'), toolNamed('arc')]
  const wireTools = tools.map(({ name, description, parameters }) => ({
    type: 'function',
    name,
    description,
    parameters,
  }))
  const output = { format, model: 'inworld-tts-1.5-max', voice: 'Clive' }
  const cases: readonly [string, Partial<Agent>, Partial<Agent>, object][] = [
    ['nothing if nothing changed', {}, {}, {}],
    ['nothing of what only the runner knows', {}, { name: 'x', description: 'y', greeting: 'Hi.' }, {}],
    ['the prompt', {}, { instructions: 'New.' }, { instructions: 'New.' }],
    ['an empty prompt', {}, { instructions: '' }, { instructions: '' }],
    ['the voice, with all of the output', {}, { voice: 'Sarah' }, { audio: { output: { ...output, voice: 'Sarah' } } }],
    [
      'the speed, with all of the output',
      {},
      { tts: { model: 'inworld-tts-1.5-max', speed: 1.2 } },
      { audio: { output: { ...output, speed: 1.2 } } },
    ],
    [
      'the output in its accepted format',
      {},
      { voice: 'Sarah', audio: { input: { format: 'pcmu', rate: 8000 }, output: { format: 'pcmu', rate: 8000 } } },
      { audio: { output: { ...output, voice: 'Sarah' } } },
    ],
    ['no format', {}, { audio: { input: { format: 'pcm', rate: 16000 }, output: { format: 'pcm', rate: 16000 } } }, {}],
    [
      'the language of the transcription, with all of it',
      {},
      { stt: { model: 'assemblyai/u3-rt-pro', language: 'de' } },
      { audio: { input: { transcription: { model: 'assemblyai/u3-rt-pro', language: 'de' } } } },
    ],
    [
      'one key of the turn detection, with all of it',
      {},
      { turn_detection: { ...semantic, eagerness: 'low' } },
      { audio: { input: { turn_detection: { ...semantic, eagerness: 'low' } } } },
    ],
    [
      'another kind of turn detection, without the keys of the old one',
      { turn_detection: { ...server, threshold: 0.4, silence_duration_ms: 300 } },
      { turn_detection: { ...semantic, eagerness: 'low' } },
      { audio: { input: { turn_detection: { ...semantic, eagerness: 'low' } } } },
    ],
    ['all tools, in the order of the file', { tools: [...tools].reverse() }, { tools }, { tools: wireTools }],
    ['no tools as an empty list', { tools }, { tools: [] }, { tools: [] }],
    [
      'nothing of a tool that the model does not see',
      { tools },
      { tools: [toolNamed('zoo', { timeoutMs: 1 }), toolNamed('arc')] },
      {},
    ],
    [
      'nothing if only the order of keys changed',
      { provider_data: { a: { x: 1, y: 2 } } },
      { provider_data: { a: { y: 2, x: 1 } } },
      {},
    ],
    [
      'one branch of provider_data',
      { provider_data: { stt: { x: 1, y: 2 }, tts: { z: 1 } } },
      { provider_data: { stt: { x: 1, y: 3 }, tts: { z: 1 } } },
      { providerData: { stt: { x: 1, y: 3 } } },
    ],
    [
      'a key of provider_data that holds a dot',
      { provider_data: { 'a.b': 1, 'c.d': { e: 1 } } },
      { provider_data: { 'a.b': 2, 'c.d': { e: 1 } } },
      { providerData: { 'a.b': 2 } },
    ],
    [
      'nothing for what is locked',
      {},
      { provider_data: { tts: { conversational: true, user_turn_mode: 'both' } } },
      {},
    ],
    [
      'a branch without what is locked in it',
      {},
      { provider_data: { tts: { conversational: true, language: 'de' } } },
      { providerData: { tts: { language: 'de' } } },
    ],
    ['nothing of a change to manual turns', {}, { turn_detection: { type: 'manual' } }, {}],
    ['nothing of a change from manual turns', { turn_detection: { type: 'manual' } }, { turn_detection: server }, {}],
    [
      'one kind of tool choice in place of another',
      { tool_choice: { type: 'function', name: 'zoo' } },
      { tool_choice: 'auto' },
      { tool_choice: 'auto' },
    ],
    [
      'the choice of one tool',
      { tool_choice: 'auto' },
      { tool_choice: { type: 'function', name: 'zoo' } },
      { tool_choice: { type: 'function', name: 'zoo' } },
    ],
  ]
  test.each(cases)('%s', (_, before, after, sent) => {
    expect(between(before, after)).toEqual({ sent, deferred: [] })
  })
})

describe('a removed setting', () => {
  const created = {
    temperature: 0.8,
    max_output_tokens: 'inf',
    tool_choice: 'auto',
    audio: {
      input: {
        transcription: { language: 'en' },
        turn_detection: { ...server, threshold: 0.5, idle_timeout_ms: null },
      },
      output: { speed: 1 },
    },
  }
  const tts = { model: 'inworld-tts-1.5-max' }
  const stt = { model: 'assemblyai/u3-rt-pro' }
  const returns: readonly [string, Partial<Agent>, object][] = [
    ['voice', { voice: 'Sarah' }, { audio: { output: { format, ...tts, voice: 'Clive' } } }],
    ['output_modalities', { output_modalities: ['text'] }, { output_modalities: ['audio', 'text'] }],
    ['temperature', { temperature: 0.1 }, { temperature: 0.8 }],
    ['max_output_tokens', { max_output_tokens: 5 }, { max_output_tokens: 'inf' }],
    ['tool_choice', { tool_choice: 'required' }, { tool_choice: 'auto' }],
    ['tool_choice.name', { tool_choice: { type: 'function', name: 'x' } }, { tool_choice: 'auto' }],
    ['tts.speed', { tts: { ...tts, speed: 1.4 } }, { audio: { output: { format, ...tts, voice: 'Clive', speed: 1 } } }],
    [
      'stt.language',
      { stt: { ...stt, language: 'de' } },
      { audio: { input: { transcription: { ...stt, language: 'en' } } } },
    ],
  ]
  test.each(returns)('%s returns to our default, else to what the service began with', (_, before, sent) => {
    expect(between(before, {}, created)).toEqual({ sent, deferred: [] })
  })

  test('turn_detection.threshold returns to what the service began with if that was of the same type', () => {
    const given = { turn_detection: { ...server, threshold: 0.9 } }
    expect(between(given, { turn_detection: server }, created)).toEqual({
      sent: { audio: { input: { turn_detection: { ...server, threshold: 0.5 } } } },
      deferred: [],
    })
    const other = { audio: { input: { turn_detection: { ...semantic, threshold: 0.5 } } } }
    expect(between(given, { turn_detection: server }, other)).toEqual({
      sent: {},
      deferred: ['turn_detection.threshold'],
    })
  })

  test('is sent as null only if the protocol allows it', () => {
    const given = { turn_detection: { ...server, idle_timeout_ms: 6000 } }
    expect(between(given, { turn_detection: server }, created)).toEqual({
      sent: { audio: { input: { turn_detection: { ...server, idle_timeout_ms: null } } } },
      deferred: [],
    })
    expect(between({ temperature: 0.1 }, {}, { temperature: null })).toEqual({ sent: {}, deferred: ['temperature'] })
  })

  const held: readonly [string, Partial<Agent>][] = [
    ['temperature', { temperature: 0.1 }],
    ['tts.speed', { tts: { ...tts, speed: 1.4 } }],
    ['stt.prompt', { stt: { ...stt, prompt: 'Ada' } }],
    ['turn_detection.eagerness', { turn_detection: { ...semantic, eagerness: 'low' } }],
    ['tool_choice', { tool_choice: { type: 'function', name: 'x' } }],
    ['provider_data.user_id', { provider_data: { user_id: 'u' } }],
    ['provider_data.odd.key', { provider_data: { 'odd.key': 1 } }],
    ['provider_data.stt', { provider_data: { stt: {} } }],
  ]
  test.each(held)('%s waits for the next session if the service never reported its own', (field, before) => {
    expect(between(before, {})).toEqual({ sent: {}, deferred: [field] })
  })

  test('of provider_data stays although the service reported its own value', () => {
    const before = { provider_data: { stt: { a: 1, b: 2 }, tts: { c: 3 } } }
    const after = { provider_data: { stt: { a: 9 } } }
    expect(between(before, after, { providerData: { stt: { b: 7 }, tts: { c: 7 } } })).toEqual({
      sent: { providerData: { stt: { a: 9, b: 2 } } },
      deferred: ['provider_data.stt.b', 'provider_data.tts.c'],
    })
  })

  test('that is deferred is sent along when its part is sent', () => {
    const before = { tts: { ...tts, speed: 1.4 } }
    expect(between(before, { voice: 'Sarah' })).toEqual({
      sent: { audio: { output: { format, ...tts, voice: 'Sarah', speed: 1.4 } } },
      deferred: ['tts.speed'],
    })
  })
})

/** Wire paths that are fixed for the length of a session. */
const FIXED = /\.format\.|noise_reduction|providerData\.tts\.(conversational|user_turn_mode)/

describe('between any two agents', () => {
  const holds = (check: (before: Agent, after: Agent, created: { readonly [key: string]: unknown }) => boolean) =>
    fc.assert(
      fc.property(anyAgent, anyAgent, anyAgent, (before, after, first) =>
        check(before, after, { ...compileSession(first) }),
      ),
      { numRuns: 500 },
    )

  test('the update is one that the protocol allows', () => {
    holds((before, after, created) => {
      const { update } = diffSession(compileSession(before), compileSession(after), { created })
      const event = { type: 'session.update', event_id: 'e', session: update }
      if (!valid.ClientEvent(event)) throw new Error(JSON.stringify(valid.ClientEvent.errors))
      return true
    })
  })

  test('nothing more is sent once the update is accepted', () => {
    holds((before, after, created) => {
      const { next } = diffSession(compileSession(before), compileSession(after), { created })
      return Object.keys(diffSession(next, compileSession(after), { created }).update).length === 0
    })
  })

  test('a service that replaces whole parts ends up with what is recorded', () => {
    holds((before, after, created) => {
      const accepted = compileSession(before)
      const { update, next } = diffSession(accepted, compileSession(after), { created })
      const { audio, providerData, ...rest } = update
      return deepEqual(
        {
          ...accepted,
          ...rest,
          audio: {
            input: { ...accepted.audio?.input, ...audio?.input },
            output: audio?.output ?? accepted.audio?.output,
          },
          providerData: { ...accepted.providerData, ...providerData },
        },
        next,
      )
    })
  })

  test('what is fixed for the length of a session stays', () => {
    const fixed = [
      ['audio', 'input', 'format'],
      ['audio', 'input', 'noise_reduction'],
      ['audio', 'output', 'format'],
      ['providerData', 'tts', 'conversational'],
      ['providerData', 'auto_tool_response'],
    ]
    holds((before, after, created) => {
      const accepted = compileSession(before)
      const { next } = diffSession(accepted, compileSession(after), { created })
      return fixed.every((path) => deepEqual(valueAt(accepted, path), valueAt(next, path)))
    })
  })

  test('only what is deferred or fixed differs from what is wanted', () => {
    holds((before, after, created) => {
      const accepted = compileSession(before)
      const wanted = compileSession(after)
      const { next, deferred } = diffSession(accepted, wanted, { created })
      const isDeferred = (path: string) => deferred.some(({ field }) => `${authorPath(path)}.`.startsWith(`${field}.`))
      const isManual = [before, after].some(({ turn_detection }) => turn_detection.type === 'manual')
      const isFixed = (path: string) => FIXED.test(path) || (isManual && /turn_detection/.test(path))
      return leaves(next).every(({ path: keys, value }) => {
        const [path, asked] = [keys.join('.'), valueAt(wanted, keys)]
        return asked === undefined || deepEqual(value, asked) || isDeferred(path) || isFixed(path)
      })
    })
  })
})
