import { describe, expect, test } from 'vitest'
import { diagnosticLines, type Loaded, load } from '../helpers/agent-files.ts'
import { load as loadAlone } from './loading.ts'

const desk = 'version: 1\nname: desk\nextends: ../_base.yaml\n'
const base = 'voice: Sarah\ninstructions: You are at the desk.\ntts:\n  model: inworld-tts-2\n  speed: 1.2\n'
const tool = (name: string) => `- name: ${name}\n  description: Does it.\n  run: node\n`

function agentOf(loaded: Loaded) {
  if (loaded.status !== 'loaded') throw new Error(diagnosticLines(loaded).join('\n'))
  return loaded.agent
}

test('maps are merged with those of the parent, and lists and scalars replace them', () => {
  const more = 'output_modalities: [audio, text]\nprovider_data: { tts: { a: 1 }, memory: true }\n'
  const own = 'voice: Dennis\ntts: { speed: 0.9 }\noutput_modalities: [text]\nprovider_data: { tts: { b: 2 } }\n'
  expect(agentOf(load({ 'agents/desk.yaml': desk + own, '_base.yaml': base + more }))).toMatchObject({
    voice: 'Dennis',
    instructions: 'You are at the desk.',
    tts: { model: 'inworld-tts-2', speed: 0.9 },
    output_modalities: ['text'],
    provider_data: { tts: { a: 1, b: 2 }, memory: true },
  })
})

test('a map replaces a list, and a list a map', () => {
  const more = 'tts: [a]\noutput_modalities: { a: 1 }\n'
  const own = 'tts: { speed: 1 }\noutput_modalities: [text]\n'
  const agent = agentOf(load({ 'agents/desk.yaml': desk + own, '_base.yaml': `instructions: Hi.\n${more}` }))
  expect(agent).toMatchObject({ tts: { speed: 1 }, output_modalities: ['text'] })
})

test('a map inside may have the names of the prompt for keys of its own', () => {
  const own = 'provider_data: { instructions: a }\nx-none:\n'
  const loaded = load({
    'agents/desk.yaml': desk + own,
    '_base.yaml': `${base}provider_data: { instructions_file: b }\n`,
  })
  expect(agentOf(loaded).provider_data).toEqual({ instructions: 'a', instructions_file: 'b' })
})

test('each value has its place in the file it was written in', () => {
  const { places } = agentOf(load({ 'agents/desk.yaml': `${desk}tts: { speed: 0.9 }\nx-none:\n`, '_base.yaml': base }))
  const at = (field: string) => `${places.get(field)?.file}:${places.get(field)?.start.line}`
  expect([at('name'), at('voice'), at('tts.model'), at('tts.speed')]).toEqual([
    'agents/desk.yaml:2',
    '_base.yaml:1',
    '_base.yaml:4',
    'agents/desk.yaml:4',
  ])
})

test('a prompt of a child replaces that of the parent, whichever of the two keys each uses', () => {
  const files = { '_base.yaml': base, 'agents/desk.md': 'From the file.' }
  const beside = load({ ...files, 'agents/desk.yaml': `${desk}instructions_file: desk.md\n` })
  expect(agentOf(beside).instructions).toBe('From the file.')
  const inline = load({
    ...files,
    '_base.yaml': 'instructions_file: agents/desk.md\n',
    'agents/desk.yaml': `${desk}instructions: Mine.\n`,
  })
  expect(agentOf(inline).instructions).toBe('Mine.')
})

test('paths are relative to the file that names them', () => {
  const shared = `instructions_file: prompt.md\ntools:\n${tool('look').replace('node', './look.mjs')}`
  const files = { 'shared/_base.yaml': shared, 'shared/prompt.md': 'Hello.', 'shared/look.mjs': '#!/bin/node\n' }
  const loaded = load({ ...files, 'agents/desk.yaml': desk.replace('../_base', '../shared/_base') })
  expect(agentOf(loaded)).toMatchObject({
    instructions: 'Hello.',
    tools: [{ run: ['/shop/shared/look.mjs'], cwd: '/shop/agents' }],
  })
})

