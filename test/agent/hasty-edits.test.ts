import { describe, expect, test } from 'vitest'
import { applySuggestion, diagnosticLines, load } from '../helpers/agent-files.ts'

const head = 'version: 1\nname: desk\ninstructions: Hi.\n'
const tool = 'tools:\n  - name: a\n    description: A.\n    run: node\n'

/** A tool whose properties are these lines. */
function parameters(properties: string): string {
  const lines = ['parameters:', '  type: object', '  required: [day]', '  additionalProperties: false', '  properties:']
  const indented = properties.split('\n').map((line) => `    ${line}`)
  return tool + [...lines, ...indented].map((line) => `    ${line}\n`).join('')
}

function faultLines(text: string): readonly string[] {
  return load({ 'agents/desk.yaml': text }).diagnostics.map(({ range: { start }, rule, message, help }) => {
    return `${start.line}:${start.column} ${rule} ${message}: ${help}`
  })
}

describe('a hasty or pasted edit is one fault, with help that fixes it:', () => {
  test.each([
    [
      `${tool}      - name: b\n        description: B.\n        run: node\n`,
      '8:7 RV002 an item of a list that is indented deeper than the others: ',
    ],
    [
      'output_modalities:\n  * audio\n  * text\n',
      '5:3 RV002 a "*" that begins no item of a list: Begin each item with "- ".',
    ],
    ['greeting: "Hi"# hello\n', '4:15 RV002 no space before the #: Write a space before it'],
    [
      `${tool}#  - name: b\n    description: B.\n    run: node\n`,
      '9:5 RV003 "description" stands twice: Remove the # before - name: b, or comment out the rest of that item as well.',
    ],
    [
      `${tool}    # - name: b\n    description: B.\n    run: node\n    timeout: 4s\n`,
      '9:5 RV003 "description" stands twice: Remove the # before - name: b,',
    ],
    [
      tool.replace('- name: a', '# - name: a').concat('\n  - name: b\n    description: B.\n    run: node\n'),
      '9:3 RV002 an item of a list among the keys of a map: Remove the # before - name: a, or comment out the rest',
    ],
    [
      `tts:\n  # - name: a\n  speed: 1\n  - name: b\n`,
      '7:3 RV002 an item of a list among the keys of a map: Remove the "-"; where a list is meant',
    ],
    [
      `${tool}    description: B.\n    run: node\n    timeout: 4s\n`,
      '8:5 RV003 "description" stands twice: Where a new item begins, write - description; else keep one of the two.',
    ],
    [
      `${tool}    - timeout: 4s\n`,
      '8:5 RV002 an item of a list that is indented deeper than the others: Where a new item begins, indent it by 2 spaces like the one above; where the item above goes on, remove the "-".',
    ],
    [
      `${tool}- turn_detection:\n    type: manual\n`,
      '8:1 RV002 an item of a list among the keys of a map: Remove the "-".',
    ],
    ['- voice: Sarah\n', '4:1 RV002 an item of a list among the keys of a map: Remove the "-".'],
    [
      parameters('day: { type: string, description: The day. }').replace('    required', '    - required'),
      '10:7 RV002 an item of a list among the keys of a map: Remove the "-".',
    ],
    [
      parameters('day:\n  type: string\n  description: The day.\nenum: [monday]'),
      '16:15 RV511 tools[0].parameters.properties.enum is a list; a schema is wanted: Where it belongs to day, indent it like',
    ],
    [
      parameters('day: { type: string, description: The day. }').replace('  properties:', 'properties:'),
      '12:5 RV109 "properties" in tools[0] is no setting here: It belongs to parameters, indented below that key.',
    ],
    ['greeting: |\ngreeting: |\n  Hi.\n', '5:1 RV003 "greeting" stands twice: Keep one of the two.'],
    ['tts:;\n  speed: 1\n', '4:1 RV002 a semicolon behind the key: Remove it'],
    [
      parameters('type: string\ndescription: The day.\nenum: [monday]'),
      '13:9 RV511 tools[0].parameters.properties hold type, description and enum, which say what one of them is: Write its name above',
    ],
    [
      parameters('day:\ntype: string\ndescription: The day.\nenum: [monday]'),
      '13:13 RV511 tools[0].parameters.properties.day is empty; a schema is wanted: Indent what belongs to it: type, description, enum.',
    ],
    ['voice:\nSarah\n', '5:1 RV002 a value that is not indented below its key: Write voice: Sarah'],
    [
      'turn_detection:\n  type:\n  semantic_vad\n',
      '6:3 RV002 a value that is not indented below its key: Write type: semantic_vad',
    ],
    [
      `${tool}  name: b\n  description: B.\n  run: node\n`,
      '8:3 RV002 a key that is indented less than its neighbours: Where a new item begins, write - name',
    ],
    [
      `${tool}  name: b\n    description: B.\n    run: node\n`,
      '8:3 RV002 a key that is indented less than its neighbours: Where a new item begins, write - name',
    ],
    [
      `${tool}    parameters:\n      type: object\n      properties:\n        n:{ type: string, description: N. }\n`,
      '11:9 RV002 no space behind the ":": Write n: {',
    ],
    ['voice => Sarah\n', '4:1 RV002 a "=>" where a ":" is wanted: Write voice: Sarah'],
    ['[agent]\nname = "desk"\n', '4:1 RV002 a section of a TOML or INI file: Write key: value'],
    ['greeting: Hi\n```\n', '5:1 RV002 a fence of Markdown: Remove it'],
    ['greeting: ?\n', '4:11 RV002 a value cannot begin with ?: Put the value in quotes.'],
    ['description: "..\\prompts\\desk.md"\n', '4:17 RV002 invalid escape sequence \\p: Write \\\\ for a backslash'],
    [
      '---\nYou are Nora.\n',
      '4:1 RV005 a second document begins here: What follows is no setting: a prompt stands below',
    ],
    ['---\nvoice: Sarah\n', '4:1 RV005 a second document begins here: Keep one agent a file'],
    [
      'extends: C:\\agents\\base.yaml\n',
      '4:10 RV201 extends: C:\\agents\\base.yaml begins with a drive: Write the path',
    ],
    [
      'tts:\n  speed: 1\n  turn_detection:\n  type: semantic_vad\n  eagerness: low\n',
      '6:3 RV101 unknown key "turn_detection" in tts: It belongs at the top of the file.',
    ],
    [
      'turn_detection:\n  type: manual\n  audio:\n  input: {}\n  output: {}\n',
      '6:3 RV101 unknown key "audio" in turn_detection: It belongs at the top of the file.',
    ],
    [
      'tts:\n  speed: 1\n  type: semantic_vad\n  eagerness: low\n',
      '6:3 RV101 "type" and "eagerness" in tts are no settings here: They belong to turn_detection, indented below',
    ],
    [
      `${tool.replace('run: node', 'http:')}      url: https://a.example\n      parameters:\n      type: object\n      properties: {}\n`,
      '9:7 RV109 "parameters" in tools[0].http is no setting here: It stands beside http',
    ],
  ])('%j', (text, line) => {
    expect(faultLines(head + text)).toEqual([expect.stringContaining(line)])
  })

  test.each([
    ['voice: Sarah greeting: Hi', '4:14', 'Put greeting: Hi on a line of its own.'],
    ['voice: Sarah greeting: |\n  Hi.', '4:14', 'Put greeting: | on a line of its own.'],
    ['turn_detection:\n  type: semantic_vad   eagerness: low', '5:24', 'Put eagerness: low on a line of its own.'],
    ['tts:\n  speed: 1 voice: Sarah', '5:12', 'Put voice: Sarah on a line of its own.'],
    ['tools:\n  - name: a description: A.\n    run: node', '5:13', 'Put description: A. on a line of its own.'],
    ['output_modalities: [audio] voice: Sarah', '4:28', 'Put it on a line of its own.'],
    // A text may hold such a word.
    [
      'description: Help. voice: Sarah',
      '4:20',
      'Put voice: Sarah on a line of its own, or all of the value in quotes.',
    ],
    [
      'description: Help   voice: Sarah',
      '4:21',
      'Put voice: Sarah on a line of its own, or all of the value in quotes.',
    ],
    // What stands in a comment is no key.
    ['voice: a b: c # greeting: Hi', '4:8', 'Put the value in quotes, or the nested map on a line of its own.'],
    ['description: A voice: Sarah', '4:14', 'Put the value in quotes, or the nested map on a line of its own.'],
  ])('a line that is joined with the next: %j', (text, place, help) => {
    const [line = '', ...others] = faultLines(`${head + text}\n`)
    expect([line.split(' ', 2), line.endsWith(`: ${help}`), others]).toEqual([[place, 'RV002'], true, []])
  })

  test('the "-" of a tool below an include is missing', () => {
    const text = `${head}tools:\n  - include: ./_tools.yaml\n    name: a\n    description: A.\n    run: node\n`
    const { diagnostics } = load({ 'agents/desk.yaml': text, 'agents/_tools.yaml': '[]\n' })
    expect(diagnostics.map(({ message, help }) => `${message}: ${help}`)).toEqual([
      expect.stringMatching(
        /^"name", "description" and "run" in tools\[0\] are no settings here: .* begins with "- ".$/,
      ),
    ])
  })

  test.each(['description: A.', 'run: node'])('a key in a list of tools is not indented: %s', (key) => {
    const tools = '- name: a\n  description: A.\n  run: node\n- { name: b, description: B., run: node }\n'
    const text = `${head}tools: [{ include: ./_tools.yaml }]\n`
    const { diagnostics } = load({ 'agents/desk.yaml': text, 'agents/_tools.yaml': tools.replace(`  ${key}`, key) })
    expect(diagnostics.map(({ file, message, help }) => `${file} ${message}: ${help}`)).toEqual([
      'agents/_tools.yaml a key that is indented less than its neighbours: Indent it by 2 spaces, like name.',
    ])
  })

  test('a "-" before the first key of an agent file is the fault, also where a list below is not indented', () => {
    const lists = 'tools:\n- name: a\n  description: A.\n  run: node\n'
    expect(faultLines(`- ${head}${lists}`)).toEqual([expect.stringContaining('1:1 RV002 an item of a list among')])
  })

  test('a Markdown fence around the whole file', () => {
    expect(faultLines(`\`\`\`yaml\n${head}\`\`\`\n`)).toEqual([
      '1:1 RV002 a fence of Markdown: Remove it, and the one at the other end.',
    ])
  })

  test('a directive without a document start', () => {
    expect(faultLines(`%YAML 1.2\n${head}`)).toEqual([
      expect.stringContaining('RV002 a line that begins with % and no --- below it'),
    ])
  })

  test('signs that end each line are all told at once', () => {
    expect(faultLines('version: 1;\nname: "desk";\ninstructions: Hi.\ntts: { speed: 1 },\n')).toEqual([
      expect.stringContaining('1:10 RV111'),
      '2:13 RV002 a semicolon behind the value: Remove it: nothing parts the lines.',
      '4:18 RV002 a comma behind the value: Remove it: nothing parts the lines.',
    ])
  })

  test('several lines under run', () => {
    expect(
      faultLines(`${head}tools:\n  - name: a\n    description: A.\n    run: |\n      ./a.sh\n      ./b.sh\n`),
    ).toEqual([
      expect.stringMatching(/^7:10 RV501 tool script ".\/a\.sh\\n.\/b\.sh\\n" is missing: This is one program/),
    ])
  })
})

