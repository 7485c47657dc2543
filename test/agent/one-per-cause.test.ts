import { describe, expect, test } from 'vitest'
import { diagnosticLines, load } from '../helpers/agent-files.ts'

const HEAD = 'version: 1\nname: desk\ninstructions: Hi.\n'
const TOOL = '- { name: a, description: A., run: node }\n'

/** Place, rule and help of every diagnostic of a file. */
function helpLines(text: string, files: { readonly [path: string]: string } = {}): readonly string[] {
  const { diagnostics } = load({ 'agents/desk.yaml': text, ...files })
  return diagnostics.map(({ rule, range, help }) => `${range.start.line}:${range.start.column} ${rule} ${help}`)
}

describe('a value that begins with a YAML indicator is reported once:', () => {
  test.each([
    // What is to stand there instead.
    ['model: @home', '4:8 RV306 Write provider/model, such as openai/gpt-4.1-mini, or inworld/<router>.'],
    ['voice: {{ env.VOICE }}', `4:8 RV206 Write $\{env:VOICE}.`],
    [
      'temperature: {{x}}',
      "4:14 RV104 Sampling temperature, 0 to 2: how freely the model chooses its words. Default: the provider's.",
    ],
    ["tts:\n  speed: 'it's 1'", '5:10 RV104 How fast it speaks, 0.25 to 1.5.'],
    // That it wants quotes, where it may be what is meant.
    ['greeting: {{name}}, hi', '4:11 RV002 Put the value in quotes; nobody fills in what stands in such braces.'],
    ["greeting: 'it's me'", "4:14 RV002 Write '' for a quote inside"],
    ['hooks: { reload: @run }', '4:18 RV002 Put the value in quotes.'],
    ['extends: `base`', '4:10 RV002 Put the value in quotes.'],
    ['tools: [{ name: a, description: A., run: node, env_file: {{x}} }]', '4:58 RV002 Put the value in quotes'],
    // Of two equal keys, the first of which is empty, the second is read.
    ['stt:\nstt:\n  language: en', '5:1 RV003 Keep one of the two.'],
  ])('%j', (text, line) => {
    expect(helpLines(`${HEAD}${text}\n`)).toEqual([expect.stringContaining(line)])
  })

  test('the version', () => {
    expect(helpLines('version: @1\nname: desk\ninstructions: Hi.\n')).toEqual(['1:10 RV111 Write version: 1.'])
  })
})

test.each([
  ['voice', '4:1 RV002 Write voice:'],
  ['tts\ntemperature: 1', '4:1 RV002 Write tts:'],
  ['tts:\n  model: inworld-tts-1.5-max\n  speed', '6:3 RV002 Write speed:'],
  ['tts:\n  speed', '5:3 RV104 Write a ":" behind the key, and its value behind that: speed: ….'],
  ['tts:\nmodel: inworld-tts-1.5-max\nspeed: 1.0', '4:5 RV104 Indent what belongs to it: model, speed.'],
  ['stt:\nlanguage: en\nprompt: Nora', '4:5 RV104 Indent what belongs to it: language, prompt.'],
  ['turn_detection:\ntype: manual', '4:16 RV104 Indent what belongs to it: type.'],
  [
    'limits:\nidle: { after: 15s, say: Hello? }',
    '4:8 RV104 How long a conversation may last, and how much it may do at once.',
  ],
  [
    'model: openai/gpt-4.1-mini\ntts:\nmodel: inworld-tts-1.5-max\nspeed: 1.0',
    '5:5 RV104 Indent what belongs to it: model, speed.',
  ],
  ['model: openai/gpt-4.1-mini\ntts:\nmodel: inworld-tts-1.5-max', '5:5 RV104 Indent what belongs to it: model.'],
  [
    'tools:\nname: a\ndescription: A.\nrun: node',
    '4:7 RV104 Indent what belongs to it: name, description, run, with a "- " before the first.',
  ],
  ['tool_choice: { function: a }', '4:16 RV109 Write tool_choice: { type: function, name: a }.'],
  [
    'tool_choice: { type: function, function: { name: a } }',
    '4:32 RV109 Write tool_choice: { type: function, name: a }.',
  ],
  [
    'run: node\nparameters: { type: object }\ntimeout: 5s',
    '4:1 RV101 Move them below tools:, as one entry with its name and description: - name: ….',
  ],
  [
    'x-tool: &tool { run: node }\ntools:\n  - <<: *tool\n    name: a\n    description: A.',
    '6:5 RV101 YAML 1.2 has no merge keys: write the settings out, or share them with extends.',
  ],
  ...[
    ['x-p: &p { a: 1 }\nprovider_data:\n  tts: { <<: *p }', '6:10'],
    ['tools: [{ name: a, description: A., run: node, parameters: { <<: { type: object }, required: [id] } }]', '4:62'],
    ['tools: [{ name: a, description: A., run: node, parameters: { type: object, properties: { <<: {} } } }]', '4:90'],
    [
      'tools: [{ name: a, description: A., http: { method: POST, url: https://a.example, body: { <<: [{}] } } }]',
      '4:91',
    ],
  ].map(([text = '', place]) => [
    text,
    `${place} RV101 YAML 1.2 has no merge keys: write the settings out, or share them with extends.`,
  ]),
  [
    'tools: !include ./tools.yaml',
    '4:8 RV002 No tag reads a file: a prompt is named under instructions_file, the tools of one are an entry of tools, - include: ./tools.yaml, and settings are shared with extends.',
  ],
  [
    'backchannel_words: [mm-hm]\nenable_backchannel: true',
    '4:1 RV109 It is a setting of the service: provider_data: { backchannel: { enabled: true } }.',
  ],
])('%j is one fault', (text, line) => {
  expect(helpLines(`${HEAD}${text}\n`)).toEqual([line])
})

