import { describe, expect, test } from 'vitest'
import { diagnosticLines, load } from '../helpers/agent-files.ts'

const smallest = 'version: 1\nname: desk\ninstructions: Hi.\n'

function reportedFor(text: string, rules = ''): readonly string[] {
  return diagnosticLines(load({ 'agents/desk.yaml': smallest + text, '.runner.yaml': rules })).map((line) => {
    return line.replace('agents/desk.yaml:', '')
  })
}

describe('a value that YAML 1.1 reads differently', () => {
  test.each([
    ['x-a: off', 'off is text here, and false to readers of YAML 1.1'],
    ['x-a: Yes', 'Yes is text here, and true to readers of YAML 1.1'],
    ['x-a: 010', '010 is 10 here, and 8 to readers of YAML 1.1'],
    ['x-a: 0b101', '0b101 is text here, and 5 to readers of YAML 1.1'],
    ['x-a: 1_000', '1_000 is text here, and 1000 to readers of YAML 1.1'],
    ['x-a: 12:30', '12:30 is text here, and 750 to readers of YAML 1.1'],
    ['x-a: 2026-09-01', '2026-09-01 is text here, and a date to readers of YAML 1.1'],
    ['x-a: 0o17', '0o17 is 15 here, and text to readers of YAML 1.1'],
  ])('%s is reported with both readings', (line, message) => {
    expect(reportedFor(line)).toEqual([`4:6 RV006 ${message}`])
  })

  test.each([
    'x-a: "off"',
    "x-a: 'no'",
    'x-a: true',
    'x-a: 10',
    'x-a: 0',
    'x-a: 08',
    'x-a: offer',
    'x-a: 0x1F',
    'x-a: ~',
  ])('%s is none', (line) => {
    expect(reportedFor(line)).toEqual([])
  })

  test('is the only error where true or false is expected', () => {
    const loaded = load({ 'agents/desk.yaml': `${smallest}connection: { start_audio_paused: on }\n` })
    expect(diagnosticLines(loaded)).toEqual([
      'agents/desk.yaml:4:35 RV006 on is text here, and true to readers of YAML 1.1',
    ])
    expect(loaded.diagnostics[0]).toMatchObject({ level: 'error', help: 'Write true.' })
  })

  test.each([
    ['name: yes', ['"yes"']],
    ['x-a: yes', ['"yes"', 'true']],
    ['provider_data: { a: [off] }', ['"off"', 'false']],
    ['voice: no', ['"no"']],
    ['tools: [{ name: a, description: A., run: node, env: [on] }]', ['"on"']],
    ['hooks: { reload: [node, on] }', ['"on"']],
    ['description: 12:30', ['"12:30"']],
  ])('%s: true and false are suggested only where they are valid', (line, right) => {
    const text = line.startsWith('name:') ? smallest.replace('name: desk', line) : `${smallest}${line}\n`
    const { diagnostics } = load({ 'agents/desk.yaml': text })
    expect(diagnostics.filter(({ rule }) => rule === 'RV006').map(({ suggest }) => suggest)).toEqual([
      right.map((replace) => ({ replace })),
    ])
  })

  test('gets the right suggestion in a file that is a list of tools', () => {
    const text = `${smallest}tools: [{ include: ./_tools.yaml }]\n`
    const tools = '- { name: on, description: A., run: node }\n'
    const { diagnostics } = load({ 'agents/desk.yaml': text, 'agents/_tools.yaml': tools })
    expect(diagnostics).toMatchObject([{ rule: 'RV006', file: 'agents/_tools.yaml', suggest: [{ replace: '"on"' }] }])
  })

  test('is not reported if the value is wrong for another reason', () => {
    expect(reportedFor('turn_detection: off')).toEqual([
      '4:17 RV104 turn_detection is "off"; a map with that type is wanted',
    ])
  })
})