test('a fault is reported in the file that contains it', () => {
  const files = { 'agents/desk.yaml': `${desk}tts: { speed: 9 }\n`, '_base.yaml': `${base}  sped: 1\nvoise: Clive\n` }
  expect(diagnosticLines(load(files))).toEqual([
    '_base.yaml:6:3 RV101 unknown key "sped" in tts',
    '_base.yaml:7:1 RV101 unknown key "voise"',
    'agents/desk.yaml:4:15 RV106 tts.speed is 9; at least 0.25 and at most 1.5 is wanted',
  ])
})

const choice = 'tool_choice: { type: function, name: look }\n'

test('a parent that cannot be used is one fault, and what it may have set is not reported missing', () => {
  expect(diagnosticLines(load({ 'agents/desk.yaml': `extends: ../_base.yaml\n${choice}` }))).toEqual([
    'agents/desk.yaml:1:10 RV201 extends: ../_base.yaml is missing',
  ])
  expect(diagnosticLines(load({ 'agents/desk.yaml': desk, '_base.yaml': 'voice: [' }))).toEqual([
    expect.stringMatching(/^_base\.yaml:1:\d+ RV002/),
  ])
  expect(diagnosticLines(load({ 'agents/desk.yaml': desk, '_base.yaml': '- voice' }))).toEqual([
    '_base.yaml:1:1 RV104 _base.yaml is no map of settings',
  ])
})

describe('a file that cannot be used is one fault, which says what stands there and what to do:', () => {
  const outside = 'Keep every file of an agent inside its project.'
  const readable = 'Correct the path, or give the runner the right to read it.'
  const create = 'or correct the path; it is relative to the file that names it.'
  const listHelp = 'Write each tool as "- name: …".'
  test.each([
    ['extends: shop', 'RV201 extends: shop is a folder → Name a file in it.'],
    ['extends: pipe', 'RV201 extends: pipe is no regular file → Name a file that holds text.'],
    ['extends: locked.yaml', `RV201 extends: locked.yaml cannot be read: permission denied → ${readable}`],
    [
      'extends: /project/none.yaml',
      `RV201 extends: /project/none.yaml is missing → Create /project/none.yaml, ${create}`,
    ],
    ['extends: more/none.yaml', `RV201 extends: more/none.yaml is missing → Create more/none.yaml, ${create}`],
    ['extends: ../none.yaml', `RV202 extends: ../none.yaml lies outside /project → ${outside}`],
    [
      `extends: \${env:BASE}.yaml`,
      `RV206 extends: \${env:BASE}.yaml names an environment variable, which is not read here → Write the path itself.`,
    ],
    ['extends: _none.yaml', 'RV104 _none.yaml is empty → Write settings such as voice: Sarah.'],
    ['tools: [{ include: _none.yaml }]', `RV104 _none.yaml is empty → ${listHelp}`],
    ['tools: [{ include: _none.yaml }, { include: _none.yaml }]', `RV104 _none.yaml is empty → ${listHelp}`],
    [
      'tools: [{ include: _map.yaml }]',
      'RV104 _map.yaml is no list of tools → Remove the line tools: from it, and what is no tool.',
    ],
    ['tools: [{ include: _settings.yaml }]', `RV104 _settings.yaml is no list of tools → ${listHelp}`],
    ['tools: [{ include: _text.yaml }]', `RV104 _text.yaml is no list of tools → ${listHelp}`],
    [
      'tools: [{ include: _many.yaml }]',
      'RV107 _many.yaml has 1025 entries; at most 1024 are wanted → Keep the tools that one agent needs.',
    ],
    ['tools: [{ include: _broken.yaml }]', 'RV002 a bracket that is not closed → Close it with ].'],
    [
      'tools: [{ include: _one.yaml }, { include: ./_one.yaml }, { include: _one.yaml }]',
      'RV204 include: ./_one.yaml is there twice → Remove one of the two.',
    ],
    [
      'tools: [{ include: _one.yaml }, { include: /project/_one.yaml }]',
      'RV204 include: /project/_one.yaml is there twice → Remove one of the two.',
    ],
  ])('%s', (text, line) => {
    const one = '- { name: a, description: A., run: ./tools/fine.sh }\n'
    const beside = {
      '_none.yaml': '# nothing yet\n',
      '_map.yaml': 'tools: []\n',
      '_settings.yaml': 'voice: Sarah\n',
      '_text.yaml': 'tools\n',
      '_many.yaml': one.repeat(1_025),
      '_broken.yaml': '- [',
      '_one.yaml': one,
    }
    const { diagnostics } = loadAlone(`version: 1\nname: desk\ninstructions: Hi.\n${text}\n`, 'validate', beside)
    expect(diagnostics.map(({ rule, message, help }) => `${rule} ${message} → ${help}`)).toEqual([line])
  })

  test.each(['extends: ""', 'extends: 5', 'tools: [{ include: "" }]'])('a path that is none: %s', (text) => {
    const { diagnostics } = loadAlone(`version: 1\nname: desk\ninstructions: Hi.\n${text}\n${choice}`)
    expect(diagnostics.map(({ rule }) => rule)).toEqual([expect.stringMatching(/^RV10[47]$/)])
  })

  test('a fault of the whole file stands at its beginning, and marks nothing', () => {
    const [fault] = load({ 'agents/desk.yaml': desk, '_base.yaml': '- voice\n- model\n' }).diagnostics
    expect(fault?.range).toMatchObject({ start: { offset: 0 }, end: { offset: 0 } })
  })

  test('an empty list may be included twice, as nothing is there twice', () => {
    const text = 'version: 1\nname: desk\ninstructions: Hi.\ntools: [{ include: _a.yaml }, { include: _a.yaml }]\n'
    expect(loadAlone(text, 'validate', { '_a.yaml': '[]\n' }).diagnostics).toEqual([])
  })
})