describe('a malformed entry of tools is one fault:', () => {
  test.each([
    ['  - a:\n      description: A.\n      run: node', '5:5 RV101 Write - name: a, and the rest of the tool below it.'],
    ['  - type: endCall', '5:5 RV109 Write control: end_call.'],
    ['  - end_call', '5:5 RV104 Write { control: end_call }.'],
    ['  - a', '5:5 RV104 Write - name: a, with description: and run: below it.'],
    ['  - ../a.sh', '5:5 RV104 Write - name: …, description: …, run: ../a.sh.'],
    [
      '  a: { description: A., run: node }',
      '5:3 RV104 Write each as an entry of a list: - name: a, and the rest of the tool below it.',
    ],
    ['  name: a\n  run: node', '5:3 RV104 Put a "- " before name, and indent the rest of the tool like it.'],
    [
      '  - name: a\n  - description: A.\n  - run: node',
      '6:5 RV102 Remove the "-" before description and what follows, and indent it like name.',
    ],
    [
      '  - functionDeclarations: [{ name: a }]',
      '5:5 RV109 Each of them is an entry of tools: - name: …, description: …, run: ….',
    ],
    [
      '  - { server_label: a, server_url: "https://a.example", allowed_tools: [b] }',
      '5:7 RV109 A server of tools is an entry of its own: - mcp: { url: … }.',
    ],
    [
      '  - { include: ./_tools.yaml, timeout: 3s }',
      '5:31 RV101 Nothing stands beside include: it belongs to each tool in that file, or to a tool of its own, which begins with "- ".',
    ],
    [
      '  - $include: ./_tools.yaml',
      '5:5 RV101 Did you mean include? Allowed here: background, concurrency, confirm, cwd, description, env, env_file, kill_after, limits, max_output, mode, name, network, on_interrupt, output, parameters, pin, retry, run, sandbox, say_after, timeout.',
    ],
    ['- name: a\ndescription: A.\nrun: node', '5:3 RV102 Indent what belongs to it: description, run.'],
    [
      '- control: end_call\n- name: a\n  description: A.\nrun: node\nparameters:\n  type: object\ntemperature: 1',
      '6:3 RV102 Indent what belongs to it: run, parameters.',
    ],
    [
      '  - { name: a, description: A., run: node, voices: [Clara] }',
      '5:44 RV101 Allowed here: background, concurrency, confirm, cwd, description, env, env_file, kill_after, limits, max_output, mode, name, network, on_interrupt, output, parameters, pin, retry, run, sandbox, say_after, timeout.',
    ],
    ['  - { control: end_call, name: a }', '5:26 RV101 Beside control these may stand: confirm, description, voices.'],
  ])('%j', (tools, line) => {
    expect(helpLines(`${HEAD}tools:\n${tools}\n`, { 'agents/_tools.yaml': TOOL })).toEqual([line])
  })
})

