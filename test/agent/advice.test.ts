import { describe, expect, test } from 'vitest'
import type { Diagnostic } from '../../src/agent/findings/diagnostic.ts'
import { applySuggestion, load } from '../helpers/agent-files.ts'
import { load as loadAlone } from './loading.ts'

const HEAD = 'version: 1\nname: desk\ninstructions: Hi.\n'
const TOOL = 'tools:\n  - name: look\n    description: Looks.\n'

function faultsOf(text: string): readonly Diagnostic[] {
  return load({ 'agents/desk.yaml': HEAD + text }).diagnostics.filter(({ level }) => level === 'error')
}

function faultLines(text: string): readonly string[] {
  return faultsOf(text).map(({ range: { start }, rule, message }) => `${start.line}:${start.column} ${rule} ${message}`)
}

describe('a single mistake is one fault, and its suggestion fixes it:', () => {
  test.each([
    // A key.
    [`${TOOL}    htp: { url: "https://a.example/b" }\n`, '7:5 RV101 unknown key "htp" in tools[0]'],
    ['tools:\n  - cotrol: set_voice\n    voices: [Sarah]\n', '5:5 RV101 unknown key "cotrol" in tools[0]'],
    ['tools:\n  - mpc: { url: "https://a.example/b" }\n', '5:5 RV101 unknown key "mpc" in tools[0]'],
    ['limits: { mxa_session: 30m, wrap_up_at: 27m }\n', '4:11 RV101 unknown key "mxa_session" in limits'],
    [
      'trun_detection: { type: semantic_vad, interrupt_response: false }\ninterruption: { min_words: 2 }\n',
      '4:1 RV101 unknown key "trun_detection"',
    ],
    [
      `${TOOL}    http: { url: "https://a.example/b", mehod: POST, body: { a: b } }\n`,
      '7:41 RV101 unknown key "mehod" in tools[0].http',
    ],
    [`vioce: "\${env:VOICE:-Sarah}"\n`, '4:1 RV101 unknown key "vioce"'],
    // What stands between a key and its value.
    ['turn_detection:{ type: manual }\n', '4:1 RV101 "turn_detection:{ type" is read as a key'],
    ['turn_detection { type: manual }\n', '4:1 RV101 "turn_detection { type" is read as a key'],
    ['tts: { speed=1 }\n', '4:8 RV101 "speed=1" in tts is read as a key'],
    [
      'tool_choice: { type:function, name: a }\ntools: [{ name: a, description: A., run: node }]\n',
      '4:16 RV101 "type:f',
    ],
    ['idle: { after 15s, say: Hello? }\n', '4:9 RV101 "after 15s" in idle is read as a key'],
    ['stt =\n  language: en\n', '4:1 RV002 a "=" where a ":" is wanted'],
    ['stt:\n  model assemblyai/u3-rt-pro\n  language: en\n', '5:3 RV002 no ":" behind the key'],
    [
      'connection:\n  base_url wss://a.example/b\n',
      '5:3 RV104 connection is "base_url wss://a.example/b"; a map is wanted',
    ],
    ['audio: { input: format = pcmu }\n', '4:17 RV104 audio.input is "format = pcmu"; a map is wanted'],
    ['tts: speed: 1\n', '4:6 RV104 tts is "speed: 1"; a map is wanted'],
    ['reload: probe = true\n', '4:9 RV104 reload is "probe = true"; a map is wanted'],
    // A sign that begins no value.
    ['greeting: {{name}} # c\n', '4:11 RV002 a value that begins with "{{" is a map to YAML'],
    ['stt: { prompt: {{names}}, language: en }\n', '4:16 RV002 a value that begins with "{{" is a map to YAML'],
    ['greeting: @home # is where\n', '4:11 RV002 a value cannot begin with @'],
    ['idle: { after: 15s, say: @home }\n', '4:26 RV002 a value cannot begin with @'],
    ['turn_detection: { type: semantic_vad, eagerness: @low }\n', '4:50 RV105 turn_detection.eagerness is "@low"'],
  ])('%j', (text, fault) => {
    expect(faultLines(text)).toEqual([expect.stringContaining(fault)])
    const [first] = faultsOf(text)
    expect(faultLines(applySuggestion(HEAD + text, first as Diagnostic).slice(HEAD.length))).toEqual([])
  })
})

