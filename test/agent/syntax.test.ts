import { describe, expect, test } from 'vitest'
import { diagnosticLines, load } from '../helpers/agent-files.ts'
import { load as loadAlone } from './loading.ts'

const head = 'version: 1\nname: desk\n'

test.each([
  ['instructions: "Hi\nvoice: Sarah\n', '3:15 RV002 a quote that is not closed'],
  ["instructions: 'Hi\n", '3:15 RV002 a quote that is not closed'],
  ['instructions: Hi\nstt: { language: en\n', '4:6 RV002 a bracket that is not closed'],
  ['instructions: Hi\noutput_modalities: [audio, text\nvoice: Sarah\n', '4:20 RV002 a bracket that is not closed'],
  ['instructions: Say: hello\n', '3:15 RV002 a second ": " in one line'],
  ['instructions: Hi\n voice: Sarah\n', '4:2 RV002 a key that is indented deeper than its neighbours'],
  [
    'instructions: Hi\nstt:\n  model: a\n    language: en\n',
    '6:5 RV002 a key that is indented deeper than its neighbours',
  ],
  [
    'instructions: Hi\ntools:\n  - name: a\n      description: A.\n      run: node\n',
    '6:7 RV002 a key that is indented deeper than its neighbours',
  ],
  ['instructions: Hi\nvoice: *nobody\n', '4:8 RV002 *nobody has no anchor before it'],
  ['instructions: Hi\nstt:\n\tlanguage: en\n\tmodel: a\n', '5:1 RV004 a tab indents this line'],
  ['instructions: Hi\nvoice: a\n"voice": b\n', '5:1 RV003 "voice" stands twice'],
  ['instructions: Hi\n? [a]\n: b\n', '4:3 RV002 a key that is not a string'],
])('%j is reported in plain words, at the place to fix', (text, line) => {
  expect(diagnosticLines(load({ 'agents/desk.yaml': head + text }))).toEqual([`agents/desk.yaml:${line}`])
})

const tool = 'tools:\n  - name: a\n    description: A.\n'
const tools = `instructions: Hi\n${tool}`

