import { describe, expect, test } from 'vitest'
import { load } from '../helpers/agent-files.ts'

const HEAD = 'version: 1\nname: desk\ninstructions: Hi.\n'

/** `line:columns rule` of each fault of a desk. */
function reportedFaults(text: string): readonly string[] {
  const { diagnostics } = load({ 'agents/desk.yaml': text })
  return diagnostics.map(({ range: { start, end }, rule }) => `${start.line}:${start.column}-${end.column} ${rule}`)
}

describe('after a syntax error, the rest of the file is checked as if its suggestion were applied', () => {
  test.each([
    ['greeting: Hi: I am Nora # c\ntemperature: 3\n', ['4:11-24 RV002', '5:14-15 RV106']],
    ['greeting:Hi\ntemperature: 3\n', ['4:1-12 RV002', '5:14-15 RV106']],
    ['temperature:3\nvoice: 5\n', ['4:1-14 RV002', '4:13-14 RV106', '5:8-9 RV104']],
    ['temperature = 3\n', ['4:1-16 RV002', '4:15-16 RV106']],
    [
      `voice: {{voice}}\nspede: 1\nconnection: { auth: \${KEY} }\nfoo: 2\n`,
      ['4:8-17 RV002', '5:1-6 RV101', '6:21-27 RV002', '7:1-4 RV101'],
    ],
    ['“greeting”: “Hi: you”\nspede: 1\n', ['4:1-11 RV014', '4:13-22 RV014', '5:1-6 RV101']],
    [
      'tools:\n  - control: end_call\n  -name: a\n    description: A: b\n    run: node\n    timeout: 8\n',
      ['6:3-11 RV002', '7:18-22 RV002', '9:14-15 RV104'],
    ],
    ['description:\n  It answers.\n  All of them: now\ntemperature: 3\n', ['5:3-14 RV002', '7:14-15 RV106']],
    [`greeting: 'I'm Nora'\ntemperature: 3\n`, ['4:13-14 RV002', '5:14-15 RV106']],
    ['greeting: "Say "hi" to all"\ntemperature: 3\n', ['4:16-17 RV002', '5:14-15 RV106']],
    [
      'description:\n  It answers.\n  All of them: now\ngreeting: "Say "hi" to all"\nx-note: a: b\ntemperature: 3\n',
      ['5:3-14 RV002', '7:16-17 RV002', '8:9-13 RV002', '9:14-15 RV106'],
    ],
    // A key that takes the bracket behind it in breaks the line, and is one fault.
    ['stt:{ model: a, language: en }\ntemperature: 3\n', ['4:1-6 RV002', '5:14-15 RV106']],
    ['limits = { max_session: 10m, idle: 5m }\n', ['4:1-11 RV002']],
    ['audio:\n  input { format: pcm, rate: 1 }\n', ['5:3-10 RV002', '5:30-31 RV105']],
    // What its setting says of a value is the better word.
    ['stt: model: a\n', ['4:6-14 RV104']],
    ['temperature: a: b\n', ['4:14-18 RV104']],
    // The last one proposes nothing.
    ['greeting: Hi: you\n\tvoice: Sarah\n', ['4:11-18 RV002', '5:1-2 RV004']],
    // Tabs, as wide as makes sense of them, are one fault.
    ['stt:\n\tmodel: a\n\tlanguage: en\ntemperature: 3\n', ['5:1-2 RV004', '7:14-15 RV106']],
    ['stt:\n    model: a\n\tlanguage: en\ntemperature: 3\n', ['6:1-2 RV004', '7:14-15 RV106']],
    ['stt:\n\tmodel: a\n  language: en\ntemperature: 3\n', ['5:1-2 RV004', '7:14-15 RV106']],
    [
      'tools:\n\t- name: a\n\t\tdescription: A.\n\t\trun: node\n\t-\tname: b\n\t\tdescription: B.\n\t\trun: node\n\t\tretry: 9',
      ['5:1-2 RV004', '11:10-11 RV106'],
    ],
    ['greeting: |\n\tHi,\n\tthere.\ntemperature: 3\n', ['5:1-2 RV004', '7:14-15 RV106']],
    // A tab that indents one line among spaces may be as wide as any, or one too many.
    [
      'tools:\n  - name: a\n    description: A.\n    run: node\n    parameters:\n      type: object\n\trequired: []\ntemperature: 3\n',
      ['10:1-2 RV004'],
    ],
    [
      'stt:\n  model: a\ntts:\n\t  model: b\n  spede: 1\ntemperature: 3\n',
      ['7:1-2 RV004', '8:3-8 RV101', '9:14-15 RV106'],
    ],
    ['tools:\n  -\tname: a\n    description: A.\n    run: node\n    retry: 9\n', ['5:4-5 RV004', '8:12-13 RV106']],
    // Behind a key, a tab is a space.
    ['greeting:\tHi: you\ntemperature: 3\n', ['4:11-18 RV002', '5:14-15 RV106']],
    // Of a conflict, what stands first and is not empty: what stands below may rest on it.
    [
      '<<<<<<< HEAD\ntemperature: 3\n=======\ntemperature: 4\n>>>>>>> a: b\nspede: 1\n<<<<<<< HEAD\n||||||| base\nfoo: 1\n=======\nbar: 2\n>>>>>>> b\nvoice: 5\n',
      ['4:1-8 RV002', '5:14-15 RV106', '9:1-6 RV101', '10:1-8 RV002', '14:1-4 RV101', '16:8-9 RV104'],
    ],
    [
      '<<<<<<< HEAD\r\ntemperature: 3\r\n=======\r\ntemperature: 4\r\n>>>>>>> b\r\nspede: 1\r\n',
      ['4:1-8 RV002', '5:14-15 RV106', '9:1-6 RV101'],
    ],
    ['<<<<<<< HEAD\ntemperature: 3\n=======\ntemperature: 4\n', ['4:1-8 RV002']],
    // A key in a column of its own where it is a setting in one of those beside it alone, with what goes with it.
    [
      ' voice: Sarah\n stt:\n   model: a\n   spede: 1\ntemperature: 3\n',
      ['4:2-7 RV002', '7:4-9 RV101', '8:14-15 RV106'],
    ],
    ['tts:\n  model: a\n speed: 9\ntemperature: 3\n', ['6:2-7 RV002', '6:9-10 RV106', '7:14-15 RV106']],
    ['tts:\n  model: a\n    speed: 9\ntemperature: 3\n', ['6:5-10 RV002', '6:12-13 RV106', '7:14-15 RV106']],
    ['audio:\n    input:\n      rate: 8000\n  zzz: 1\ntemperature: 3\n', ['7:3-6 RV002']],
    [
      'tools:\n  - name: a\n    description: A.\n    run: [node, -x]\n   - name: b\n# next\n     description: B.\n     run: node\n     retry: 9\n   - control: end_cal\ntemperature: 3\n',
      ['8:4-5 RV002', '12:13-14 RV106', '13:15-22 RV105', '14:14-15 RV106'],
    ],
  ])('%j', (text, faults) => {
    expect(reportedFaults(HEAD + text)).toEqual(faults)
  })

  test.each([
    // One line in a wrong column alone: those below it are right.
    ['stt:\n  model: a\n language: en\n  prompt: Hi\ntemperature: 3\n', ['6:2-10 RV002', '8:14-15 RV106']],
    ['stt:\n model: a\n  language: en\n  prompt: Hi\ntemperature: 3\n', ['6:3-11 RV002', '8:14-15 RV106']],
    [
      'tools:\n  - name: a\n    description: A.\n  run: node\n    retry: 9\ntemperature: 3\n',
      ['7:3-6 RV002', '8:12-13 RV106', '9:14-15 RV106'],
    ],
    // The key above is the one in a wrong column.
    ['stt:\nmodel: a\n  language: en\ntemperature: 3\n', ['5:1-6 RV002', '7:14-15 RV106']],
    [
      'tools:\n  - name: a\n    description: A.\nrun: node\n    retry: 9\ntemperature: 3\n',
      ['7:1-4 RV002', '8:12-13 RV106', '9:14-15 RV106'],
    ],
    ['x-a:\n  b: 1\nc: 2\n  d: 3\ntemperature: 3\n', ['6:1-2 RV002']],
    // A "-" too many, one too few, and one that is joined to its key.
    ['stt:\n  - model: a\n  language: en\ntemperature: 3\n', ['5:3-4 RV002', '7:14-15 RV106']],
    [
      'tools:\n  - control: end_call\n    confirm: true\n  control: set_voice\n    voices: [Sarah]\ntemperature: 3\n',
      ['7:3-10 RV002', '9:14-15 RV106'],
    ],
    [
      'tools:\n  - name: a\n    description: A.\n    run: node\n  name: b\n    description: B.\n    run: node\ntemperature: 3\n',
      ['8:3-7 RV002', '11:14-15 RV106'],
    ],
    [
      'tools:\n  -control: end_call\n    confirm: 1\ntemperature: 3\n',
      ['5:3-21 RV002', '6:14-15 RV104', '7:14-15 RV106'],
    ],
    [
      'tools:\n  • name: a\n    description: A.\n    run: node\n    retry: 9\ntemperature: 3\n',
      ['5:3-4 RV002', '8:12-13 RV106', '9:14-15 RV106'],
    ],
    // The first setting of a map beside its key, and the others below it.
    ['tts: model: a\n  speed: 9\ntemperature: 3\n', ['4:6-14 RV002', '5:10-11 RV106', '6:14-15 RV106']],
    ['tts:,\n  model: a\n  speed: 9\ntemperature: 3\n', ['4:1-6 RV002', '6:10-11 RV106', '7:14-15 RV106']],
    ['tts:\n  model: a\n// speed: 1\n  spede: 1\n', ['6:1-3 RV002', '7:3-8 RV101']],
    ['voice: ? who\ntemperature: 3\n', ['4:8-13 RV002', '5:14-15 RV106']],
    // Two keys of the map that both may be meant: nobody knows.
    ['tools:\n  - mcp:\n      command: node\n    env: [A]\n      include: [b]\ntemperature: 3\n', ['8:7-14 RV002']],
  ])('%j', (text, faults) => {
    expect(reportedFaults(HEAD + text)).toEqual(faults)
  })

  test.each([
    [' version: 1\nname: desk\ninstructions: Hi.\ntemperature: 3\n', ['1:2-9 RV002', '4:14-15 RV106']],
    ['- version: 1\nname: desk\ninstructions: Hi.\n', ['1:1-2 RV002']],
  ])('even if the first line is the one out of place: %j', (text, faults) => {
    expect(reportedFaults(text)).toEqual(faults)
  })

  test('and the other lines that a tab indents are counted in the help', () => {
    const { diagnostics } = load({ 'agents/desk.yaml': `${HEAD}stt:\n\tmodel: a\n\tlanguage: en\n` })
    expect(diagnostics).toMatchObject([{ help: 'Indent with spaces, here and in 1 line besides.' }])
  })

  test('for up to eight syntax errors in a file', () => {
    const lines = Array.from({ length: 30 }, (_, index) => `x-${index}: a: b\n`)
    expect(reportedFaults(HEAD + lines.join(''))).toHaveLength(9)
  })

  test('for fewer of them in a long file', () => {
    expect(reportedFaults(HEAD + 'x: a: b\n'.repeat(6_000))).toHaveLength(3)
  })

  test('and all suggestions can be applied at once', () => {
    const text = `${HEAD}greeting:Hi\nvoice = Sarah\ndescription: A: b\n`
    const { diagnostics } = load({ 'agents/desk.yaml': text })
    const fixed = diagnostics.toReversed().reduce((before, { range: { start, end }, suggest = [] }) => {
      return before.slice(0, start.offset) + suggest[0]?.replace + before.slice(end.offset)
    }, text)
    expect(reportedFaults(fixed)).toEqual([])
  })
})