test.each(['extend', 'Extends', 'inherits'])('%s: in place of extends is one fault', (key) => {
  const own = `${key}: ../_base.yaml\ntool_choice: { type: function, name: look }\n`
  expect(diagnosticLines(load({ 'agents/desk.yaml': own, '_base.yaml': base }))).toEqual([
    expect.stringMatching(/^agents\/desk\.yaml:1:1 RV10[19] /),
  ])
})

test('a cycle of files is reported where it closes', () => {
  const files = { 'agents/desk.yaml': desk, '_base.yaml': `${base}extends: ./agents/../agents/desk.yaml\n` }
  expect(diagnosticLines(load(files))).toEqual([
    '_base.yaml:6:10 RV203 extends: ./agents/../agents/desk.yaml leads in a circle: agents/desk.yaml → _base.yaml → agents/desk.yaml',
  ])
})

test('a symbolic link does not hide a cycle', () => {
  const files = { 'agents/desk.yaml': desk, '_base.yaml': 'extends: _other.yaml\n', '_other.yaml': base }
  const loaded = load(files, { links: { '_other.yaml': '/shop/_base.yaml' } })
  expect(diagnosticLines(loaded)).toEqual([expect.stringContaining('_base.yaml:1:10 RV203')])
})

test('an agent may have five levels of parents, and not six', () => {
  const chain = (count: number) => ({
    'agents/desk.yaml': desk.replace('_base', '_1'),
    ...Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `_${index + 1}.yaml`,
        index + 1 === count ? base : `extends: _${index + 2}.yaml\n`,
      ]),
    ),
  })
  expect(agentOf(load(chain(5))).voice).toBe('Sarah')
  expect(diagnosticLines(load(chain(6)))).toEqual(['_5.yaml:1:10 RV203 extends: _6.yaml is more than 5 files away'])
})

test('a link to a file outside the root is refused', () => {
  const outside = load({ 'agents/desk.yaml': desk, '_base.yaml': base }, { links: { '_base.yaml': '/etc/base.yaml' } })
  expect(diagnosticLines(outside)).toEqual(['agents/desk.yaml:3:10 RV202 extends: ../_base.yaml lies outside /shop'])
})

