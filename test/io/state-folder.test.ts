import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findRunningProcesses } from '../../src/io/control/control-client.ts'
import { nearestStateFolder, openStateFolder } from '../../src/io/storage/state-folder.ts'

const root = () => mkdtempSync(join(tmpdir(), 'runner-root-'))
/** A process that has ended: no process has a number so high. */
const DEAD = 2 ** 22 + 1

test('the state folder is created in the root, ignored by git, or where RUNNER_FOLDER says', () => {
  const folder = root()
  expect(openStateFolder(folder, {})).toEqual({ ok: true, path: join(folder, '.runner') })
  expect(readFileSync(join(folder, '.runner/.gitignore'), 'utf8')).toBe('*\n')
  const elsewhere = join(root(), 'state')
  expect(openStateFolder(folder, { RUNNER_FOLDER: elsewhere })).toEqual({ ok: true, path: elsewhere })
})

test('a state folder that cannot be created is reported with the reason', () => {
  const folder = root()
  writeFileSync(join(folder, '.runner'), '')
  expect(openStateFolder(folder, {})).toMatchObject({ ok: false, reason: expect.stringMatching(/EEXIST|ENOTDIR/) })
})

test.skipIf(process.getuid?.() !== 0)("another user's state folder is not used (skipped unless root)", () => {
  const folder = root()
  mkdirSync(join(folder, '.runner/run'), { recursive: true })
  writeFileSync(join(folder, '.runner/run/1.json'), record(process.pid, join(folder, 'x.sock')))
  for (const name of ['.runner', '.runner/run']) chownSync(join(folder, name), 65_534, 65_534)
  expect(openStateFolder(folder, {})).toMatchObject({ ok: false, reason: 'it belongs to somebody else' })
  expect(findRunningProcesses(folder, {})).toEqual([])
})

test('cleaning up after a dead process removes no file but its socket', () => {
  const folder = root()
  const precious = join(folder, 'precious.txt')
  writeFileSync(precious, 'keep me')
  mkdirSync(join(folder, '.runner/run'), { recursive: true })
  symlinkSync(precious, join(folder, 'link'))
  for (const [index, socket] of [precious, join(folder, 'link'), folder].entries())
    writeFileSync(join(folder, `.runner/run/${index}.json`), record(DEAD, socket))
  expect(findRunningProcesses(folder, {})).toEqual([])
  expect([existsSync(precious), existsSync(join(folder, '.runner/run/0.json'))]).toEqual([true, false])
})

test('records of other containers are passed over and kept, the newest 64 of them', () => {
  const folder = root()
  mkdirSync(join(folder, '.runner/run'), { recursive: true })
  for (let since = 1; since <= 65; since += 1) {
    const foreign = { ...JSON.parse(record(process.pid, join(folder, 'x.sock'))), namespace: `${since}`, since }
    writeFileSync(join(folder, `.runner/run/${process.pid}-${since}.json`), JSON.stringify(foreign))
  }
  expect(findRunningProcesses(folder, {})).toEqual([])
  expect(readdirSync(join(folder, '.runner/run'))).toHaveLength(64)
  expect(existsSync(join(folder, `.runner/run/${process.pid}-1.json`))).toBe(false)
})

test('records that can be neither read nor removed are passed over', () => {
  const folder = root()
  mkdirSync(join(folder, '.runner/run/1.json'), { recursive: true })
  writeFileSync(join(folder, '.runner/run/2.json'), record(process.pid, join(folder, 'x.sock')))
  expect(findRunningProcesses(folder, {}).map(({ pid }) => pid)).toEqual([process.pid])
})

test('a state folder that is a link to itself holds no records', () => {
  const folder = root()
  symlinkSync('.runner', join(folder, '.runner'))
  expect(findRunningProcesses(folder, {})).toEqual([])
})

function record(pid: number, socket: string): string {
  return JSON.stringify({ pid, socket, agents: ['support'], since: 1 })
}

test('the nearest matching state folder upward is found, unless RUNNER_FOLDER names one', () => {
  const above = root()
  mkdirSync(join(above, '.runner/run'), { recursive: true })
  mkdirSync(join(above, 'shop/.runner'), { recursive: true })
  mkdirSync(join(above, 'shop/agents'))
  const holdsRun = (folder: string) => existsSync(join(folder, 'run'))
  const from = join(above, 'shop/agents')
  expect(nearestStateFolder(from, {}, holdsRun)).toBe(join(above, '.runner'))
  expect(nearestStateFolder(from, {}, existsSync)).toBe(join(above, 'shop/.runner'))
  expect(nearestStateFolder(from, { RUNNER_FOLDER: join(above, 'elsewhere') }, existsSync)).toBeNull()
})

test.each(['.runner.yaml', 'package.json', '.git'])(
  'the search for a state folder stops at a project root marked by %s',
  (mark) => {
    const above = root()
    const shop = join(above, 'shop')
    mkdirSync(join(above, '.runner'))
    mkdirSync(join(shop, 'agents'), { recursive: true })
    writeFileSync(join(shop, mark), '')
    expect(nearestStateFolder(join(shop, 'agents'), {}, existsSync)).toBeNull()
    mkdirSync(join(shop, '.runner'))
    expect(nearestStateFolder(join(shop, 'agents'), {}, existsSync)).toBe(join(shop, '.runner'))
  },
)
