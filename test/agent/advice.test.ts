import { describe, expect, test } from 'vitest'
import type { Diagnostic } from '../../src/agent/findings/diagnostic.ts'
import { applySuggestion, load } from '../helpers/agent-files.ts'

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
