import { describe, expect, test } from 'vitest'
import { applySuggestion, load } from '../helpers/agent-files.ts'

const HEAD = 'version: 1\nname: desk\ninstructions: Hi.\n'
const tool = (settings: string) => `tools: [{ name: a, description: A., run: sh, ${settings} }]`
const byWords = 'turn_detection: { type: semantic_vad, interrupt_response: false }'

function errorsIn(text: string) {
  return load({ 'agents/desk.yaml': HEAD + text }).diagnostics.filter(({ level }) => level === 'error')
}

describe('a value in a wrong form is one fault, which its suggestion mends:', () => {
  test.each([
    ['output_modalities: "[audio, text]"', '[audio, text]'],
    ['output_modalities: |\n  audio\n', '[audio]'],
    [tool('env: "A, B"'), '[A, B]'],
    [tool('env: { SHOP: 1 }'), '[SHOP]'],
    [tool('kill_after: 0'), '0s'],
    [`${byWords}\ninterruption: { min_words: 1, resume_after: 0 }`, '0s'],
    ['model: { provider: acme, model: brain }', 'acme/brain'],
    ['model: { provider: openai, model: openai/gpt-4.1-mini }', 'openai/gpt-4.1-mini'],
    ['turn_detection: server_vad', '{ type: server_vad }'],
    ['tts: speed = 1', '{ speed: 1 }'],
    ['tts: speed :1', '{ speed: 1 }'],
    ['tools: [{ mcp: "https://a.example/mcp" }]', '{ url: "https://a.example/mcp" }'],
    ['tools: [{ mcp: node server }]', '{ command: [node, server] }'],
    ['tools: [{ mcp: { command: { command: node, args: [a] } } }]', '[node, a]'],
    ['connection: wss://a.example/v1', '{ base_url: "wss://a.example/v1" }'],
    ['connection: https://a.example/v1', '{ base_url: "wss://a.example/v1" }'],
    ['connection: a.example', '{ base_url: "wss://a.example" }'],
  ])('%s', (text, right) => {
    const faults = errorsIn(text)
    expect(faults.map(({ suggest }) => suggest?.[0]?.replace)).toEqual([right])
    const mended = faults.map((fault) => applySuggestion(HEAD + text, fault).slice(HEAD.length))
    expect(mended.flatMap(errorsIn)).toEqual([])
  })
})

describe('nothing is suggested where nothing that is written fits, and the help says what is wanted:', () => {
  const modalities = 'What a response consists of'
  const environment = 'Names of environment variables'
  test.each([
    ['output_modalities: audio, video', modalities],
    ['output_modalities: { audio, video }', modalities],
    ['output_modalities: { audio, text: 1 }', modalities],
    ['output_modalities: {}', modalities],
    ['output_modalities: ""', modalities],
    [tool('env: { A-B: 1 }'), environment],
    [tool('env: ""'), environment],
    [tool('background: maybe'), 'true: the call is answered at once'],
    [tool('timeout: 0'), 'How long a call may take, from 100ms to 10m.'],
    ['voice: { Sarah, Clive }', 'Who speaks'],
    ['voice: { a: 1, b: 2 }', 'Who speaks'],
    ['stt: [{ language: en }, { language: de }]', 'Speech-to-text'],
    ['stt: { prompt: [{ a: b }] }', 'Write it as one text: a | behind prompt:'],
    ['connection: "?"', 'How to reach the service.'],
    ['connection: 0.5', 'How to reach the service.'],
    ['tools: [{ mcp: "" }]', 'The server: a command to start'],
    ['tools: [{ mcp: { foo: { bar: 1 } } }]', 'Allowed here: allow_private, command,'],
    ['tool_choice: { tool: { x: 1 } }', 'Write tool_choice: { type: function, name: … }.'],
    ['tools: [{ type: builtin, name: end_call }]', 'Write control: end_call, and leave out the rest.'],
    [tool('type: weird'), 'Remove it: what a tool is, its keys tell'],
    ['hooks: [{ on: reload, run: ./a }]', 'Write each by its event: reload: ../hooks/save_call.mjs.'],
    ['hooks: [{ run: ./a }]', 'Write each by its event: session_ended: ../hooks/save_call.mjs.'],
    ['hooks: [./a, ./b]', 'Write each by its event: session_ended: ../hooks/save_call.mjs.'],
    ['hooks: [{ reload: ./a }]', 'Remove the "-", or the brackets: it is one map, and no list of them.'],
  ])('%s', (text, help) => {
    expect(errorsIn(text)).toMatchObject([{ help: expect.stringContaining(help) }])
    expect(errorsIn(text)[0]?.suggest).toBeUndefined()
  })
})

test.each([
  ['instructions: { path: ./desk.md }', 'Write instructions_file: ./desk.md in its place.'],
  ['instructions: { a: 1 }', 'Write a | behind instructions:, with the text below it, or put it in quotes.'],
])('a prompt in a map is to be written as text, or its file named: %s', (text, help) => {
  expect(load({ 'agents/desk.yaml': `version: 1\nname: desk\n${text}\n` }).diagnostics).toMatchObject([{ help }])
})
