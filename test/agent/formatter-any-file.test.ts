import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Lexer } from 'yaml'
import { formatSource } from '../../src/agent/printing/formatter.ts'
import { root } from '../helpers/cli.ts'
import fc from '../helpers/seeded-fast-check.ts'

const WHOLE = [
  ...['agents/support.yaml', 'test/fixtures/agents/everything.good.yaml'].map((name) =>
    readFileSync(join(root, name), 'utf8'),
  ),
  'version: 1 # v\nname: &n desk\nx-b: *n # again\ninstructions: | # spoken\n  One.\n\n    # none\n  Two.\n\ntools: # all\n  # first\n  - name: a # b\n    run: # c\n      x\n    parameters: { type: object, properties: { a: { type: string, # why\n      description: "A # b" }, b: {} } } # end\n\n\n# last\n',
  '\ufeffversion: 1\nname: a\ninstructions: >+\n  a\n  b\n\n# c\nstt: { model: x, # m\n  language: en\n}\n',
  'tts: # how\n  # fast\n  speed: 1.0 # x\n  model: "a" #y\n  # end\nturn_detection:   # t\n\n  eagerness: low\n  type: semantic_vad\n',
  `x-long: "${'word '.repeat(60)}"\nprovider_data: { a: [1,\n  2, # two\n  3], b: &b {c: d}, e: *b }\ngreeting: ${'word '.repeat(60)}# not\n`,
]
const ENDS = [' # c', '  #c', ' #', ' # a: b', '\t# t', ' ']
const LINES = ['', '# own', '    # deep', '  ', '  # two', '#']
const VALUES = [
  ...[
    '"a\n    b"',
    '|\n      x\n        y',
    '>-\n      x\n\n      y',
    '# c\n      z',
    '&q v',
    '~',
    "'it''s'",
    '!!str 5',
  ],
  ...[
    '{ a: 1,\n      b: [2, # k\n      3] }',
    '[a,\n      b]',
    '|+\n      x\n\n',
    'a\n      b',
    '{}',
    '[ ]',
    '1e3',
    '*q',
  ],
  ...['# c\n      # d\n      [1, 2]', '"\\\n      x"', '|2\n        x', '[{a: 1}, {b: 2}]', '[ # c\n      a ]'],
  ...['# e\n      |\n      t', '# e\n      "p\n      q"', '# e\n      - 1\n      - 2', '&z # e\n      k: 1'],
]

/** Changes the lines of a text; places are shares of their number. */
const change = fc
  .tuple(
    fc.nat(999),
    fc.nat(999),
    fc.constantFrom('end', 'line', 'value', 'value', 'swap', 'own'),
    fc.constantFrom(...ENDS),
    fc.constantFrom(...LINES),
    fc.constantFrom(...VALUES),
  )
  .map(([one, other, what, end, line, value]) => (lines: readonly string[]): readonly string[] => {
    const [at, to] = [one, other].map((share) => Math.floor((share / 1_000) * lines.length)) as [number, number]
    const [here = '', there = ''] = [lines[at], lines[to]]
    switch (what) {
      case 'end':
        return lines.with(at, here + end)
      case 'line':
        return lines.toSpliced(at, 0, line)
      case 'swap':
        return lines.with(at, there).with(to, here)
      case 'own':
        return lines.toSpliced(at, 0, `x-${one}: ${value.replaceAll('\n      ', '\n  ')}`)
      default:
        return lines.with(at, here.replace(/^( *(?:- )*[\w-]+:)(?: .*)?$/, `$1 ${value.replaceAll('$', '$$$$')}`))
    }
  })

const text = fc
  .tuple(
    fc.constantFrom(...WHOLE),
    fc.array(change, { minLength: 1, maxLength: 5 }),
    fc.constantFrom('\n', '\n', '\r\n'),
  )
  .map(([whole, changes, end]) =>
    changes.reduce<readonly string[]>((lines, each) => each(lines), whole.split('\n')).join(end),
  )

test('formatting any readable file keeps its meaning and comments, and is idempotent', () => {
  fc.assert(
    fc.property(text, (source) => {
      const after = formatted(source)
      if (after.status === 'rejected') return
      // Unsafe is what would mean something else.
      expect(after.status).toBe('formatted')
      const { text: once } = after as Extract<typeof after, { status: 'formatted' }>
      expect(formatted(once)).toEqual({ status: 'formatted', text: once, isChanged: false })
      expect(commentsOf(once)).toEqual(commentsOf(source))
    }),
    { numRuns: 400 },
  )
})

function formatted(source: string) {
  return formatSource('agents/desk.yaml', new TextEncoder().encode(source))
}

/** Every comment, by the lexer alone: `#` in a text is none. */
function commentsOf(source: string): readonly string[] {
  const tokens = [...new Lexer().lex(source.replaceAll('\r\n', '\n'))]
  const isText = (index: number) => tokens[index - 1] === '\u001f'
  return tokens
    .filter((token, index) => token.startsWith('#') && !isText(index))
    .map((token) => token.trimEnd())
    .sort()
}
