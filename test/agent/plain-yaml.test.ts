import { describe, expect, test } from 'vitest'
import { readDocument } from '../../src/agent/parse.ts'
import { readPlainYaml } from '../../src/agent/plain-yaml/read.ts'
import type { MakeFault } from '../../src/agent/reading/spans.ts'
import fc from '../helpers/seeded-fast-check.ts'
import { agentTexts, suiteTexts, yamlTexts } from '../helpers/yaml-texts.ts'

const start = { line: 1, column: 1, offset: 0 }
const fault: MakeFault = (rule, message, help) => {
  return { rule, message, help, place: { file: '', start, end: start }, pointer: '' }
}

/** Holds a text to the promise: it is not taken, or read as the whole reader does, which finds no fault. Says whether it was taken. */
function isTaken(text: string): boolean {
  const tree = readPlainYaml(text)
  if (tree === null) return false
  const document = readDocument(text, fault)
  expect(tree.data).toStrictEqual(document.data)
  expect(tree.spans()).toStrictEqual(document.spans())
  expect(document.faults).toEqual([])
  expect(Object.keys(Object(tree.data))).toEqual(Object.keys(Object(document.data)))
  return true
}

describe('the plain reader agrees with the full parser', () => {
  test('on agent files, of which it reads all but those with a fault in their YAML', () => {
    const left = agentTexts().filter(({ text }) => !isTaken(text))
    expect(left.filter(({ text }) => readDocument(text, fault).faults.length === 0)).toEqual([])
    expect(left.length).toBeLessThan(15)
  })

  test('on the cases of the YAML test suite', () => {
    expect(suiteTexts().filter(({ text }) => isTaken(text)).length).toBeGreaterThan(20)
  })

  test('on randomly edited agent files, and on random texts that are nearly YAML', () => {
    const texts = yamlTexts(agentTexts().map(({ text }) => text))
    let taken = 0
    fc.assert(
      fc.property(texts, (text) => {
        if (isTaken(text)) taken += 1
      }),
      { numRuns: 2_500 },
    )
    expect(taken).toBeGreaterThan(100)
  })
})

test.each([
  ['maps and lists in one another', 'a:\n  b:\n    - c: 1\n      d: 2\n    - e\n', { a: { b: [{ c: 1, d: 2 }, 'e'] } }],
  ['a list in the column of its key', 'a:\n- b\n- c: d\ne: 1\n', { a: ['b', { c: 'd' }], e: 1 }],
  ['comments and empty lines', '# a\n\na: 1 # b\n# c\nb: "#" #\n', { a: 1, b: '#' }],
  ['a mark before the document', '# a\n---\na: 1\n', { a: 1 }],
  ['no end of the last line', 'a: b c', { a: 'b c' }],
  ['nothing', '\n# a\n', null],
  [
    'quotes',
    String.raw`{a: "\"\\\u00e9\n", b: 'it''s', c: "d: # e"}`.replace(/.*/, 'a: [$&]\n'),
    { a: [{ a: '"\\é\n', b: "it's", c: 'd: # e' }] },
  ],
  [
    'brackets',
    'a: [b, [1, -2.5], {c: d, e: http://f}, {}, [ ]]\n',
    { a: ['b', [1, -2.5], { c: 'd', e: 'http://f' }, {}, []] },
  ],
  [
    'values that are no text',
    'a: [null, ~, true, False, -0, 1e3, .5]\n',
    { a: [null, null, true, false, -0, 1000, 0.5] },
  ],
  ['block scalars', 'a: |\n  b\n\n   c\n\nd: >-\n\n  e\n  f\n\n  g\n', { a: 'b\n\n c\n', d: '\ne f\ng' }],
])('the plain reader reads %s', (_, text, data) => {
  expect(readPlainYaml(text)?.data).toStrictEqual(data)
  expect(isTaken(text)).toBe(true)
})

test('the plain reader reads many tools with parameters in brackets', () => {
  const tool = (index: number) => `  - { name: tool_${index}, parameters: { type: object, required: [a] } }\n`
  expect(isTaken(`tools:\n${Array.from({ length: 128 }, (_, index) => tool(index)).join('')}`)).toBe(true)
})

test('the plain reader leaves endless brackets to the full parser', () => {
  expect(readPlainYaml(`a: ${'['.repeat(250_000)}`)).toBe(null)
})

test.each([
  ['tabs', 'a:\tb\n'],
  ['CR', 'a: b\r\n'],
  ['a byte order mark', '\ufeffa: b\n'],
  ['control characters', 'a: b\u0007\n'],
  ['anchors', 'a: &b c\n'],
  ['aliases', 'a: *b\n'],
  ['tags', 'a: !!str b\n'],
  ['merge keys', '<<: { a: b }\n'],
  ['directives', '%YAML 1.2\n---\na: b\n'],
  ['several documents', 'a: b\n---\nc: d\n'],
  ['the end of a document', 'a: b\n...\n'],
  ['equal keys', 'a: b\na: c\n'],
  ['equal keys in brackets', 'a: { b: c, b: d }\n'],
  ['a key that changes what a map is', '__proto__: { a: b }\n'],
  ['keys that are marked', '? a\n: b\n'],
  ['keys in quotes', '"a": b\n'],
  ['a text on several lines', 'a: b\n  c\n'],
  ['quotes on several lines', 'a: "b\n  c"\n'],
  ['brackets on several lines', 'a: [b,\n  c]\n'],
  ['a key without a value', 'a:\nb: c\n'],
  ['a value without a key', 'a: b\nc\n'],
  ['a list within a map', 'a: b\n- c\n'],
  ['a second key in one line', 'a: b: c\n'],
  ['what stands behind a quote', 'a: "b" c\n'],
  ['entries that stand apart', 'a:\n    b: c\n  d: e\n'],
  ['a comment that may belong to what is above it', 'a:\n  b: c\n  # d\ne: f\n'],
  ['a block scalar with its indentation', 'a: |2\n  b\n'],
  ['a block scalar that keeps its end', 'a: |+\n  b\n\n'],
  ['a block scalar of nothing', 'a: |\nb: c\n'],
  ['spaces at the end of a block scalar', 'a: |\n  b\n     \n'],
  ['deeper lines in a folded text', 'a: >\n  b\n   c\n'],
  ['what YAML 1.1 reads differently', 'a: no\n'],
  ['a number that is not exact', 'a: 9007199254740993\n'],
  ['a number without end', 'a: 1e400\n'],
  ['other numbers', 'a: 0x1F\n'],
])('the plain reader leaves %s to the full parser', (_, text) => {
  expect(readPlainYaml(text)).toBe(null)
})

test.each([
  ['32 brackets in one another', (more: number) => `a: ${'['.repeat(32 + more)}${']'.repeat(32 + more)}\n`],
  [
    '32 levels',
    (more: number) =>
      Array.from({ length: 32 + more }, (_, depth) => `${' '.repeat(depth)}a:`)
        .join('\n')
        .concat(' b\n'),
  ],
  ['10,000 values', (more: number) => 'a:\n'.concat('- b\n'.repeat(9_998 + more))],
  ['255 spaces in a row', (more: number) => `a: b${' '.repeat(255 + more)}c\n`],
  ['keys of 128 letters', (more: number) => `${'a'.repeat(128 + more)}: b\n`],
])('the plain reader reads %s, and no more', (_, textWith) => {
  expect(isTaken(textWith(0))).toBe(true)
  expect(readPlainYaml(textWith(1))).toBe(null)
})
