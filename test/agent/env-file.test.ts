import { parseEnv } from 'node:util'
import { expect, test } from 'vitest'
import { envFileFaults, parseEnvFile } from '../../src/agent/env-file.ts'
import { load } from '../helpers/agent-files.ts'
import fc from '../helpers/seeded-fast-check.ts'

test.each([
  ['A=1', { A: '1' }],
  ['  export A = 1 # a comment', { A: '1' }],
  ['# a comment\n\nA=\nB= \nexport C=\nD=4', { A: '', B: '', C: '', D: '4' }],
  [`A="x # y"\r\nB='it is "so"'\r\nC=\`z\` # a comment`, { A: 'x # y', B: 'it is "so"', C: 'z' }],
  ['A="two\r\nlines"\nB="two\\nlines"\nC=\'one\\n\'', { A: 'two\nlines', B: 'two\nlines', C: 'one\\n' }],
  ['A=1\nA=2', { A: '2' }],
  ['A=b=c"d"', { A: 'b=c"d"' }],
])('%j is read', (text, variables) => {
  expect(parseEnvFile(text)).toEqual({ variables, faults: [] })
})

test.each([
  ['TOKEN hunter2', 'this line has no ='],
  ['TOKEN: hunter2', 'this line has no ='],
  ['export TOKEN', 'this line has no ='],
  ['=hunter2', 'what stands before = on this line is no name of a variable'],
  ['MY-TOKEN=hunter2', 'what stands before = on this line is no name of a variable'],
  ['1TOKEN=hunter2', 'what stands before = on this line is no name of a variable'],
  ['set TOKEN="hunter2\nhunter3"', 'what stands before = on this line is no name of a variable'],
  ['TOKEN="hunter2', 'the value on this line begins with ", which nothing closes'],
  ["TOKEN= 'hunter2", "the value on this line begins with ', which nothing closes"],
  [
    'TOKEN="hunter\\"2"',
    'the value that begins with " on this line ends at the next one, and what follows is passed over',
  ],
  ['TOKEN=hunter#2', 'the value on this line ends at #, where a comment begins'],
  ['TOKEN=#hunter2', 'the value on this line ends at #, where a comment begins'],
])('%j is a fault of its line, which tells no value', (text, message) => {
  const { variables, faults } = parseEnvFile(`A=1\n\n${text}\nB=2`)
  expect(variables).toMatchObject({ A: '1', B: '2' })
  expect(faults).toEqual([{ line: 3, offset: 5, message, help: expect.not.stringContaining('hunter') }])
})

test('a variable that the runner sets itself is told to be lost, by its name alone', () => {
  const { faults } = parseEnvFile('export PATH=/hunter2\nRUNNER_MODE=hunter2\nrunner_mode=1\nMY_PATH=1\n')
  expect(faults).toEqual([
    { line: 1, offset: 0, message: expect.stringContaining('PATH'), help: expect.not.stringContaining('hunter') },
    { line: 2, offset: 21, message: expect.stringContaining('RUNNER_'), help: expect.not.stringContaining('hunter') },
  ])
})

test('the token of the page may stand in a file that tools and runner share: no tool is meant to have it', () => {
  expect(parseEnvFile('RUNNER_TOKEN=abcdefghijklmnop\nSHOP_DB=1').faults).toEqual([])
})

test('a quote that is closed only by that of a later line is told how to be closed, as well as how to be part of the value', () => {
  expect(parseEnvFile('A="1\nB="2"').faults).toMatchObject([{ line: 1, help: expect.stringMatching(/^Close it/) }])
})

test('a fault below a value of several lines has its own line', () => {
  expect(parseEnvFile('A="1\r\n2"\r\nwrong\r\nwrong').faults).toMatchObject([
    { line: 3, offset: 10 },
    { line: 4, offset: 17 },
  ])
})

test('what has no fault is read as Node.js reads it', () => {
  const piece = fc.constantFrom('A', 'B_1', '=', '"', "'", '`', '#', ' ', '\n', '\r\n', '\\n', 'x', '-')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 16 }), (pieces) => {
      // Node.js takes the next line for a value of blanks alone.
      const text = pieces.join('').replace(/= +(?=\r?\n|$)/g, '=')
      const { variables, faults } = parseEnvFile(text)
      if (faults.length === 0) expect(variables).toEqual({ ...parseEnv(text) })
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  [new Uint8Array(65_537), 'the file has more than 65536 bytes'],
  [Buffer.from('TOKEN=hunter2', 'utf16le'), 'the file holds a NUL character'],
])('a file with which no tool starts has an error', (bytes, message) => {
  expect(envFileFaults(bytes)).toMatchObject([{ line: 1, level: 'error', message }])
})

test('each wrong line is a warning where it stands, once for all tools that name the file', () => {
  const tool = (name: string) => `{ name: ${name}, description: Looks., run: node, env_file: ../shop.env }`
  const agent = `version: 1\nname: desk\ninstructions: Hi.\ntools: [${tool('look')}, ${tool('find')}]\n`
  const files = { 'agents/desk.yaml': agent, 'shop.env': '\uFEFFA=1\nTOKEN hunter2\nB-C=hunter2' }
  for (const purpose of ['validate', 'start'] as const) {
    const { status, diagnostics, sources } = load(files, { purpose })
    expect(status).toBe('loaded')
    expect(diagnostics).toMatchObject([
      { rule: 'RV208', level: 'warning', file: 'shop.env', range: { start: { line: 2, column: 1, offset: 4 } } },
      { rule: 'RV208', level: 'warning', file: 'shop.env', range: { start: { line: 3 } } },
    ])
    expect(JSON.stringify([diagnostics, ...sources])).not.toContain('hunter2')
  }
})

test('a warning of a line is ignored where the file is named', () => {
  const tool =
    '{ name: look, description: Looks., run: node, env_file: ./shop.env } # runner-ignore RV208: an old format'
  const agent = `version: 1\nname: desk\ninstructions: Hi.\ntools:\n  - ${tool}\n`
  expect(load({ 'agents/desk.yaml': agent, 'agents/shop.env': 'A' }).diagnostics).toEqual([])
})
