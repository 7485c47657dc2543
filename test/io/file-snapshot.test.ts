import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { FileQuery } from '../../src/agent/load-request.ts'
import { readPath } from '../../src/io/files/file-snapshot.ts'
import { createSyncReader } from '../../src/io/files/sync-reader.ts'

const ways = [
  { way: 'synchronously', readAt: (need: FileQuery) => createSyncReader().readPath(need) },
  { way: 'by a watcher', readAt: (need: FileQuery) => readPath(need) },
]

/** Repoints a link from one file to another and back, as fast as it can. */
const REPOINT_LOOP = `
  const { renameSync, symlinkSync } = require('node:fs')
  for (let turn = 0; ; turn += 1) {
    symlinkSync(turn % 2 ? 'one' : 'other', 'next')
    renameSync('next', 'link')
    if (turn === 9) console.log('turning')
  }`

/** Puts a named pipe in the place of a file and takes it away again, as fast as it can. */
const PIPE_LOOP = `
  const { renameSync, writeFileSync } = require('node:fs')
  for (let turn = 0; ; turn += 1) {
    writeFileSync('file', '')
    renameSync('pipe', 'file')
    renameSync('file', 'pipe')
    if (turn === 9) console.log('turning')
  }`

describe.each(ways)('a file read $way', ({ readAt }) => {
  const bytesAt = async (need: FileQuery) => bytesIn(await readAt(need))

  test('has the bytes of the real path it reports, however fast its link is repointed', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'look-'))
    for (const name of ['one', 'other']) writeFileSync(join(cwd, name), name)
    symlinkSync('one', join(cwd, 'link'))
    const repointer = spawn(process.execPath, ['-e', REPOINT_LOOP], { cwd })
    await once(repointer.stdout, 'data')
    for (let tries = 0; tries < 1_000; tries += 1) {
      const { seen } = await readAt({ path: join(cwd, 'link'), part: 'whole' })
      if (seen.kind === 'file') expect(seen.realPath).toBe(join(cwd, Buffer.from(seen.bytes).toString()))
    }
    repointer.kill('SIGKILL')
    await once(repointer, 'close')
  })

  test.skipIf(process.platform === 'win32')('never waits for the writer of a named pipe put in its place', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'look-'))
    spawnSync('mkfifo', [join(cwd, 'pipe')])
    const swapper = spawn(process.execPath, ['-e', PIPE_LOOP], { cwd })
    await once(swapper.stdout, 'data')
    const kinds = new Set<string>()
    for (let tries = 0; tries < 1_000 || !kinds.has('other'); tries += 1)
      kinds.add((await readAt({ path: join(cwd, 'file'), part: 'whole' })).seen.kind)
    expect(kinds.has('other')).toBe(true)
    swapper.kill('SIGKILL')
    await once(swapper, 'close')
  })

  test('is read completely, whatever its length', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'look-')), 'a.txt')
    for (const length of [0, 1, 255, 256, 257, 100_000]) {
      writeFileSync(path, 'x'.repeat(length))
      expect([await bytesAt({ path, part: 'whole' }), await bytesAt({ path, part: 'head' })]).toEqual([
        length,
        Math.min(length, 256),
      ])
    }
  })

  test.skipIf(process.platform !== 'linux')('is read completely even if its reported size is 0', async () => {
    expect(await bytesAt({ path: '/proc/self/status', part: 'whole' })).toBeGreaterThan(100)
  })
})

function bytesIn({ seen }: Awaited<ReturnType<typeof readPath>>): number {
  return seen.kind === 'file' ? seen.bytes.length : -1
}
