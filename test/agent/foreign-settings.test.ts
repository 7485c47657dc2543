import { describe, expect, test } from 'vitest'
import { load } from '../helpers/agent-files.ts'

const HEAD = 'version: 1\nname: desk\ninstructions: Hi.\n'

/** Where each fault stands, with its message and what to do. */
function report(text: string, files: { readonly [path: string]: string } = {}): readonly string[] {
  const { diagnostics } = load({ 'agents/desk.yaml': text, ...files })
  return diagnostics.map(({ range: { start }, rule, message, help }) => {
    return `${start.line}:${start.column} ${rule} ${message}: ${help}`
  })
}

describe('a setting in the format of another tool is reported with what to write here', () => {
  test.each([
    [
      'tools: [{ type: function, function: { name: a, description: A., parameters: {} } }]',
      [
        '4:27 RV109 "function" in tools[0] is no setting here: What stands in function belongs to the tool itself',
        '4:77 RV511 tools[0].parameters have no type: object at the top: ',
      ],
    ],
    [
      'tools: [{ type: mcp, server_label: a, server_url: "https://a.example" }]',
      [
        '4:11 RV109 "type", "server_label" and "server_url" in tools[0] are no settings here: A server of tools is an entry',
      ],
    ],
    [
      'tools: [{ type: webhook, name: a, description: A., url: "https://a.example" }]',
      ['4:11 RV109 "type" and "url" in tools[0] are no settings here: A request is http here'],
    ],
    [
      'tools: [{ type: system, name: end_call }]',
      ['4:11 RV109 "type" in tools[0] is no setting here: Write control: end_call, and leave out the rest.'],
    ],
    [
      'tools: [{ name: a, description: A., run: node, args: [x.mjs] }]',
      ['4:48 RV109 "args" in tools[0] is no setting here: They follow the program'],
    ],
    [
      'tools: [{ name: a, description: A., run: node, properties: {}, required: [] }]',
      ['4:48 RV109 "properties" and "required" in tools[0] are no settings here: The JSON Schema of the arguments is'],
    ],
    [
      'tools: [{ mcp: { shop: { command: node } } }]',
      ['4:18 RV109 "shop" in tools[0].mcp is no setting here: What stands in it stands in mcp itself'],
    ],
    [
      'tools: [{ name: a, description: A., url: "https://a.example", execution_message: Wait }]',
      [
        '4:37 RV109 "url" in tools[0] is no setting here: A request is http',
        '4:63 RV101 unknown key "execution_message" in tools[0]: Allowed here',
      ],
    ],
    [
      'turn_detection: { type: semantic_vad, silence_duration_ms: 500 }',
      ['4:39 RV108 silence_duration_ms does not belong to turn_detection of type semantic_vad: With type semantic_vad'],
    ],
    ['welcomeGreeting: Hi.', ['4:1 RV109 "welcomeGreeting" is called greeting here: Write greeting instead.']],
    [
      'user_away_timeout: 15',
      ['4:1 RV109 "user_away_timeout" is after in idle here: Move it there: idle: { after: 15s, say:'],
    ],
    [
      'min_endpointing_delay: 0.5',
      [
        '4:1 RV109 "min_endpointing_delay" is silence_duration_ms in turn_detection here: Move it there: turn_detection: { type: server_vad, silence_duration_ms: 500 }.',
      ],
    ],
    ['interruptible: true', ['Move it there: turn_detection: { type: semantic_vad, interrupt_response: true }.']],
    ['min_interruption_duration: 0.5', ['Move it there: interruption: { min_words: 2, min_speech: 0.5s }.']],
    [
      'tools: [{ name: a, description: A., http: { base_url: "https://a.example", path: /orders } }]',
      ['4:45 RV109 "base_url" and "path" in tools[0].http are no settings here: All of it is url:'],
    ],
    [
      'tools: [{ type: transferCall, destinations: [] }]',
      ['4:11 RV109 "type" and "destinations" in tools[0] are no settings here: Nothing here does that by itself'],
    ],
    [
      'tools: [{ name: a, description: A., run: node, require_approval: never, timeout-minutes: 5 }]',
      [
        '4:48 RV109 "require_approval" in tools[0] is called confirm here: Write confirm: false instead.',
        '4:73 RV109 "timeout-minutes" in tools[0] is called timeout here: Write timeout: 5m instead.',
      ],
    ],
    [
      'tools: [{ name: a, description: A., run: node, limits: { cpus: 0.5 } }]',
      ['4:58 RV109 "cpus" in tools[0].limits is no setting here: What is limited is processor time'],
    ],
    [
      'tools: [{ type: system, name: skip_turn }]',
      [
        '4:9 RV102 description is missing in tools[0]',
        '4:11 RV109 "type" in tools[0] is no setting here: Nothing here does that by itself',
      ],
    ],
    [
      'tools: [{ name: a, description: A., url: "https://a.example", body: {}, headers: {} }]',
      ['4:37 RV109 "url", "body" and "headers" in tools[0] are no settings here: A request is http here'],
    ],
    [
      'tools: [{ mcp: { server: "https://a.example/mcp" } }]',
      ['4:18 RV109 "server" in tools[0].mcp is called url here: Write url instead.'],
    ],
    [
      'tools: [{ mcpServers: { fs: { command: npx, args: [-y, x] } } }]',
      [
        '4:11 RV109 "mcpServers" in tools[0] is no setting here: A server of tools is an entry of tools: - mcp: { command',
      ],
    ],
    [
      'tools: { mcpServers: { fs: { command: npx, args: [-y, x] } } }',
      ['4:8 RV104 tools is a map; a list is wanted: A server of tools is an entry of tools: - mcp: { command: … }, or'],
    ],
    [
      'conversation: { max_duration_seconds: 600 }',
      [
        '4:1 RV109 "conversation" is no setting here: What stands in it stands at the top of the file.',
        '4:17 RV109 "max_duration_seconds" is max_session in limits here: Move it there: limits: { max_session: 10m }.',
      ],
    ],
    [
      'turn: { silence_end_call_timeout: 20 }',
      [
        '4:1 RV109 "turn" is called turn_detection here',
        '4:9 RV109 "silence_end_call_timeout" in turn_detection is idle in limits here',
      ],
    ],
    [
      'tts: { agent_output_audio_format: pcm_16000 }',
      [
        '4:8 RV109 "agent_output_audio_format" in tts is format in audio.output here: Move it there: audio: { output: { format: pcm } }, with rate: 16000 beside it.',
      ],
    ],
    [
      'audio: { input: { encoding: pcm_8000 } }',
      ['4:19 RV109 "encoding" in audio.input is called format here: Write format: pcm'],
    ],
    ['turn_timeout: 7', ['4:1 RV109 "turn_timeout" is after in idle here: Move it there: idle: { after: 7s,']],
    [
      'volume: 1\nvoice_temperature: 1',
      ['4:1 RV109 "volume" and "voice_temperature" are no settings here: Remove them; what the service has besides'],
    ],
    [
      'connection: { url: "https://a.example/b" }',
      ['4:15 RV109 "url" in connection is called base_url here: Write base_url: wss://a.example/b instead.'],
    ],
    [
      'llm: { service: openai, model: gpt-4o, messages: [] }',
      [
        '4:1 RV109 "llm" is called model here: Write model instead.',
        '4:6 RV104 model is a map; text is wanted: Write openai/gpt-4o; the rest of it',
      ],
    ],
    ['model: { name: gpt-4o }', ['4:8 RV104 model is a map; text is wanted: Write openai/gpt-4o.']],
    ['stt: en', ['4:6 RV104 stt is "en"; a map is wanted: Write { language: en }.']],
    ['stt: german', ['4:6 RV104 stt is "german"; a map is wanted: Write { language: de }.']],
    [
      'stt: assemblyai/u3-rt-pro',
      ['4:6 RV104 stt is "assemblyai/u3-rt-pro"; a map is wanted: Write { model: assemblyai/u3-rt-pro }.'],
    ],
    [
      'tts: { agent_output_audio_format: ulaw_8000 }',
      ['4:8 RV109 "agent_output_audio_format" in tts is format in audio.output here: Move it there: audio: { output:'],
    ],
    [
      'hooks: [{ event: session_ended, run: ./save.sh }]',
      ['4:8 RV104 hooks is a list; a map is wanted: Write each by its event: session_ended: ../hooks/save_call.mjs.'],
    ],
    ['reload: off', ['4:9 RV104 reload is "off"; a map is wanted: Write { apply: next_session }.']],
    ['language: english', ['4:1 RV109 "language" stands in stt here: Move it there: stt: { language: en }.']],
    [
      'turn_detection: { type: server_vad, threshold: 0,5 }',
      ['4:50 RV101 "5" in turn_detection is read as a key: Between brackets a comma ends a value: write 0.5.'],
    ],
    [
      'tools: [{ name: a, description: A., run: node, messages: [{ type: request-start, content: Wait. }] }]',
      ['4:48 RV109 "messages" in tools[0] is no setting here: What is said while it runs is say_after: { text:'],
    ],
    ['speed: 1.1', ['4:1 RV109 "speed" stands in tts here: Move it there: tts: { speed: 1.1 }.']],
    [
      'agent_session: { llm: gpt-4o }',
      [
        '4:1 RV109 "agent_session" is no setting here: What stands in it stands at the top',
        '4:18 RV109 "llm" is called model here: Write model: openai/gpt-4o instead.',
      ],
    ],
    [
      'parallel_tool_calls: false',
      ['4:1 RV109 "parallel_tool_calls" is no setting here: How many calls may run at once'],
    ],
    [
      'include: ./_tools.yaml',
      ['4:1 RV109 "include" is no setting here: Settings of another file are taken with extends'],
    ],
    ['$ref: ./_base.yaml', ['4:1 RV109 "$ref" is no setting here: Settings of another file are taken with extends']],
    [
      'model: openai:gpt-4o',
      ['4:8 RV306 model is "openai:gpt-4o", without its provider: Write provider/model, such as openai/gpt-4o,'],
    ],
    [
      'tools: [{ control: [end_call] }]',
      ['4:20 RV105 tools[0].control is ["end_call"]; one of end_call, set_voice is wanted: Did you mean end_call?'],
    ],
    [
      'turn_detection: { type: }',
      ['4:25 RV105 turn_detection.type is empty; one of semantic_vad, server_vad, manual is wanted: semantic_vad: by'],
    ],
    [
      'connection: { api_key: "$KEY" }',
      ['4:15 RV109 "api_key" in connection is called api_key_env here: Write api_key_env: KEY instead'],
    ],
    [
      '---\n# Role\nYou are Nora.',
      ['4:1 RV005 a second document begins here: What follows is no setting: a prompt stands below'],
    ],
    ['defaults: { timeout: 5s }', ['4:1 RV109 "defaults" is no setting here: Keys of your own begin with x-']],
    [
      'tools: ./_tools.yaml',
      ['4:8 RV104 tools is "./_tools.yaml"; a list is wanted: Write [{ include: ./_tools.yaml }].'],
    ],
    [
      'tools: [./_tools.yaml]',
      ['4:9 RV104 tools[0] is "./_tools.yaml"; a map is wanted: Write { include: ./_tools.yaml }.'],
    ],
  ])('%s', (text, lines) => {
    expect(report(`${HEAD}${text}\n`)).toEqual(lines.map((line) => expect.stringContaining(line)))
  })

  test('a comment that begins with //', () => {
    const text = '{ "version": 1, "name": "a", "instructions": "Hi.",\n  // a voice\n  "voice": "Sarah" }'
    expect(report(text)).toEqual(['2:3 RV101 a comment that begins with //: Begin it with #.'])
    const first = '{\n  // an agent\n  "version": 1, "name": "a", "instructions": "Hi." }'
    expect(report(first)).toEqual(['2:3 RV101 a comment that begins with //: Begin it with #.'])
  })
})

