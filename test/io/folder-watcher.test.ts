import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { watchFolders } from '../../src/io/files/folder-watcher.ts'

/** A user namespace in which file system events can be disabled and enabled. */
const IN_NAMESPACE = ['--user', '--map-root-user']
const canUnshare = spawnSync('unshare', [...IN_NAMESPACE, 'true']).status === 0

/** Watching is refused at first; then a file is saved repeatedly until a hint comes. */
const PROGRAM = `
  import { writeFileSync } from 'node:fs'
  import { watchFolders } from ${JSON.stringify(resolve(import.meta.dirname, '../../src/io/files/folder-watcher.ts'))}
  const [folder] = process.argv.slice(1)
  const allow = (watches) => writeFileSync('/proc/sys/user/max_inotify_instances', watches)
  allow('0')
  const hints = watchFolders({
    folders: [folder],
    onFailure(message) {
      console.log(message)
      allow('100')
      setInterval(() => writeFileSync(folder + '/saved', String(Date.now())), 50)
    },
    onHint() {
      console.log('heard')
      process.exit()
    },
  })`

test.skipIf(!canUnshare)('watching that the system refuses is retried until it succeeds', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-hints-'))
  const node = [process.execPath, '--no-warnings', '--input-type=module-typescript', '-e', PROGRAM, folder]
  const child = spawn('unshare', [...IN_NAMESPACE, ...node])
  expect(await text(child.stdout)).toMatch(/^EMFILE: [^\n]*\nheard\n$/)
})

test.skipIf(process.platform !== 'linux')('a folder that is no longer among the watched ones is released', async () => {
  const [before, after] = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'runner-hints-'))) as [string, string]
  const watcher = watchFolders({ folders: [before], onHint() {}, onFailure() {} })
  await expect.poll(() => isWatched(before)).toBe(true)
  watcher.watch([after], true)
  await expect.poll(() => [before, after].map(isWatched)).toEqual([false, true])
  await watcher.close()
})

test('a save made while the watched folders change gives a hint', async () => {
  const [before, after] = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'runner-hints-'))) as [string, string]
  let hints = 0
  const watcher = watchFolders({ folders: [before], onHint: () => (hints += 1), onFailure() {} })
  await expect.poll(() => hints).toBe(1)
  watcher.watch([after], true)
  writeFileSync(join(after, 'saved'), '')
  await expect.poll(() => hints).toBeGreaterThan(1)
  await watcher.close()
})

test('a link that leads in a circle hinders no hints, and is no failure', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-hints-'))
  symlinkSync('loop', join(folder, 'loop'))
  const reported: string[] = []
  let hints = 0
  const watcher = watchFolders({
    folders: [folder],
    onHint: () => (hints += 1),
    onFailure: (message) => reported.push(message),
  })
  await expect.poll(() => isWatched(folder)).toBe(true)
  symlinkSync('other', join(folder, 'other'))
  await expect.poll(() => hints).toBeGreaterThan(0)
  const before = hints
  writeFileSync(join(folder, 'saved'), '')
  await expect.poll(() => hints).toBeGreaterThan(before)
  expect(reported).toEqual([])
  await watcher.close()
})

/** Whether this process watches a folder (proc_pid_fdinfo(5)). */
function isWatched(folder: string): boolean {
  const file = ` ino:${statSync(folder).ino.toString(16)} `
  return readdirSync('/proc/self/fdinfo').some((name) => textOf(`/proc/self/fdinfo/${name}`).includes(file))
}

/** Empty if it was closed meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
