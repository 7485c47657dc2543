import { describe, expect, test } from 'vitest'
import { diagnosticLines, type LoadOptions, load } from '../helpers/agent-files.ts'

const desk = (more: string) => ({ 'agents/desk.yaml': `version: 1\nname: desk\ninstructions: Hi.\n${more}\n` })

function agentOf(more: string, around: LoadOptions) {
  const loaded = load(desk(more), { purpose: 'start', ...around })
  if (loaded.status !== 'loaded') throw new Error(diagnosticLines(loaded).join('\n'))
  return loaded.agent
}

test('variables are resolved in settings that may name them, and the agent keeps the text as written', () => {
  const more = [
    `voice: \${env:VOICE}`,
    `model: openai/\${env:MODEL:-gpt-4.1-mini}`,
    `stt: { model: "\${env:STT}" }`,
    `connection: { base_url: "wss://\${env:HOST}/v1", auth: "\${env:AUTH:-bearer}", start_audio_paused: "\${env:PAUSED}" }`,
    `tools: [{ name: look, description: Looks., run: [node, "\${env:FLAG}"] }]`,
  ].join('\n')
  const env = { VOICE: 'Dennis', STT: 'acme/ears', HOST: 'voice.example', PAUSED: 'true', FLAG: '--now; $(id)' }
  const agent = agentOf(more, { env })
  expect(agent).toMatchObject({
    voice: 'Dennis',
    model: 'openai/gpt-4.1-mini',
    stt: { model: 'acme/ears' },
    connection: { base_url: 'wss://voice.example/v1', auth: 'bearer', start_audio_paused: true },
    tools: [{ run: ['node', '--now; $(id)'] }],
  })
  expect(agent.references.get('voice')).toBe(`\${env:VOICE}`)
  expect(agent.references.get('tools[0].run[1]')).toBe(`\${env:FLAG}`)
})

test('the default is used if a variable is unset or empty', () => {
  const voice = (env: LoadOptions['env']) => agentOf(`voice: \${env:VOICE:-Sarah}`, { env: env ?? {} }).voice
  expect([voice({}), voice({ VOICE: '' }), voice({ VOICE: 'Clive' })]).toEqual(['Sarah', 'Sarah', 'Clive'])
})

test('without a default, an empty variable is an empty text, and one that no variable is called is not set', () => {
  const address = (name: string) => `connection: { base_url: "wss://a.example/\${env:${name}}" }`
  expect(agentOf(address('PATH'), { env: { PATH: '' } }).connection.base_url).toBe('wss://a.example/')
  const { diagnostics } = load(desk(address('constructor')))
  expect(diagnostics).toMatchObject([
    { rule: 'RV207', help: `Set constructor, or give it a default: \${env:constructor:-default}.` },
  ])
})

test('what a variable holds is text, except where true or false is expected', () => {
  const run = `tools: [{ name: a, description: A., run: [node, "\${env:FLAG}"] }]`
  expect(agentOf(run, { env: { FLAG: 'true' } }).tools).toMatchObject([{ run: ['node', 'true'] }])
  const paused = `connection: { start_audio_paused: "\${env:PAUSED}" }`
  expect(agentOf(paused, { env: { PAUSED: 'false' } }).connection.start_audio_paused).toBe(false)
  expect(diagnosticLines(load(desk(paused), { env: { PAUSED: 'maybe' } }))).toEqual([
    expect.stringContaining('RV104 connection.start_audio_paused, from'),
  ])
})

test('a resolved value is not searched for references, and $$ is an escaped dollar', () => {
  expect(agentOf(`voice: \${env:VOICE}`, { env: { VOICE: `\${env:OTHER}` } }).voice).toBe(`\${env:OTHER}`)
  const agent = agentOf(`voice: $\${env:VOICE}`, {})
  expect([agent.voice, agent.references.size]).toEqual([`\${env:VOICE}`, 0])
})