test('the keys of a schema beside an empty parameters are reported as not indented', () => {
  const tool =
    'tools:\n  - name: a\n    description: A.\n    run: node\n    parameters:\n    type: object\n    properties: {}\n'
  expect(report(HEAD + tool)).toEqual([
    '8:16 RV104 tools[0].parameters is empty: Indent what belongs to it: type, properties.',
  ])
})

test('a prompt under a foreign key beside instructions_file is one fault', () => {
  const text = 'version: 1\nname: desk\nprompt: Hi.\ninstructions_file: ./desk.md\n'
  expect(report(text, { 'agents/desk.md': 'Hi.' })).toEqual([
    '3:1 RV109 "prompt" is called instructions here: instructions_file is there already: remove one of the two.',
  ])
})

test('a setting of a parent that does not belong to the type of the child is reported in the child', () => {
  const text = `${HEAD}extends: ./_base.yaml\nturn_detection: { type: semantic_vad }\n`
  expect(report(text, { 'agents/_base.yaml': 'turn_detection: { type: server_vad, threshold: 0.5 }\n' })).toEqual([
    expect.stringMatching(
      /^5:25 RV108 threshold of agents\/_base\.yaml does not belong to .*: Maps merge: take it out there/,
    ),
  ])
})

test.each([
  [
    'instructions: { file: ./prompt.md }',
    ['3:15 RV104 instructions is a map; text is wanted: Write instructions_file: ./prompt.md in its place.'],
  ],
  [
    'instructions: { prompt: Be brief. }',
    ['3:15 RV104 instructions is a map; text is wanted: Its text is prompt: write that behind instructions: itself.'],
  ],
  [
    'model: { provider: { type: x }, prompt: Hi. }',
    [
      '3:8 RV104 model is a map; text is wanted: Write provider/model; the rest of it are settings of their own, prompt among them: it is instructions.',
    ],
  ],
])('a prompt inside a map is reported with where it belongs: %s', (text, lines) => {
  expect(report(`version: 1\nname: desk\n${text}\n`)).toEqual(lines)
})
