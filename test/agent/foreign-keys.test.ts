import { describe, expect, test } from 'vitest'
import schema from '../../schemas/agent.schema.json' with { type: 'json' }
import { RESERVED_KEYS, TRANSLATIONS } from '../../src/agent/shape/foreign-settings.ts'
import { diagnosticLines, load } from '../helpers/agent-files.ts'

const smallest = 'version: 1\nname: desk\ninstructions: Hi.\n'

interface Part {
  readonly properties?: { readonly [name: string]: Part }
}

/** The settings that a path goes through, as far as the schema has them. */
function keysOf(path: string): readonly string[] {
  const [root, ...rest] = path.split('.')
  const { definitions, properties } = schema as unknown as {
    definitions: { tool: Part; mcpTools: Part }
    properties: { [name: string]: Part }
  }
  const tool = rest[0] === 'mcp' ? definitions.mcpTools : definitions.tool
  let at: Part | undefined = root === 'tools[]' ? tool : properties[root ?? '']
  const found = at === undefined ? [] : [root ?? '']
  for (const key of rest) {
    at = at?.properties?.[key]
    if (at !== undefined) found.push(key)
  }
  return found
}

test('each foreign key translates to a setting, and is none itself', () => {
  const wrong = [...TRANSLATIONS].filter(([word, right]) => {
    const parent = word.slice(0, word.lastIndexOf('.') + 1)
    const target = right.isAtTop ? right.setting : parent + right.setting
    return keysOf(target).join('.') !== target || keysOf(word).join('.') === word
  })
  expect(wrong).toEqual([])
})

