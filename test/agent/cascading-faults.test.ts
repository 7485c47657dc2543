import { describe, expect, test } from 'vitest'
import { diagnosticLines, load } from '../helpers/agent-files.ts'

/** An agent that says something of nearly every setting. */
const WHOLE = {
  version: 1,
  name: 'desk',
  model: 'openai/gpt-4.1-mini',
  voice: 'Sarah',
  instructions: 'Call `look_up`, then `ask` or `set_voice`; `find_it` is a tool of the shop.',
  greeting: 'Hi.',
  idle: { after: '15s', say: 'Still there?', times: 2 },
  interruption: { min_words: 2, ignore: ['yeah'], min_speech: '250ms' },
  limits: { max_session: '30m', wrap_up_at: '27m', idle: '5m' },
  temperature: 0.7,
  tool_choice: { type: 'function', name: 'look_up' },
  output_modalities: ['audio', 'text'],
  stt: { model: 'assemblyai/u3-rt-pro', language: 'en' },
  turn_detection: { type: 'semantic_vad', interrupt_response: false },
  audio: { input: { format: 'pcm', rate: 24_000 }, output: { format: 'pcm', rate: 24_000 } },
  connection: { base_url: 'wss://api.inworld.ai/api/v1/realtime/session', connect_timeout: '10s' },
  hooks: { session_ended: 'node', reload: { run: ['node', 'x'], timeout: '10s', env: ['A'] } },
  tools: [
    {
      name: 'look_up',
      description: 'Looks it up.',
      run: ['node', 'x'],
      mode: 'exec',
      timeout: '8s',
      say_after: { delay: '2s', text: 'Moment.' },
      env: ['SHOP_DB'],
      limits: { memory: '256MB', cpu: '5s' },
      sandbox: 'isolated',
      network: true,
      parameters: { type: 'object', required: ['n'], properties: { n: { type: 'string', description: 'N.' } } },
    },
    {
      name: 'ask',
      description: 'Asks.',
      http: {
        method: 'POST',
        url: 'http://localhost:3000/{n}',
        headers: { 'X-A': '{n}' },
        body: { a: '{n}' },
        allow_private: ['localhost'],
      },
      parameters: { type: 'object', required: ['n'], properties: { n: { type: 'string', description: 'N.' } } },
    },
    { mcp: { name: 'shop', url: 'http://localhost:4000/mcp', allow_private: ['localhost'] } },
    { control: 'set_voice', voices: ['Sarah', 'Clive'] },
  ],
} as const

type Path = readonly (string | number)[]

function* pathsIn(value: unknown, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) yield* pathsIn(inner, [...path, Array.isArray(value) ? +key : key])
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by
  const copy = (Array.isArray(value) ? [...value] : { ...Object(value) }) as { [key: string | number]: unknown }
  copy[key] = replaced(copy[key], rest, by)
  return copy
}

/** No tools, and another name as required, are right in themselves: each of the settings that miss what was there is wrong. */
const isMissedInSeveralPlaces = (path: Path) => path.at(-1) === 'tools' || path.at(-2) === 'required'

test('the agent that is varied below has no fault', () => {
  expect(diagnosticLines(load({ 'agents/desk.yaml': JSON.stringify(WHOLE) }))).toEqual([])
})

describe('a value of the wrong type is one fault at most, whatever depends on it:', () => {
  const wrong: readonly unknown[] = [
    null,
    true,
    0,
    12_345,
    'zzz',
    '',
    [],
    [1],
    {},
    { zz: 1 },
    { toString: 1 },
    [[{ toString: 1 }]],
    `$\{env:ZZZ}`,
  ]
  test.each(wrong.map((value) => [JSON.stringify(value), value]))('%s', (_, value) => {
    // A map of parameters holds what its author likes.
    const paths = [...pathsIn(WHOLE)].filter(
      (path) => path.at(-1) !== 'properties' || value === null || typeof value !== 'object' || Array.isArray(value),
    )
    const twice = paths.flatMap((path) => {
      const faults = load({ 'agents/desk.yaml': JSON.stringify(replaced(WHOLE, path, value)) }).diagnostics
      const isWrong = faults.some(({ level }) => level === 'error') && !isMissedInSeveralPlaces(path)
      return isWrong && faults.length > 1
        ? [`${path.join('.')}: ${faults.map(({ message }) => message).join('; ')}`]
        : []
    })
    expect(twice).toEqual([])
  })
})

const reference = `$\{env:NOWHERE}`

test.each([
  ['instructions_file: ./absent.md', 'RV103'],
  ['extends: ./_absent.yaml\nlimits: { wrap_up_at: 5m }', 'RV201'],
  ['extends:\nlimits: { wrap_up_at: 5m }', 'RV104'],
  ['limits: { wrap_up_at: 5m }\nmax_session: 10m', 'RV101'],
  ['limits: { max_session: .inf, wrap_up_at: 5m }', 'RV107'],
  ['provider_data: { a: .inf }', 'RV009'],
  [`tools: [{ name: a, description: A., run: node, env: { SHOP: "${reference}" } }]`, 'RV104'],
  [`tools: [{ name: a, description: A., run: node, env_file: "${reference}" }]`, 'RV206'],
  [`hooks: { reload: "${reference}" }`, 'RV206'],
  [
    'tools: [{ name: a, description: A., http: { url: "https://shop.example/{b}?c={b}", headers: { X-A: "{b}" } } }]',
    'RV513',
  ],
  ['tools: [{ control: set_voice, voice: [Sarah] }]', 'RV101'],
])('%s is reported as %s alone', (text, rule) => {
  const { diagnostics } = load({ 'agents/desk.yaml': `version: 1\nname: desk\ninstructions: Hi.\n${text}\n` })
  expect(diagnostics.map((each) => each.rule)).toEqual([rule])
})

test.each([
  ['tools: [{ include: ./_absent.yaml }]', 'RV201'],
  ['tools: { find_it: { description: Finds it., run: node } }', 'RV104'],
  ['tools: [{ nme: find_it, description: Finds it., run: node }]', 'RV101'],
  ['tools: [../tools/find_it.sh]', 'RV104'],
  ['extends: ./_absent.yaml', 'RV201'],
  ['tts: { tools: [{ name: find_it, description: Finds it., run: node }] }', 'RV101'],
  ['tools: [{ description: Finds it., run: node }]', 'RV102'],
])('a prompt may name a tool that %s fails to declare: that is reported as %s alone', (text, rule) => {
  const named = `version: 1\nname: desk\ninstructions: Call the find_it tool.\n${text}\n`
  expect(load({ 'agents/desk.yaml': named }).diagnostics.map((each) => each.rule)).toEqual([rule])
})

test('what rests on a setting that is wrong in a parent is not reported, as in a file by itself', () => {
  const own = 'version: 1\nname: desk\ninstructions: Hi.\nextends: ../_base.yaml\nlimits: { wrap_up_at: 7m }\n'
  const base = 'limits:\n  max_session: 5m\n  max_session: 10m\n'
  expect(diagnosticLines(load({ 'agents/desk.yaml': own, '_base.yaml': base }))).toEqual([
    '_base.yaml:3:3 RV003 "max_session" stands twice',
  ])
})
