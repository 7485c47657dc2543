import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectCopy, root, runner } from '../helpers/cli.ts'

/** A user without rights of its own, as most systems have one. */
const NOBODY = 65_534

const isRoot = process.getuid?.() === 0
const probe = ['-e', `require('node:fs').readFileSync(${JSON.stringify(join(root, 'package.json'))})`]
const canBeNobody = isRoot && spawnSync(process.execPath, probe, { uid: NOBODY, gid: NOBODY }).status === 0

test.skipIf(isRoot && !canBeNobody)(
  'a file that may not be read for a while is told, and the watch goes on (as root: shown where another user may read this checkout)',
  async () => {
    const folder = projectCopy()
    const file = join(folder, 'agents/support.yaml')
    if (isRoot) {
      const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      for (const name of ['', ...names]) chownSync(join(folder, name), NOBODY, NOBODY)
    }
    const cli = runner(['start', 'agents/support.yaml', '--jsonl'], { cwd: folder, ...(isRoot ? { uid: NOBODY } : {}) })
    await cli.shows(/"type":"agent.transcript",/)
    chmodSync(file, 0)
    await cli.shows(/"type":"reload.rejected"[^\n]*agents\/support\.yaml: cannot be read: permission denied/)
    chmodSync(file, 0o644)
    writeFileSync(file, readFileSync(file, 'utf8').replace('voice: Sarah', 'voice: Olivia'))
    await cli.shows(/"type":"reload.applied"[^\n]*"fields":\["voice"\]/)
    cli.type('{"type":"stop"}')
    expect(await cli.ended).toBe(0)
  },
)
