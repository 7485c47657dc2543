import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readAgent } from '../../src/io/agent-file.ts'
import { type Loaded, load } from '../helpers/agent-files.ts'
import fc from '../helpers/seeded-fast-check.ts'
import { suiteTexts } from '../helpers/yaml-texts.ts'

const smallest = 'version: 1\nname: desk\ninstructions: Be brief.\n'

const many = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join('')

/** Loads a file, and holds each fault to what a reader may expect: it lies in a file that is there, and says what to do. */
function check(text: string | Uint8Array, more: { readonly [path: string]: string } = {}): Loaded {
  const loaded = load({ ...more, 'agents/desk.yaml': text })
  for (const { file, range, message, help } of loaded.diagnostics) {
    const source = loaded.sources.get(file)
    expect([file, source === undefined]).toEqual([file, false])
    expect(range.start.offset).toBeGreaterThanOrEqual(0)
    expect(range.end.offset).toBeGreaterThanOrEqual(range.start.offset)
    expect(range.end.offset).toBeLessThanOrEqual(source?.length ?? 0)
    expect(range.start.line).toBeLessThanOrEqual((source ?? '').split('\n').length)
    expect(message + help).not.toMatch(/undefined|\[object|\bat .*\.[jt]s:|call stack/)
  }
  if (loaded.status === 'rejected') expect(loaded.diagnostics.length).toBeGreaterThan(0)
  return loaded
}

describe('the cases of the YAML test suite', () => {
  const cases = suiteTexts()

  test('are found', () => {
    expect(cases.length).toBeGreaterThan(300)
  })

  test.each(cases)('end in diagnostics inside the file: $name', ({ text }) => {
    check(text)
    check(`${smallest}provider_data:\n${text.replaceAll(/^/gm, '  ')}`)
    check(smallest, { '.runner.yaml': text })
  })
})

describe('input that takes other parsers quadratic time or for ever is handled in bounded time:', () => {
  /** A file of any content is read in this time, in ms, on a machine that has much else to do. */
  const END_MS = 30_000

  test.each([
    ['100,000 keys on lines of their own', smallest + many(100_000, (index) => `k${index}: 1\n`), 'RV007'],
    ['100,000 equal keys in braces', `${smallest}x-a: {${many(100_000, () => 'a,')}}\n`, 'RV003'],
    ['as many keys as a file holds', smallest + many(25_000, (index) => `k${index}: 1\n`), 'RV008'],
    ['one key, thousands of times', smallest + many(19_000, () => 'k: 1\n'), 'RV101'],
    ['a million aliases', `${smallest}x-a: &a [1]\nx-b: [${many(80_000, () => '*a,')}]\n`, 'RV008'],
    [
      'aliases of aliases',
      `${smallest}x-a: ${many(9, (index) => `\n  l${index}: &l${index} [${Array(10).fill(index === 0 ? 'lol' : `*l${index - 1}`)}]`)}\n`,
      'RV008',
    ],
    [
      'hundreds of merge keys',
      `${smallest}x-a: &a { b: 1 }\n${many(500, (index) => `x-${index}: { <<: *a }\n`)}`,
      'RV008',
    ],
    ['an alias of what holds it', `${smallest}x-a: &a { b: *a }\n`, 'RV008'],
    ['deep brackets', `${smallest}x-a: ${'['.repeat(100_000)}`, 'RV010'],
    ['deep brackets that close', `${smallest}x-a: ${'['.repeat(200)}${']'.repeat(200)}\n`, 'RV010'],
    ['deep indentation', smallest + many(400, (depth) => `${' '.repeat(depth)}a:\n`), 'RV010'],
    ['deep dashes', `${smallest}x-a:\n  ${'- '.repeat(20_000)}1\n`, 'RV0'],
    ['deep question marks', `${smallest}x-a:\n  ${'? '.repeat(20_000)}1\n`, 'RV0'],
    ['colons', smallest + 'a: '.repeat(40_000), 'RV002'],
    ['a heap of anchors', `${smallest}x-a: ${'&a '.repeat(60_000)}`, 'RV002'],
    ['a heap of tags', `${smallest}x-a: ${'!a '.repeat(60_000)}`, 'RV002'],
    ['a heap of tags on lines of their own', `${smallest}x-a: ${'!a\n  '.repeat(40_000)}`, 'RV002'],
    ['a text of anchors', `${smallest}tools: [include: "${'&'.repeat(200_000)}"]\n`, 'RV201'],
    [
      'a gap in what is to be a list of names',
      `${smallest}tools: [{ name: a, description: A., run: node, parameters: { type: object, required: "a${' '.repeat(200_000)}b" } }]\n`,
      'RV511',
    ],
    ['references that never close', `${smallest}voice: "${`\${env:A:-`.repeat(25_000)}"\n`, 'RV206'],
    ['lines that a tab indents', smallest + '\ta: 1\n'.repeat(30_000), 'RV004'],
    ['lines that a non-breaking space indents', smallest + many(14_000, (index) => `\u00a0k${index}: 1\n`), 'RV014'],
    ['thousands of documents', smallest + '---\n'.repeat(40_000), 'RV005'],
    ['thousands of directives', '%YAML 1.2\n'.repeat(20_000), 'RV002'],
    ['a quote that never closes', `${smallest}x-a: "${'a '.repeat(100_000)}`, 'RV002'],
    ['NUL', `${smallest}voice: a\0b\n`, 'RV002'],
    ['a gap in what is to be a list', `${smallest}output_modalities: a${' '.repeat(200_000)}b\n`, 'RV104'],
    ['an ignore of thousands', `${smallest}# runner-ignore ${'- '.repeat(120_000)}\n`, 'RV011'],
    ['thousands of ignores', `${smallest}${'# runner-ignore RV401: none\n'.repeat(8_000)}`, 'RV012'],
    ['thousands of tools', `${smallest}tools: [${many(4_000, () => '{ name: a },')}]\n`, 'RV'],
    [
      'a regular expression that goes back for ever',
      `${smallest}tools: [{ name: a, description: A., run: node, parameters: { type: object, properties: { a: { description: A., pattern: "^(a+)+$" } } } }]\n`,
      'RV520',
    ],
  ])(
    '%s',
    (_, text, rule) => {
      const { diagnostics } = check(text)
      expect(diagnostics[0]?.rule).toContain(rule)
      expect(diagnostics.length).toBeLessThanOrEqual(200)
    },
    END_MS,
  )

  test.each(['# a\n', '{{a}}', '{{', '[', '**a', '`a_b', 'call a_b ', '|-', 'sk-', '://a:', 'eyJaaaaaaaaaaa.', '😀'])(
    'a prompt of nothing but %j',
    (piece) => {
      const prompt = piece.repeat(250_000 / piece.length)
      const { diagnostics } = check(`version: 1\nname: desk\ninstructions_file: desk.md\n`, {
        'agents/desk.md': prompt,
      })
      expect(diagnostics.length).toBeLessThanOrEqual(40)
      check(`${smallest}greeting: |\n  ${prompt.slice(0, 100_000).replaceAll('\n', '\n  ')}\n`)
    },
  )
})

describe('a report has limits:', () => {
  test('faults beyond the limit are counted', () => {
    const { diagnostics } = check(smallest + many(1_000, (index) => `k${index}: 1\n`))
    expect(diagnostics.at(-1)?.help).toMatch(/ There are 800 faults besides\.$/)
  })

  test('a path through hundreds of missing folders is one fault', () => {
    const run = `./${'a/'.repeat(300)}b.sh`
    const { diagnostics } = check(`${smallest}tools: [{ name: a, description: A., run: ${run} }]\n`)
    expect(diagnostics.map(({ rule, pointer }) => `${rule} ${pointer}`)).toEqual(['RV501 /tools/0/run'])
  })

  test('a message that quotes a long path is cut in its middle', () => {
    const [long] = check(`${smallest}hooks: { session_ended: "./${'😀'.repeat(50_000)}" }\n`).diagnostics
    expect(long?.message).toMatch(/^hook script \.\/😀+\ufffd?…\ufffd?😀+ has more than 4096 characters$/u)
    expect(Number(long?.message.length)).toBe(2_000)
  })

  test.each([
    ['extends', (path: string) => `version: 1\nname: desk\ninstructions: Hi.\nextends: ${path}`],
    ['instructions_file', (path: string) => `version: 1\nname: desk\ninstructions_file: ${path}`],
    ['tools[0].include', (path: string) => `${smallest}tools: [include: ${path}]`],
    ['tools[0].run', (path: string) => `${smallest}tools: [{ name: a, description: A., run: ${path} }]`],
    ['tools[0].run[1]', (path: string) => `${smallest}tools: [{ name: a, description: A., run: [node, ${path}] }]`],
    ['tools[0].cwd', (path: string) => `${smallest}tools: [{ name: a, description: A., run: node, cwd: ${path} }]`],
    ['tools[0].mcp.command', (path: string) => `${smallest}tools: [mcp: { name: a, command: ${path} }]`],
    ['hooks.session_ended', (path: string) => `${smallest}hooks: { session_ended: ${path} }`],
  ])('a path too long for any system is reported as that, and not looked up: %s', (_, file) => {
    const found = check(`${file(`${'../'.repeat(80_000)}a.py`)}\n`).diagnostics
    expect(found.map(({ message }) => message)).toEqual([expect.stringMatching(/has more than 4096 characters$/)])
    expect(check(`${file(`${'../'.repeat(1_364)}a.py`)}\n`).diagnostics[0]?.message).not.toMatch(/4096/)
  })

  test('the help for too many values says whether to remove values or aliases', () => {
    const helpFor = (text: string) => check(smallest + text).diagnostics.map(({ rule, help }) => `${rule} ${help}`)
    expect(helpFor(`x-a: [${many(21_000, () => '1,')}]\n`)).toEqual(['RV008 Take some of them out.'])
    const aliases = `x-a: &a [${many(5_000, () => '1,')}]\nx-b: [*a, *a, *a, *a]\n`
    expect(helpFor(aliases)).toEqual(['RV008 Use fewer aliases.'])
  })
})

describe('a file that could do harm does none:', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'a key called %s is a key like any other',
    (key) => {
      const text = `${smallest}${key}: { polluted: true }\ntools: [{ ${key}: 1, name: a, description: A., run: node }]\nprovider_data: { ${key}: { polluted: true } }\n`
      expect(check(text).diagnostics.map(({ rule, pointer }) => `${rule} ${pointer}`)).toEqual([
        `RV101 /${key}`,
        `RV101 /tools/0/${key}`,
      ])
      const loaded = check(
        `${smallest}x-a: 1\nprovider_data: { ${key}: { polluted: true } }\nextends: ./_base.yaml\n`,
        {
          'agents/_base.yaml': `provider_data: { ${key}: { more: 1 } }\n`,
        },
      )
      expect(loaded.status).toBe('loaded')
      expect(Object.hasOwn(Object.prototype, 'polluted') || 'polluted' in {}).toBe(false)
    },
  )

  test('a file with a line of 10 MB is rejected for its size', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'runner-hostile-'))
    writeFileSync(join(folder, '.runner.yaml'), '')
    writeFileSync(join(folder, 'desk.yaml'), `${smallest}description: ${'x'.repeat(10_000_000)}\n`)
    const read = await readAgent({ file: join(folder, 'desk.yaml'), purpose: 'validate' })
    expect(read).toMatchObject({ status: 'rejected', diagnostics: [{ rule: 'RV007' }] })
  })
})

