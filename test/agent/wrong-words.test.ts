import { describe, expect, test } from 'vitest'
import schema from '../../schemas/agent.schema.json' with { type: 'json' }
import { LATER_WORDS, WRONG_WORDS } from '../../src/agent/wrong-words.ts'
import { load, told } from '../helpers/agent-files.ts'

const smallest = 'version: 1\nname: desk\ninstructions: Hi.\n'

interface Part {
  readonly properties?: { readonly [name: string]: Part }
}

/** The settings that a path goes through, as far as the schema has them. */
function keysOf(path: string): readonly string[] {
  const [root, ...rest] = path.split('.')
  const { definitions, properties } = schema as unknown as {
    definitions: { tool: Part }
    properties: { [name: string]: Part }
  }
  let at: Part | undefined = root === 'tools[]' ? definitions.tool : properties[root ?? '']
  const found = at === undefined ? [] : [root ?? '']
  for (const key of rest) {
    at = at?.properties?.[key]
    if (at !== undefined) found.push(key)
  }
  return found
}

test('each right word is a setting, and no wrong word is one', () => {
  const wrong = [...WRONG_WORDS].filter(([word, right]) => {
    const parent = word.slice(0, word.lastIndexOf('.') + 1)
    const target = right.isAtTop ? right.word : parent + right.word
    return keysOf(target).join('.') !== target || keysOf(word).join('.') === word
  })
  expect(wrong).toEqual([])
})

test('no word is both wrong and reserved', () => {
  expect(LATER_WORDS.filter((word) => WRONG_WORDS.has(word))).toEqual([])
})

test.each([
  ['hooks', 'tools: [{ name: a, description: A., run: node, hooks: {} }]'],
  ['mcp', 'mcp: {}'],
  ['concurrency', 'tts: { concurrency: 2 }'],
])('%s is a setting now: in the wrong map it is an unknown key, and no promise of a later version', (_, text) => {
  const { diagnostics } = load({ 'agents/desk.yaml': smallest + text })
  expect(diagnostics.map(({ rule }) => rule)).toContain('RV101')
  expect(diagnostics.map(({ rule }) => rule)).not.toContain('RV110')
})

describe('the words of neighbouring tools are answered with ours', () => {
  test.each([
    ['firstMessage: Hi.', 'greeting'],
    ['maxOutputTokens: 100', 'max_output_tokens'],
    ['max-output-tokens: 100', 'max_output_tokens'],
    ['providerData: {}', 'provider_data'],
    ['turnDetection: {}', 'turn_detection'],
    ['transcriber: {}', 'stt'],
    ['input_audio_format: pcm16', 'audio.input'],
    ['tts: { voice: Sarah }', 'voice'],
    ['audio: { input: { sampleRate: 8000 } }', 'rate'],
    ['audio: { input: { encoding: pcm } }', 'format'],
    ['turn_detection: { type: server_vad, silenceDurationMs: 5 }', 'silence_duration_ms'],
    ['connection: { apiKey: X }', 'api_key_env'],
    ['tools: [{ name: a, description: A., command: node }]', 'run'],
    ['tools: [{ name: a, description: A., run: node, timeoutMs: 5 }]', 'timeout'],
    ['tools: [{ name: a, description: A., run: node, input_schema: {} }]', 'parameters'],
  ])('%s', (text, right) => {
    const { diagnostics } = load({ 'agents/desk.yaml': smallest + text })
    expect(diagnostics.map(({ rule, suggest }) => `${rule} ${suggest?.[0]?.replace}`)).toEqual([`RV109 ${right}`])
  })
})

describe('a word that was meant is not missing besides', () => {
  test.each([
    ['version: 1\nnmae: desk\ninstructions: Hi.\n', ['2:1 RV101']],
    ['version: 1\nid: desk\ninstructions: Hi.\n', ['2:1 RV109']],
    ['version: 1\nname: desk\ninstrutcions: Hi.\n', ['3:1 RV101']],
    ['version: 1\nname: desk\nprompt_path: a.md\n', ['3:1 RV109']],
    [`${smallest}tools: [{ name: a, desc: A., command: node }]\n`, ['4:20 RV109', '4:30 RV109']],
    [`${smallest}turn_detection: { mode: manual }\n`, ['4:19 RV109']],
    [`${smallest}tools: [{ name: a, desc: A. }]\n`, ['4:9 RV102', '4:20 RV109']],
  ])('%j', (text, lines) => {
    const found = told(load({ 'agents/desk.yaml': text })).map((line) => /:(\d+:\d+ RV\d+)/.exec(line)?.[1])
    expect(found).toEqual(lines)
  })
})
