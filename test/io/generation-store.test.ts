import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type LoadedAgent, readAgent } from '../../src/io/agent-file.ts'
import { openGenerationStore, restoredFiles, STORED_MAX, storedFiles } from '../../src/io/storage/generation-store.ts'
import { createProject, deskYaml, toolsYaml } from './watch-bench.ts'

const failures: string[] = []
const openStore = (folder = mkdtempSync(join(tmpdir(), 'runner-store-'))) => ({
  folder,
  store: openGenerationStore(folder, 'desk', (message) => failures.push(message)),
})
const generation = (number: number) => ({
  number,
  hash: number.toString(16).padStart(64, 'a'),
  at: number,
  source: 'file',
  verdict: 'open',
  file: 'agents/desk.yaml',
  root: '/shop',
  files: [],
})

test(`the last ${STORED_MAX} generations are stored, and another process can read them`, async () => {
  const { folder, store } = openStore()
  for (let number = 1; number <= STORED_MAX + 5; number += 1) store.save(generation(number))
  await store.flushed()
  const numbers = (await openStore(folder).store.list()).map((one) => one.number)
  expect(numbers).toEqual(Array.from({ length: STORED_MAX }, (_, index) => index + 6))
})

test('generations that cannot be renamed into place leave no temporary files, and are reported once', async () => {
  const { folder, store } = openStore()
  store.save(generation(1))
  await store.flushed()
  const agentFolder = join(folder, 'generations/desk')
  const [first = ''] = readdirSync(agentFolder)
  for (const number of [2, 3])
    mkdirSync(join(agentFolder, first.replace('1-', `${number}-`), 'in the way'), { recursive: true })
  const names = readdirSync(agentFolder)
  const before = failures.length
  for (const number of [2, 3]) store.save(generation(number))
  await store.flushed()
  expect(readdirSync(agentFolder)).toEqual(names)
  expect(failures.splice(before)).toEqual([expect.stringMatching(/^generations cannot be kept: /)])
})

test('the last confirmed generation stays stored, however many follow it', async () => {
  const { folder, store } = openStore()
  const numbers = async () => (await openStore(folder).store.list()).map((one) => one.number)
  const last = Array.from({ length: STORED_MAX }, (_, index) => index + 8)
  for (let number = 1; number <= STORED_MAX + 7; number += 1) {
    store.save(generation(number))
    if (number === 2 || number === 4) store.recordVerdict(number, generation(number).hash, 'confirmed')
  }
  await store.flushed()
  expect(await numbers()).toEqual([4, ...last])
  store.recordVerdict(20, generation(20).hash, 'confirmed')
  store.save(generation(STORED_MAX + 8))
  await store.flushed()
  expect(await numbers()).toEqual([...last.slice(1), STORED_MAX + 8])
})

test('a file half-written by a killed process is removed, one of a living process is not', async () => {
  const { folder, store } = openStore()
  mkdirSync(join(folder, 'generations/desk'), { recursive: true })
  /** No process has a number so high. */
  const dead = 2 ** 22 + 1
  for (const pid of [dead, process.ppid]) writeFileSync(join(folder, `generations/desk/3-abc.json.${pid}`), '{')
  store.save(generation(4))
  await store.flushed()
  expect(readdirSync(join(folder, 'generations/desk')).filter((name) => name.startsWith('3'))).toEqual([
    `3-abc.json.${process.ppid}`,
  ])
})

test("the service's verdict is stored with the generation", async () => {
  const { folder, store } = openStore()
  store.save(generation(1))
  store.recordVerdict(1, generation(1).hash, 'confirmed')
  await store.flushed()
  expect(await openStore(folder).store.list()).toMatchObject([{ number: 1, verdict: 'confirmed' }])
})

