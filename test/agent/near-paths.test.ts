import { expect, test } from 'vitest'
import { load } from '../helpers/agent-files.ts'

const FILES = {
  'agents/_base.yaml': 'voice: Sarah\n',
  'agents/desk.md': 'Be brief.',
  'agents/shop.env': 'A=1\n',
  'prompts/Support.md': 'Be brief.',
  'tools/look_up.sh': '#!/bin/sh\n',
  'tools/_common.yml': '- { name: a, description: A., run: node }\n',
}

/** The suggestions for the paths that a file names. */
function suggestionsFor(settings: string): readonly (string | undefined)[] {
  const prompt = settings.includes('instructions_file') ? '' : 'instructions: Hi.\n'
  const { diagnostics } = load({ ...FILES, 'agents/desk.yaml': `version: 1\nname: desk\n${prompt}${settings}\n` })
  return diagnostics.map(({ help, suggest }) => {
    const [near] = suggest ?? []
    if (near !== undefined) expect(help).toContain(`Did you mean ${near.replace}? `)
    return near?.replace
  })
}

const tool = (settings: string) => `tools: [{ name: a, description: A., ${settings} }]`

test.each([
  ['extends: ./_base.yml', './_base.yaml'],
  ['extends: _Base.yaml', '_base.yaml'],
  ['extends: ./base.yaml', './_base.yaml'],
  ['extends: agents/_base.yaml', './_base.yaml'],
  ['extends: ../agnets/_base.yaml', '../agents/_base.yaml'],
  ['tools: [{ include: ../tools/common.yaml }]', '../tools/_common.yml'],
  ['tools: [{ include: ./tools/_common.yml }]', '../tools/_common.yml'],
  ['instructions_file: ../prompts/support.txt', '../prompts/Support.md'],
  ['instructions_file: ./prompts/Suport.md', undefined],
  ['instructions_file: ../prompts/Suport.md', '../prompts/Support.md'],
  ['instructions_file: ../Support.md', undefined],
  // Found where case does not count in the names of files, and missing elsewhere.
  ['instructions_file: ../Prompts/support.md', '../prompts/Support.md'],
  [tool('run: ../Tools/Look_up.sh'), '../tools/look_up.sh'],
  [tool('run: ../tools/look-up.sh'), '../tools/look_up.sh'],
  [tool('run: ../tools/look_up'), '../tools/look_up.sh'],
  [tool('run: [../tools/lok_up.sh, --all]'), '../tools/look_up.sh'],
  [tool('run: [sh, ../tool/look_up.sh]'), '../tools/look_up.sh'],
  [tool('run: node, env_file: shop.evn'), 'shop.env'],
  [tool('run: node, cwd: ../tool'), '../tools'],
  ['hooks: { reload: ../tools/lookup.sh }', '../tools/look_up.sh'],
])('the suggestion for the missing file of %s is %s', (settings, right) => {
  expect(suggestionsFor(settings)).toEqual([right])
})

test('files whose names differ only in letter case are two files', () => {
  const agent = 'version: 1\nname: desk\ninstructions_file: ./Desk.md\nextends: ./base.yaml\n'
  const files = { 'agents/desk.md': 'Small.', 'agents/Desk.md': 'Large.', 'agents/base.yaml': 'voice: Sarah\n' }
  const loaded = load({ ...files, 'agents/Base.yaml': 'voice: Olivia\n', 'agents/desk.yaml': agent })
  expect(loaded).toMatchObject({ status: 'loaded', diagnostics: [] })
  expect(loaded.status === 'loaded' && loaded.agent).toMatchObject({ instructions: 'Large.', voice: 'Sarah' })
})

test.each([
  ['a file itself', 'extends: ./dask.yaml'],
  ['a file of settings where a prompt is expected', 'instructions_file: ./_base.md'],
  ['a prompt where a script is expected', tool('run: ./desk.sh')],
  ['a file with an unlike name', 'extends: ./_shop.yaml'],
])('%s is not suggested', (_, settings) => {
  expect(suggestionsFor(settings)).toEqual([undefined])
})

test.each([
  [tool('run: node, cwd: "..\\tools\\new"'), '4:53 RV201 Write ../tools/new.'],
  [tool('run: [node, ..\\tools\\look.mjs]'), '4:49 RV501 Write ../tools/look.mjs.'],
  [tool('run: node, cwd: ..\\data'), '4:53 RV201 Write ../data.'],
  ['instructions_file: "..\\new.md"', '3:20 RV201 Write ../new.md.'],
  [tool('run: "..\\data\\x.sh"'), '4:45 RV002 Write \\\\ for a backslash'],
])('a path with backslashes is one fault that says so: %s', (settings, line) => {
  const prompt = settings.includes('instructions_file') ? '' : 'instructions: Hi.\n'
  const { diagnostics } = load({ 'agents/desk.yaml': `version: 1\nname: desk\n${prompt}${settings}\n` })
  expect(
    diagnostics.map(({ range: { start }, rule, help }) => `${start.line}:${start.column} ${rule} ${help}`),
  ).toEqual([expect.stringContaining(line)])
})