describe('a syntax error is reported as the mistake of its author, not as what the parser expected', () => {
  test.each([
    ['voice Sarah\ngreeting: Hi\n', '3:1 RV002 no ":" behind the key', 'voice: Sarah'],
    ['voice:Sarah\ngreeting: Hi\n', '3:1 RV002 no space behind the ":"', 'voice: Sarah'],
    ['voice = Sarah\ngreeting: Hi\n', '3:1 RV002 a "=" where a ":" is wanted', 'voice: Sarah'],
    ['voice -> Sarah\ngreeting: Hi\n', '3:1 RV002 a "->" where a ":" is wanted', 'voice: Sarah'],
    ['voice :Sarah\n', '3:1 RV002 a space before the ":", and none behind it', 'voice: Sarah'],
    ['stt :{ model: a, language: en }\n', '3:1 RV002 a space before the ":", and none behind it', 'stt: {'],
    ['voice： Sarah\n', '3:1 RV002 a wide colon, which is a letter to YAML', 'voice: Sarah'],
    ['tools\n  - name: a\n', '3:1 RV002 no ":" behind the key', 'tools:'],
    ['instructions |\n  Say: hi\n', '3:1 RV002 no ":" behind the key', 'instructions: |'],
    ['instructions:\n  You are Nora.\n  Say: hi\n', '4:3 RV002 a text of several lines that is read as keys', null],
    ['greeting: Hi\nand welcome\nvoice: Sarah\n', '4:1 RV002 a line that is no key, and not indented below one', null],
    ['greeting: """\nHi\n"""\n', '3:11 RV002 three quotes, which begin no text in YAML', null],
    ['greeting: | Hi\n  there\n', '3:13 RV002 text behind the | or >', null],
    ['greeting: >>\n  there\n', '3:12 RV002 something behind the | or >', null],
    [`${'You are Nora. '.repeat(80)}Say: hi\n`, '3:1 RV002 a key of more than 1024 characters', null],
    ['greeting: "Say "hi" to all"\n', '3:16 RV002 a quote inside the quotes ends them', null],
    ["greeting: 'I'm Nora'\n", '3:13 RV002 a quote inside the quotes ends them', null],
    ['greeting: "I am "Nora": hello"\n', '3:17 RV002 a quote inside the quotes ends them', null],
    ["greeting: 'It's Nora: hello'\n", '3:14 RV002 a quote inside the quotes ends them', null],
    ['greeting: "Hi", voice: Sarah\n', '3:15 RV002 text behind the closing quote', null],
    ['greeting: "Hi" there\n', '3:16 RV002 text behind the closing quote', null],
    ['greeting: [Hi] there\n', '3:16 RV002 text behind the end of the value', null],
    ['greeting: {{name}}, hi\n', '3:11 RV002 a value that begins with "{{" is a map to YAML', '"{{name}}, hi"'],
    ['greeting: @home\n', '3:11 RV002 a value cannot begin with @', '"@home"'],
    ['"greeting: Hi\nvoice: Sarah\n', '3:1 RV002 a quote that is not closed', null],
    ['// a comment\nvoice: Sarah\n', '3:1 RV002 a comment that begins with //', null],
    [
      '<<<<<<< HEAD\nvoice: Sarah\n=======\nvoice: Ann\n>>>>>>> b\n',
      '3:1 RV002 a conflict of git that is not resolved',
      null,
    ],
    ['tts:\n  model: a\n speed: 1\n', '5:2 RV002 a key that is indented less than its neighbours', null],
    ['tts:\n  model: a\n  \tspeed: 1\n', '5:3 RV004 a tab indents this line', null],
    [`${tools}   run: b\n`, '7:4 RV002 a key that is indented less than its neighbours', null],
    [
      `${tools}    run: [b] # c\n      timeout: 8s\n`,
      '8:7 RV002 a key that is indented deeper than its neighbours',
      null,
    ],
    [`${tools}  run: b\n`, '7:3 RV002 a key that is indented less than its neighbours', null],
    [`${tools}- name: b\n`, '7:1 RV002 an item of a list that is indented less than the others', null],
    [`${tools}# next\n    - name: b\n`, '8:5 RV002 an item of a list that is indented deeper than the others', null],
    [`${tools}  -name: b\n`, '7:3 RV002 no space behind the "-"', '- name: b'],
    [`${tools}    name: b\n    description: B.\n    run: c\n`, '7:5 RV003 "name" stands twice', null],
    ['tools:\n    name: a\n  - name: b\n', '5:3 RV002 an item of a list among the keys of a map', null],
    ['tools: []\n  - name: b\n', '4:3 RV002 an item of a list, and tools has a value already', null],
    ['tools: - name: b\n', '3:8 RV002 a list that begins behind its key', null],
    ['- voice: Sarah\ngreeting: Hi\n', '3:1 RV002 an item of a list among the keys of a map', null],
    [`${tools}   & run: node\n`, '7:1 RV002 a line that is no item of the list above it', null],
    ['stt: { model: a; language: en }\n', '3:15 RV002 no comma between two entries', null],
    ['stt: { "model: "a", "language": "en" }\n', '3:8 RV002 a quote that is not closed', null],
    ['stt: {\n  "model": "a,\n  "language": "en"\n}\n', '4:12 RV002 a quote that is not closed', null],
    ['stt: { model: a,, language: en }\n', '3:17 RV002 a comma with nothing before it', null],
    ['voice: "Sarah",\n', '3:15 RV002 a comma behind the value', ''],
    ['voice: "Sarah", # at the desk\n', '3:15 RV002 a comma behind the value', ''],
    ['voice: "Sarah";\n', '3:15 RV002 a semicolon behind the value', ''],
    ['greeting: |\n  Hi.\n there.\n', '5:1 RV002 a line that begins in a column of its own', null],
    ['output_modalities: [audio]]\n', '3:27 RV002 a ] that closes nothing', null],
    ['export default {\n  voice: Sarah,\n}\n', '3:1 RV002 a line that is no key, and not indented below one', null],
  ])('%j', (text, line, right) => {
    const { diagnostics } = load({ 'agents/desk.yaml': head + text })
    const grave = diagnostics.filter(({ rule }) => rule.startsWith('RV00'))
    expect(
      grave.map(({ range: { start }, rule, message }) => `${start.line}:${start.column} ${rule} ${message}`),
    ).toEqual([line])
    expect(grave[0]?.suggest?.[0]?.replace ?? null).toBe(right)
  })

  test.each([
    'Hi there',
    '- be brief',
    '1. be brief',
    '**Rules**',
    '[a link](https://a.example)',
    '{{name}} is here',
    '> quoted',
    '"Hi" is what you say',
    '| a | b |',
  ])('and a line that stands outside of the text it goes on is to be indented: %s', (line) => {
    for (const text of ['', '  You are Nora.\n', '## Role\n']) {
      const { diagnostics } = load({ 'agents/desk.yaml': `${head}instructions: |\n${text}${line}\nvoice: Sarah\n` })
      expect(diagnostics).toMatchObject([
        {
          range: { start: { line: text === '' ? 4 : 5, column: 1 } },
          message: 'a line of text that is not indented as one',
          help: 'Where it belongs to the text behind instructions:, indent it like the lines of that, by 2 spaces or more; where it is a setting, write it as key: value.',
        },
      ])
    }
  })

  test('and columns are named by the keys that stand in them', () => {
    const help = (text: string) => {
      return load({ 'agents/desk.yaml': head + text }).diagnostics.find(({ rule }) => rule.startsWith('RV00'))?.help
    }
    expect(help('tts:\n  model: a\n speed: 1\n')).toBe('Indent it by 2 spaces, like model, or not at all, like tts.')
    expect(help(`${tools}- name: b\n`)).toBe('Where a new item begins, indent it by 2 spaces like the one above.')
    expect(help(`${tools}    name: b\n`)).toBe('Where a new item begins, write - name; else keep one of the two.')
  })
})

