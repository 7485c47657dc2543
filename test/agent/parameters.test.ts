import { describe, expect, test } from 'vitest'
import { compileParameters } from '../../src/agent/parameters.ts'
import { mayBacktrackExponentially } from '../../src/agent/regex/ambiguity.ts'
import { createMatcher } from '../../src/agent/regex/match.ts'
import { diagnosticLines, load } from '../helpers/agent-files.ts'
import fc from '../helpers/seeded-fast-check.ts'

/** Patterns of all kinds that never go back, over few letters, so that texts often fit. */
const patterns = fc.letrec<{ part: string; row: string; whole: string }>((tie) => ({
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...['a', 'b', '.', '[ab]', '[^a]', '\\w', '\\d', '\\b', '^', '$', '\\u{61}', '\\x62', '\\.']),
    fc
      .tuple(tie('row'), fc.constantFrom('*', '+', '?', '{2}', '{1,}', '{0,2}', '*?', ''))
      .map(([row, count]) => `(?:${row})${count}`),
    fc.tuple(tie('row'), tie('row')).map(([one, other]) => `(${one}|${other})`),
    fc.tuple(tie('row'), fc.constantFrom('=', '!')).map(([row, sign]) => `(?${sign}${row})`),
  ),
  row: fc.array(tie('part'), { maxLength: 3 }).map((parts) => parts.join('')),
  whole: tie('row'),
}))

describe('a pattern', () => {
  test('matches what a regular expression of JavaScript matches', () => {
    const texts = fc.string({ maxLength: 6, unit: fc.constantFrom('a', 'b', '1', '.', ' ', 'é', '\n') })
    fc.assert(
      fc.property(patterns.whole, texts, (pattern, text) => {
        expect([pattern, text, createMatcher(pattern).test(text)]).toEqual([
          pattern,
          text,
          new RegExp(pattern, 'u').test(text),
        ])
      }),
      { numRuns: 3_000 },
    )
  })

  test.each([
    ['^[A-Z]-[0-9]{4}$', 'A-1042', true],
    ['^[A-Z]-[0-9]{4}$', 'A-10423', false],
    ['^(?<year>\\d{4})-(?:0[1-9]|1[0-2])$', '2026-11', true],
    ['^(?=.*\\d)(?=.*[a-z]).{8,}$', 'abcdefg1', true],
    ['^(?!no)\\p{L}+$', 'naïve', true],
    ['^(?!no)\\p{L}+$', 'nope', false],
    ['^[\\]\\\\]$', ']', true],
    ['\\u{1F600}|\\uD83D\\uDE01', 'x😁', true],
    ['', '', true],
  ])('%s and %j: %s', (pattern, text, fits) => {
    expect(createMatcher(pattern).test(text)).toBe(fits)
  })

  test.each([
    '(a+)+$',
    '^(a|a)*$',
    '^(a|aa)+$',
    '^([a-z]+)*x$',
    '^(\\w+\\s?)*$',
    '(x+x+)+y',
    '^(a*b*)*$',
    '^((ab)+)+$',
    '^(a{1,2})+$',
    '^(a{0,3})*$',
    '^(a{2,})+$',
    '^(a{1,3}b?)+$',
    '(?=(a+)+b)a',
    '^(\\x61|a)+$',
    '^(\\u0101|.)+b$',
    '^(\\u{1F601}|.)+b$',
    '^(\\uD83D\\uDE01|.)+b$',
    '^(😁|.)+b$',
  ])('%s may backtrack exponentially elsewhere, and is matched in linear time here', (pattern) => {
    expect(mayBacktrackExponentially(pattern)).toBe(true)
    expect(createMatcher(pattern).test(`${'a'.repeat(20_000)}!`)).toBe(false)
  })

  test.each([
    '^[A-Z]-[0-9]{4}$',
    '^(\\d+,)*\\d+$',
    '^[a-z0-9]+(-[a-z0-9]+)*$',
    '^[\\w.+-]+@[\\w-]+(\\.[\\w-]+)+$',
    '^.*a.*b$',
    '^(a{2})+$',
    '^(a{2}|b)+$',
    '^(a{0,2}b)+$',
    '^(\\d{1,3}\\.)+\\d{1,3}$',
    '^((ab){2,}c)+$',
    '^(?=a+b)a+$',
    '^(é|[a-z])+$',
    '^(a{0}b)+$',
  ])('%s cannot backtrack exponentially', (pattern) => {
    expect(mayBacktrackExponentially(pattern)).toBe(false)
  })

  test('may have groups 64 deep in one another', () => {
    const nested = (depth: number) => `${'('.repeat(depth)}a${')'.repeat(depth)}`
    expect(createMatcher(nested(64)).test('a')).toBe(true)
    expect(() => createMatcher(nested(65))).toThrow('has groups more than 64 deep')
  })

  test('does not match a text that would take too many steps, though it fits', () => {
    const fitting = (length: number) => createMatcher('(?=.*y)x').test(`${'a'.repeat(length)}xy`)
    expect([fitting(50), fitting(50_000)]).toEqual([true, false])
  })
})