describe('audio rates and turn detection', () => {
  test.each([
    [
      'audio: { input: { rate: 16000 } }',
      ['4:10 RV305 the caller is heard at 16000 Hz and the agent speaks at 24000 Hz'],
    ],
    [
      'audio: { output: { format: pcmu } }',
      ['4:10 RV305 the caller is heard at 24000 Hz and the agent speaks at 8000 Hz'],
    ],
    ['audio: { input: { format: pcmu }, output: { format: pcma, rate: 8000 } }', []],
    ['audio: { input: { rate: 24000 } }', []],
    ['audio: { input: { format: pcma, rate: 16000 } }', ['4:39 RV301 audio.input.rate is 16000; pcma is always 8000']],
    ['greeting: Hi.\noutput_modalities: []', ['5:20 RV107 output_modalities is empty']],
    ['turn_detection: { type: server_vad, create_response: false, idle_timeout_ms: 5000 }', []],
    ['turn_detection: { type: manual }', []],
    ['greeting: Hi.\noutput_modalities: [audio]', []],
    ['output_modalities: [text]', []],
  ])('%s is reported if it is likely a mistake', (text, lines) => {
    expect(reportedFor(text)).toEqual(lines)
  })
})

describe('voices and models of the service', () => {
  test.each([
    ['voice: sarah', 'Sarah'],
    ['voice: Denis', 'Dennis'],
    ['tools: [{ control: set_voice, voices: [Clive, sarah] }]', 'Sarah'],
    ['stt: { model: assemblyai/u3-rt }', 'assemblyai/u3-rt-pro'],
    ['tts: { model: inworld-tts-1.5-mx }', 'inworld-tts-1.5-max'],
    ['model: gpt-4.1-mini', 'openai/gpt-4.1-mini'],
    ['model: claude-sonnet-4-6', 'anthropic/claude-sonnet-4-6'],
  ])('%s is reported with the likely one', (line, right) => {
    const { diagnostics } = load({ 'agents/desk.yaml': `${smallest}${line}\n` })
    expect(diagnostics.map(({ suggest }) => suggest?.[0]?.replace)).toEqual([right])
  })

  test('a voice of a workspace, and any model with a provider, are accepted', () => {
    expect(reportedFor('voice: shop__nora\nmodel: acme/brain-9\n')).toEqual([])
  })

  test('an unknown voice is a warning and no error', () => {
    expect(load({ 'agents/desk.yaml': `${smallest}voice: Nobody\n` })).toMatchObject({
      status: 'loaded',
      diagnostics: [
        {
          rule: 'RV307',
          level: 'warning',
          message: expect.stringContaining('September 2026'),
          help: expect.stringMatching(/^Listed were: Dennis, Sarah, /),
        },
      ],
    })
    expect(load({ 'agents/desk.yaml': `${smallest}voice: sarah\n` })).toMatchObject({
      diagnostics: [{ help: expect.stringMatching(/^Did you mean Sarah\? Listed were: /) }],
    })
  })

  test('a default that is relied upon is reported only if the project asks for it', () => {
    const rules = 'rules: { RV302: note }\n'
    expect(reportedFor('', rules)).toEqual(['1:1 RV302 model (openai/gpt-4.1-mini) and voice (Clive) are left out'])
    expect(reportedFor('voice: Sarah\n', rules)).toEqual(['1:1 RV302 model (openai/gpt-4.1-mini) is left out'])
    expect(reportedFor('voice: Sarah\nmodel: a/b\n', rules)).toEqual([])
  })
})

test.each([
  ['tools: [{ name: a, description: A., run: node, timeout: 300 }]', ['300s', '300ms']],
  ['hooks: { reload: { run: node, timeout: 700 } }', ['700ms']],
])('a duration without a unit is reported with the likely units that are in range: %s', (text, right) => {
  const { diagnostics } = load({ 'agents/desk.yaml': `${smallest}${text}\n` })
  expect(diagnostics).toMatchObject([{ rule: 'RV104', suggest: right.map((replace) => ({ replace })) }])
})