test('an unset variable is an error at the start and a warning for validate, which does not check its value', () => {
  const files = desk(`connection: { base_url: "\${env:ADDRESS}" }`)
  const words = 'agents/desk.yaml:4:25 RV207 connection.base_url wants the variable ADDRESS, which is not set'
  const [validated, started] = [load(files), load(files, { purpose: 'start' })]
  expect([diagnosticLines(validated), diagnosticLines(started)]).toEqual([[words], [words]])
  expect([validated.diagnostics[0]?.level, started.diagnostics[0]?.level]).toEqual(['warning', 'error'])
  expect([validated.status, started.status]).toEqual(['loaded', 'rejected'])
})

test('$$ is allowed in every setting, and is kept as it is in the body of a request', () => {
  const http = `http: { method: POST, url: "https://shop.example/", body: { k: "$\${env:A}" } }`
  const agent = agentOf(`greeting: Say $\${env:A}.\ntools: [{ name: a, description: A., ${http} }]`, {})
  expect(agent.greeting).toBe(`Say \${env:A}.`)
  expect(agent.tools[0]).toMatchObject({ body: { k: `$\${env:A}` } })
})

test.each([
  [`greeting: "Hi \${env:USER}"`, '4:11 RV206 greeting names an environment variable, which is not read here'],
  [`name: \${env:NAME}`, '2:7 RV206 name names an environment variable, which is not read here'],
  [
    `provider_data: { a: ["\${env:A}"] }`,
    '4:22 RV206 provider_data.a[0] names an environment variable, which is not read here',
  ],
  [
    `tools: [{ name: a, description: A., run: node, env_file: "\${env:A}" }]`,
    '4:58 RV206 tools[0].env_file names an environment variable, which is not read here',
  ],
  [
    `tools: [{ name: a, description: A., http: { method: POST, url: "https://shop.example/", body: { k: "\${env:A}" } } }]`,
    '4:100 RV206 tools[0].http.body.k names an environment variable, which is not read here',
  ],
  [
    `tools: [{ mcp: { command: node, cwd: "\${env:A}" } }]`,
    '4:38 RV206 tools[0].mcp.cwd names an environment variable, which is not read here',
  ],
  [
    `greeting: "$\${env:A} is not \${env:A}"`,
    '4:11 RV206 greeting names an environment variable, which is not read here',
  ],
  [`voice: "\${env:1st:-x}\${env:A}"`, `4:8 RV206 voice holds \${env:1st:-x}, which names no variable`],
  [`voice: "\${env:VO\${X}}"`, `4:8 RV206 voice holds \${env:VO, which names no variable`],
  [`voice: \${env:1st}`, `4:8 RV206 voice holds \${env:1st}, which names no variable`],
  [`voice: \${env:VOICE`, `4:8 RV206 voice holds \${env:VOICE, which names no variable`],
  [
    `voice: \${env:VOICE:-\${env:OTHER}}`,
    `4:8 RV206 voice holds \${env:VOICE:-\${…, a variable as the default of another`,
  ],
  [
    `tools: [{ name: a, description: A., run: [node, "\${env:VOICE:-\${OTHER}}"] }]`,
    `4:49 RV206 tools[0].run[1] holds \${env:VOICE:-\${…, a variable as the default of another`,
  ],
])('%s is a fault', (line, words) => {
  const files = line.startsWith('name')
    ? { 'agents/desk.yaml': `version: 1\n${line}\ninstructions: Hi.\n` }
    : desk(line)
  expect(diagnosticLines(load(files, { env: { A: 'a', USER: 'u', NAME: 'n', VOICE: 'v' } }))).toEqual([
    `agents/desk.yaml:${words}`,
  ])
})

test('x- keys are not searched for references', () => {
  expect(diagnosticLines(load(desk(`x-note: \${env:NOBODY}`)))).toEqual([])
})

