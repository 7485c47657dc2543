import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './helpers/cli.ts'

/** What a build reads, and what a run of it wants. */
const PARTS = ['agents', 'bin', 'schemas', 'scripts', 'src', 'tools', 'test/fixtures/rules']
const FILES = ['package.json', 'package-lock.json', 'tsconfig.json']

test('a checkout in a folder with a space in its name is built and runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'my runner '))
  for (const name of [...PARTS, ...FILES]) cpSync(join(root, name), join(folder, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const node = (...args: readonly string[]) => spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  expect(node('scripts/build.mjs')).toMatchObject({ status: 0 })
  const said = node('bin/runner.js', 'start', '--offline', '--say', 'where is order A-1042?')
  expect(said).toMatchObject({ status: 0, stdout: expect.stringContaining('status: shipped') })
  expect(node('bin/runner.js', 'validate', 'agents')).toMatchObject({ status: 0, stdout: '1 file, no faults\n' })
})