describe('look-alike quotes and spaces', () => {
  test.each([
    ['voice: “Sarah”\n', '4:8 RV014 typographic quotes, which are letters to YAML'],
    ['idle:\u00a0{ after: 15s, say: Still there? }\n', '4:6 RV014 a space that YAML takes for a letter'],
    ['model: ‘openai/gpt-4.1-mini’\n', '4:8 RV014 typographic quotes, which are letters to YAML'],
    ['greeting: „Hallo: was darf es sein?“\n', '4:11 RV014 typographic quotes, which are letters to YAML'],
    ['greeting: «Bonjour»\n', '4:11 RV014 typographic quotes, which are letters to YAML'],
    ['voice: \u00a0Sarah\n', '4:8 RV014 a space that YAML takes for a letter'],
    ['voice: Sarah\u200b\n', '4:8 RV014 a space that YAML takes for a letter'],
    ['voice\u00a0: Sarah\n', '4:1 RV014 a space that YAML takes for a letter'],
    ['stt:\n\u00a0\u00a0language: en\n', '5:1 RV014 a space that YAML takes for a letter'],
    [
      'stt:\n\u00a0\u00a0model: assemblyai/u3-rt-pro\n  language: en\n',
      '5:1 RV014 a space that YAML takes for a letter',
    ],
    ['stt:\n  model: assemblyai/u3-rt-pro\n \u00a0language: en\n', '6:1 RV014 a space that YAML takes for a letter'],
    ['\u00a0voice: Sarah\n', '4:1 RV014 a space that YAML takes for a letter'],
    ['\u200bvoice: Sarah\n', '4:1 RV014 a space that YAML takes for a letter'],
    ['stt:\n  language: en\n\u00a0voice: Sarah\n', '6:1 RV014 a space that YAML takes for a letter'],
    ['tools:\n\u00a0 - control: end_call\n', '5:1 RV014 a space that YAML takes for a letter'],
    [
      'tools:\n  - control: end_call\n    description: End it.\n\u00a0\u00a0- control: set_voice\n    voices: [Sarah]\n',
      '7:1 RV014 a space that YAML takes for a letter',
    ],
    ['greeting: |\n  Hello.\n\u00a0\u00a0Who: is it?\n', '6:1 RV014 a space that YAML takes for a letter'],
    ['greeting: Hello.\n\u00a0\u00a0Who is it?\n', '5:1 RV014 a space that YAML takes for a letter'],
    ['\u00a0# The voice.\nvoice: Sarah\n', '4:1 RV014 a space that YAML takes for a letter'],
    ['\u00a0\nvoice: Sarah\n', '4:1 RV014 a space that YAML takes for a letter'],
    ['stt: { language: en,\u3000model: assemblyai/u3-rt-pro }\n', '4:21 RV014 a space that YAML takes for a letter'],
    ['voice:\u00a0Sarah\n', '4:1 RV002 a space behind the ":" that YAML takes for a letter'],
  ])('in %j are reported, with a suggestion that fixes them', (text, line) => {
    const { diagnostics } = load({ 'agents/desk.yaml': head + text })
    expect(faultLines(head + text)).toEqual([expect.stringContaining(line)])
    expect(
      diagnostics.map((fault) => diagnosticLines(load({ 'agents/desk.yaml': applySuggestion(head + text, fault) }))),
    ).toEqual([[]])
  })

  test.each([
    ['voice: “Sarah”\n', 'voice: "Sarah"\n'],
    ['temperature: “0.7”\n', 'temperature: 0.7\n'],
    ['provider_data: { code: “0.7” }\n', 'provider_data: { code: "0.7" }\n'],
  ])('become straight quotes, or none around a number where one is wanted: %j', (text, right) => {
    const [fault] = load({ 'agents/desk.yaml': head + text }).diagnostics
    if (fault === undefined) throw new Error('no fault is reported')
    expect(applySuggestion(head + text, fault)).toBe(head + right)
  })

  test('around a sentence are only a warning', () => {
    expect(load({ 'agents/desk.yaml': `${head}greeting: “Hi, this is Nora.”\n` })).toMatchObject({
      status: 'loaded',
      diagnostics: [{ rule: 'RV014', level: 'warning', suggest: [{ replace: '"Hi, this is Nora."' }] }],
    })
    const name = load({ 'agents/desk.yaml': head.replace('desk', '“Support desk”') })
    expect(name.diagnostics).toMatchObject([{ rule: 'RV107', suggest: [{ replace: 'Support_desk' }] }])
  })

  test.each(['greeting: „Hallo!“', 'description: «Bonjour»', 'x-note: “mine”', 'provider_data: { a: ‘b’ }'])(
    'around a word that no program reads are only a warning: %j',
    (text) => {
      const { status, diagnostics } = load({ 'agents/desk.yaml': `${head}${text}\n` })
      expect([status, diagnostics.map(({ rule, level }) => `${rule} ${level}`)]).toEqual(['loaded', ['RV014 warning']])
    },
  )

  test.each([
    'greeting: „Hallo“, sagte sie, und ging.\n',
    'greeting: "“Hi”"\n',
    'greeting: Nora’s desk\n',
    'greeting: Bonjour\u00a0!\n',
    'greeting: |\n  “Hi”\n',
    'description: \u00a0A desk of Nora\n',
  ])('are text in %j', (text) => {
    expect(faultLines(head + text)).toEqual([])
  })
})
