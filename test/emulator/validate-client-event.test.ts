import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { validateClientEvent } from '../../src/emulator/validate-client-event.ts'

test.each(lines('client-events.accepted.jsonl'))('is accepted: %s', (frame) => {
  expect(validateClientEvent(frame)).toMatchObject({ ok: true, dropped: [] })
})

describe('a mistake is refused, its unknown key dropped, or its beta spelling accepted', () => {
  const foreign = '"modalities"'
  test.each(lines('client-events.refused.jsonl').filter((line) => !line.includes(foreign)))('%s', (frame) => {
    const validated = validateClientEvent(frame)
    expect(!validated.ok || validated.dropped.length > 0).toBe(true)
  })
  test.each(lines('client-events.refused.jsonl').filter((line) => line.includes(foreign)))('%s', (frame) => {
    const validated = validateClientEvent(frame)
    expect(validated.ok && JSON.stringify(validated.event)).toContain('output_modalities')
  })
})

describe('a refusal names the field', () => {
  test.each([
    [{ audio: { output: { speed: 9 } } }, 'session.audio.output.speed'],
    [{ audio: { output: { voice: 5 } } }, 'session.audio.output.voice'],
    [{ audio: { input: { format: { type: 'audio/pcm', rate: 11_025 } } } }, 'session.audio.input.format.rate'],
    [{ audio: { input: { format: { type: 'pcm16', sample_rate: 24_000 } } } }, 'session.audio.input.format.type'],
    [{ audio: { input: { turn_detection: { type: 'magic' } } } }, 'session.audio.input.turn_detection.type'],
    [{ audio: { input: { transcription: { language: '' } } } }, 'session.audio.input.transcription.language'],
    [{ model: 'gpt-4o-mini' }, 'session.model'],
    [{ temperature: 3 }, 'session.temperature'],
    [{ max_output_tokens: 0 }, 'session.max_output_tokens'],
    [{ tools: [{ type: 'function', name: 'not a name' }] }, 'session.tools[0].name'],
    [{ tools: [{ type: 'function' }] }, 'session.tools[0].name'],
    [{ tool_choice: 'sometimes' }, 'session.tool_choice'],
    [{ providerData: { tts: { delivery_mode: 'FAST' } } }, 'session.providerData.tts.delivery_mode'],
  ])('%j', (session, param) => {
    const frame = JSON.stringify({ type: 'session.update', event_id: 'c1', session })
    expect(validateClientEvent(frame)).toMatchObject({
      ok: false,
      error: { type: 'invalid_request_error', code: 'invalid_value', param, event_id: 'c1' },
    })
  })
})

test('unknown keys are dropped at any depth, and named', () => {
  const audio = { output: { voice: 'Clive', accent: 'odd' }, speaker: 1 }
  const validated = validateClientEvent(JSON.stringify({ type: 'session.update', session: { voice: 'Clive', audio } }))
  expect(validated).toEqual({
    ok: true,
    event: { type: 'session.update', session: { audio: { output: { voice: 'Clive' } } } },
    dropped: expect.arrayContaining(['session.voice', 'session.audio.speaker', 'session.audio.output.accent']),
  })
})

test.each(['"session.updat"', '"constructor"', '"__proto__"', '{"toString":1}', '7', 'null'])(
  'an unknown event type has its own code: %s',
  (type) => {
    expect(validateClientEvent(`{"type":${type},"event_id":"c2"}`)).toMatchObject({
      ok: false,
      error: { code: 'unknown_event_type', event_id: 'c2' },
    })
  },
)

test.each(['', 'hello', '[]', '"x"', 'null', '{'])('the frame %j is refused', (frame) => {
  expect(validateClientEvent(frame).ok).toBe(false)
})

test('a foreign client may name its model without a provider', () => {
  const frame = JSON.stringify({ type: 'session.update', session: { model: 'gpt-realtime' } })
  expect(validateClientEvent(frame, true)).toMatchObject({ ok: true, event: { session: { model: 'gpt-realtime' } } })
})

function lines(file: string): readonly string[] {
  return readFileSync(join(import.meta.dirname, file), 'utf8')
    .trim()
    .split('\n')
}