describe('a fault whose help is followed is gone:', () => {
  const server = 'tools: [{ mcp: { url: "https://a.example" } }]\n'
  const withHttp = (rest: string) => `${TOOL}    http: { url: "https://a.example", ${rest} }\n`
  const withParameter = (keywords: string) =>
    `${TOOL}    run: node\n    parameters: { type: object, properties: { a: { description: A., ${keywords} } } }\n`
  const byWords = 'turn_detection: { type: semantic_vad, interrupt_response: false }\n'

  test.each([
    [
      'tts: { rate: 3 }\n',
      'Write speed instead, with another value. How fast it speaks, 0.25 to 1.5',
      'tts: { speed: 1.5 }\n',
    ],
    [
      'turn_detection: { silence: 300 }\n',
      'Add it, such as type: "server_vad"',
      'turn_detection: { type: server_vad, silence_duration_ms: 300 }\n',
    ],
    [
      `${TOOL}    config: { run: node, timeout: 5s }\n`,
      'What stands in it stands in tools[0] itself.',
      `${TOOL}    run: node\n    timeout: 5s\n`,
    ],
    [
      'hooks: { reload: { options: { run: node } } }\n',
      'What stands in it stands in hooks.reload itself.',
      'hooks: { reload: { run: node } }\n',
    ],
    [
      `${TOOL}    http: { url: "$\{HOST}/a" }\n`,
      'Write the host; what follows it may come from variables.',
      `${TOOL}    http: { url: "https://a.example/$\{env:HOST}" }\n`,
    ],
    ['tools:\n  mcp: { url: "https://a.example" }\n', 'Put a "- " before mcp.', server],
    ['tools:\n  -mcp: { url: "https://a.example" }\n', 'Write a space behind each "-": - mcp.', server],
    [
      'turn_detection: { type: none, eagerness: low }\n',
      'Did you mean manual? Remove eagerness then, which does not stand beside it.',
      'turn_detection: { type: manual }\n',
    ],
    [
      'interruption: { min_words: 2 }\n',
      `Write ${byWords.trim()}, or remove`,
      `${byWords}interruption: { min_words: 2 }\n`,
    ],
    [
      'turn_detection: { type: manual }\ninterruption: { min_words: 2 }\n',
      `Remove it, or write ${byWords.trim()}.`,
      'turn_detection: { type: manual }\n',
    ],
    ['tools: [{ mcp: { url: a } }]\n', 'Write one such as https://shop.example/mcp.', server],
    [
      'tools: [{ type: mcp, server: { url: "https://a.example" } }]\n',
      'A server of tools is an entry of its own: - mcp:',
      server,
    ],
    [
      `${TOOL}    run: node\n    memory: 256MB\n`,
      'What its processes may use is limits: { memory: 256MB, cpu: 5s }.',
      `${TOOL}    run: node\n    limits: { memory: 256MB }\n`,
    ],
    [
      withHttp('headers: [{ name: X-Shop, value: a }]'),
      'Write each by its name: X-Shop: ….',
      withHttp('headers: { X-Shop: a }'),
    ],
    [withHttp('headers: "X-Shop: a"'), 'Write each by its name: X-Shop: ….', withHttp('headers: { X-Shop: a }')],
    [
      withHttp('headers: { X-Key: sk-abcdef0123456789ABCD }'),
      `write $\{env:NAME} in its place`,
      withHttp(`headers: { X-Key: "$\{env:NAME}" }`),
    ],
    [
      `${TOOL}    run: node\n    env: [A-B]\n`,
      'Write a name of letters, digits and _',
      `${TOOL}    run: node\n    env: [A_B]\n`,
    ],
    ['tools:\n  -\n', 'Write a tool behind the "-", or remove it: - name:', `${TOOL}    run: node\n`],
    [
      withParameter('nullable: true'),
      'Remove it, and name null among the types: type: [string, "null"].',
      withParameter('type: [string, "null"]'),
    ],
    [
      'max_output_tokens: 12345678901234567890\n',
      'Choose another, or put it in quotes if it is text.',
      'max_output_tokens: 800\n',
    ],
  ])('%j', (text, help, right) => {
    expect(faultsOf(text).map((fault) => fault.help)).toContainEqual(expect.stringContaining(help))
    expect(faultLines(right)).toEqual([])
  })
})

describe('the help names what is indented wrongly:', () => {
  test.each([
    [
      '        k: { type: string, description: K. }\n        required: [k]\n',
      'It stands beside properties: indent it less, like that.',
    ],
    ['      k: { type: string, description: K. }\n      required: [k]\n', 'Indent what belongs to it: k.'],
    ['        k:\n        type: string\n        description: K.\n', 'Indent what belongs to it: type, description.'],
  ])('a misindented schema has this help alone: %j', (text, help) => {
    const parameters = '    run: node\n    parameters:\n      type: object\n      properties:\n'
    expect(faultsOf(TOOL + parameters + text).map((fault) => fault.help)).toEqual([help])
  })

  test('a schema that is not indented at all is one fault', () => {
    const lines = ['run: node', 'parameters:', 'type: object', 'properties:', 'k:', 'type: string', 'required: [k]']
    const faults = faultsOf(TOOL + lines.map((line) => `    ${line}\n`).join(''))
    expect(faults.map(({ help }) => help)).toEqual(['Indent what belongs to it: type, properties, k, required.'])
  })
})

