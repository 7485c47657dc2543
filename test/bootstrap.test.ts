import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './helpers/cli.ts'

/** Installs for a minute, whatever the terminal says. */
const NPM = `process.on('SIGINT', () => {}); console.error('npm ' + process.pid); setTimeout(() => {}, 60_000)`

/** Runs until it is told to end. */
const LONG_RUN = `console.log('up'); setTimeout(() => {}, 60_000); process.on('SIGTERM', (signal) => { console.log(signal); process.exit() })`

/** A checkout that locks one package and, for other systems, another; npm and the build only say that they were called. */
function checkoutWith(installed: object | null): { readonly checkout: string; readonly npm: string } {
  const checkout = mkdtempSync(join(tmpdir(), 'runner-bootstrap-'))
  for (const folder of ['src', 'schemas', 'test/fixtures/rules', 'node_modules'])
    mkdirSync(join(checkout, folder), { recursive: true })
  for (const path of ['scripts', 'bin']) cpSync(join(root, path), join(checkout, path), { recursive: true })
  writeFileSync(join(checkout, 'scripts/build.mjs'), "console.error('build'); process.exit(1)")
  const locked = {
    '': {},
    'node_modules/a': { integrity: 'sha-1' },
    'node_modules/b': { integrity: 'b', optional: true },
  }
  writeFileSync(join(checkout, 'package-lock.json'), JSON.stringify({ packages: locked }))
  const packages = { 'node_modules/a': installed }
  if (installed !== null) writeFileSync(join(checkout, 'node_modules/.package-lock.json'), JSON.stringify({ packages }))
  const npm = join(checkout, 'npm.cjs')
  writeFileSync(npm, "console.error('npm'); process.exit(1)")
  return { checkout, npm }
}

test.each([
  ['were installed by npm itself are not installed again', { integrity: 'sha-1' }, 'build'],
  ['were installed from another lock are installed anew', { integrity: 'sha-0' }, 'npm'],
  ['were installed on another system are installed anew', { integrity: 'sha-1', os: ['none'] }, 'npm'],
  ['are missing are installed', null, 'npm'],
])('packages that %s', (_, installed, called) => {
  const { checkout, npm } = checkoutWith(installed)
  const env = { ...process.env, npm_execpath: npm }
  const { stderr } = spawnSync(process.execPath, [join(checkout, 'scripts/bootstrap.mjs'), 'start'], { env })
  expect(stderr.toString().match(/^(npm|build)$/gm)).toEqual([called])
})

test('SIGTERM to npm, which ends its shell alone, ends what it started', async () => {
  const { checkout } = checkoutWith({ integrity: 'sha-1' })
  for (const folder of ['src/generated', 'dist']) mkdirSync(join(checkout, folder))
  writeFileSync(join(checkout, 'scripts/build.mjs'), '')
  writeFileSync(join(checkout, 'bin/runner.js'), LONG_RUN)
  const shell = spawn('sh', ['-c', `"${process.execPath}" scripts/bootstrap.mjs start; exit`], {
    cwd: checkout,
    env: { ...process.env, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const said = shell.stdout.setEncoding('utf8')
  expect(await once(said, 'data')).toEqual(['up\n'])
  shell.kill('SIGTERM')
  expect(await once(said, 'data')).toEqual(['SIGTERM\n'])
})

test('Ctrl-C during package installation ends npm too, so that nothing is printed after the prompt', async () => {
  const checkout = mkdtempSync(join(tmpdir(), 'runner-bootstrap-'))
  mkdirSync(join(checkout, 'scripts'))
  for (const path of ['scripts/bootstrap.mjs', 'package-lock.json']) cpSync(join(root, path), join(checkout, path))
  const npm = join(checkout, 'npm.cjs')
  writeFileSync(npm, NPM)
  const start = spawn(process.execPath, [join(checkout, 'scripts/bootstrap.mjs'), 'start'], {
    env: { ...process.env, npm_execpath: npm },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  const pid = await new Promise<number>((resolve) => {
    start.stderr.setEncoding('utf8').on('data', (more: string) => {
      said += more
      const found = /^npm (\d+)$/m.exec(said)?.[1]
      if (found !== undefined) resolve(Number(found))
    })
  })
  start.kill('SIGINT')
  expect(await once(start, 'exit')).toEqual([130, null])
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})