test.each([
  ['tools: [{ name: a, description: A., launcher: node }]', '4:37 RV101 Did you mean run? Allowed here: '],
  ['idle: { after: 15s, talk: Hello? }', '4:21 RV101 Did you mean say? Allowed here: '],
  [
    'turn_detection: { type: semantic_vad, eagernes: low }',
    '4:39 RV101 Did you mean eagerness? Allowed here: create_response, eagerness, interrupt_response, type.',
  ],
  [
    'turn_detection: { type: semantic_vad, treshold: 0.5 }',
    '4:39 RV101 Did you mean threshold? It does not belong to type semantic_vad. Allowed here: create_response, eager',
  ],
  ['You are an agent.', '1:1 RV104 Begin with version: 1 and name:, and put the prompt under instructions: |.'],
  ['speed: 1.2', '4:1 RV109 Move it there: tts: { speed: 1.2 }.'],
  ['stt_model: assemblyai/u3-rt-pro', '4:1 RV109 Move it there: stt: { model: assemblyai/u3-rt-pro }.'],
  ['user_input_audio_format: pcm_16000', '4:1 RV109 Move it there: audio: { input: { format: pcm } }.'],
])('%j is answered with what was meant', (text, line) => {
  const lines = helpLines(text.startsWith('You') ? `${text}\n` : `${HEAD}${text}\n`)
  expect(lines).toEqual([expect.stringContaining(line)])
})

test('lines without a space after the colon are reported once for all of them', () => {
  const help = 'Write a space behind each ":" that parts a key from its value.'
  expect(helpLines('version:1\nname:desk\ninstructions:Hi.\n')).toEqual([`1:1 RV104 ${help}`])
  const desk = 'version: 1\nname: desk\ninstructions: Hi.\n'
  expect(helpLines(`${desk}tts:\n  model:inworld-tts-2\n  speed:1.2\n`)).toEqual([`5:3 RV104 ${help}`])
  expect(helpLines(`${desk}tools:\n  - name:a\n    description:A.\n    run:sh\n`)).toEqual([`5:5 RV104 ${help}`])
  expect(helpLines(`${desk}tts: speed:1.2\n`)).toEqual(['4:6 RV104 Write a space behind the ":": speed: 1.2.'])
})

test.each([
  'version = 1\nname = "desk"\ninstructions = "Hi."\n',
  'version 1\nname desk\ninstructions Hi.\n',
  'stt: model: assemblyai/u3-rt-pro, language: en',
])('settings that are read as one text are to be written on lines of their own: %j', (text) => {
  expect(helpLines(text.startsWith('stt') ? HEAD + text : text)).toEqual([
    expect.stringMatching(/ RV104 Write each setting on a line of its own, with a ":" and a space behind its key\.$/),
  ])
})

test('a prompt nested as in another product is not reported as missing too', () => {
  const text = 'version: 1\nname: desk\nconversation_config: { agent: { prompt: { prompt: Be brief. } } }\n'
  expect(helpLines(text)).toEqual([
    '3:1 RV109 What stands in it stands at the top of the file.',
    '3:24 RV109 What stands in it stands at the top of the file.',
    '3:33 RV109 Write instructions instead.',
    '3:41 RV104 Its text is prompt: write that behind instructions: itself.',
  ])
})

test.each([
  ['rules: { RV307: warn }', 'Did you mean warning?'],
  ['rules: { RV307: false }', 'Did you mean off?'],
  ['rules: { rv307: off }', 'Did you mean RV307?'],
  ['RV307: off', 'It belongs to rules, indented below that key.'],
])('a project file with %s is answered with what was meant', (project, help) => {
  const { diagnostics } = load({ 'agents/desk.yaml': HEAD, '.runner.yaml': `${project}\n` })
  expect(diagnostics.map((each) => each.help)).toEqual([help])
})

