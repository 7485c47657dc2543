import { existsSync, mkdtempSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from '../../src/io/storage/make-folder.ts'

const parent = () => mkdtempSync(join(tmpdir(), 'folders-'))

test('a folder is created with its missing parents in the same mode, and an existing one is unchanged', () => {
  const above = join(parent(), 'a')
  makeFolder(join(above, 'b/../c'), 0o700)
  makeFolder(join(above, 'c'), 0o755)
  for (const folder of [above, join(above, 'c')]) expect(statSync(folder).mode & 0o777).toBe(0o700)
})

test('a file at the path, or at one of its parents, makes it throw', () => {
  const folder = parent()
  writeFileSync(join(folder, 'file'), '')
  expect(() => makeFolder(join(folder, 'file'))).toThrow('EEXIST')
  expect(() => makeFolder(join(folder, 'file/below'))).toThrow('ENOTDIR')
})

test('a link to a folder counts as a folder, a dangling link does not', () => {
  const folder = parent()
  symlinkSync(folder, join(folder, 'here'))
  symlinkSync('nowhere', join(folder, 'gone'))
  makeFolder(join(folder, 'here'))
  expect(() => makeFolder(join(folder, 'gone/below'))).toThrow('EEXIST')
})

test.skipIf(!existsSync('/proc/self'))(
  'a file system where mkdir always fails with ENOENT makes it throw, not loop',
  () => {
    expect(() => makeFolder('/proc/nothing/below')).toThrow('ENOENT')
  },
)
