import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { linesOf, projectCopy, root, runner } from '../helpers/cli.ts'
import { agent, begin, command, edit, record, recordPath, voice } from './running-process.ts'

test('the control socket is private to its owner, recorded in .runner, and removed with the process', async () => {
  const { folder, cli } = await begin()
  const { socket, pid } = record(folder)
  expect(pid).toBe(cli.child.pid)
  expect([statSync(socket).mode & 0o777, statSync(join(folder, '.runner')).mode & 0o777]).toEqual([0o600, 0o700])
  cli.type('{"type":"stop"}')
  await cli.ended
  expect([existsSync(socket), readdirSync(join(folder, '.runner/run'))]).toEqual([false, []])
  expect(await command(folder, ['status'])).toMatchObject({
    code: 4,
    stderr: 'runner: no runner runs in this project: begin one with "runner start"\n',
  })
})

test("a control socket is placed elsewhere if its folder's path is too long", async () => {
  const long = join(mkdtempSync(join(tmpdir(), 'runner-')), 'x'.repeat(100))
  const { folder } = await begin({ env: { XDG_RUNTIME_DIR: long } })
  expect(Buffer.byteLength(record(folder).socket)).toBeLessThan(104)
  expect(await command(folder, ['status'])).toMatchObject({ code: 0 })
})

test('a control socket is placed elsewhere if XDG_RUNTIME_DIR does not exist', async () => {
  const { folder } = await begin({ env: { XDG_RUNTIME_DIR: join(mkdtempSync(join(tmpdir(), 'runner-')), 'gone') } })
  expect(await command(folder, ['status'])).toMatchObject({ code: 0 })
})

test('a control socket is found from every folder where the one that XDG_RUNTIME_DIR names is relative', async () => {
  const { folder } = await begin({ env: { XDG_RUNTIME_DIR: '.' } })
  expect(await command(join(folder, 'agents'), ['status'])).toMatchObject({ code: 0 })
})

test('a process whose .runner was removed is found again, and stores later generations', async () => {
  const { folder, cli } = await begin()
  rmSync(join(folder, '.runner'), { recursive: true })
  await expect.poll(() => existsSync(recordPath(folder, cli.child.pid)), { timeout: 20_000 }).toBe(true)
  edit(folder, voice('Sarah', 'Olivia'))
  expect((await command(folder, ['reload'])).stdout).toMatch(/^support: generation 2, confirmed/)
  expect(readFileSync(join(folder, '.runner/.gitignore'), 'utf8')).toBe('*\n')
  expect((await command(folder, ['history'])).stdout).toMatch(/^support\n +2 /)
  const steps = linesOf(readFileSync(join(folder, '.runner/audit.ndjson'), 'utf8')).map(({ ev }) => ev)
  expect(steps).toContain('reload.published')
})

test.each([
  ['.runner/run', /it cannot be named: EEXIST[^\n]*there is no control socket/],
  ['.runner', /nothing is kept in [^\n]*\.runner \(EEXIST[^\n]*status, reload[^\n]*RUNNER_FOLDER/],
])('if %s is a file, that is reported and conversations still work', async (path, words) => {
  const folder = projectCopy()
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), 'a file')
  const { cli } = await begin({ cwd: folder })
  await cli.shows(words)
})

test.each([
  ['status', async (folder: string) => void (await command(folder, ['status']))],
  ['the next start', async (folder: string) => void (await begin({ cwd: folder }))],
])('the socket and record of a killed process are removed by %s', async (_, next) => {
  const { folder, cli } = await begin()
  const { socket, pid } = record(folder)
  cli.child.kill('SIGKILL')
  await cli.ended
  await next(folder)
  expect([existsSync(socket), existsSync(recordPath(folder, pid))]).toEqual([false, false])
})