test('an include is replaced by the tools of the list it names', () => {
  const tools = `instructions: Hi.\ntools:\n${tool('first')}- include: ../_common.yaml\n${tool('last')}`
  const common = `${tool('look')}- include: more/_more.yaml\n`
  const files = { '_common.yaml': common, 'more/_more.yaml': tool('book').replace('node', './book.mjs') }
  const own = `version: 1\nname: desk\n${tools}`
  const agent = agentOf(load({ ...files, 'more/book.mjs': '#!/bin/node\n', 'agents/desk.yaml': own }))
  expect(agent.tools.map(({ name }) => name)).toEqual(['first', 'look', 'book', 'last'])
  expect(agent.tools[2]).toMatchObject({ run: ['/shop/more/book.mjs'] })
  expect(agent.places.get('tools[3].name')).toMatchObject({ file: 'agents/desk.yaml', start: { line: 9 } })
  expect(agent.places.get('tools[2].name')).toMatchObject({ file: 'more/_more.yaml', start: { line: 1 } })
})

test('a fault names a tool by its number in its own file, where an include counts as one, or by its place in another', () => {
  const own = `${desk}tools:\n- include: ../_common.yaml\n${tool('ask')}  timeout: tools[9]\n${tool('book')}- { run: node }\n`
  const common = `${tool('look')}${tool('book')}  timeout: 9\n${tool('look')}`
  const loaded = load({ 'agents/desk.yaml': own, '_base.yaml': base, '_common.yaml': common })
  expect(diagnosticLines(loaded)).toEqual([
    expect.stringContaining('_common.yaml:7:12 RV104 tools[1].timeout is 9'),
    '_common.yaml:8:9 RV204 tools[0] is called "look" as well',
    expect.stringContaining('RV107 tools[1].timeout is "tools[9]"'),
    expect.stringContaining('RV204 the tool at _common.yaml:4 is called "book" as well'),
    expect.stringContaining('RV102 name and description are missing in tools[3]'),
  ])
  expect(loaded.diagnostics[1]?.pointer).toBe('/2/name')
})

test('includes in a cycle, of a file that is no list, or too many of them are faults', () => {
  const own = 'version: 1\nname: desk\ninstructions: Hi.\ntools:\n- include: ../_one.yaml\n'
  const circle = { '_one.yaml': '- include: _two.yaml\n', '_two.yaml': '- include: _one.yaml\n' }
  expect(diagnosticLines(load({ 'agents/desk.yaml': own, ...circle }))).toEqual([
    '_two.yaml:1:12 RV203 include: _one.yaml leads in a circle: agents/desk.yaml → _one.yaml → _two.yaml → _one.yaml',
  ])
  expect(diagnosticLines(load({ 'agents/desk.yaml': own, '_one.yaml': 'tools: []\n' }))).toEqual([
    '_one.yaml:1:1 RV104 _one.yaml is no list of tools',
  ])
  const many = Array.from({ length: 65 }, () => '- include: _two.yaml\n').join('')
  expect(diagnosticLines(load({ 'agents/desk.yaml': own, '_one.yaml': many, '_two.yaml': '[]\n' }))).toEqual([
    '_one.yaml:64:12 RV203 more than 64 includes',
  ])
})

test('an include entry may have no other key', () => {
  const own = 'version: 1\nname: desk\ninstructions: Hi.\ntools:\n- include: ../_one.yaml\n  name: look\n'
  expect(diagnosticLines(load({ 'agents/desk.yaml': own }))).toEqual([
    'agents/desk.yaml:6:3 RV101 unknown key "name" in tools[0]',
  ])
})

test('keys named like properties of JavaScript objects are unknown keys like any other', () => {
  const files = { 'agents/desk.yaml': `${desk}__proto__: { voice: 1 }\n`, '_base.yaml': `${base}constructor: 1\n` }
  expect(diagnosticLines(load(files))).toEqual([
    '_base.yaml:6:1 RV101 unknown key "constructor"',
    'agents/desk.yaml:4:1 RV101 unknown key "__proto__"',
  ])
})

