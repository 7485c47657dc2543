import { describe, expect, test } from 'vitest'
import { diagnosticLines, load } from '../helpers/agent-files.ts'

const head = 'version: 1\nname: desk\n'
const tools = [
  'tools:',
  '  - name: find_order',
  '    description: Finds an order.',
  '    run: node',
  '    parameters: { type: object, properties: { order_id: { type: string, description: Its number., enum: [next_day, null] } } }',
  '  - { name: opening_hours, description: Tells the hours., run: node }',
  '',
].join('\n')

/** The diagnostics of a prompt in a file of its own, in an agent with two tools. */
function reportedFor(prompt: string | Uint8Array): readonly string[] {
  const agent = `${head}instructions_file: desk.md\n${tools}`
  return diagnosticLines(load({ 'agents/desk.yaml': agent, 'agents/desk.md': prompt }))
}

describe('names of tools in a prompt', () => {
  test.each([
    ['Use find_ordr for that.', '1:5 RV603 the prompt names "find_ordr", which is no tool'],
    ['When asked, call `cancel_order`.', '1:18 RV603 the prompt names "cancel_order", which is no tool'],
    ['First the get_stock tool.', '1:11 RV603 the prompt names "get_stock", which is no tool'],
    ['Use get_stock, then use get_stock.', '1:5 RV603 the prompt names "get_stock", which is no tool'],
    ['With `get_stock` you count.', '1:6 RV603 the prompt names "get_stock", which is no tool'],
    ['With `find-order` you count.', '1:6 RV603 the prompt names "find-order", which is no tool'],
    ['get_stock() tells the stock.', '1:1 RV603 the prompt names "get_stock", which is no tool'],
  ])('%j has an unknown one, which is reported where it is', (prompt, line) => {
    expect(reportedFor(prompt)).toEqual([`agents/desk.md:${line}`])
  })

  test.each([
    'Be brief.',
    'Use find_order, then opening_hours. The order_id is a number; `next_day` is a word.',
    'A well-known, state-of-the-art shop. Say e-mail, not mail_me.',
    'Write snake_case never.',
    'Use check-in, or `check-in`. Go to the find-order desk.',
    'Send them to the check-in tool at the door.',
  ])('%j has no unknown one', (prompt) => {
    expect(reportedFor(prompt)).toEqual([])
  })

  test('a tool whose name is misspelt is not one that is never named', () => {
    expect(reportedFor('Use find_order, then opening_huors.')).toEqual([
      'agents/desk.md:1:22 RV603 the prompt names "opening_huors", which is no tool',
    ])
  })

  test('a tool that is not named beside others that are is a note at the tool', () => {
    expect(reportedFor('Use find_order.')).toEqual([
      'agents/desk.yaml:9:13 RV604 the prompt names find_order, but never opening_hours',
    ])
  })
})

describe('the tools that a prompt may name', () => {
  const server = 'tools: [{ mcp: { command: node } }, { name: find_order, description: Finds., run: node }]'
  const help = (settings: string, prompt: string) =>
    load({ 'agents/desk.yaml': `${head}instructions: ${prompt}\n${settings}\n` }).diagnostics.map((each) => each.help)

  test.each([
    [server, 'Use find_ordr.', ['Did you mean find_order? The tools are: find_order.']],
    [server, 'Use find_order, then use get_stock.', []],
    ['tools: [{ control: end_call }]', 'Use end_call.', []],
    ['tools: [{ control: end_call }]', 'Use get_stock.', ['The tools are: end_call.']],
    ['tools: []', 'Use get_stock.', ['There are none.']],
    ['tools: [{ name: find, description: Finds., run: node, env: [ID] }]', 'Find it by its ID.', []],
  ])('are those of the file, and those of its servers, which nobody knows yet: %s %s', (settings, prompt, lines) => {
    expect(help(settings, prompt)).toEqual(lines)
  })

  test('are reported ten times at most where they are unknown, and so are headings that stand twice', () => {
    const names = Array.from({ length: 11 }, (_, index) => `Call get_${'abcdefghijk'[index]}.`)
    expect(reportedFor(names.join('\n'))).toHaveLength(10)
    const headings = names.map((_, index) => `# Part ${index}\nOne.\n# Part ${index}\nTwo.`)
    expect(reportedFor(headings.join('\n'))).toHaveLength(10)
  })
})