test('no message shows a value from the environment', () => {
  const more = `connection: { base_url: "\${env:ADDRESS}", auth: "\${env:AUTH}" }\ntools: [{ name: a, description: A., run: "\${env:BIN}" }]`
  const env = { ADDRESS: 'http://hunter2@voice.example', AUTH: 'hunter2', BIN: './hunter2' }
  const loaded = load(desk(more), { env })
  expect(loaded.diagnostics.map(({ rule }) => rule).sort()).toEqual(['RV105', 'RV308', 'RV501'])
  expect(JSON.stringify(loaded.diagnostics)).not.toContain('hunter2')
  expect(diagnosticLines(loaded)[0]).toBe(
    `agents/desk.yaml:4:25 RV308 connection.base_url, from \${env:ADDRESS}: an address that no session can be opened at`,
  )
})

test('a default that is wrong is shown and helped like any other text of the file, unless a variable adds to it', () => {
  const voice = desk(`voice: \${env:VOICE:-Josef}`)
  const place = 'agents/desk.yaml:4:8 RV307 voice'
  expect(load(voice).diagnostics).toMatchObject([{ help: expect.stringMatching(/^Listed were: Dennis, /) }])
  for (const env of [{}, { VOICE: '' }])
    expect(diagnosticLines(load(voice, { env }))).toEqual([
      `${place} "Josef" was not listed by the service in September 2026`,
    ])
  expect(diagnosticLines(load(voice, { env: { VOICE: 'hunter2' } }))).toEqual([
    `${place}, from \${env:VOICE:-Josef}: a voice or model that the service did not list`,
  ])
  const run = desk(`tools: [{ name: a, description: A., run: "\${env:FOLDER:-.}/\${env:FILE:-a.sh}" }]`)
  expect(diagnosticLines(load(run))).toEqual(['agents/desk.yaml:4:42 RV501 tool script ./a.sh is missing'])
  const { diagnostics } = load(run, { env: { FOLDER: './hunter2' } })
  expect(diagnostics).toMatchObject([{ rule: 'RV501', help: expect.stringMatching(/^Give FOLDER a value that fits/) }])
  expect(JSON.stringify(diagnostics)).not.toContain('hunter2')
})

test('a fault of the script that a variable names is helped by what to do with the script', () => {
  const files = {
    ...desk(`tools: [{ name: a, description: A., run: "\${env:BIN}" }]`),
    'agents/hunter2': '#!/bin/sh\r\n',
  }
  const { diagnostics } = load(files, { env: { BIN: './hunter2' } })
  expect(diagnostics).toMatchObject([{ rule: 'RV504', help: expect.stringContaining('Save it with LF line ends.') }])
  expect(JSON.stringify(diagnostics)).not.toContain('hunter2')
})

test('neither the key of the service nor the token of the page is resolved in any setting', () => {
  const env = { INWORLD_API_KEY: 'k-1', MY_KEY: 'k-2', RUNNER_TOKEN: 't-1' }
  expect(diagnosticLines(load(desk(`voice: \${env:INWORLD_API_KEY}`), { env }))).toEqual([
    'agents/desk.yaml:4:8 RV404 voice would take INWORLD_API_KEY, the key of the service',
  ])
  expect(
    diagnosticLines(load(desk(`voice: \${env:MY_KEY}\nconnection: { api_key_env: MY_KEY }`), { env })),
  ).toHaveLength(1)
  const escaped = `voice: "$\${env:INWORLD_API_KEY}\${env:VOICE}"`
  expect(load(desk(escaped), { env: { ...env, VOICE: '__v' } }).diagnostics).toEqual([])
  const run = `tools: [{ name: ask, description: Asks., run: [sh, "\${env:RUNNER_TOKEN}"] }]`
  expect(diagnosticLines(load(desk(run), { env }))).toContain(
    'agents/desk.yaml:4:52 RV404 tools[0].run[1] would take RUNNER_TOKEN, the token of the page',
  )
})

test('the hash of an agent is the same for a value and for a variable with that value', () => {
  const env = { VOICE: 'Sarah' }
  expect(agentOf(`voice: \${env:VOICE}`, { env }).hash).toBe(agentOf('voice: Sarah', { env }).hash)
})