test('a text of several lines with a colon is to be a block', () => {
  const [fault] = faultsOf('description:\n  model of a desk\n  and so: on\n')
  expect(fault?.help).toBe('Write a | behind description: and leave the text as it is.')
})

describe('a fault says what was found and what to write:', () => {
  const fine = './tools/fine.sh'
  const schema = '{ name: a, description: A., parameters: { type: object } }'
  const wrapped =
    'What stands in function belongs to the tool itself: name, description and parameters, with run beside them.'
  const oneMap = 'Remove the "-", or the brackets: it is one map, and no list of them.'

  test.each([
    // A form of another service.
    [`tools: [{ function: ${schema} }]`, `"function" in tools[0] is no setting here → ${wrapped}`],
    [
      `tools: [{ type: function, function: ${schema} }]`,
      `"function" in tools[0] is no setting here → ${wrapped} Leave out type.`,
    ],
    [
      'tools: [{ type: mcp, server: { url: "https://a.example" } }]',
      '"type" and "server" in tools[0] are no settings here → A server of tools is an entry of its own: - mcp: { url: … }.',
    ],
    [
      'tts: { agent_output_audio_format: ulaw_8000 }',
      '"agent_output_audio_format" in tts is format in audio.output here → Move it there: audio: { output: { format: pcmu } }.',
    ],
    [
      'connection: { apiKey: X }',
      '"apiKey" in connection is called api_key_env here → Write api_key_env instead, with the name of a variable that holds the key.',
    ],
    ['model: { provider: openai, model: gpt-4.1-mini }', 'model is a map; text is wanted → Write openai/gpt-4.1-mini.'],
    // A value: what is proposed fits, and where nothing does, the setting is described.
    [
      'audio: { input: { rate: 1 } }',
      'audio.input.rate is 1; one of 8000, 16000, 24000, 32000, 44100, 48000 is wanted → Samples per second. G.711 is always 8000.',
    ],
    ['tool_choice: { type: function, name: "" }', 'tool_choice.name is empty → Change it.'],
    ['max_output_tokens: "800"', 'max_output_tokens is "800", which is text; a number is wanted → Write 800.'],
    ['max_output_tokens: 800.5', 'max_output_tokens is 800.5; a whole number is wanted → Write 801.'],
    [
      'turn_detection: { type: none, eagerness: low }',
      'turn_detection.type is "none"; one of semantic_vad, server_vad, manual is wanted → Did you mean manual? Remove eagerness then, which does not stand beside it.',
    ],
    [
      'output_modalities: [voice]',
      'output_modalities[0] is "voice"; one of audio, text is wanted → Did you mean audio?',
    ],
    ['extends: [a.yaml]', 'extends is a list; text is wanted → Write a.yaml.'],
    // A map or a list in a wrong form.
    ['tools:\n  - - name: a', `tools[0] is a list; a map is wanted → ${oneMap}`],
    [`hooks: { reload: [{ run: ${fine} }] }`, `hooks.reload is a list of maps; a map is wanted → ${oneMap}`],
    [
      `hooks: { reload: [{ run: ${fine} }, { run: ${fine} }] }`,
      'hooks.reload is a list of maps; one script is wanted → Keep one of them, without its "-", and let that script start the others.',
    ],
    ['tts: speed: 1', 'tts is "speed: 1"; a map is wanted → Write { speed: 1 }, or put it on a line of its own.'],
    ['tts:\nmodel: inworld-tts-1.5-max', 'tts is empty → Indent what belongs to it: model.'],
    [
      'greeting:\n  - Say: hi\n  to: all',
      'a key that is indented less than its neighbours → Indent it by 4 spaces, like Say, or not at all, like greeting.',
    ],
    // A key and what stands behind it.
    ['tts { speed: 120% }', '"tts { speed" is read as a key → Write tts: with a ":" and a space before the {.'],
    ['tts: { speed=1 }', '"speed=1" in tts is read as a key → Write speed: 1'],
    [
      'tools: [{ mcp: { command: [npx] }, args: { a: 1 } }]',
      'unknown key "args" in tools[0] → Beside mcp these may stand: background, concurrency, confirm, max_output, on_interrupt, say_after, timeout.',
    ],
  ])('%j', (text, line) => {
    const { diagnostics } = loadAlone(`${HEAD}${text}\n`)
    expect(diagnostics.map(({ message, help }) => `${message} → ${help}`)).toEqual([line])
  })

  test.each([
    ['tools: [{ name: a, description: A., http: { url: "https://a.example", headers: { "X Y": "1" } } }]', 'X-Y'],
    ['connection:\n  base_url wss://a.example/b', '{ base_url: "wss://a.example/b" }'],
  ])('%j has a suggestion that is quoted as YAML wants it', (text, replace) => {
    expect(faultsOf(`${text}\n`)).toMatchObject([{ suggest: [{ replace }] }])
  })

  test('a choice beside which another setting may not stand is not suggested as it is', () => {
    expect(faultsOf('turn_detection: { type: none, eagerness: low }\n')[0]?.suggest).toBeUndefined()
  })

  test('settings for different maps are moved one by one', () => {
    const input = '{ turn_detection: { type: manual }, transcription: { model: a } }'
    expect(faultsOf(`audio: { input: ${input} }\n`).map(({ help }) => help)).toEqual([
      'Move it there: turn_detection: ….',
      'Move it there: stt: ….',
    ])
  })

  test('a key that stands twice and is empty is not one that is to be indented below itself', () => {
    expect(faultLines('stt:\nstt:\n')).toEqual([
      '4:5 RV104 stt is empty; a map is wanted',
      '5:1 RV003 "stt" stands twice',
    ])
  })

  test('a list of plain texts in the place of the file is told what a file holds', () => {
    expect(load({ 'agents/desk.yaml': '- hello\n' }).diagnostics).toMatchObject([
      { help: 'One voice agent: model, voice, speech-to-text, turn detection and tools.' },
    ])
  })
})

