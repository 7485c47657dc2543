import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, openSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root, runner } from '../helpers/cli.ts'

const good = 'version: 1\nname: desk\ninstructions: Be brief.\n'
/** A user without rights of its own, as most systems have one. */
const NOBODY = 65_534

const isRoot = process.getuid?.() === 0
const probe = ['-e', `require('node:fs').readFileSync(${JSON.stringify(join(root, 'package.json'))})`]
const canBeNobody = isRoot && spawnSync(process.execPath, probe, { uid: NOBODY, gid: NOBODY }).status === 0

describe('an unreadable path is reported, and counts neither as clean nor as a file', () => {
  test('for a link to itself', async () => {
    const folder = folderOf({ 'a.yaml': good })
    symlinkSync('b.yaml', join(folder, 'b.yaml'))
    const message = 'runner: b.yaml: cannot be read: its links lead in a circle\n'
    for (const named of ['.', '*.yaml'])
      expect(await ran(['validate', named], folder)).toEqual({
        code: 3,
        stdout: '1 file, no faults\n',
        stderr: message,
      })
    const { code, stderr } = await ran(['fmt', 'b.yaml'], folder)
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^runner: b\.yaml: .*\n$/)])
  })

  test('for a named pipe, without an entry in any report', async () => {
    const folder = folderOf({ 'a.yaml': good })
    spawnSync('mkfifo', [join(folder, 'b.yaml')])
    const { code, stdout, stderr } = await ran(['validate', '.', '--format', 'junit'], folder)
    expect([code, stderr]).toEqual([3, 'runner: b.yaml is no regular file\n'])
    expect(stdout).toContain('a.yaml')
    expect(stdout).not.toContain('b.yaml')
    expect((await ran(['validate', 'b.yaml', 'absent.yaml'], folder)).code).toBe(3)
    expect(await ran(['fmt', '.'], folder)).toEqual({
      code: 3,
      stdout: '2 files, 1 left as it is\n',
      stderr: 'runner: b.yaml is no regular file\n',
    })
  })

  test.skipIf(isRoot && !canBeNobody)(
    'for a folder, and a file in it (as root: shown where another user may read this checkout)',
    async () => {
      const folder = folderOf({ 'a.yaml': good, 'deep/closed/b.yaml': good })
      if (isRoot)
        for (const name of ['', 'a.yaml', 'deep', 'deep/closed']) chownSync(join(folder, name), NOBODY, NOBODY)
      chmodSync(join(folder, 'deep/closed'), 0)
      const asUser = (args: readonly string[]) => ran(args, folder, isRoot ? NOBODY : undefined)
      const message = /^runner: deep\/closed: the folder could not be read: permission denied\n$/
      for (const command of ['validate', 'fmt']) {
        expect(await asUser([command, '.'])).toMatchObject({ code: 3, stderr: expect.stringMatching(message) })
        expect(await asUser([command, 'deep/closed'])).toMatchObject({
          code: 3,
          stderr: expect.stringMatching(message),
        })
      }
      expect(await asUser(['validate', 'deep/closed/b.yaml'])).toMatchObject({
        code: 3,
        stderr: 'runner: deep/closed/b.yaml: cannot be read: permission denied\n',
      })
      chmodSync(join(folder, 'deep/closed'), 0o755)
    },
  )

  test('for a .runner.yaml that is a folder', async () => {
    const folder = folderOf({ 'a.yaml': good })
    mkdirSync(join(folder, '.runner.yaml'))
    const { code, stdout } = await ran(['validate', 'a.yaml', '--format', 'line'], folder)
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^\.runner\.yaml:1:1: error RV201: .* is a folder/)])
  })
})

test('fmt does not call a file that is not YAML in order', async () => {
  const folder = folderOf({ 'a.yaml': 'a: [1\n' })
  expect((await ran(['fmt', 'a.yaml'], folder)).stdout).toBe('1 file, 1 left as it is\n')
})

describe('a full disk behind standard output is reported in one sentence, with exit code 3', () => {
  test.each([
    [['validate', '.']],
    [['validate', '.', '--format', 'json']],
    [['show', 'a.yaml']],
    [['fmt', '--check', 'a.yaml']],
    [['schema']],
    [['--help']],
  ])('runner %j', (args) => {
    const folder = folderOf({ 'a.yaml': good, 'b.yaml': `${good}vioce: x\n` })
    const env = { ...process.env, RUNNER_FOLDER: folder, GITHUB_ACTIONS: '' }
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'bin/runner.js'), ...args], {
      cwd: folder,
      env,
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(/^runner: standard output could not be written: .*no space left.*\n$/),
    ])
  })
})

test.each([
  [['show', 'nothing.yaml'], 2],
  [['validate', 'nothing.yaml'], 2],
  [['start', 'a.yaml', '--offline', '--say', 'hello', '--log-level', 'debug'], 0],
])('a full disk behind standard error loses only what was written there: runner %j', (args, code) => {
  const folder = folderOf({ 'a.yaml': `${good}tools:\n  - { name: get_time, run: date, description: Short. }\n` })
  const full = openSync('/dev/full', 'w')
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'bin/runner.js'), ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', full],
    encoding: 'utf8',
  })
  expect(status).toBe(code)
  if (code === 0) expect(stdout).toContain('hello')
})

test.each([['validate', '../a.yaml'], ['start', '../a.yaml', '--offline'], ['status']])(
  'a removed working folder is reported as such: runner %s',
  (...args) => {
    const folder = folderOf({ 'a.yaml': good })
    const removed = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', removed, 'sh', process.execPath, join(root, 'bin/runner.js'), ...args],
      { cwd: folder, encoding: 'utf8' },
    )
    expect([status, stderr]).toEqual([
      3,
      'runner: the working folder has been removed: change into one that is there\n',
    ])
  },
)

test('a path of - is rejected with a hint to --stdin', async () => {
  expect(await ran(['validate', '-'], folderOf({}))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--stdin --stdin-filename'),
  })
})

async function ran(args: readonly string[], cwd: string, uid?: number) {
  const env = { GITHUB_ACTIONS: '', RUNNER_FOLDER: cwd }
  const cli = runner(args, { cwd, env, noInput: true, ...(uid === undefined ? {} : { uid }) })
  return { code: await cli.ended, stdout: cli.stdout(), stderr: cli.stderr() }
}

function folderOf(files: { readonly [path: string]: string }): string {
  const folder = mkdtempSync(join(tmpdir(), 'runner-unreadable-'))
  for (const [path, content] of Object.entries({ 'package.json': '{}', ...files })) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}