test('only the owner can read stored generations', async () => {
  const { folder, store } = openStore()
  store.save(generation(1))
  await store.flushed()
  const agentFolder = join(folder, 'generations/desk')
  expect(statSync(agentFolder).mode & 0o777).toBe(0o700)
  expect(readdirSync(agentFolder).map((name) => statSync(join(agentFolder, name)).mode & 0o777)).toEqual([0o600])
})

test('malformed files are skipped, and a failed write is reported', async () => {
  const { folder, store } = openStore()
  mkdirSync(join(folder, 'generations/desk'), { recursive: true })
  writeFileSync(join(folder, 'generations/desk/3-abc.json'), '{"number": 3')
  writeFileSync(join(folder, 'generations/desk/4-abc.json'), 'null')
  expect(await store.list()).toEqual([])
  const blocked = mkdtempSync(join(tmpdir(), 'runner-store-'))
  writeFileSync(join(blocked, 'generations'), 'a file')
  const other = openStore(blocked).store
  other.save(generation(1))
  await other.flushed()
  expect(failures).toEqual([expect.stringMatching(/^generations cannot be kept: /)])
})

test('a generation stores its files as written, without variable values, and loads to the same agent', async () => {
  const { folder, path } = createProject()
  process.env.RUNNER_TEST_VOICE = 'Olivia-secret'
  const written = deskYaml(`'$\{env:RUNNER_TEST_VOICE}'`)
  writeFileSync(path('agents/desk.yaml'), written)
  const file = path('agents/desk.yaml')
  const before = (await readAgent({ file, purpose: 'start' })) as LoadedAgent
  expect(before.agent.voice).toBe('Olivia-secret')
  const { store } = openStore(join(folder, '.runner'))
  store.save({ ...generation(1), hash: before.agent.hash, files: storedFiles(before) })
  await store.flushed()
  const [name = ''] = readdirSync(path('.runner/generations/desk'))
  const text = readFileSync(path(`.runner/generations/desk/${name}`), 'utf8')
  expect(text).toContain('env:RUNNER_TEST_VOICE')
  expect(text).not.toContain('Olivia-secret')

  for (const part of ['desk.yaml', '_base.yaml', '_tools.yaml', 'prompt.md']) writeFileSync(path(`agents/${part}`), 'x')
  const [stored] = await store.list()
  const overrides = restoredFiles(stored ?? generation(0), { named: before.root, root: before.root })
  const again = (await readAgent({ file, purpose: 'start', overrides: overrides })) as LoadedAgent
  expect(again.agent.hash).toBe(before.agent.hash)
  expect(storedFiles(again)).toEqual(storedFiles(before))
  expect(overrides.size).toBeGreaterThanOrEqual(4)
})

test('what stands in an env_file is not stored', async () => {
  const { path } = createProject()
  writeFileSync(path('agents/_tools.yaml'), `${toolsYaml('Looks up.')}  env_file: ./shop.env\n`)
  writeFileSync(path('agents/shop.env'), 'TOKEN=hunter2\n')
  const loaded = (await readAgent({ file: path('agents/desk.yaml'), purpose: 'start' })) as LoadedAgent
  expect(loaded.files.get(path('agents/shop.env'))?.seen).toMatchObject({ kind: 'file' })
  expect(JSON.stringify(storedFiles(loaded))).not.toMatch(/hunter2|shop\.env"/)
})

test('generations that cannot be written are reported once, and stay listed in their own process', async () => {
  const { folder, store } = openStore()
  writeFileSync(join(folder, 'generations'), 'no folder')
  const before = failures.length
  store.save(generation(1))
  store.recordVerdict(1, generation(1).hash, 'confirmed')
  store.save(generation(2))
  expect(await store.list()).toMatchObject([
    { number: 1, verdict: 'confirmed' },
    { number: 2, verdict: 'open' },
  ])
  expect(failures.slice(before)).toEqual([expect.stringContaining('generations cannot be kept')])
  rmSync(join(folder, 'generations'))
  store.save(generation(3))
  await store.flushed()
  expect((await openStore(folder).store.list()).map(({ number }) => number)).toEqual([3])
})