describe('the checker of arguments', () => {
  const check = (parameters: object, given: unknown) => {
    const checker = compileParameters({ type: 'object', ...parameters })
    return typeof checker === 'string' ? checker : checker(given)
  }

  test('ends in bounded time whatever the pattern and the text are', () => {
    const properties = { a: { type: 'string', pattern: '^(a+)+$' } }
    expect(check({ properties }, { a: `${'a'.repeat(100_000)}!` })).toEqual(['a must match pattern "^(a+)+$"'])
    expect(check({ patternProperties: { '^(a|a)*$': false } }, { [`${'a'.repeat(1_000)}!`]: 1 })).toEqual([])
  })

  test('ends in bounded time however often the arguments fit a reference in part', () => {
    const kinds = ['not', 'maybe'].map((kind) => ({
      properties: { kind: { const: kind }, of: { $ref: '#/$defs/rule' } },
    }))
    const rules = (depth: number): object => (depth === 0 ? {} : { kind: 'not', of: rules(depth - 1) })
    const schema = { properties: { rule: { $ref: '#/$defs/rule' } }, $defs: { rule: { anyOf: kinds } } }
    expect(check(schema, { rule: rules(12) })).toEqual([])
    expect(check(schema, { rule: rules(60) })).toEqual(['the arguments take too long to be checked: make them simpler'])
    const itself = { anyOf: [{ properties: { a: { $dynamicRef: '#' } } }, { properties: { a: { $dynamicRef: '#' } } }] }
    const nested = (depth: number): object => (depth === 0 ? { a: 1 } : { a: nested(depth - 1) })
    expect(check(itself, nested(60))).toEqual(['the arguments take too long to be checked: make them simpler'])
  })

  test('finds equal items among very many', () => {
    const properties = { all: { uniqueItems: true } }
    const all: object[] = Array.from({ length: 60_000 }, (_, index) => ({ index, at: [index] }))
    expect(check({ properties }, { all })).toEqual([])
    expect(check({ properties }, { all: [...all, { at: [7], index: 7 }] })).toEqual([
      'all must NOT have duplicate items',
    ])
    expect(check({ properties: { all: { uniqueItems: false } } }, { all: [1, 1] })).toEqual([])
    expect(check({ properties }, { all: [1, '1', [1], [[1]], { a: 1 }, [['a', 1]], null, 'null'] })).toEqual([])
  })

  test('reports an endless reference of a schema to itself, and no stack overflows', () => {
    expect(check({ $ref: '#' }, {})).toEqual(['the arguments are nested too deep to be checked'])
  })

  test('allows recursive schemas', () => {
    const tree = {
      properties: { child: { $ref: '#' }, name: { $ref: '#/$defs/name' } },
      $defs: { name: { type: 'string' } },
    }
    expect(check(tree, { child: { child: { name: 'x' } } })).toEqual([])
    expect(check(tree, { child: { child: { name: 1 } } })).toEqual(['child.child.name must be string'])
  })

  test('allows a schema to refer to itself by its $id', () => {
    const tree = { $id: 'Node', properties: { nodes: { type: 'array', items: { $ref: 'Node' } } } }
    expect(check(tree, { nodes: [{ nodes: [] }, { nodes: 1 }] })).toEqual(['nodes.1.nodes must be array'])
  })

  test.each(['constructor', 'toString'])('does not take an inherited property for a parameter named %s', (name) => {
    const properties = { [name]: { type: 'string' } }
    expect(check({ properties }, {})).toEqual([])
    expect(check({ properties }, { [name]: 1 })).toEqual([`${name} must be string`])
    expect(check({ properties, required: [name] }, {})).toEqual([`the arguments must have required property '${name}'`])
  })

  test('checks a parameter called __proto__ like any other', () => {
    const properties = JSON.parse('{"__proto__": { "type": "integer" }, "constructor": { "type": "integer" }}')
    const schema = { type: 'object', properties, additionalProperties: false, required: ['__proto__'] }
    expect(check(schema, JSON.parse('{"__proto__": 1, "constructor": 1}'))).toEqual([])
    expect(check(schema, JSON.parse('{"__proto__": "x"}'))).toEqual(['__proto__ must be integer'])
    expect(check({ properties: { a: schema } }, JSON.parse('{"a": {"__proto__": "x"}}'))).toEqual([
      'a.__proto__ must be integer',
    ])
    const again = JSON.parse('{"properties": {"__proto__": {"$ref": "#/$defs/none"}}}')
    expect(compileParameters(again)).toMatch(/can't resolve reference #\/\$defs\/none/)
  })

  test('takes __proto__ among the arguments for data: it is an unknown one, and changes nothing', () => {
    const given = JSON.parse('{"__proto__": { "polluted": true }, "a": "b"}')
    expect(check({ properties: { a: { type: 'string' } } }, given)).toEqual([])
    expect(check({ properties: { a: {} }, additionalProperties: false }, given)).toEqual([
      'the arguments: "__proto__" is not a parameter',
    ])
    expect([Object.hasOwn(given, '__proto__'), 'polluted' in {}]).toEqual([true, false])
  })

  test('is synchronous, even when a server sets $async in its schema', () => {
    expect(check({ $async: true, required: ['a'] }, {})).toEqual(["the arguments must have required property 'a'"])
  })

  test('accepts an unusual $id and $schema in the schema of a server', () => {
    expect(check({ $id: '#/definitions/Find', $schema: 7, required: ['a'] }, { a: 1 })).toEqual([])
  })

  test('is cached, so that an edit does not recompile the tools it left unchanged', () => {
    const parameters = (most: number) => ({ type: 'object', properties: { count: { type: 'integer', maximum: most } } })
    expect(compileParameters(parameters(3))).toBe(compileParameters(parameters(3)))
    expect(check(parameters(3), { count: 4 })).toEqual(['count must be <= 3'])
    expect(check(parameters(4), { count: 4 })).toEqual([])
  })

  test('keeps equal $ids of two tools apart', () => {
    const parameters = (type: string) => ({ properties: { a: { $id: 'same', type } } })
    const faults = ['string', 'number'].map((type) => check(parameters(type), { a: true }))
    expect(faults).toEqual([['a must be string'], ['a must be number']])
  })
})

describe('the parameters of a tool', () => {
  const reportedLines = (parameters: string) => {
    const tool = `tools:\n  - name: look\n    description: Looks.\n    run: node\n    parameters: ${parameters}\n`
    return diagnosticLines(load({ 'agents/desk.yaml': `version: 1\nname: desk\ninstructions: Hi.\n${tool}` }))
  }

  test('need a description at every depth', () => {
    const inner =
      '{ type: object, properties: { zip: { type: string }, city: { type: string, description: The city. } } }'
    const whole = `{ type: object, properties: { at: ${inner.replace('{', '{ description: Where.,')} , list: { type: array, description: All., items: ${inner} } } }`
    expect(reportedLines(whole).map((line) => line.replace(/^.*?RV/, 'RV'))).toEqual([
      'RV505 tools[0].parameters.properties.at.properties.zip has no description',
      'RV505 tools[0].parameters.properties.list.items.properties.zip has no description',
    ])
  })

  test('may be named like a keyword of JSON Schema', () => {
    expect(
      reportedLines('{ type: object, properties: { pattern: { type: string, description: "A (a+)+$ pattern." } } }'),
    ).toEqual([])
  })

  test.each([
    ['(a+)+$', /RV520 .*pattern may take for ever where a text almost fits/],
    ['(?<=a)b', /RV520 .*pattern looks back/],
    ['(a)\\\\1', /RV520 .*pattern refers back to what it matched/],
    ['(', /RV511 .*pattern is no pattern: unterminated group/],
    ['(((a{1,100}){1,100}){1,100})', /RV520 .*pattern is too large/],
  ])('are reported for the pattern %s', (pattern, words) => {
    const lines = reportedLines(
      `{ type: object, properties: { a: { type: string, description: A., pattern: "${pattern}" } } }`,
    )
    expect(lines).toEqual([expect.stringMatching(words)])
  })

  test('may lie 24 deep in one another, and be 2,000 values', () => {
    const nested = (depth: number) => `{ type: object, examples: ${'['.repeat(depth)}${']'.repeat(depth)} }`
    const many = (count: number) => `{ type: object, examples: [${'a,'.repeat(count - 3)}] }`
    expect([nested(24), nested(25), many(2_000), many(2_001)].flatMap(reportedLines)).toEqual([
      'agents/desk.yaml:8:17 RV509 tools[0].parameters are more than 24 deep',
      'agents/desk.yaml:8:17 RV509 tools[0].parameters are more than 2000 values',
    ])
  })

  test('without a description are reported beside a pattern that is slow elsewhere', () => {
    const lines = reportedLines('{ type: object, properties: { a: { type: string, pattern: "(a+)+$" } } }')
    expect(lines).toEqual([expect.stringContaining('RV505'), expect.stringContaining('RV520')])
  })

  test('of too many values are reported as that alone', () => {
    const many = Array.from({ length: 3_000 }, (_, index) => `p${index}: { type: string }`).join(', ')
    expect(reportedLines(`{ type: object, properties: { ${many} } }`)).toEqual([
      'agents/desk.yaml:8:17 RV509 tools[0].parameters are more than 2000 values',
    ])
  })
})