const desk = `${head}instructions: Hi.\n`

describe('a line that its author indented, marked or closed wrongly is the one fault, and the help says which way it was meant:', () => {
  test.each([
    // An item of a list: deeper than the others it may also go on what the one above holds.
    ['greeting:\n   - Hi.\n  - Hello.\n', '6:3 Where a new item begins, indent it by 3 spaces like the one above.'],
    [
      'tools:\n  - name: look\n    - timeout: 10s\n',
      '6:5 Where a new item begins, indent it by 2 spaces like the one above; where the item above goes on, remove the "-".',
    ],
    [
      'tools:\n  - control: end_call\nvoice: Sarah\n  - name: a\n',
      '7:3 Remove the "-"; where a list is meant, each of its items begins with one, the first as well.',
    ],
    ['tts:\n  model: a\n    - speed: 1\n', '6:5 Remove a behind model:'],
    [
      'tools:\n - control: end_call\n- name: a\n',
      '6:1 Where a new item begins, indent it by 1 space like the one above.',
    ],
    // A key between two columns, in either of which it may belong.
    [
      'stt:\n  - model: a\n language: en\n  prompt: Hi\n',
      '6:2 Indent it by 4 spaces, like model, or not at all, like stt.',
    ],
    [
      'tools:\n   - name: a\n    description: A.\n    name: b\n    run: c\n',
      '6:5 Indent it by 5 spaces, like name, or not at all, like tools.',
    ],
    // A key below which the next line is in the right column.
    [`${tool}run: ./tools/fine.sh\n    retry: 1\n`, '7:1 Indent it by 4 spaces, like retry.'],
    [`${tool}run: ./tools/fine.sh\n    limits: { memory: 64MB }\n`, '7:1 Indent it by 4 spaces, like limits.'],
    // Tabs are counted.
    ['tts:\n  model: a\n  \tspeed: 1\n', '6:3 Indent with spaces.'],
    ['stt:\n\tmodel: a\n\tlanguage: en\n', '5:1 Indent with spaces, here and in 1 line besides.'],
    ['stt:\n\tmodel: a\n\tlanguage: en\n\tprompt: Hi\n', '5:1 Indent with spaces, here and in 2 lines besides.'],
    // A quote inside the quotes: the other kind may stand round it.
    ['greeting: "Say "hi" to all"\n', '4:16 Write \\" for a quote inside, or put all of it in single quotes.'],
    ["greeting: 'I'm Nora'\n", "4:13 Write '' for a quote inside, or put all of it in double quotes."],
    ['"voice\n": Sarah\n', '4:1 Close it with ".'],
    // Without its end, nobody knows how far the text goes.
    [
      'greeting: "Say "hi" there\ntemperature: 3\n',
      '4:16 Write \\" for a quote inside, or put all of it in single quotes.',
    ],
    // A key of the author's own.
    ['x-note |\n  Hi: you\n', '4:1 Write x-note: |'],
    // What is no key of ours, and no text below one.
    [
      'https://a.example/x\n',
      '4:1 Where it is a key, write a ":" behind it; where it goes on what stands behind instructions:, indent it, below instructions: |',
    ],
    [
      'x-a\n  b: 1\nc: 2\n  d: 3\n',
      '4:1 Where it is a key, write a ":" behind it; where it goes on what stands behind instructions:, indent it, below instructions: |',
    ],
    [
      `vioce "\${env:VOICE:-Sarah}"\n`,
      '4:1 Where it is a key, write a ":" behind it; where it goes on what stands behind instructions:, indent it, below instructions: |',
    ],
    [
      'output_modalities:\n  -audio\n-text\n',
      '6:1 Write it as key: value; a value of several lines wants a | behind its key.',
    ],
  ])('%j', (text, line) => {
    const { diagnostics } = loadAlone(desk + text)
    expect(diagnostics.map(({ range: { start }, help }) => `${start.line}:${start.column} ${help}`)).toEqual([line])
  })

  test.each([
    ['stt:{ model: a, language: en }\n', 'no space behind the ":"'],
    ['limits = { max_session: 10m, idle: 5m }\n', 'a "=" where a ":" is wanted'],
    ['audio:\n  input { format: pcm, rate: 8000 }\n', 'no ":" behind the key'],
  ])('what stands between a key and a bracket is named: %j', (text, message) => {
    expect(load({ 'agents/desk.yaml': desk + text }).diagnostics).toMatchObject([{ message }])
  })

  test('an argument in the body of a request is suggested with one pair of braces', () => {
    const http = '    http: { url: "https://a.example", method: POST, body: { id: {{id}} } }\n'
    expect(load({ 'agents/desk.yaml': desk + tool + http }).diagnostics).toMatchObject([
      { range: { start: { line: 7, column: 65 } }, suggest: [{ replace: '"{id}"' }] },
    ])
  })

  test.each([' version: 1', ' - version: 1'])('a first line that stands deeper than the others: %j', (line) => {
    const { diagnostics } = load({ 'agents/desk.yaml': `${line}\nname: desk\ninstructions: Hi.\n` })
    expect(diagnostics.map(({ help }) => help)).toEqual(['Indent it not at all, like name.'])
  })
})