describe('of keys of a tool that stand elsewhere, only those that are its own are counted to it:', () => {
  const run = 'run: ./tools/fine.sh'
  const entry = `  - name: a\n    description: A.\n    ${run}\n`
  const keys = 'keys are those of tools[0]'

  test.each([
    ['two entries are one tool', `  - name: a\n  - description: A.\n    ${run}\n`, [`6:5 RV102 .*${keys}`]],
    [
      'with what else is wrong in them',
      `  - name: a\n  - description: A.\n    ${run}\n    retry: 9\n`,
      [`6:5 RV102 .*${keys}`, '8:12 RV106'],
    ],
    [
      'and the next tool is another',
      `  - name: a\n  - description: A.\n    ${run}\n  - name: b\n    ${run}\n`,
      [`6:5 RV102 .*${keys}`, '8:5 RV102 description is missing in tools.2.'],
    ],
    [
      'a request is a tool as well',
      '  - name: a\n  - description: A.\n    http: { url: "https://a.example" }\n',
      [`6:5 RV102 .*${keys}`],
    ],
    ['a whole tool lacks none', `${entry}  - timeout: 5s\n`, ['8:5 RV102 name, description and run are missing']],
    [
      'two entries that make no tool are not one',
      '  - name: a\n  - description: A.\n',
      ['5:5 RV102 description and run are missing', '6:5 RV102 name and run are missing'],
    ],
    [
      'what the last one has is not missing below it',
      `  - name: a\n    description: A.\n    timeout: 5s\n${run}\ntimeout: 6s\n`,
      ['5:5 RV102 run is missing', '9:1 RV101 unknown key "timeout"'],
    ],
    [
      'what is missing in another stays missing there',
      `  - name: a\n    description: A.\n  - name: b\n    description: B.\n${run}\n`,
      ['5:5 RV102 run is missing in tools.0.', '7:5 RV102 run is missing in tools.1.'],
    ],
    [
      'a part of a tool that stands whole below has its own faults',
      `  - name: a\n    retry: 9\n${entry}`,
      ['5:11 RV102 "a" stands here in part', '6:12 RV106'],
    ],
    [
      'as have the entries between them',
      `  - name: a\n  - { timeout: 5s, description: A. }\n${entry}`,
      ['5:11 RV102 "a" stands here in part', '6:5 RV102 name and run are missing'],
    ],
  ])('%s', (_, tools, lines) => {
    const { diagnostics } = loadAlone(`${HEAD}tools:\n${tools}`)
    expect(
      diagnostics.map(({ range: { start }, rule, message }) => `${start.line}:${start.column} ${rule} ${message}`),
    ).toEqual(lines.map((line) => expect.stringMatching(`^${line.replace('[0]', '.0.')}`)))
  })

  test('keys of a tool in another map are not called keys at the top of the file', () => {
    expect(faultLines('stt: { run: node, parameters: {} }\n')).toEqual([
      '4:8 RV101 "run" and "parameters" in stt are no settings here',
    ])
  })
})