describe('settings of other products in requests, servers and hooks are answered with ours:', () => {
  const HTTP = 'tools: [{ name: a, description: A., http: { url: "https://a.example", '
  test.each([
    [`${HTTP}query: {}, params: {} } }]`, ['RV109 Write it behind the url: ?city={city}.']],
    [`${HTTP}json: {} } }]`, ['RV109 What is sent is body: { city: "{city}" }.']],
    [`${HTTP}timeout: 5s } }]`, ['RV109 It stands beside http, as a setting of the tool.']],
    [`${HTTP}headers: { Host: x, "X Y": "1" } } }]`, ['RV107 Remove it.', 'RV107 Write X-Y.']],
    [
      'tools: [{ mcp: { command: npx, args: [-y, a] } }]',
      ['RV109 They follow the program: command: [npx, -y, server].'],
    ],
    ['tools: [{ mcp: { type: http, url: "https://a.example" } }]', ['RV109 Remove it: command or url tells.']],
    [
      'tools: [{ mcp: { command: node, exclude: [a] } }]',
      ['RV109 Those that are offered are listed: include: [read_file].'],
    ],
    ['tools: [{ mcp: node server.mjs }]', ['RV104 Write { command: [node, server.mjs] }.']],
    ['tools: [{ name: a, description: A., run: { command: node, args: [x] } }]', ['RV104 Write [node, x].']],
    [
      'tools: [{ name: a, description: A., run: node, env: { A: "1" } }]',
      ['RV104 Write [A]: names alone, since values come from the environment.'],
    ],
    ['tools: [{ name: a, description: A., run: ["", x] }]', ['RV501 Name the program first, then its arguments.']],
    ['hooks: { reload: { command: node } }', ['RV109 Write run.']],
    ['hooks: { reload: [{ run: node }] }', ['RV104 Remove the "-", or the brackets: it is one map']],
    ['hooks: { reload: [{ run: node }, { run: node }] }', ['RV104 Keep one of them, without its "-"']],
    [
      'tools: [{ name: a, description: A., run: node, env: [{ name: DB, value: x }] }]',
      ['RV104 Write DB: the name alone'],
    ],
    ['hooks: { reload: [../tools/a.sh, ../tools/b.py] }', ['RV501 ', 'RV522 A hook is one program and its arguments']],
    ['hooks: { reload: { run: [../a.mjs, --x, b.mjs] } }', ['RV501 ', 'RV522 A hook is one program']],
    ['hooks: { reload: [node, ../b.mjs, ../c.mjs] }', ['RV501 ']],
    ['hooks: { reload: [../a.sh, --to, berlin] }', ['RV501 ']],
    ['hooks: { on_call_end: node }', ['RV109 Write session_ended instead.']],
    ['hooks: { reload: { run: node, env: [INWORLD_API_KEY] } }', ['RV404 A hook never gets it; remove the name.']],
    ['hooks: { reload: { run: node, env: [RUNNER_TOKEN] } }', ['RV404 A hook never gets it; remove the name.']],
    [
      'tools: [{ name: a, description: A., run: node, env: [DB, RUNNER_TOKEN] }]',
      ['RV404 A tool never gets it; remove the name.'],
    ],
    [
      'hooks: { reload: { run: node, timeout: 11m } }',
      ['RV506 Those of one conversation wait for each other; 10s suits most.'],
    ],
    ['tool_choice: { type: function, name: "" }', ['RV107 ']],
  ])('%s', (text, lines) => {
    const found = helpLines(`${HEAD}${text}\n`).map((line) => line.replace(/^\S+ /, ''))
    expect(found).toEqual(lines.map((line) => expect.stringContaining(line)))
  })
})