test.each([
  ['[a]\nname: desk\n', '2:1 text behind the end of the value'],
  [' version: 1\n name: desk\n greeting: "a" b\n', '3:16 text behind the closing quote'],
])('the first line is not blamed for what another one holds: %j', (text, line) => {
  const { diagnostics } = load({ 'agents/desk.yaml': text })
  const broken = diagnostics.filter(({ rule }) => rule === 'RV002')
  expect(broken.map(({ range: { start }, message }) => `${start.line}:${start.column} ${message}`)).toEqual([line])
})

test.each(['voice: & Sarah', 'voice: &a &b Sarah', 'x-a: &a b\nvoice: &c *a'])(
  '%j is told to put what is no anchor in quotes',
  (text) => {
    const { diagnostics } = load({ 'agents/desk.yaml': `${head}instructions: Hi.\n${text}\n` })
    expect(diagnostics).toMatchObject([{ rule: 'RV002', help: expect.stringContaining('put the value in quotes') }])
  },
)

test('a second setting on one line is to be moved to a line of its own', () => {
  const { diagnostics } = load({ 'agents/desk.yaml': `${head}greeting: "Hi", voice: Sarah\n` })
  expect(diagnostics[0]?.help).toBe('Put the next key on a line of its own, or all of the value in quotes.')
})

test('a search upwards from a fault ends at the top of a file that begins with an empty line', () => {
  expect(
    diagnosticLines(load({ 'agents/desk.yaml': '\n# a desk\nversion: 1\nname desk\ninstructions: Hi.\n' })),
  ).toEqual(['agents/desk.yaml:4:1 RV002 no ":" behind the key'])
})

test('a syntax fault that leaves the rest readable does not hide other faults', () => {
  const text = `${head}instructions: "a\\qb"\nvoice: !foo Sarah\ntemprature: 2\nmax_output_tokens: 12345678901234567890\nvoice: Clive\n`
  expect(diagnosticLines(load({ 'agents/desk.yaml': text })).map((line) => /:(\d+:\d+ RV\d+)/.exec(line)?.[1])).toEqual(
    ['3:17 RV002', '4:8 RV002', '5:1 RV101', '6:20 RV009', '7:1 RV003'],
  )
})

test.each([
  ['', 'the file is empty'],
  ['# nothing yet\n', 'the file is empty'],
  ['- name: desk\n', 'the file is a list; a map is wanted'],
  ['hello\n', 'the file is "hello"; a map is wanted'],
])('a file that is not a map of settings has one fault: %j', (text, message) => {
  expect(diagnosticLines(load({ 'agents/desk.yaml': text })).map((line) => line.split(' ').slice(1).join(' '))).toEqual(
    [`RV104 ${message}`],
  )
})

