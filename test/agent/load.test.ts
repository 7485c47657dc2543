import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { diagnosticLines, load as loadFiles } from '../helpers/agent-files.ts'
import { load, ruleLines } from './loading.ts'

const fixtures = join(import.meta.dirname, '../fixtures')
const good = readdirSync(join(fixtures, 'agents')).filter((name) => name.endsWith('.good.yaml'))
const smallest = 'version: 1\nname: desk\ninstructions: Be brief.\n'

describe('a file', () => {
  test('that is not UTF-8 is rejected at the first byte that is not', () => {
    expect(ruleLines(load(Buffer.from('name: caf\xe9\n', 'latin1')))).toEqual(['1:10 RV001'])
  })

  test.each(['', '\ufeff'])('that is UTF-16 text is reported as that, with and without a byte order mark', (mark) => {
    const bytes = Buffer.from(mark + smallest, 'utf16le')
    for (const text of [bytes, Buffer.from(bytes).swap16()]) {
      const { diagnostics } = load(text)
      expect(diagnostics).toMatchObject([{ rule: 'RV001', message: 'the file is UTF-16 text' }])
    }
  })

  test('of 262,144 bytes is read, and one of a byte more is not', () => {
    const padded = (bytes: number) => `${smallest}#${'x'.repeat(bytes - smallest.length - 1)}`
    expect(ruleLines(load(padded(262_145)))).toEqual(['1:1 RV007'])
    expect(ruleLines(load(padded(262_144)))).toEqual([])
  })
})

describe('a file without faults is loaded as an agent', () => {
  test.each(good)('%s', (name) => {
    const loaded = load(read('agents', name))
    expect(loaded.diagnostics).toEqual([])
    expect(loaded.status).toBe('loaded')
  })

  test('with the documented default of every setting that it leaves out', () => {
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

  test('even without its interpreter: on start that is only a warning', () => {
    const loaded = load(read('rules', 'RV503.bad.yaml'), 'start')
    expect(loaded.status).toBe('loaded')
    expect(loaded.diagnostics.map(({ level }) => level)).toEqual(['warning'])
  })
})

describe('a part of agents, which has a _ before its name, is validated by itself:', () => {
  const tool = '- { name: look, description: Looks., run: node }\n'
  const unused = '# runner-ignore RV603: an agent that uses this may have it\n'

  test.each([
    ['settings alone are no whole agent, and need not be one', `voice: Sarah\n`, []],
    ['as may a list of tools', tool, []],
    ['a comment without effect may have one in an agent', `voice: Sarah ${unused}`, []],
    ['what is wrong in it is reported', 'temperature: 3\n', ['_part.yaml:1:14 RV106']],
    ['and so is a fault of a tool', tool.replace('Looks.', '""'), ['_part.yaml:1:30 RV107']],
  ])('%s', (_, text, lines) => {
    const loaded = loadFiles({ '_part.yaml': text }, { file: '_part.yaml' })
    expect(diagnosticLines(loaded).map((line) => line.split(' ', 2).join(' '))).toEqual(lines)
  })

  test('to start it is to start an agent that is not whole', () => {
    const loaded = loadFiles({ '_part.yaml': 'voice: Sarah\n' }, { file: '_part.yaml', purpose: 'start' })
    expect(diagnosticLines(loaded)).toEqual([
      '_part.yaml:1:1 RV102 version and name are missing',
      '_part.yaml:1:1 RV103 there is neither instructions nor instructions_file',
    ])
  })
})

test('with the diagnostics comes the text of every file that they may point into', () => {
  const own = 'version: 1\nname: desk\nextends: ../_base.yaml\ninstructions_file: desk.md\n'
  const files = {
    'agents/desk.yaml': own,
    '_base.yaml': 'voice: Sarah\n',
    'agents/desk.md': 'Be brief.',
    '.runner.yaml': 'rules: { RV604: off }\n',
  }
  const names = ['agents/desk.yaml', '_base.yaml', '.runner.yaml', 'agents/desk.md']
  expect(loadFiles(files).sources).toEqual(new Map(names.map((name) => [name, files[name as keyof typeof files]])))
})

test('a comment without effect is for validate to report, and not for start', () => {
  const text = `${smallest}voice: Sarah # runner-ignore RV603: later\n`
  expect(ruleLines(load(text, 'validate'))).toEqual(['4:14 RV012'])
  expect(ruleLines(load(text, 'start'))).toEqual([])
})

describe('the hash of an agent', () => {
  const hash = (text: string) => {
    const loaded = load(text)
    return loaded.status === 'loaded' ? loaded.agent.hash : 'rejected'
  }

  test('does not depend on comments, key order, quotes, line ends or a byte order mark', () => {
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

  test('changes with the voice, the prompt and the temperature', () => {
    const others = [`${smallest}voice: Sarah\n`, smallest.replace('brief', 'kind'), `${smallest}temperature: 0.1\n`]
    expect(new Set([...others, smallest].map(hash)).size).toBe(4)
  })
})

describe('the place of a diagnostic', () => {
  test('counts columns in code points, not in bytes or UTF-16 units', () => {
    expect(ruleLines(load(`${smallest}stt: { prompt: "🎧é", langauge: en }\n`))).toEqual(['4:22 RV101'])
  })

  test('is not shifted by CRLF or a byte order mark', () => {
    expect(ruleLines(load(`\ufeff${smallest}vioce: Sarah\n`.replaceAll('\n', '\r\n')))).toEqual(['4:1 RV101'])
  })

  test('is right for each of six faults in one file', () => {
    expect(ruleLines(load(read('agents', 'six-mistakes.bad.yaml')))).toEqual([
      '3:1 RV109',
      '4:14 RV104',
      '7:3 RV101',
      '8:3 RV108',
      '9:15 RV106',
      '10:21 RV105',
    ])
  })
})

describe('a mistyped word is answered with the word that was meant', () => {
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

function read(folder: string, name: string): string {
  return readFileSync(join(fixtures, folder, name), 'utf8')
}
