import type { Agent } from '../../src/agent/agent.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import fc from '../helpers/seeded-fast-check.ts'

const format = fc.oneof(
  fc.constantFrom(8000, 16000, 24000, 32000, 44100, 48000).map((rate) => ({ format: 'pcm' as const, rate })),
  fc.constantFrom('pcmu', 'pcma').map((name) => ({ format: name, rate: 8000 as const })),
) as fc.Arbitrary<Agent['audio']['output']>

const input = fc
  .tuple(format, fc.constantFrom({}, { noise_reduction: 'near_field' }, { noise_reduction: 'far_field' }))
  .map(([coding, noiseReduction]) => ({ ...coding, ...noiseReduction })) as fc.Arbitrary<Agent['audio']['input']>

const answering = { create_response: fc.boolean(), interrupt_response: fc.boolean() }
const ms = fc.integer({ min: 0, max: 10_000 })

const turnDetection = fc.oneof(
  fc.constant({ type: 'manual' as const }),
  fc.record(
    {
      type: fc.constant('semantic_vad' as const),
      eagerness: fc.constantFrom('low', 'medium', 'high', 'auto'),
      ...answering,
    },
    { requiredKeys: ['type', 'create_response', 'interrupt_response'] },
  ),
  fc.record(
    {
      type: fc.constant('server_vad' as const),
      threshold: fc.double({ min: 0, max: 1, noNaN: true }),
      prefix_padding_ms: ms,
      silence_duration_ms: ms,
      idle_timeout_ms: fc.integer({ min: 1, max: 60_000 }),
      ...answering,
    },
    { requiredKeys: ['type', 'create_response', 'interrupt_response'] },
  ),
) as fc.Arbitrary<Agent['turn_detection']>

const optional = fc.record(
  {
    temperature: fc.double({ min: 0, max: 2, noNaN: true }),
    max_output_tokens: fc.oneof(fc.integer({ min: 1, max: 4096 }), fc.constant('inf' as const)),
    tool_choice: fc.constantFrom(
      'auto' as const,
      'none' as const,
      'required' as const,
      ...['look', 'book'].map((name) => ({ type: 'function' as const, name })),
    ),
    greeting: fc.constantFrom('Hello.', 'Ahoy.'),
  },
  { requiredKeys: [] },
)

const required = fc.record({
  model: fc.constantFrom('openai/gpt-4.1-mini', 'inworld/router-1'),
  voice: fc.constantFrom('Clive', 'Sarah'),
  instructions: fc.string({ maxLength: 20 }),
  output_modalities: fc.constantFrom(['audio', 'text'] as const, ['audio'] as const, ['text'] as const),
  stt: fc.record(
    { model: fc.constantFrom('a/b', 'c/d'), language: fc.constantFrom('en', 'de'), prompt: fc.constant('Names: Ada') },
    { requiredKeys: ['model'] },
  ) as fc.Arbitrary<Agent['stt']>,
  tts: fc.record(
    { model: fc.constantFrom('tts-1', 'tts-2'), speed: fc.double({ min: 0.5, max: 1.5, noNaN: true }) },
    { requiredKeys: ['model'] },
  ) as fc.Arbitrary<Agent['tts']>,
  turn_detection: turnDetection,
  audio: fc.record({ input, output: format }),
  tools: fc.constantFrom([], [toolNamed('look')], [toolNamed('book'), toolNamed('look')]),
  provider_data: fc.record(
    {
      user_id: fc.constantFrom('u-1', 'u-2'),
      'odd.key': fc.constantFrom(1, 2),
      auto_tool_response: fc.boolean(),
      stt: fc.record({ voice_profile: fc.boolean(), max_turn_silence: ms }, { requiredKeys: ['voice_profile'] }),
      tts: fc.record(
        {
          conversational: fc.boolean(),
          user_turn_mode: fc.constantFrom('both', 'none'),
          delivery_mode: fc.constantFrom('STABLE', 'CREATIVE'),
        },
        { requiredKeys: ['delivery_mode'] },
      ),
    },
    { requiredKeys: [] },
  ),
})

/** Any agent that the file format allows. Values are few, so that the edits between two of them are small as well as large. */
export const anyAgent: fc.Arbitrary<Agent> = fc
  .tuple(required, optional)
  .map(([required, optional]) => agentWith({ ...required, ...optional }))
