import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { openAuditFile } from '../../src/io/storage/audit-file.ts'

/** The soft limit of a file's size stands in for a disk without room. */
const PROGRAM = `
  import { spawnSync } from 'node:child_process'
  import { openAuditFile } from ${JSON.stringify(resolve(import.meta.dirname, '../../src/io/storage/audit-file.ts'))}
  const limit = (bytes) => spawnSync('prlimit', ['--pid', String(process.pid), '--fsize=' + bytes + ':unlimited'])
  const reported = []
  const file = openAuditFile(process.argv[1], (message) => reported.push(message))
  file.write({ line: 1 })
  limit(15)
  file.write({ line: 2 })
  file.write({ line: 3 })
  limit('unlimited')
  file.write({ line: 4 })
  file.close()
  console.log(reported.join('|'))`

test.skipIf(process.platform !== 'linux')(
  'a full disk loses only the lines written meanwhile, and is reported once',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'runner-audit-'))
    const args = ['--no-warnings', '--input-type=module-typescript', '-e', PROGRAM, folder]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    expect(stdout).toMatch(/^the audit cannot be written: EFBIG[^|]*\n$/)
    expect(readFileSync(join(folder, 'audit.ndjson'), 'utf8')).toBe('{"line":1}\n{"li\n{"line":4}\n')
  },
)

test('an audit file removed with its folder is created again', () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'runner-audit-')), '.runner')
  mkdirSync(folder)
  const reported: string[] = []
  const file = openAuditFile(folder, (message) => reported.push(message))
  file.write({ line: 1 })
  rmSync(folder, { recursive: true })
  file.write({ line: 2 })
  file.write({ line: 3 })
  file.close()
  expect(readFileSync(join(folder, 'audit.ndjson'), 'utf8')).toBe('{"line":2}\n{"line":3}\n')
  expect(reported).toEqual([])
})

test('a line cut off by a power failure is terminated before the next process appends', () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-audit-'))
  const path = join(folder, 'audit.ndjson')
  for (const [before, after] of [
    ['{"line":1}\n{"li', '{"line":1}\n{"li\n{"line":2}\n'],
    ['{"line":1}\n', '{"line":1}\n{"line":2}\n'],
    ['', '{"line":2}\n'],
  ] as const) {
    writeFileSync(path, before)
    const file = openAuditFile(folder, () => {})
    file.write({ line: 2 })
    file.close()
    expect(readFileSync(path, 'utf8')).toBe(after)
  }
})
