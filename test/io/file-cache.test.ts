import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { FileQuery } from '../../src/agent/load-request.ts'
import { readAgent } from '../../src/io/agent-file.ts'
import { createFileCache } from '../../src/io/files/file-cache.ts'
import { createSyncReader } from '../../src/io/files/sync-reader.ts'

const AGENT = 'version: 1\nmodel: openai/gpt-4.1-mini\nvoice: Clive\n'
const TOOL = 'tools: [{ name: find, description: Finds., run: ./find.sh }]\n'

test('files that several agents share are read once, agent files separately', async () => {
  const folder = folderOf({
    'one.yaml': `${AGENT}name: one\ninstructions: Hi.\n${TOOL}`,
    'two.yaml': `${AGENT}name: two\ninstructions: Hi.\n${TOOL}`,
    'find.sh': '#!/bin/sh\n',
  })
  const pathsRead = await pathsReadFor(folder, ['one.yaml', 'two.yaml'])
  expect(pathsRead).toContain(join(folder, 'find.sh'))
  expect(pathsRead).toContain('/bin/sh')
  expect(new Set(pathsRead).size).toBe(pathsRead.length)
})

test('a file that one agent runs and another has as its prompt is read completely', async () => {
  const prompt = `#!/bin/sh\n${'# '.padEnd(300, 'x')}\ncall find_nothing()\n`
  const folder = folderOf({
    'one.yaml': `${AGENT}name: one\ninstructions: Hi.\n${TOOL}`,
    'two.yaml': `${AGENT}name: two\ninstructions_file: find.sh\n`,
    'both.yaml': `${AGENT}name: both\ninstructions_file: find.sh\n${TOOL}`,
    'find.sh': prompt,
  })
  const [{ readPath }, cache] = [createSyncReader(), createFileCache()]
  const read = (name: string) => readAgent({ file: join(folder, name), purpose: 'validate', readPath, cache })
  expect(await read('one.yaml')).toMatchObject({ status: 'loaded', diagnostics: [] })
  for (const name of ['two.yaml', 'both.yaml'])
    expect(await read(name)).toMatchObject({ diagnostics: [{ rule: 'RV603', range: { start: { line: 3 } } }] })
})

test.each([
  ['runs a tool in', TOOL.replace('./find.sh', './find.sh, cwd: .'), []],
  ['extends by mistake', 'extends: .\n', [{ rule: 'RV201', help: 'Name a file in it.' }]],
])('a folder that one agent %s still has its names listed for another agent', async (_, settings, faults) => {
  const folder = folderOf({
    'one.yaml': `${AGENT}name: one\ninstructions: Hi.\n${settings}`,
    'two.yaml': `${AGENT}name: two\ninstructions: Hi.\n${TOOL.replace('./find.sh', './fnid.sh')}`,
    'find.sh': '#!/bin/sh\n',
  })
  const [{ readPath }, cache] = [createSyncReader(), createFileCache()]
  const suggestion = { diagnostics: [{ rule: 'RV501', suggest: [{ replace: './find.sh' }] }] }
  expect(await readAgent({ file: join(folder, 'one.yaml'), purpose: 'validate', readPath, cache })).toMatchObject({
    diagnostics: faults,
  })
  const two = join(folder, 'two.yaml')
  expect(await readAgent({ file: two, purpose: 'validate', readPath, cache })).toMatchObject(suggestion)
  expect(await readAgent({ file: two, purpose: 'start' })).toMatchObject(suggestion)
})

test('the cache is emptied at its limit', () => {
  const cache = createFileCache()
  const first = { path: '/0', part: 'stat' } as const
  for (let index = 0; index <= 10_000; index += 1) {
    if (index === 10_000) expect(cache.get(first)).toEqual({ kind: 'absent' })
    cache.set({ path: `/${index}`, part: 'stat' }, { kind: 'absent' })
  }
  expect(cache.get(first)).toBeUndefined()
})

async function pathsReadFor(folder: string, names: readonly string[]): Promise<readonly string[]> {
  const [reader, cache] = [createSyncReader(), createFileCache()]
  const pathsRead: string[] = []
  const readPath = (need: FileQuery) => {
    pathsRead.push(need.path)
    return reader.readPath(need)
  }
  for (const name of names) {
    const read = await readAgent({ file: join(folder, name), purpose: 'validate', readPath, cache })
    expect(read).toMatchObject({ status: 'loaded', diagnostics: [] })
  }
  return pathsRead
}

function folderOf(files: { readonly [name: string]: string }): string {
  const folder = mkdtempSync(join(tmpdir(), 'runner-memory-'))
  mkdirSync(join(folder, '.git'))
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text)
    if (name.endsWith('.sh')) chmodSync(join(folder, name), 0o755)
  }
  return folder
}
