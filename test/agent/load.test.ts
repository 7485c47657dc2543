import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { RULES, type RuleId } from '../../src/agent/rules.ts'
import { load, told } from './loading.ts'

const fixtures = join(import.meta.dirname, '../fixtures')
const bad = readdirSync(join(fixtures, 'rules')).map((name) => ({ name, rule: name.slice(0, 5) }))
const good = readdirSync(join(fixtures, 'agents')).filter((name) => name.endsWith('.good.yaml'))
const smallest = 'version: 1\nname: desk\ninstructions: Be brief.\n'

describe('each rule tells its fault once, where it stands', () => {
  test.each(bad)('$rule', ({ name, rule }) => {
    const bytes = readFileSync(join(fixtures, 'rules', name))
    const place = /^# fault at (\d+:\d+)$/m.exec(bytes.toString('latin1'))?.[1]
    const loaded = load(bytes)
    expect(told(loaded)).toEqual([`${place} ${rule}`])
    expect(loaded.status).toBe(RULES[rule as RuleId].level === 'error' ? 'rejected' : 'loaded')
    for (const { help } of loaded.diagnostics) expect(help).toMatch(/\S\.?$/)
  })

  test('bytes that are no UTF-8 text', () => {
    expect(told(load(Buffer.from('name: caf\xe9\n', 'latin1')))).toEqual(['1:10 RV001'])
    expect(told(load(Buffer.from(`\ufeff${smallest}`, 'utf16le')))).toEqual(['1:1 RV001'])
  })

  test('a file that is too large, and one that is just not', () => {
    const padded = (bytes: number) => `${smallest}#${'x'.repeat(bytes - smallest.length - 1)}`
    expect(told(load(padded(262_145)))).toEqual(['1:1 RV007'])
    expect(told(load(padded(262_144)))).toEqual([])
  })

  test('no rule is without its case', () => {
    const elsewhere = [
      'RV007',
      'RV013',
      'RV302',
      'RV402',
      'RV901',
      'RV902',
      'RV905',
      'RV906',
      'RV907',
      'RV910',
      'RV911',
      'RV912',
    ]
    expect([...bad.map(({ rule }) => rule), ...elsewhere].sort()).toEqual(Object.keys(RULES).sort())
  })
})

describe('the page of rules', () => {
  const examples = Object.entries(RULES).flatMap(([rule, { right }]) => (right === undefined ? [] : [{ rule, right }]))

  test.each(examples)('what it calls right for $rule is right', ({ right }) => {
    expect(told(load(whole(right)))).toEqual([])
  })

  test('a rule about a file has a right example', () => {
    const without = Object.keys(RULES).filter((rule) => examples.every((example) => example.rule !== rule))
    expect(without.filter((rule) => !rule.startsWith('RV9'))).toEqual([])
  })

  test('docs/rules.md is what the rule table says', () => {
    const script = join(import.meta.dirname, '../../scripts/generate-rules.mjs')
    expect(spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    })
  })
})

describe('a good file is an agent', () => {
  test.each(good)('%s', (name) => {
    const loaded = load(read('agents', name))
    expect(loaded.diagnostics).toEqual([])
    expect(loaded.status).toBe('loaded')
  })

  test('what the smallest one leaves out has the defaults of the format', () => {
    expect(load(smallest)).toMatchObject({
      agent: {
        model: 'openai/gpt-4.1-mini',
        voice: 'Clive',
        output_modalities: ['audio', 'text'],
        stt: { model: 'assemblyai/u3-rt-pro' },
        tts: { model: 'inworld-tts-1.5-max' },
        turn_detection: { type: 'semantic_vad', create_response: true, interrupt_response: true },
        audio: { input: { format: 'pcm', rate: 24000 }, output: { format: 'pcm', rate: 24000 } },
        tools: [],
      },
    })
  })

  test('what is told of a missing interpreter is a warning at the start, and the agent starts', () => {
    const loaded = load(read('rules', 'RV503.bad.yaml'), 'start')
    expect(loaded.status).toBe('loaded')
    expect(loaded.diagnostics.map(({ level }) => level)).toEqual(['warning'])
  })
})

describe('the hash is over the content alone', () => {
  const hash = (text: string) => {
    const loaded = load(text)
    return loaded.status === 'loaded' ? loaded.agent.hash : 'rejected'
  }

  test('comments, order, quotes, line ends and a byte order mark do not count', () => {
    const same = [
      `# hello\n${smallest}`,
      'name: desk\nversion: 1\ninstructions: Be brief.\n',
      smallest.replace('Be brief.', '"Be brief."'),
      smallest.replaceAll('\n', '\r\n'),
      `\ufeff${smallest}`,
      `${smallest}voice: Clive\n`,
    ]
    expect(same.map(hash)).toEqual(same.map(() => hash(smallest)))
  })

  test('any value counts', () => {
    const others = [`${smallest}voice: Sarah\n`, smallest.replace('brief', 'kind'), `${smallest}temperature: 0.1\n`]
    expect(new Set([...others, smallest].map(hash)).size).toBe(4)
  })
})

describe('places', () => {
  test('columns count characters as people see them in an editor, not bytes or halves of one', () => {
    expect(told(load(`${smallest}stt: { prompt: "🎧é", langauge: en }\n`))).toEqual(['4:22 RV101'])
  })

  test('CRLF and a byte order mark move nothing', () => {
    expect(told(load(`\ufeff${smallest}vioce: Sarah\n`.replaceAll('\n', '\r\n')))).toEqual(['4:1 RV101'])
  })

  test('six mistakes are six messages, each in its place', () => {
    expect(told(load(read('agents', 'six-mistakes.bad.yaml')))).toEqual([
      '3:1 RV109',
      '4:14 RV104',
      '7:3 RV101',
      '8:3 RV108',
      '9:15 RV106',
      '10:21 RV105',
    ])
  })
})

describe('a mistyped word is answered with the right one', () => {
  test.each([
    ['vioce: Sarah', 'voice'],
    ['tempreature: 1', 'temperature'],
    ['llm_model: openai/gpt-4.1-mini', 'model'],
    ['providerData: {}', 'provider_data'],
    ['turn_detection: { type: semantc_vad }', 'semantic_vad'],
    ['stt: { langauge: en }', 'language'],
  ])('%s', (line, right) => {
    const [first] = load(`${smallest}${line}\n`).diagnostics
    expect(first?.suggest?.[0]).toEqual({ replace: right })
  })
})

/** A whole file: with the settings that every file wants, where an example leaves them out. */
function whole(example: string): string {
  const settings = [
    ['version', 'version: 1'],
    ['name', 'name: desk'],
    ['instructions(_file)?', 'instructions: Be brief.'],
  ]
  const added = settings.filter(([key]) => !new RegExp(`^${key}:`, 'm').test(example)).map(([, line]) => line)
  return [...added, example, ''].join('\n')
}

function read(folder: string, name: string): string {
  return readFileSync(join(fixtures, folder, name), 'utf8')
}