describe('in an agent of several files,', () => {
  const including = (...names: readonly string[]) =>
    `${HEAD}tools:\n${names.map((name) => `  - include: ./${name}\n`).join('')}`

  test('a list included twice is reported at the second include, not at each of its tools', () => {
    expect(
      helpLines(including('_tools.yaml', '_tools.yaml'), {
        'agents/_tools.yaml': TOOL + TOOL.replace('name: a', 'name: b'),
      }),
    ).toEqual(['6:14 RV204 Remove one of the two.'])
  })

  test('a fault of a list is the same in every agent that includes it', () => {
    const parts = {
      'agents/_tools.yaml': TOOL,
      'agents/_more.yaml': '- { name: b, description: B., run: node, retry: 9 }\n',
    }
    const one = load({ 'agents/desk.yaml': including('_more.yaml'), ...parts })
    const other = load({ 'agents/desk.yaml': including('_tools.yaml', '_more.yaml'), ...parts })
    expect(diagnosticLines(one)).toEqual([expect.stringContaining('agents/_more.yaml:1:49 RV106 tools[0].retry is 9')])
    expect(other.diagnostics).toEqual(one.diagnostics)
  })

  test('a tool name taken in another file is reported with the place of that tool', () => {
    const text = `${including('_tools.yaml')}  ${TOOL}`
    expect(diagnosticLines(load({ 'agents/desk.yaml': text, 'agents/_tools.yaml': TOOL }))).toEqual([
      'agents/desk.yaml:6:13 RV204 the tool at agents/_tools.yaml:1 is called "a" as well',
    ])
  })

  test('tool names that differ only in case are equal', () => {
    const list = TOOL + TOOL.replace('name: a', 'name: A')
    expect(diagnosticLines(load({ 'agents/desk.yaml': `${HEAD}tools:\n${list.replaceAll(/^/gm, '  ')}\n` }))).toEqual([
      'agents/desk.yaml:6:13 RV204 tools[0] is called "a": but for capitals, that is the same',
    ])
  })

  test.each([
    ['- { name: end_call, description: A., run: node }\n- control: end_call\n', '6:14'],
    ['- control: end_call\n- { name: end_call, description: A., run: node }\n', '6:13'],
  ])('a tool with the name of a control is a duplicate, whichever stands first: %j', (list, place) => {
    expect(
      diagnosticLines(load({ 'agents/desk.yaml': `${HEAD}tools:\n${list.replaceAll(/^(?=.)/gm, '  ')}` })),
    ).toEqual([`agents/desk.yaml:${place} RV204 tools[0] is called "end_call" as well`])
  })

  test.each([
    ['version: 2\n', '1:10 RV111 Write version: 1.'],
    ['# nothing yet\n', '1:1 RV104 Write settings such as voice: Sarah.'],
  ])('a parent that holds %j is reported', (parent, line) => {
    expect(helpLines(`${HEAD}extends: ./_base.yaml\n`, { 'agents/_base.yaml': parent })).toEqual([line])
  })

  test.each([
    ['extends: https://a.example/base.yaml', '4:10 RV201 Name a file of this project: nothing is fetched.'],
    ['extends: ~/base.yaml', '4:10 RV201 Write the path itself, relative to this file.'],
    ['hooks: { reload: "https://a.example/hook" }', '4:18 RV501 Name a file of this project: nothing is fetched.'],
    ['tools:\n  - include: ./_whole.yaml', '1:1 RV104 Remove the line tools: from it, and what is no tool.'],
  ])('%j is reported as naming no usable file', (text, line) => {
    expect(helpLines(`${HEAD}${text}\n`, { 'agents/_whole.yaml': `tools:\n  ${TOOL}` })).toEqual([line])
  })
})

test.each([
  [
    '# runner-ignore RV307 - a cloned voice',
    'RV011 Write a ":" before the reason: # runner-ignore RV307: a cloned voice',
  ],
  ['# runner-ignore rv307: a cloned voice', 'RV012 Did you mean RV307?'],
])('the malformed comment %s is reported once, with its right form', (comment, line) => {
  const [first] = helpLines(`${HEAD}${comment}\nvoice: Nobody\n`)
  expect(first).toBe(`4:1 ${line}`)
})

test('of thousands of malformed entries, as many faults are reported as a report holds', () => {
  const entries = '  - {}\n  - { name: a, zz: 1 }\n  - { server_label: a, server_url: b }\n'.repeat(2_500)
  const { diagnostics } = load({ 'agents/desk.yaml': `${HEAD}tools:\n${entries}` })
  expect(diagnostics).toHaveLength(200)
})

test.each(['voice: "x KEY"', 'tts: { speed: "KEY" }', 'tools: [{ name: "a KEY", description: A., run: node }]'])(
  'a key in a value is reported alone, whatever else that value would be: %s',
  (text) => {
    const { diagnostics } = load({ 'agents/desk.yaml': HEAD + text.replace('KEY', 'sk-proj-Zk3v9QwX1bN7mLr5TyUa8cDe') })
    expect(diagnostics.map(({ rule }) => rule)).toEqual(['RV401'])
  },
)

test('in a list of a hook that does not consist of maps alone, each of those is a fault of its own', () => {
  const { diagnostics } = load({ 'agents/desk.yaml': `${HEAD}hooks: { reload: [node, { run: node }, { run: a }] }\n` })
  expect(diagnostics.map(({ message }) => message)).toEqual([
    'hooks.reload[1] is a map; text is wanted',
    'hooks.reload[2] is a map; text is wanted',
  ])
})
