import { describe, expect, test } from 'vitest'
import { type Loaded, load } from '../helpers/agent-files.ts'

const smallest = 'version: 1\nname: desk\ninstructions: Be brief.\n'
const key = 'x-example: sk-0123456789abcdefABCDEF\n'
const tool = (name: string) => `  - { name: ${name}, description: Looks., run: ./look.sh }\n`

function levels({ diagnostics }: Loaded): readonly string[] {
  return diagnostics.map(({ file, range, level, rule }) => `${file}:${range.start.line} ${level} ${rule}`)
}

function inProject(rules: string, agent: string): Loaded {
  return load({ '.runner.yaml': rules, 'agents/desk.yaml': agent })
}

describe('a project may give a rule another level:', () => {
  test.each([
    ['warning', ['agents/desk.yaml:4 warning RV401']],
    ['note', ['agents/desk.yaml:4 note RV401']],
    ['off', []],
  ])('%s', (level, expected) => {
    const loaded = inProject(`rules: { RV401: ${level} }\n`, smallest + key)
    expect(levels(loaded)).toEqual(expected)
    expect(loaded.status).toBe('loaded')
  })

  test('a warning may be raised to an error', () => {
    const loaded = inProject('rules: { RV012: error }\n', `${smallest}# runner-ignore RV401: none\nvoice: Sarah\n`)
    expect([levels(loaded), loaded.status]).toEqual([['agents/desk.yaml:4 error RV012'], 'rejected'])
  })

  test('also in a file that cannot be read', () => {
    const loaded = inProject('rules: { RV401: off }\n', `${smallest}${key}voice: [\n`)
    expect(levels(loaded)).toEqual(['agents/desk.yaml:5 error RV002'])
  })

  test('an error without which no agent can be built stays one, and the project file has a fault', () => {
    const loaded = inProject('rules:\n  RV101: off\n', `${smallest}vioce: Sarah\n`)
    expect(levels(loaded)).toEqual(['.runner.yaml:2 error RV013', 'agents/desk.yaml:4 error RV101'])
  })

  test.each([
    ['rules: { RV604x: off }', 'RV013'],
    ['rules: { RV401: loud }', 'RV105'],
    ['rules: [RV401]', 'RV104'],
    ['rulse: {}', 'RV101'],
    ['- rules', 'RV104'],
    ['rules: }', 'RV002'],
    ['rules: { RV401: off, RV401: note }', 'RV003'],
  ])('a fault in %s is reported in the project file', (text, rule) => {
    expect(levels(inProject(`${text}\n`, smallest))).toEqual([`.runner.yaml:1 error ${rule}`])
  })

  test('a missing level is reported as empty', () => {
    const { diagnostics } = inProject('rules: { RV401: }\n', smallest)
    expect(diagnostics.map(({ message }) => message)).toEqual(['rules.RV401 is empty'])
  })

  test.each(['', '# nothing yet\n', 'rules:\n', 'x-owner: me\n'])('%j changes no level', (text) => {
    expect(levels(inProject(text, smallest))).toEqual([])
  })
})