test.each([
  ['temperature: "0.7"', '0.7'],
  ['max_output_tokens: "800"', '800'],
  ['greeting: 5', '"5"'],
  ['connection: { start_audio_paused: "true" }', 'true'],
  ['turn_detection: server_vad', '{ type: server_vad }'],
])('a value of the wrong type comes with the right form: %s', (line, right) => {
  const { diagnostics } = load({ 'agents/desk.yaml': `${head}instructions: Hi.\n${line}\n` })
  expect(diagnostics.map(({ rule, suggest }) => [rule, suggest?.[0]?.replace])).toEqual([['RV104', right]])
})

test.each(['node ./tools/a.mjs', './tools/a.mjs --fast', './tools/a.sh | jq .'])(
  'a shell command line with a path in it is reported as one: %s',
  (run) => {
    const { diagnostics } = loadAlone(
      `${head}instructions: Hi.\ntools: [{ name: a, description: A., run: "${run}" }]\n`,
    )
    expect(diagnostics).toMatchObject([{ rule: 'RV501', help: expect.stringContaining('no shell line') }])
  },
)

test('a missing script is named relative to the working directory', () => {
  const { diagnostics } = loadAlone(
    `${head}instructions: Hi.\ntools: [{ name: a, description: A., run: ./tools/no.sh }]\n`,
  )
  expect(diagnostics).toMatchObject([{ rule: 'RV501', help: expect.stringMatching(/^Create tools\/no\.sh, or/) }])
})

test.each([
  ['python3 ../tools/quote.py --fast', 'write [python3, ../tools/quote.py, "--fast"], or put'],
  ['./look.sh | jq .', 'write a list such as [node, look.mjs], or put'],
])('a command line of plain words is spelled out as a list in the help: %s', (run, help) => {
  const { diagnostics } = loadAlone(`${head}instructions: Hi.\ntools: [{ name: a, description: A., run: "${run}" }]\n`)
  expect(diagnostics).toMatchObject([{ help: expect.stringContaining(help) }])
})

test('doubled braces in a request are answered with the form of an argument', () => {
  const http = 'http: { url: "https://a.example", method: POST, body: { id: {{id}} } }'
  const { diagnostics } = loadAlone(`${head}instructions: Hi.\ntools:\n  - name: a\n    description: A.\n    ${http}\n`)
  expect(diagnostics).toMatchObject([{ rule: 'RV002', help: 'An argument of a request is "{id}", in quotes.' }])
})

test('a lone carriage return ends a line, as in YAML and in editors', () => {
  const agent = `# mine\n${head}instructions: |\n  Be brief.\n  Be kind.\nvoise: Sarah\n`.replaceAll('\n', '\r')
  expect(diagnosticLines(loadAlone(agent))).toEqual([expect.stringMatching(/:7:1 RV101 /)])
})

test('a path with backslashes is answered with slashes', () => {
  const agent = `${head}instructions: Hi.\ntools: [{ name: a, description: A., run: '..\\tools\\a.sh' }]\n`
  expect(loadAlone(agent).diagnostics).toMatchObject([{ rule: 'RV501', help: 'Write ../tools/a.sh.' }])
})

test('a pipeline under run is reported as a shell command line', () => {
  const agent = `${head}instructions: Hi.\ntools: [{ name: a, description: A., run: "echo hi | cat" }]\n`
  const { diagnostics } = loadAlone(agent)
  expect(diagnostics).toMatchObject([{ rule: 'RV503', help: expect.stringContaining('no shell line') }])
})

test.each(['!!timestamp 2024-01-01', '!!binary aGk=', '!!set {a, b}', '!!omap [a: 1]', '!!pairs [a: 1]'])(
  'the tag of %s is unknown, since no setting has a value of its type',
  (value) => {
    const { diagnostics } = load({ 'agents/desk.yaml': `${head}instructions: Hi.\nprovider_data: { x: ${value} }\n` })
    const [tag] = value.split(' ')
    expect(diagnostics.map(({ message }) => message)).toEqual([`a tag that is not known: ${tag}`])
  },
)

test('a tag to include the prompt from a file is one fault', () => {
  const { diagnostics } = load({ 'agents/desk.yaml': `${head}instructions: !include ./desk.md\n` })
  expect(diagnostics).toMatchObject([{ rule: 'RV002', help: expect.stringContaining('named under instructions_file') }])
})