test.each([
  `https://\${env:HOST}/x`,
  `\${env:BASE}/x`,
  `https://shop\${env:N}.example/x`,
  `https://\${env:USER}@shop.example/x`,
  `https://shop.example:\${env:PORT}/x`,
])('a variable may not choose the host of a request: %s', (url) => {
  const more = `tools: [{ name: ask, description: Asks., http: { url: "${url}" } }]`
  expect(
    diagnosticLines(
      load(desk(more), { env: { HOST: 'a.example', BASE: 'https://a.example', N: '1', USER: 'u', PORT: '1' } }),
    ),
  ).toEqual([
    expect.stringMatching(/^agents\/desk\.yaml:4:\d+ RV206 tools\[0\]\.http\.url takes its host from the environment/),
  ])
})

test('variables in a request are read at the call and are not stored, and the service key is refused', () => {
  const http = (header: string) =>
    `tools: [{ name: ask, description: Asks., http: { method: POST, url: "https://shop.example/\${env:SHOP}", headers: { A: "${header}" }, body: { k: "{k}" } }, parameters: { type: object, properties: { k: { type: string, description: K. } } } }]`
  const env = { SHOP: 'x', TOKEN: 'tok-4711', INWORLD_API_KEY: 'the-key' }
  const agent = agentOf(http(`Bearer \${env:TOKEN}`), { env })
  expect(agent.tools[0]).toMatchObject({
    url: `https://shop.example/\${env:SHOP}`,
    headers: { A: `Bearer \${env:TOKEN}` },
  })
  expect(JSON.stringify(agent)).not.toContain('tok-4711')
  expect(diagnosticLines(load(desk(http(`\${env:LACKING}`)), { env: { SHOP: 'x', TOKEN: 't' } }))).toEqual([
    expect.stringContaining('RV207 tools[0].http.headers.A wants the variable LACKING'),
  ])
  expect(diagnosticLines(load(desk(http(`\${env:INWORLD_API_KEY}`)), { env }))).toEqual([
    expect.stringContaining('RV404'),
  ])
})

describe('a variable in the syntax of another tool', () => {
  const correctionOf = (line: string) => {
    const { diagnostics } = load(desk(line))
    return diagnostics.map(({ rule, suggest, help }) => `${rule} ${suggest?.[0]?.replace ?? help}`)
  }

  test.each([
    ['voice: $VOICE', `"\${env:VOICE}"`],
    [`voice: \${VOICE:-Sarah}`, `"\${env:VOICE:-Sarah}"`],
    [`voice: \${env.VOICE}`, `"\${env:VOICE}"`],
    [`voice: \${evn:VOICE}`, `"\${env:VOICE}"`],
    [`voice: \${{ vars.VOICE }}`, `"\${env:VOICE}"`],
    [`voice: \${{ secrets.A }}-\${B}`, `"\${env:A}-\${env:B}"`],
    ['voice: "%VOICE%"', `"\${env:VOICE}"`],
    ['voice: "{{ env.VOICE }}"', `"\${env:VOICE}"`],
    ['tools: [{ mcp: { url: "https://a.example", headers: { X: "Bearer {{TOKEN}}" } } }]', `"Bearer \${env:TOKEN}"`],
    ['model: $MODEL', `"\${env:MODEL}"`],
    ['connection: { base_url: "wss://$HOST/x" }', `"wss://\${env:HOST}/x"`],
    ['tools: [{ name: a, description: A., run: $HOME/a.sh }]', `"\${env:HOME}/a.sh"`],
    ['tools: [{ name: a, description: A., run: [node, $FLAG] }]', `"\${env:FLAG}"`],
    [
      'tools: [{ name: a, description: A., http: { url: "https://a.example", headers: { X: Bearer $TOKEN } } }]',
      `"Bearer \${env:TOKEN}"`,
    ],
    ['voice: $(cat voice)', 'Nothing is run for a value: write it, or the name of a variable.'],
  ])('%s is one fault with the right syntax', (line, right) => {
    expect(correctionOf(line)).toEqual([`RV206 ${right}`])
  })

  test('is not looked for in a value of more than 2,000 characters', () => {
    const opened = `\${`.repeat(1_000)
    expect(correctionOf(`voice: "${opened}"`)).toEqual([expect.stringContaining('RV307')])
    expect(correctionOf(`voice: "${opened}$\{VOICE}"`)).toEqual([expect.stringContaining('RV307')])
    expect(correctionOf(`voice: "$\{VOICE}"`)).toEqual([expect.stringContaining('RV206')])
  })

  test('becomes a placeholder if it is the name of a parameter', () => {
    const parameters =
      'parameters: { type: object, required: [id], properties: { id: { type: string, description: I. } } }'
    const url = `https://a.example/\${id}`
    expect(correctionOf(`tools: [{ name: a, description: A., http: { url: "${url}" }, ${parameters} }]`)).toEqual([
      'RV206 "https://a.example/{id}"',
    ])
  })

  test.each([
    'tools: [{ name: a, description: A., run: [node, "{ print $NF }"] }]',
    'tools: [{ name: a, description: A., http: { url: "https://a.example/%C3%A4?$filter=a" } }]',
    'description: It costs $PRICE.',
  ])('is not found in %s', (line) => {
    expect(correctionOf(line)).toEqual([])
  })

  test('in api_key_env gets the help that the name of a variable is expected', () => {
    const help =
      'Where MY_KEY holds the key itself, write api_key_env: MY_KEY; else it has to hold the name of the variable that does.'
    const line = `connection: { api_key_env: "\${env:MY_KEY}" }`
    expect(load(desk(line)).diagnostics.map((each) => each.help)).toEqual([help])
    expect(load(desk(line), { env: { MY_KEY: 'a key' } }).diagnostics.map((each) => each.help)).toEqual([help])
    expect(correctionOf('connection: { api_key_env: process.env.MY_KEY }')).toEqual(['RV107 MY_KEY'])
  })
})