describe('a runner-ignore comment', () => {
  const ignore = '# runner-ignore RV401: an example, nobody has it'

  test.each([
    ['on the line above', `${ignore}\n${key}`],
    ['above an empty line and another comment', `${ignore}\n\n# as in the manual\n${key}`],
    ['behind the setting', `${key.trimEnd()} ${ignore}\n`],
    ['among several rules', `# runner-ignore RV401, RV401: an example\n${key}`],
    ['behind a setting in a map', `provider_data:\n  keys: { a: sk-0123456789abcdefABCDEF } ${ignore}\n`],
  ])('with a reason suppresses the fault: %s', (_, text) => {
    expect(levels(load({ 'agents/desk.yaml': smallest + text }))).toEqual([])
  })

  test('applies in a file that cannot be read, and no text of that file is taken for one', () => {
    const prompt = 'version: 1\nname: desk\ninstructions: |\n  Hi.\n  # runner-ignore\n'
    expect(levels(load({ 'agents/desk.yaml': `${prompt}${key.trimEnd()} ${ignore}\nvoice: [\n` }))).toEqual([
      'agents/desk.yaml:7 error RV002',
    ])
  })

  test('above the key of a prompt suppresses a fault in the lines of that prompt', () => {
    const text =
      'version: 1\nname: desk\n# runner-ignore RV603: built later\ninstructions: |\n  Be brief.\n  Call `find_it`.\n'
    expect(levels(load({ 'agents/desk.yaml': text }))).toEqual([])
  })

  test('suppresses nothing on later lines', () => {
    const loaded = load({ 'agents/desk.yaml': `${smallest}${ignore}\n${key}${key.replace('x-', 'x-more-')}` })
    expect(levels(loaded)).toEqual(['agents/desk.yaml:6 error RV401'])
  })

  test('does not suppress what cannot be ignored, and is reported itself', () => {
    const loaded = load({ 'agents/desk.yaml': `${smallest}vioce: Sarah # runner-ignore RV101: I know\n` })
    expect(levels(loaded)).toEqual(['agents/desk.yaml:4 error RV101', 'agents/desk.yaml:4 warning RV012'])
  })

  test.each([
    ['# runner-ignore\n', 'warning RV012'],
    ['# runner-ignore all: I know\n', 'warning RV012'],
    ['# runner-ignore RV401: not here\n', 'warning RV012'],
    [`# runner-ignore RV401:\n${key}`, 'note RV011'],
  ])('is reported where it names no rule, gives no reason or has nothing to ignore: %j', (text, expected) => {
    expect(levels(load({ 'agents/desk.yaml': smallest + text }))).toEqual([`agents/desk.yaml:4 ${expected}`])
  })

  test('that names more than 32 rules is reported, and a second comment may name the others', () => {
    const many = (count: number) => Array.from({ length: count }, () => 'RV401').join(', ')
    const diagnosticsWith = (comments: string) => load({ 'agents/desk.yaml': smallest + comments + key }).diagnostics
    expect(diagnosticsWith(`# runner-ignore ${many(32)}: an example\n`)).toEqual([])
    expect(diagnosticsWith(`# runner-ignore ${many(33)}: an example\n`)).toMatchObject([
      { rule: 'RV012', message: 'this comment names 33 rules, and only the first 32 are read' },
    ])
    expect(diagnosticsWith(`# runner-ignore ${many(32)}: an example\n# runner-ignore RV307: ours\n`)).toMatchObject([
      { rule: 'RV012', message: 'there is no RV307 to ignore here' },
    ])
  })

  test('is not reported as unused while the file has an error', () => {
    const text = `${smallest}voice: Sarah # runner-ignore RV307: ours\nvioce: x\n`
    expect(levels(load({ 'agents/desk.yaml': text }))).toEqual(['agents/desk.yaml:5 error RV101'])
  })

  test('is not reported as unused where another machine, or another agent, may have the fault', () => {
    const own = `${smallest}extends: ./_base.yaml # runner-ignore RV207: set on the server\n`
    const base = 'voice: Sarah # runner-ignore RV307: the voice of most\n'
    expect(levels(load({ 'agents/desk.yaml': own, 'agents/_base.yaml': base }))).toEqual([])
  })

  test('is text inside a prompt', () => {
    const text =
      'version: 1\nname: desk\ninstructions: |\n  Hi.\n  # runner-ignore RV401\n  Bye.\ngreeting: "Say # runner-ignore"\n'
    expect(levels(load({ 'agents/desk.yaml': text }))).toEqual([])
  })

  test('in an included list applies to an agent that includes the list', () => {
    const listed = `- { name: look, description: Looks., run: ./gone.sh } # runner-ignore RV501: built later\n`
    const files = { 'agents/_tools.yaml': listed, 'agents/look.sh': '#!/bin/sh\n', 'bin/sh': '' }
    const agent = `${smallest}tools:\n  - include: ./_tools.yaml\n${tool('see')}`
    expect(levels(load({ ...files, 'agents/desk.yaml': agent }))).toEqual([])
  })
})