test('a fault behind a YAML alias is reported once, where its text is, in any file', () => {
  const shared = 'x-ears: &ears { langauge: en }\nstt: *ears\ntts: { speed: &fast 9 }\n'
  const listed = '- &one { name: one, description: A., run: node, timeot: 8s }\n- *one\n'
  const own = `${desk}instructions: Hi.\nx-more: &more { rate: 1 }\naudio: { input: *more, output: *more }\n`
  expect(diagnosticLines(load({ 'agents/desk.yaml': own, '_base.yaml': shared }))).toEqual([
    '_base.yaml:1:17 RV101 unknown key "langauge" in stt',
    '_base.yaml:3:21 RV106 tts.speed is 9; at least 0.25 and at most 1.5 is wanted',
    expect.stringMatching(/^agents\/desk\.yaml:5:23 RV105 audio\.input\.rate is 1; /),
  ])
  const tools = 'version: 1\nname: desk\ninstructions: Hi.\ntools:\n  - include: ./_tools.yaml\n'
  expect(diagnosticLines(load({ 'agents/desk.yaml': tools, 'agents/_tools.yaml': listed }))).toEqual([
    expect.stringMatching(/^agents\/_tools\.yaml:1:16 RV204 /),
    expect.stringMatching(/^agents\/_tools\.yaml:1:49 RV101 unknown key "timeot"/),
  ])
})

test.each([
  'instructions_file: ../../prompt.md',
  'instructions: Hi.\nextends: ../../_base.yaml',
  'instructions: Hi.\ntools: [{ include: ../../_tools.yaml }]',
  'instructions: Hi.\ntools: [{ name: a, description: A., run: ../../a.sh }]',
])('a path that leaves the project is refused, even if no file exists there: %j', (text) => {
  expect(diagnosticLines(load({ 'agents/desk.yaml': `version: 1\nname: desk\n${text}\n` }))).toEqual([
    expect.stringMatching(/^agents\/desk\.yaml:\d:\d+ RV202 .* lies outside \/shop$/),
  ])
})

test('tool_choice of a tool that only the parent has names the list that was replaced', () => {
  const own = `${desk}tools:\n${tool('ship')}tool_choice: { type: function, name: look }\n`
  const { diagnostics } = load({ 'agents/desk.yaml': own, '_base.yaml': `${base}tools:\n${tool('look')}` })
  expect(diagnostics.map(({ rule, help }) => `${rule} ${help}`)).toEqual([
    'RV205 _base.yaml has it, and the list of tools here takes the place of that one.',
  ])
})

describe('an entry with a few settings of a tool says where the whole tool is', () => {
  const part = (name: string) => `  - name: ${name}\n    timeout: 10s\n`
  const whole = (...names: readonly string[]) => `${base}tools:\n${names.map((name) => tool(name)).join('')}`
  const first = 'agents/desk.yaml:5:11 RV102 '
  const replaced = 'and this list takes the place of the whole list in _base.yaml'

  test.each([
    [
      'in the list of its parent',
      part('look'),
      whole('look', 'ship'),
      [`${first}"look" stands here in part, ${replaced}`],
    ],
    [
      'in the list of its parent, together with another entry',
      part('look') + part('ship'),
      whole('look', 'ship'),
      [`${first}"look" and "ship" stand here in part, ${replaced}`],
    ],
    [
      'in a list that its parent includes',
      part('look'),
      `${base}tools: [{ include: _tools.yaml }]\n`,
      [`${first}"look" stands here in part, ${replaced}`],
    ],
    [
      'in a list that its own file includes',
      `${part('look')}  - include: ../_tools.yaml\n`,
      base,
      [`${first}"look" stands here in part, and whole at _tools.yaml:1: two entries are not joined`],
    ],
    [
      'unless it is complete, and only a setting inside it is missing',
      `${tool('look').replaceAll(/^/gm, '  ').trimEnd()}\n    say_after: { delay: 2s }\n`,
      whole('look'),
      ['agents/desk.yaml:8:5 RV102 text is missing in tools[0].say_after'],
    ],
    [
      'unless no list has that tool',
      part('find'),
      whole('look'),
      ['agents/desk.yaml:5:5 RV102 description and run are missing in tools[0]'],
    ],
  ])('%s', (_, own, parent, lines) => {
    const files = { '_base.yaml': parent, '_tools.yaml': tool('look') }
    expect(diagnosticLines(load({ ...files, 'agents/desk.yaml': `${desk}tools:\n${own}` }))).toEqual(lines)
  })
})