test.skipIf(process.getuid?.() !== 0)(
  'status finds no process in a state folder of another user that it may not look into (skipped unless root)',
  async () => {
    const folder = projectCopy()
    chmodSync(folder, 0o755)
    mkdirSync(join(folder, '.runner/run'), { mode: 0o700, recursive: true })
    chmodSync(join(folder, '.runner'), 0o700)
    const cli = runner(['status'], { cwd: folder, uid: 65_534 })
    expect([await cli.ended, cli.stderr()]).toEqual([
      4,
      expect.stringMatching(/^runner: no runner runs in this project/),
    ])
  },
)

test('a state folder that a full disk left without its .gitignore gets it from the next start', async () => {
  const folder = projectCopy()
  const line = `trap '' XFSZ; ulimit -f 0; exec "$0" "$1" start ${agent} --offline --say hello`
  const full = spawnSync('sh', ['-c', line, process.execPath, join(root, 'bin/runner.js')], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect([full.status, full.stderr]).toEqual([0, expect.stringMatching(/nothing is kept in [^\n]*\.runner \(EFBIG/)])
  await begin({ cwd: folder })
  expect(readdirSync(join(folder, '.runner')).toSorted()).toEqual(['.gitignore', 'audit.ndjson', 'generations', 'run'])
  expect(readFileSync(join(folder, '.runner/.gitignore'), 'utf8')).toBe('*\n')
})

test('a project folder removed during a run is not recreated', async () => {
  const { folder, cli } = await begin()
  rmSync(folder, { recursive: true })
  await cli.shows(/"reload.rejected"[^\n]*"RV907"/)
  cli.type('{"type":"stop"}')
  await cli.ended
  expect(existsSync(folder)).toBe(false)
})

test.skipIf(process.platform !== 'linux')(
  'the record of a dead process is removed even if another process has its pid',
  async () => {
    const { folder, cli } = await begin()
    const left = { ...record(folder), pid: process.pid }
    cli.child.kill('SIGKILL')
    await cli.ended
    writeFileSync(recordPath(folder, left.pid), JSON.stringify(left))
    const { code, stderr } = await command(folder, ['status'])
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: 'runner: no runner runs in this project: begin one with "runner start"\n',
    })
    expect([existsSync(left.socket), readdirSync(join(folder, '.runner/run'))]).toEqual([false, []])
  },
)

test('an unknown request to the control socket is answered with what it accepts', async () => {
  const { folder } = await begin()
  const { socket: socketPath } = record(folder)
  const ask = (method: string, path: string, body = '') =>
    new Promise<string>((answered, failed) => {
      const asked = request({ socketPath, method, path }, async (response) => {
        const chunks = await response.setEncoding('utf8').toArray()
        answered(`${response.statusCode} ${chunks.join('')}`)
      })
      asked.on('error', failed)
      asked.end(body)
    })
  expect(await ask('GET', '/')).toMatch(/^404 .*there is no GET \/; there are: GET \/status/)
  expect(await ask('POST', '/agents/nobody/reload')).toMatch(/^404 .*there is no agent .*nobody.*; there are: support/)
  expect(await ask('POST', '/agents/%zz/reload')).toMatch(/^404 .*there is no agent .*%zz/)
  expect(await ask('POST', '/agents/support/rollback', '{"to":"one"}')).toMatch(/^400 .*a number is wanted/)
  expect(await ask('POST', '/agents/support/rollback', '{"too":1}')).toMatch(/^400 .*too: there is no such key; to /)
  expect(await ask('POST', '/agents/support/rollback', '[1]')).toMatch(/^400 .*one JSON object is wanted/)
  expect(await ask('POST', '/agents/support/reload', '{"accept":"yes"}')).toMatch(/^400 .*true or false is wanted/)
  expect(await ask('POST', '/agents/support/reload', '{')).toMatch(/^400 .*the body is no JSON/)
  expect(await ask('POST', '/agents/support/reload', 'x'.repeat(70_000))).toMatch(/^400 .*at most 65536 bytes/)
})
