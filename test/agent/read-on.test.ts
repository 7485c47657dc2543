import { describe, expect, test } from 'vitest'
import { load } from '../helpers/agent-files.ts'

const HEAD = 'version: 1\nname: desk\ninstructions: Hi.\n'

/** `line:columns rule` of each fault of a desk. */
function told(text: string): readonly string[] {
  const { diagnostics } = load({ 'agents/desk.yaml': text })
  return diagnostics.map(({ range: { start, end }, rule }) => `${start.line}:${start.column}-${end.column} ${rule}`)
}

describe('what is proposed where a text breaks is taken as written, and the rest is judged in the same run', () => {
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
  ])('%j', (text, faults) => {
    expect(told(HEAD + text)).toEqual(faults)
  })

  test('as often as is worth it: more are told once those are mended', () => {
    const lines = Array.from({ length: 30 }, (_, index) => `x-${index}: a: b\n`)
    expect(told(HEAD + lines.join(''))).toHaveLength(9)
  })

  test('all that is proposed may be written at once', () => {
    const text = `${HEAD}greeting:Hi\nvoice = Sarah\ndescription: A: b\n`
    const { diagnostics } = load({ 'agents/desk.yaml': text })
    const mended = diagnostics.toReversed().reduce((before, { range: { start, end }, suggest = [] }) => {
      return before.slice(0, start.offset) + suggest[0]?.replace + before.slice(end.offset)
    }, text)
    expect(told(mended)).toEqual([])
  })
})