describe('a reference that YAML reads as something else is reported with the right spelling', () => {
  const [space, quoted] = ['a space in', 'without quotes between brackets']
  test.each([
    [`voice: \${env: V}`, `4:8 RV002 ${space}`, `\${env:V}`],
    [`stt:\n  model: \${env: STT : -a/b}`, `5:10 RV002 ${space}`, `\${env:STT:-a/b}`],
    [`tts: { model: \${env:TTS} }`, `4:15 RV002 \${env:TTS} ${quoted}`, `"\${env:TTS}"`],
    [`stt: { prompt: Say \${env:T} }`, `4:20 RV002 \${env:T} ${quoted}`, null],
    [`tts: { model: \${TTS}, speed: 1 }`, `4:15 RV002 \${TTS} ${quoted}`, `"\${env:TTS}"`],
    [`connection: { base_url: wss://a.example/\${env:PATH} }`, `4:41 RV002 \${env:PATH} ${quoted}`, null],
  ])('%s', (text, line, right) => {
    const loaded = load(desk(text))
    expect(diagnosticLines(loaded)).toEqual([expect.stringContaining(`:${line}`)])
    expect(loaded.diagnostics[0]?.suggest?.[0]?.replace ?? null).toBe(right)
  })

  test.each([
    [`"\${env: V}"`, `Write \${env:V}.`],
    [`"a \${env:V:-} \${env:}"`, `Write \${env:NAME} or \${env:NAME:-default}.`],
  ])('also in quotes: %s', (value, help) => {
    expect(load(desk(`voice: ${value}`)).diagnostics.map((each) => each.help)).toEqual([help])
  })
})

test.each([
  [`voice: \${env:V:-Sarah: deep}`, 'a second ": " in one line'],
  [`voice: \${env:V} b: c`, 'a second ": " in one line'],
  [`\${env:V}\nvoice: Sarah`, 'a line that is no key, and not indented below one'],
])('a reference that is right is not taken for what breaks its line: %s', (lines, message) => {
  expect(load(desk(lines)).diagnostics.map((each) => each.message)).toEqual([message])
})