describe('a fault in the text of a prompt', () => {
  test.each([
    ['See [the shop](https://shop.example).', '[the shop](https://shop.example)', 'warning'],
    ['Hours:\n  |---|:--| \n', '|---|:--|', 'warning'],
    ['Be\n  - brief \n', '- brief', 'note'],
    ['# A\n# a \n', '# a', 'note'],
    ['Read INWORLD_API_KEY.', 'INWORLD_API_KEY', 'warning'],
  ])('is marked from its first character to its last: %j', (prompt, marked, level) => {
    const agent = `${head}instructions_file: desk.md\n`
    const [fault] = load({ 'agents/desk.yaml': agent, 'agents/desk.md': prompt }).diagnostics
    expect(prompt.slice(fault?.range.start.offset, fault?.range.end.offset)).toBe(marked)
    expect(fault?.level).toBe(level)
  })

  test.each([
    ['Hello {{name}}, I am {{name}}.', '1:7 RV606 {{name}} is not filled in'],
    [`Your city is \${city}.`, `1:14 RV606 \${city} is not filled in`],
    ['You work for [YOUR COMPANY].', '1:14 RV606 [YOUR COMPANY] is not filled in'],
    ['See [the shop](https://shop.example).', '1:5 RV607 Markdown that would be read aloud: a link'],
    ['Hours:\n|day|hours|\n|---|:--|\n', '3:1 RV607 Markdown that would be read aloud: a table'],
    ['Hours:\n| day | hours |\n| - | -: |\n', '3:1 RV607 Markdown that would be read aloud: a table'],
    ['Be\n- brief\n- kind\n', '2:1 RV607 Markdown that would be read aloud: a list'],
    ['# A\nx\n## a\ny', '3:1 RV605 the heading "a" stands twice'],
    [
      'MY_INWORLD_API_KEY, INWORLD_API_KEY_2, INWORLD_API_KEY',
      '1:40 RV403 the prompt names the variable INWORLD_API_KEY',
    ],
    [' \n', '1:1 RV601 the prompt is empty'],
    ['Be brief. '.repeat(2_100), '1:1 RV602 the prompt has 21000 characters; 20000 are a lot'],
  ])('is reported where it stands: %j', (prompt, line) => {
    expect(reportedFor(prompt)).toEqual([`agents/desk.md:${line}`])
  })

  test('is not found in braces, dashes and bars of plain text', () => {
    expect(reportedFor('Day | hours\n---\n|\nMy INWORLD_API_KEY_2.')).toEqual([])
    expect(reportedFor('Be brief. '.repeat(2_000))).toEqual([])
    expect(reportedFor('Say {a} - or -- b. 3 - 2 = 1. A * b. <b>Hi</b> [laugh] a|b $5 {{}}')).toEqual([])
  })

  test('is found in a greeting as well, if it cannot be spoken', () => {
    const agent = `${head}instructions: Hi.\ngreeting: "Hi **Ada**, see [us](https://a.example) {{now}}"\n`
    const beside = agent.replace('instructions: Hi.', 'instructions_file: desk.md')
    for (const text of [agent, beside])
      expect(diagnosticLines(load({ 'agents/desk.yaml': text, 'agents/desk.md': 'Hi.' }))).toEqual([
        'agents/desk.yaml:4:15 RV607 Markdown that would be read aloud: a mark of emphasis',
        'agents/desk.yaml:4:28 RV607 Markdown that would be read aloud: a link',
        'agents/desk.yaml:4:52 RV606 {{now}} is not filled in',
      ])
    const list = load({ 'agents/desk.yaml': `${head}instructions: Hi.\ngreeting: |\n  - one\n  - two\n` })
    expect(list.diagnostics).toMatchObject([{ rule: 'RV607', level: 'warning' }])
  })
})

