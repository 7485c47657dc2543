import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './helpers/cli.ts'

/** Installs for a minute, whatever the terminal says. */
const NPM = `process.on('SIGINT', () => {}); console.error('npm ' + process.pid); setTimeout(() => {}, 60_000)`

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
