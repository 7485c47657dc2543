import { describe, expect, test } from 'vitest'
import { applySuggestion, load } from '../helpers/agent-files.ts'

const HEAD = 'version: 1\nname: desk\ninstructions: Hi.\n'

/** Where each fault of a desk stands, and what to do. */
function helpLines(text: string, beside: { readonly [file: string]: string } = {}): readonly string[] {
  const { diagnostics } = load({ 'agents/desk.yaml': HEAD + text, ...beside })
  return diagnostics.map(({ range: { start }, help }) => `${start.line}:${start.column} ${help}`)
}

describe('the help for a setting in the wrong map moves it without a duplicate key', () => {
  test.each([
    ['speed: 1.2\ntts: { model: inworld-tts-1.5-max }', ['4:1 Move it into tts, which is there already: speed: 1.2.']],
    ['speed: 1.2\ntts: { speed: 1 }', ['4:1 tts.speed is there already: remove one of the two.']],
    [
      'reminder_trigger_ms: 10000\nreminder_max_count: 2',
      ['4:1', '5:1'].map((at) => {
        return `${at} Move "reminder_trigger_ms" and "reminder_max_count" there: idle: { after: 10s, say: "Are you still there?", times: 2 }.`
      }),
    ],
    [
      'audio_in_sample_rate: 16000\naudio_out_sample_rate: 24000',
      ['4:1', '5:1'].map((at) => {
        return `${at} Move "audio_in_sample_rate" and "audio_out_sample_rate" there: audio: { input: { rate: 16000 }, output: { rate: 24000 } }.`
      }),
    ],
    [
      'noise_cancellation: near_field\naudio: { output: { format: pcm } }',
      ['4:1 Move it into audio, which is there already: input: { noise_reduction: near_field }.'],
    ],
    [
      'tts.speed: 1.2\ntts.model: inworld-tts-1.5-max',
      ['4:1', '5:1'].map((at) => {
        return `${at} Move "tts.speed" and "tts.model" there: tts: { speed: 1.2, model: inworld-tts-1.5-max }.`
      }),
    ],
    [
      'turn_detection: { type: manual }\naudio: { input: { turn_detection: { type: semantic_vad } } }',
      ['5:19 turn_detection is there already: remove one of the two.'],
    ],
    [
      'turn_detection: { type: semantic_vad }\nstop_secs: 0.2',
      ['5:1 turn_detection of type semantic_vad has no silence_duration_ms: remove it, or choose another type.'],
    ],
    [
      'speech: { model: inworld-tts-1.5-max }\nspeed: 1.2',
      ['4:1 Write tts instead.', '5:1 Move it into tts, which is there already: speed: 1.2.'],
    ],
  ])('%j', (text, lines) => {
    expect(helpLines(text)).toEqual(lines)
  })

  test('in the file it is written in, whatever the parent has', () => {
    const base = { 'agents/_base.yaml': 'tts: { model: inworld-tts-1.5-max }\ngreeting: Hello.\n' }
    expect(helpLines('extends: ./_base.yaml\nspeed: 1.2\nfirst_message: Hi there.', base)).toEqual([
      '5:1 Move it there: tts: { speed: 1.2 }.',
      '6:1 Write greeting instead.',
    ])
  })
})

describe('the suggestion for a foreign key also converts its value', () => {
  test.each([
    ['connection: { timeout_ms: 5000 }\n', 'connection: { connect_timeout: 5s }\n'],
    ['limits: { max_duration: 30 } # half an hour\n', 'limits: { max_session: 30m } # half an hour\n'],
    ['stt: { keywords: [Nora, Fernweh] }\n', 'stt: { prompt: "Nora, Fernweh" }\n'],
    ['llm: gpt-4o\n', 'model: openai/gpt-4o\n'],
  ])('%j', (text, right) => {
    const { diagnostics } = load({ 'agents/desk.yaml': HEAD + text })
    const [first] = diagnostics
    if (first === undefined) throw new Error('no fault is reported')
    expect(applySuggestion(HEAD + text, first)).toBe(HEAD + right)
    expect(helpLines(right)).toEqual([])
  })

  test('there is no suggestion if the value cannot be converted', () => {
    const text = `${HEAD}connection: { timeout_ms: 500 }\n`
    const { diagnostics } = load({ 'agents/desk.yaml': text })
    expect(diagnostics).toMatchObject([{ help: expect.stringMatching(/^Write connect_timeout instead, with another/) }])
    expect(diagnostics[0]?.suggest).toBeUndefined()
  })
})