test.each([
  'connection: { api_key_env: SHOP_KEY }',
  'tools: [{ name: look, description: Looks., run: node, env: [SHOP_KEY] }]',
  'tools: [{ mcp: { command: node, env: [SHOP_KEY] } }]',
  'hooks: { reload: { run: node, env: [SHOP_KEY] } }',
])('a prompt that names a variable is a warning, whichever setting holds it: %s', (settings) => {
  expect(diagnosticLines(load({ 'agents/desk.yaml': `${head}instructions: Use SHOP_KEY.\n${settings}\n` }))).toEqual([
    'agents/desk.yaml:3:19 RV403 the prompt names the variable SHOP_KEY',
  ])
})

describe('a fault of a prompt in an agent file', () => {
  test.each([
    ['a literal block', 'instructions: |\n  Hi.\n    Hi {{a}} {{b}}\n', ['5:8', '5:14']],
    ['a folded block', 'instructions: >\n  Hi\n  you {{a}}\n  and {{b}}\n', ['5:7', '6:7']],
    ['quotes', 'instructions: "Hi\\t\\u00e9 {{a}} {{b}}"\n', ['3:27', '3:33']],
    ['quotes that hide the words', 'instructions: "Hi \\u007b{a}}"\n', ['3:15']],
  ])('is reported at its words in %s', (_, text, places) => {
    const lines = diagnosticLines(load({ 'agents/desk.yaml': head + text }))
    expect(lines.map((line) => /:(\d+:\d+) RV606/.exec(line)?.[1])).toEqual(places)
  })

  test('is reported in the parent that has the prompt', () => {
    const loaded = load({
      'agents/desk.yaml': `${head}extends: ./_base.yaml\n`,
      'agents/_base.yaml': 'instructions: Hi {{a}}\n',
    })
    expect(diagnosticLines(loaded)).toEqual(['agents/_base.yaml:1:18 RV606 {{a}} is not filled in'])
  })

  test('is ignored by a comment on the key, also if the key names the file of the prompt', () => {
    const ignore = '# runner-ignore RV606: a template of ours fills it in\n'
    expect(diagnosticLines(load({ 'agents/desk.yaml': `${head}${ignore}instructions: |\n  Hi.\n  {{a}}\n` }))).toEqual(
      [],
    )
    const beside = { 'agents/desk.yaml': `${head}${ignore}instructions_file: desk.md\n`, 'agents/desk.md': '\n{{a}}' }
    expect(diagnosticLines(load(beside))).toEqual([])
  })
})

test('a prompt file that is no UTF-8, or too large, is a fault in that file', () => {
  expect(reportedFor(Buffer.from('caf\xe9', 'latin1'))).toEqual(['agents/desk.md:1:4 RV001 the file is not UTF-8 text'])
  expect(reportedFor(Buffer.from('\ufeffHi', 'utf16le'))).toEqual(['agents/desk.md:1:1 RV001 the file is UTF-16 text'])
  expect(reportedFor('x'.repeat(300_000))[0]).toMatch(/^agents\/desk\.md:1:1 RV007 /)
})

test('a prompt that is the name of a file is that alone, also in a block', () => {
  const { diagnostics } = load({ 'agents/desk.yaml': `${head}instructions: |\n  ./desk.md\n` })
  expect(diagnostics).toMatchObject([{ rule: 'RV608', help: expect.stringContaining('instructions_file: ./desk.md;') }])
})

test('a git conflict in a prompt is reported at its first marker, and text about markers is no conflict', () => {
  expect(reportedFor('Hi.\n<<<<<<< HEAD\nBe kind.\n=======\nBe brief.\n>>>>>>> manners\n')).toEqual([
    'agents/desk.md:2:1 RV609 a conflict of git that is not resolved',
  ])
  expect(reportedFor('>>>>>>> ends one.\n')).toEqual([])
  expect(reportedFor('Explain what <<<<<<< means, and >>>>>>> too.\n<<<<<<< begins one.\n')).toEqual([])
})