test('no value under a foreign key leads to a message with undefined, NaN or [object', () => {
  const values: readonly unknown[] = [
    [{ word: 'Nora' }, { word: 'Fernweh' }],
    { a: 1 },
    { toString: 1 },
    [{ toString: 1 }],
    [],
    null,
    true,
    0.5,
    '10 s',
  ]
  const texts = [...TRANSLATIONS.keys()].flatMap((path) =>
    values.flatMap((value) => {
      const { diagnostics } = load({ 'agents/desk.yaml': JSON.stringify(fileWith(path, value)) })
      return diagnostics.flatMap(({ message, help, suggest = [] }) => [
        message,
        help,
        ...suggest.map(({ replace }) => replace),
      ])
    }),
  )
  expect(texts.filter((text) => /undefined|NaN|\[object|Infinity/.test(text))).toEqual([])
})

/** An agent file with a value at a path. */
function fileWith(path: string, value: unknown): object {
  const [first = '', ...rest] = path.split('.')
  const inner = rest.reduceRight<unknown>((holder, key) => ({ [key]: holder }), value)
  const file = { version: 1, name: 'desk', instructions: 'Hi.' }
  if (first !== 'tools[]') return { ...file, [first]: inner }
  return { ...file, tools: [{ name: 'a', description: 'A.', run: 'node', ...(inner as object) }] }
}

test('no key is both foreign and reserved', () => {
  expect(RESERVED_KEYS.filter((word) => TRANSLATIONS.has(word))).toEqual([])
})

test.each([
  ['hooks', 'tools: [{ name: a, description: A., run: node, hooks: {} }]'],
  ['concurrency', 'tts: { concurrency: 2 }'],
])('%s in the wrong map is an unknown key, and not one of a later version', (_, text) => {
  const { diagnostics } = load({ 'agents/desk.yaml': smallest + text })
  expect(diagnostics.map(({ rule }) => rule)).toContain('RV101')
  expect(diagnostics.map(({ rule }) => rule)).not.toContain('RV110')
})

describe('a foreign key is reported with our setting', () => {
  test.each([
    ['firstMessage: Hi.', 'greeting'],
    ['maxOutputTokens: 100', 'max_output_tokens'],
    ['max-output-tokens: 100', 'max_output_tokens'],
    ['providerData: {}', 'provider_data'],
    ['turnDetection: { type: manual }', 'turn_detection'],
    ['transcriber: {}', 'stt'],
    ['audio: { input: { sampleRate: 8000 } }', 'rate'],
    ['audio: { input: { encoding: pcm } }', 'format'],
    ['turn_detection: { type: server_vad, silenceDurationMs: 5 }', 'silence_duration_ms: 5'],
    ['connection: { apiKey: X }', 'api_key_env'],
    ['tools: [{ name: a, description: A., command: node }]', 'run'],
    ['tools: [{ name: a, description: A., run: node, timeoutMs: 500 }]', 'timeout: 500ms'],
    ['tools: [{ name: a, description: A., run: node, input_schema: { type: object } }]', 'parameters'],
  ])('%s', (text, right) => {
    const { diagnostics } = load({ 'agents/desk.yaml': smallest + text })
    expect(diagnostics.map(({ rule, suggest }) => `${rule} ${suggest?.[0]?.replace}`)).toEqual([`RV109 ${right}`])
  })
})

const MOVED = [
  ['tts: { voice: Sarah }', '"voice" in tts stands at the top of the file here', 'Move it there: voice: Sarah.'],
  ['tts: { language: en }', '"language" in tts stands in stt here', 'Move it there: stt: { language: en }.'],
  [
    'sample_rate: 16000',
    '"sample_rate" is rate in audio.input here',
    'Move it there: audio: { input: { rate: 16000 } }.',
  ],
  ['idle_timeout_secs: 90', '"idle_timeout_secs" is idle in limits here', 'Move it there: limits: { idle: 90s }.'],
  [
    'maxDurationSeconds: 600',
    '"maxDurationSeconds" is max_session in limits here',
    'Move it there: limits: { max_session: 10m }.',
  ],
  [
    'stop_secs: 0.2',
    '"stop_secs" is silence_duration_ms in turn_detection here',
    'Move it there: turn_detection: { type: server_vad, silence_duration_ms: 200 }.',
  ],
  [
    'audio: { output: { voice: Sarah } }',
    '"voice" in audio.output stands at the top of the file here',
    'Move it there: voice: Sarah.',
  ],
] as const

const ADVISED = [
  ['session: { model: openai/x }', '"session" is no setting here', 'What stands in it stands at the top of the file.'],
  ['agent: { voice: Sarah }', '"agent" is no setting here', 'What stands in it stands at the top of the file.'],
  ['api_key: x', '"api_key" is no setting here', /connection: \{ api_key_env: INWORLD_API_KEY \}/],
  ['mcp: {}', '"mcp" is no setting here', /- mcp: \{ command: … \}/],
  ['mcpServers: {}', '"mcpServers" is no setting here', /- mcp: \{ command: … \}/],
  ['tags: [a]', '"tags" is no setting here', /x-owner/],
  ['endCallFunctionEnabled: true', '"endCallFunctionEnabled" is no setting here', /control: end_call/],
  ['backchannelingEnabled: true', '"backchannelingEnabled" is no setting here', /provider_data/],
] as const

test.each(MOVED)(
  'a foreign key whose setting is elsewhere gets that place as help, and no suggestion: %s',
  (text, message, help) => {
    const { diagnostics } = load({ 'agents/desk.yaml': smallest + text })
    expect(diagnostics).toMatchObject([{ rule: 'RV109', message, help }])
    expect(diagnostics[0]?.suggest).toBeUndefined()
  },
)

test.each(ADVISED)('a foreign key that stands for no one setting gets help of its own: %s', (text, message, help) => {
  const { diagnostics } = load({ 'agents/desk.yaml': smallest + text })
  expect(diagnostics).toMatchObject([{ rule: 'RV109', message, help: expect.stringMatching(help) }])
})

test.each([
  ['eagerness: low', 'It belongs to turn_detection, indented below that key.'],
  ['stt: { temperature: 1 }', 'It belongs at the top of the file.'],
  ['run: ../tools/a.sh', 'It belongs to an entry of tools.'],
  ['stt.model: a', 'Write it as stt: { model: a }.'],
  ['<<: {}', 'YAML 1.2 has no merge keys: write the settings out, or share them with extends.'],
  ['limits: { timeoutMs: 90000 }', 'Write max_session: 90s instead.'],
  ['turn_detection: { type: server_vad, silence: 0.5s }', 'Write silence_duration_ms: 500 instead.'],
  ['greetng: a\ngreeting: b', /^Did you mean greeting\?/],
  ['greeting: a\nfirst_message: b', 'greeting is there already: remove one of the two.'],
  ['tools: [{ name: a, description: A., run: b, time: 8s }]', /^Did you mean timeout\?/],
])('a key that is known elsewhere, or nearly known here, gets help that says so: %s', (text, help) => {
  const found = load({ 'agents/desk.yaml': smallest + text }).diagnostics.filter(({ rule }) => /RV1/.test(rule))
  expect(found).toMatchObject([
    { help: expect.stringMatching(typeof help === 'string' ? new RegExp(`^${escaped(help)}$`) : help) },
  ])
})

test('of two foreign keys for one setting, one is to be removed', () => {
  const { diagnostics } = load({ 'agents/desk.yaml': `${smallest}max_tokens: 200\nmaxCompletionTokens: 300` })
  expect(diagnostics.map(({ help }) => help)).toEqual([
    'Write max_output_tokens instead.',
    'max_tokens is there already: remove one of the two.',
  ])
})

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

describe('a setting under a misspelt or foreign key is not reported missing', () => {
  test.each([
    ['version: 1\nnmae: desk\ninstructions: Hi.\n', ['2:1 RV101']],
    ['version: 1\nid: desk\ninstructions: Hi.\n', ['2:1 RV109']],
    ['version: 1\nname: desk\ninstrutcions: Hi.\n', ['3:1 RV101']],
    ['version: 1\nname: desk\nprompt_path: a.md\n', ['3:1 RV109']],
    [`${smallest}tools: [{ name: a, desc: A., command: node }]\n`, ['4:20 RV109', '4:30 RV109']],
    [`${smallest}turn_detection: { mode: manual }\n`, ['4:19 RV109']],
    [`${smallest}tools: [{ name: a, desc: A. }]\n`, ['4:9 RV102', '4:20 RV109']],
    ['version: 1\nname: desk\nsession: { instructions: Hi. }\n', ['3:1 RV109']],
    ['version: 1\nname: desk\nmessages: []\n', ['3:1 RV109']],
    [`${smallest}tools: [{ name: a, description: A., url: https://a.example }]\n`, ['4:37 RV109']],
    [`${smallest}tools: [{ function: { name: a, description: A. } }]\n`, ['4:11 RV109']],
  ])('%j', (text, lines) => {
    const found = diagnosticLines(load({ 'agents/desk.yaml': text })).map((line) => /:(\d+:\d+ RV\d+)/.exec(line)?.[1])
    expect(found).toEqual(lines)
  })
})