describe('a valid file that was changed at random', () => {
  const text = readFileSync(join(import.meta.dirname, '../fixtures/agents/everything.good.yaml'), 'utf8')
  const more = { 'agents/prompt.md': 'Be {{brief}}. Call `no_tool`.', 'agents/tools/fine.sh': '#!/bin/sh\n' }
  const place = fc.nat(text.length)
  const pieces = fc.constantFrom(
    ...': - [ ] { } # & * ! | > " \' % @ , ? \t \n \r --- null ~ 0x1f .inf off 010 *a &a !t \ufeff 😀 runner-ignore'.split(
      ' ',
    ),
  )
  const lines = text.split('\n')
  const change = fc.oneof(
    fc.tuple(place, fc.nat(40), fc.string({ maxLength: 8, unit: 'grapheme' })).map(
      ([at, length, put]) =>
        (now: string) =>
          now.slice(0, at) + put + now.slice(at + length),
    ),
    fc.tuple(place, fc.nat(3), pieces).map(
      ([at, length, put]) =>
        (now: string) =>
          now.slice(0, at) + put + now.slice(at + length),
    ),
    fc.nat(lines.length).map((at) => (now: string) => now.split('\n').toSpliced(at, 1).join('\n')),
    fc.tuple(fc.nat(lines.length), fc.nat(lines.length)).map(
      ([at, to]) =>
        (now: string) =>
          now
            .split('\n')
            .toSpliced(to, 0, lines[at] ?? '')
            .join('\n'),
    ),
  )

  test('loads without a throw, and each fault lies in its file', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), fc.boolean(), (changes, isPart) => {
        const changed = changes.reduce((now, each) => each(now), text)
        if (isPart) check(`${smallest}extends: ./_base.yaml\n`, { ...more, 'agents/_base.yaml': changed })
        else check(changed, more)
      }),
      { numRuns: 300 },
    )
  })
})
