import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

/** A namespace of one's own, in which the system can be told to give no events, and to give them again. */
const APART = ['--user', '--map-root-user']
const canBeApart = spawnSync('unshare', [...APART, 'true']).status === 0

/** Refused at first; from then on a file is saved again and again, until that is heard. */
const PROGRAM = `
  import { writeFileSync } from 'node:fs'
  import { openFileHints } from ${JSON.stringify(resolve(import.meta.dirname, '../../src/io/files/file-hints.ts'))}
  const [folder] = process.argv.slice(1)
  const allow = (watches) => writeFileSync('/proc/sys/user/max_inotify_instances', watches)
  allow('0')
  const hints = openFileHints({
    folders: [folder],
    onTrouble(message) {
      console.log(message)
      allow('100')
      setInterval(() => writeFileSync(folder + '/saved', String(Date.now())), 50)
    },
    onHint() {
      console.log('heard')
      process.exit()
    },
  })`

test.skipIf(!canBeApart)('events that the system refuses are asked for again, and heard from then on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-hints-'))
  const node = [process.execPath, '--no-warnings', '--input-type=module-typescript', '-e', PROGRAM, folder]
  const child = spawn('unshare', [...APART, ...node])
  expect(await text(child.stdout)).toMatch(/^EMFILE: [^\n]*\nheard\n$/)
})
